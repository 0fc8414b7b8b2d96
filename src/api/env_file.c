#include "qonduit/env_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"

#define ENV_FILE "./.env.local"
#define ENV_MAX ((size_t)1 << 20)

/* Whether only the owner and root can put another file in the place of this one. */
static int check_folder(const char *path, const char *what, struct err *e)
{
	struct stat st;
	const char *slash = strrchr(path, '/');
	struct buf folder = { 0 };
	int rc = 0;
	buf_add(&folder, slash ? str_head(str_of(path), slash == path ? 1 : (size_t)(slash - path)) : STR("."));
	if (stat(buf_text(&folder), &st) == 0 && st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		rc = err_set(e, ERR_CREDENTIALS, "env_file.folder",
			"the folder of %s has mode %04o, others may put another file in its place: chmod o-w %s", what,
			(unsigned)(st.st_mode & 07777), buf_text(&folder));
	buf_release(&folder);
	return rc;
}

int env_file_private(const struct stat *st, const char *what, const char *path, struct err *e)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(e, ERR_CREDENTIALS, "env_file.owner",
			"%s belongs to user %u, expected %u: it may be changed by others", what, (unsigned)st->st_uid,
			(unsigned)geteuid());
	if (st->st_mode & 077)
		return err_set(e, ERR_CREDENTIALS, "env_file.mode",
			"%s has mode %04o, others may read or change it: chmod 600 %s", what, (unsigned)(st->st_mode & 07777),
			path);
	char *resolved = realpath(path, NULL);
	int rc = check_folder(path, what, e);
	if (rc == 0 && resolved)
		rc = check_folder(resolved, what, e);
	free(resolved);
	return rc;
}

static int check_mode(const char *path, struct err *e)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return err_sys(e, ERR_CREDENTIALS, "env_file.open", errno, "the env file cannot be opened");
	return env_file_private(&st, "the env file", path, e);
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return s.n > 0;
}

/* What is wrong with a line, and where. */
static int wrong(struct str line, const char *at, const char *what, uint32_t *col, struct err *e)
{
	*col = (uint32_t)(at - line.p) + 1;
	return err_set(e, ERR_CREDENTIALS, "env_file.line", "this line cannot be understood, expected NAME=VALUE: %s",
		what);
}

/* The value without its quotes, or without a comment behind it. */
static int plain_value(struct str line, struct str s, struct str *out, uint32_t *col, struct err *e)
{
	if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
		struct str behind;
		*out = str_cut(str_from(s, 1), s.p[0], &behind);
		behind = str_trim(behind);
		if (out->n + 1 == s.n)
			return wrong(line, s.p, "a quote is not closed", col, e);
		if (behind.n && behind.p[0] != '#')
			return wrong(line, behind.p, "something stands behind the closing quote", col, e);
		return 0;
	}
	ptrdiff_t comment = str_find(s, STR(" #"));
	*out = comment < 0 ? s : str_trim(str_head(s, (size_t)comment));
	return 0;
}

/* 1 where the line has a variable, 0 where it is blank or a comment. */
static int read_line(struct str line, struct env_entry *out, uint32_t *col, struct err *e)
{
	struct str s = str_trim(line), value;
	if (s.n == 0 || s.p[0] == '#')
		return 0;
	if (str_starts(s, STR("export ")))
		s = str_trim(str_from(s, 7));
	if (!s.n || !memchr(s.p, '=', s.n))
		return wrong(line, s.p, "there is no =", col, e);
	out->name = str_trim(str_cut(s, '=', &value));
	if (!is_name(out->name))
		return wrong(line, s.p, "before the = stands no name of letters, digits and _", col, e);
	return plain_value(line, str_trim(value), &out->value, col, e) == 0 ? 1 : -1;
}

int env_file_read(const char *path, struct arena *arena, struct env_file *out, struct err *e)
{
	struct str text;
	*out = (struct env_file){ 0 };
	if (!path && access(ENV_FILE, F_OK) != 0)
		return 0;
	if (!path)
		path = ENV_FILE;
	if (check_mode(path, e) != 0) {
		err_at_file(e, path);
		return -1;
	}
	if (io_read_file(path, ENV_MAX, arena, &text, e) != 0)
		return -1;
	size_t lines = 1;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	out->all = ARENA_ARRAY(arena, lines, struct env_entry);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	for (uint64_t number = 1; text.n; number++) {
		struct env_entry *entry = &out->all[out->count];
		uint32_t col = 0;
		int rc = read_line(str_cut(text, '\n', &text), entry, &col, e);
		if (rc < 0) {
			err_at_file(e, path);
			err_at_line(e, number, col);
			return -1;
		}
		if (rc == 0)
			continue;
		*entry = (struct env_entry){ entry->name, arena_copy(arena, entry->value), number };
		out->count++;
	}
	return 0;
}

const char *env_file_get(const struct env_file *f, const char *name)
{
	const char *found = NULL;
	for (size_t i = 0; i < f->count; i++) {
		if (str_eq(f->all[i].name, str_of(name)))
			found = f->all[i].value.p;
	}
	return found;
}
