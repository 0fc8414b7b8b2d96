#include "qonduit/env_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"

#define ENV_FILE "./.env.local"
#define ENV_MAX ((size_t)1 << 20)

struct env_entry {
	struct str name, value; /* NUL behind the value */
};

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
	return 0;
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

/* The value without its quotes, or without a comment behind it; false where a quote is left open. */
static bool plain_value(struct str s, struct str *out)
{
	if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
		struct str behind;
		*out = str_cut(str_from(s, 1), s.p[0], &behind);
		behind = str_trim(behind);
		return out->n + 1 < s.n && (behind.n == 0 || behind.p[0] == '#');
	}
	ptrdiff_t comment = str_find(s, STR(" #"));
	*out = comment < 0 ? s : str_trim(str_head(s, (size_t)comment));
	return true;
}

int env_file_read(const char *path, struct arena *arena, struct env_file *out, struct err *e)
{
	struct str text, line;
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
	for (uint64_t number = 1; text.n; number++) {
		line = str_trim(str_cut(text, '\n', &text));
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (str_starts(line, STR("export ")))
			line = str_trim(str_from(line, 7));
		struct str value, rest;
		bool has_value = line.n && memchr(line.p, '=', line.n);
		struct str name = str_trim(str_cut(line, '=', &rest));
		if (!has_value || !is_name(name) || !plain_value(str_trim(rest), &value)) {
			err_set(e, ERR_CREDENTIALS, "env_file.line", "this line cannot be understood, expected NAME=VALUE");
			err_at_file(e, path);
			err_at_line(e, number, 0);
			return -1;
		}
		out->all[out->count++] = (struct env_entry){ name, arena_copy(arena, value) };
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
