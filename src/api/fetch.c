#include "fetch_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/log.h"
#include "qonduit/zip_read.h"

#define PIECE ((size_t)64 << 10)
#define NAMES_SHOWN 20

static const struct zip_limits workbook_limits = { (uint64_t)1 << 40, 100000 };

int fetch_write(struct fetching *f, struct str bytes)
{
	f->out->bytes += bytes.n;
	return io_write_all(f->fd, bytes.p, bytes.n, f->name, f->e);
}

/* ---- what came ---- */

int fetch_accepts(struct fetching *f, const struct session_reply *r)
{
	if (r->status == 200)
		return 0;
	if (r->status == 403)
		return err_set(f->e, ERR_CREDENTIALS, "credentials.refused", "%s does not give this to this account: %.*s",
			session_connection(f->session)->system, STR_ARG(r->message));
	if (r->status >= 400 && r->status < 500)
		return err_set(f->e, ERR_INPUT, "fetch.refused", "the request is refused: %.*s", STR_ARG(r->message));
	if (r->status >= 300)
		return err_set(f->e, ERR_DELIVERY, "fetch.status", "%s: %.*s", f->name, STR_ARG(r->message));
	return err_set(f->e, ERR_DELIVERY, "fetch.status", "%s: found a reply with status %d, expected 200", f->name,
		r->status);
}

static const char *format_name(enum resource_format format)
{
	return format == RESOURCE_CSV ? "CSV" : format == RESOURCE_XLSX ? "a workbook (XLSX)" : "JSON";
}

static bool names(const char *type, const char *word)
{
	struct str text = str_of(type), part = str_of(word);
	for (size_t at = 0; at + part.n <= text.n; at++) {
		if (str_eq_nocase(str_head(str_from(text, at), part.n), part))
			return true;
	}
	return false;
}

static const char *other_format(enum resource_format format, const char *type, struct str head)
{
	struct str body = str_trim(head);
	char first = body.n ? body.p[0] : '\0';
	if (names(type, "html") || first == '<')
		return "HTML or XML";
	if (format == RESOURCE_CSV && (names(type, "json") || first == '{'))
		return "JSON";
	if (format == RESOURCE_CSV && str_starts(head, STR("PK\3\4")))
		return "a ZIP archive";
	if (format == RESOURCE_XLSX && !str_starts(head, STR("PK\3\4")))
		return head.n ? "something else" : "nothing";
	if (format == RESOURCE_JSON && body.n == 0)
		return "nothing";
	return NULL;
}

int fetch_is_format(struct fetching *f, const char *type, struct str head)
{
	const char *other = other_format(f->w->format, type, head);
	if (!other)
		return 0;
	struct str shown = retry_text(str_head(head, 60), f->arena), kind = retry_text(str_of(type), f->arena);
	return err_set(f->e, ERR_INPUT, "fetch.format",
		"the reply is %s, expected %s (Content-Type \"%.*s\", it begins with \"%.*s\")", other,
		format_name(f->w->format), STR_ARG(kind), STR_ARG(shown));
}

static int missing_need(struct fetching *f, struct str need, const struct str *found, size_t count, const char *what)
{
	struct buf all = { 0 };
	int near = str_nearest(need, found, count);
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
		buf_printf(&all, "%s\"%.*s\"", i ? ", " : "", STR_ARG(found[i]));
	if (count == 0)
		buf_add(&all, STR("none"));
	if (count > NAMES_SHOWN)
		buf_printf(&all, " and %zu more", count - NAMES_SHOWN);
	struct str near_name = near >= 0 ? found[near] : (struct str){ 0 };
	err_set(f->e, ERR_INPUT, "fetch.needs", "no %s is called \"%.*s\"%s%.*s%s: found %.*s", what, STR_ARG(need),
		near >= 0 ? " (the nearest is \"" : "", STR_ARG(near_name), near >= 0 ? "\")" : "",
		(int)(all.n < 900 ? all.n : 900), all.p);
	buf_release(&all);
	return -1;
}

int fetch_has_needs(struct fetching *f, const struct str *found, size_t count, const char *what)
{
	const struct resource *r = f->w->resource;
	for (size_t i = 0; i < r->need_count; i++) {
		size_t at = 0;
		while (at < count && !str_eq(found[at], r->needs[i]))
			at++;
		if (at == count)
			return missing_need(f, r->needs[i], found, count, what);
	}
	return 0;
}

/* ---- one reply, as it comes ---- */

struct download {
	struct fetching *f;
	struct csv_check *csv;   /* null: another format */
};

static int take(void *arg, struct str piece, struct err *e)
{
	struct download *d = arg;
	int64_t most = session_connection(d->f->session)->download_max_mib;
	if (most && d->f->out->bytes + piece.n > (uint64_t)most << 20)
		return err_set(e, ERR_INPUT, "fetch.too_large", "the reply is larger than %lld MiB (download_max_mib)",
			(long long)most);
	if (d->csv)
		csv_check_feed(d->csv, piece);
	return fetch_write(d->f, piece);
}

static void begin_check(struct download *d)
{
	csv_check_close(d->csv);
	d->csv = d->f->w->format == RESOURCE_CSV ? csv_check_open(d->f->arena) : NULL;
}

static int take_back(void *arg, struct err *e)
{
	struct download *d = arg;
	if (ftruncate(d->f->fd, 0) != 0 || lseek(d->f->fd, 0, SEEK_SET) != 0)
		return err_sys(e, ERR_INPUT, "fetch.file", errno, "what was downloaded cannot be taken back");
	d->f->out->bytes = 0;
	begin_check(d);
	return 0;
}

/* The file, from its start. */
struct reading {
	struct fetching *f;
	off_t at;
	char piece[PIECE];
};

static int read_piece(void *arg, struct str *piece, struct err *e)
{
	struct reading *r = arg;
	ssize_t n = io_read_at(r->f->fd, r->piece, sizeof r->piece, r->at);
	if (n < 0)
		return err_sys(e, ERR_INPUT, "fetch.file", errno, "what was downloaded cannot be read");
	r->at += n;
	*piece = (struct str){ r->piece, (size_t)n };
	return 0;
}

void fetch_keep_fields(struct fetching *f, const struct json_walk *w)
{
	struct str *fields = ARENA_ARRAY(f->arena, w->field_count, struct str);
	for (size_t i = 0; i < w->field_count; i++)
		fields[i] = arena_copy(f->arena, w->fields[i]);
	f->out->fields = fields;
	f->out->field_count = w->field_count;
}

static int check_json(struct fetching *f, struct str head)
{
	struct reading *r = mem_alloc(sizeof *r);
	struct json_pull_input input = { .next = read_piece, .arg = r };
	struct json_walk w;
	r->f = f;
	r->at = str_starts(head, STR("\xEF\xBB\xBF")) ? 3 : 0;
	json_walk_begin(&w, f, f->arena);
	int rc = json_walk_run(&w, &input);
	if (rc == 0)
		rc = json_walk_judge(&w);
	f->out->records = w.count;
	fetch_keep_fields(f, &w);
	str_to_u64(w.spots[SPOT_COUNT].text, &f->out->count);
	json_walk_end(&w);
	free(r);
	return rc;
}

static int check_workbook(struct fetching *f)
{
	struct zip_reader *z = zip_reader_open(f->fd, &workbook_limits, f->e);
	zip_reader_close(z);
	return z ? 0 : -1;
}

static int check_download(struct download *d, const struct session_reply *r)
{
	struct fetching *f = d->f;
	char bytes[512];
	ssize_t n = io_read_at(f->fd, bytes, sizeof bytes, 0);
	if (n < 0)
		return err_sys(f->e, ERR_INPUT, "fetch.file", errno, "what was downloaded cannot be read");
	struct str head = { bytes, (size_t)n };
	if (fetch_is_format(f, r->type, head) != 0)
		return -1;
	if (f->w->format == RESOURCE_XLSX)
		return check_workbook(f);
	if (f->w->format == RESOURCE_JSON)
		return check_json(f, head);
	if (csv_check_end(d->csv, f->out, f->e) != 0)
		return -1;
	if (csv_check_ends_open(d->csv))
		log_line(LOG_LEVEL_WARNING, "fetch_open_end",
			"%s: the file ends without the end of a line: its last field may be cut", f->name);
	return f->out->field_count ? fetch_has_needs(f, f->out->fields, f->out->field_count, "column") : 0;
}

static const char *accept_of(enum resource_format format)
{
	return format == RESOURCE_CSV ? "text/csv, */*;q=0.5" : format == RESOURCE_XLSX
		? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5" : NULL;
}

static int fetch_whole(struct fetching *f)
{
	struct download d = { .f = f };
	struct session_reply r;
	struct session_request q = { .method = arena_copy(f->arena, f->w->resource->method).p, .path = str_of(f->path),
		.body = f->body, .accept = accept_of(f->w->format), .take = take, .again = take_back, .arg = &d };
	begin_check(&d);
	int rc = session_request(f->session, &q, &r, f->e);
	if (rc == 0)
		rc = fetch_accepts(f, &r);
	if (rc == 0)
		rc = check_download(&d, &r);
	csv_check_close(d.csv);
	f->out->pages = 1;
	return rc;
}

int fetch(struct session *s, const struct wanted *w, int fd, struct arena *arena, struct fetched *out, struct err *e)
{
	*out = (struct fetched){ 0 };
	struct fetching f = { .session = s, .w = w, .fd = fd, .arena = arena, .out = out, .e = e };
	f.name = arena_copy(arena, w->text).p;
	f.path = wanted_path(w, session_connection(s)->account, arena, &f.body);
	int rc = w->paged && !w->one_page ? fetch_pages(&f) : fetch_whole(&f);
	if (rc != 0 && e->class == ERR_INPUT)
		err_at_file(e, f.name);
	return rc;
}
