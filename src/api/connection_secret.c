/* Where credentials come from. */
#include "connection_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/log.h"
#include "qonduit/utf8.h"

#define CREDENTIAL_MAX 65536
#define DIRECTORY_VARIABLE "CREDENTIALS_DIRECTORY"

static const char *not_empty(const char *value)
{
	return value && value[0] ? value : NULL;
}

const char *connection_variable(struct loading *l, struct str name)
{
	const char *value = name.n ? not_empty(l->from->variable(name.p)) : NULL;
	return value || !name.n ? value : not_empty(env_file_get(&l->env, name.p));
}

/* What systemd put there is for this service alone, whatever its mode says. */
static bool is_trusted(struct loading *l, const char *path)
{
	struct str folder = str_of(not_empty(l->from->variable(DIRECTORY_VARIABLE))), file = str_of(path);
	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	return folder.n && str_starts(file, folder) && file.n > folder.n && file.p[folder.n] == '/' &&
		str_find(file, STR("/../")) < 0;
}

static int fails(struct loading *l, const char *path, struct err *failed)
{
	err_at_file(failed, path);
	*l->e = *failed;
	return -1;
}

static int read_all(int fd, char *to, size_t *n)
{
	for (*n = 0; *n <= CREDENTIAL_MAX;) {
		ssize_t got = io_read(fd, to + *n, CREDENTIAL_MAX + 1 - *n, NULL);
		if (got <= 0)
			return got < 0 ? errno : 0;
		*n += (size_t)got;
	}
	return 0;
}

/* One line of text, blanks around it and its line end are left out. `from`: the variable that named the file. */
static int take_content(struct loading *l, struct str content, const char *from, const char *path, bool secret,
	const char **out)
{
	struct str value = str_trim(content);
	struct err failed = { 0 };
	if (value.n && secret)
		log_secret(value);
	if (content.n > CREDENTIAL_MAX)
		err_set(&failed, ERR_CREDENTIALS, "credentials.file",
			"the file of %s is longer than %d bytes, expected a secret", from, CREDENTIAL_MAX);
	else if (!value.n)
		err_set(&failed, ERR_CREDENTIALS, "credentials.file", "the file of %s is empty, expected a secret", from);
	else if (memchr(value.p, '\n', value.n) || memchr(value.p, '\r', value.n) || memchr(value.p, '\0', value.n))
		err_set(&failed, ERR_CREDENTIALS, "credentials.file", "the file of %s has more than one line, expected one",
			from);
	if (failed.class)
		return fails(l, path, &failed);
	*out = arena_copy(l->arena, value).p;
	return 0;
}

static int read_file(struct loading *l, const char *path, const char *from, bool secret, const char **out)
{
	struct err failed = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		err_sys(&failed, ERR_CREDENTIALS, "credentials.file", errno, "the file of %s cannot be opened", from);
	else if (S_ISDIR(st.st_mode))
		err_set(&failed, ERR_CREDENTIALS, "credentials.file", "%s names a folder, expected a file", from);
	else if (secret && !is_trusted(l, path))
		env_file_private(&st, arena_printf(l->arena, "the file of %s", from).p, path, &failed);
	char *content = arena_alloc(l->arena, CREDENTIAL_MAX + 1);
	size_t n = 0;
	int broken = failed.class ? 0 : read_all(fd, content, &n);
	if (broken)
		err_sys(&failed, ERR_CREDENTIALS, "credentials.file", broken, "the file of %s cannot be read", from);
	if (fd >= 0)
		close(fd);
	if (failed.class)
		return fails(l, path, &failed);
	return take_content(l, (struct str){ content, n }, from, path, secret, out);
}

/* $CREDENTIALS_DIRECTORY/NAME, where it exists. */
static int read_given(struct loading *l, struct str name, bool secret, const char **out)
{
	const char *folder = not_empty(l->from->variable(DIRECTORY_VARIABLE));
	if (!folder)
		return 0;
	const char *path = arena_printf(l->arena, "%s/%.*s", folder, STR_ARG(name)).p;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	return read_file(l, path, arena_printf(l->arena, "$" DIRECTORY_VARIABLE "/%.*s", STR_ARG(name)).p, secret, out);
}

static int check_text(struct loading *l, struct str name, struct str value)
{
	size_t bad = utf8_invalid_at(value);
	for (size_t i = 0; i < bad; i++) {
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			bad = i;
	}
	return bad == value.n ? 0 : err_set(l->e, ERR_CREDENTIALS, "credentials.characters",
		"%.*s holds the byte 0x%02x at position %zu, expected text in one line", STR_ARG(name),
		(unsigned)(unsigned char)value.p[bad], bad + 1);
}

static int look_for(struct loading *l, struct str name, bool secret, const char **out)
{
	struct str file_name = arena_printf(l->arena, "%.*s_FILE", STR_ARG(name));
	const char *path;
	if ((*out = not_empty(l->from->variable(name.p))))
		return 0;
	if ((path = not_empty(l->from->variable(file_name.p))))
		return read_file(l, path, file_name.p, secret, out);
	if (read_given(l, name, secret, out) != 0 || *out)
		return *out ? 0 : -1;
	if ((*out = not_empty(env_file_get(&l->env, name.p))))
		return 0;
	path = not_empty(env_file_get(&l->env, file_name.p));
	return path ? read_file(l, path, file_name.p, secret, out) : 0;
}

int connection_credential(struct loading *l, struct str name, bool secret, const char **out)
{
	*out = NULL;
	if (!name.n)
		return 0;
	if (look_for(l, name, secret, out) != 0)
		return -1;
	if (*out && secret)
		log_secret(str_of(*out));
	return *out ? check_text(l, name, str_of(*out)) : 0;
}
