#include "output_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int output_file_find(struct output_file *f, const char *path, struct arena *arena, struct err *e)
{
	struct stat st;
	*f = (struct output_file){ path, 0644 };
	if (stat(path, &st) != 0)
		return 0;
	if (!S_ISREG(st.st_mode)) {
		err_at_file(e, path);
		return err_set(e, ERR_USAGE, "output.taken", "exists and is not a file: give another one");
	}
	char *real = realpath(path, NULL);
	if (real)
		f->path = arena_copy(arena, str_of(real)).p;
	free(real);
	f->mode = st.st_mode & 0777;
	return 0;
}

int output_file_commit(const struct output_file *f, struct replacement *r, struct err *e)
{
	if (access(f->path, F_OK) == 0)
		fchmod(r->fd, (mode_t)f->mode);
	return io_replace_commit(r, e);
}
