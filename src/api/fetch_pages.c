#include "fetch_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/log.h"

#define PAGE_MAX ((uint64_t)64 << 20)

struct hashes {
	uint64_t *all;
	size_t count, cap;
};

/* The document in the making: what the first page has around its records, and records of all pages. */
struct pages {
	struct fetching *f;
	struct arena arena;      /* of the page at hand */
	struct hashes asked, had; /* addresses, and the records of pages */
	struct hashes before, here; /* records of the page before, in order, and of the one at hand */
	uint64_t most_in_page, count, shrunk_from;
	bool counted;            /* the last page has a count */
	struct buf rest;         /* of the first page, behind its records */
	struct json_spot count_spot, next_spot; /* of the first page */
	uint64_t rest_from;
	off_t count_at;          /* in the file; -1: not there yet */
	size_t count_width;
	struct str text;         /* of the page at hand */
	struct buf path;         /* of the next one */
};

static void add_hash(struct hashes *h, uint64_t hash)
{
	h->all = mem_grow(h->all, &h->cap, h->count + 1, sizeof *h->all);
	h->all[h->count++] = hash;
}

static bool has_hash(const struct hashes *h, uint64_t hash)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->all[i] == hash)
			return true;
	}
	return false;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* ---- the document ---- */

static struct str cut_out(struct str text, uint64_t base, uint64_t from, uint64_t to)
{
	return str_head(str_from(text, (size_t)(from - base)), (size_t)(to - from));
}

static bool within(const struct json_spot *s, uint64_t from, uint64_t to)
{
	return s->kind != JSON_PULL_END && s->from >= from && s->to <= to;
}

/* The count as the page writes it: a number or a text. */
static struct str count_text(const struct json_spot *s, uint64_t count, char out[32])
{
	const char *quote = s->kind == JSON_PULL_STRING ? "\"" : "";
	return (struct str){ out, (size_t)snprintf(out, 32, "%s%llu%s", quote, (unsigned long long)count, quote) };
}

static int write_spot(struct pages *p, const struct json_spot *s, struct str as_it_was)
{
	char text[32];
	if (s == &p->next_spot)
		return fetch_write(p->f, STR("null"));
	if (s->kind != JSON_PULL_NUMBER && s->kind != JSON_PULL_STRING)
		return fetch_write(p->f, as_it_was);
	if (p->count_at >= 0) /* it stands behind the records */
		return fetch_write(p->f, count_text(s, p->f->out->records, text));
	p->count_at = (off_t)p->f->out->bytes;
	p->count_width = as_it_was.n;
	return fetch_write(p->f, as_it_was);
}

/* A part of the first page, with its count and next replaced. `text` begins at the offset `base`. */
static int write_around(struct pages *p, struct str text, uint64_t base, uint64_t from, uint64_t to)
{
	const struct json_spot *spots[] = { &p->count_spot, &p->next_spot };
	if (spots[0]->from > spots[1]->from) {
		spots[0] = &p->next_spot;
		spots[1] = &p->count_spot;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!within(spots[i], from, to))
			continue;
		if (fetch_write(p->f, cut_out(text, base, from, spots[i]->from)) != 0 ||
		    write_spot(p, spots[i], cut_out(text, base, spots[i]->from, spots[i]->to)) != 0)
			return -1;
		from = spots[i]->to;
	}
	return fetch_write(p->f, cut_out(text, base, from, to));
}

static int write_first(struct pages *p, const struct json_walk *w)
{
	uint64_t list_from = w->count ? w->first_from : w->list_from, end = p->text.n;
	p->count_spot = w->spots[SPOT_COUNT];
	p->next_spot = w->spots[SPOT_NEXT];
	p->rest_from = w->count ? w->last_to : w->list_from;
	p->count_at = -1;
	buf_add(&p->rest, cut_out(p->text, 0, p->rest_from, end));
	return write_around(p, p->text, 0, 0, list_from);
}

static int write_page(struct pages *p, const struct json_walk *w)
{
	if (p->f->out->pages == 1 && write_first(p, w) != 0)
		return -1;
	if (w->count && p->f->out->records && fetch_write(p->f, STR(",")) != 0)
		return -1;
	p->f->out->records += w->count;
	return w->count ? fetch_write(p->f, cut_out(p->text, 0, w->first_from, w->last_to)) : 0;
}

static int file_error(struct pages *p)
{
	return err_sys(p->f->e, ERR_INPUT, "fetch.file", errno, "what was downloaded cannot be put together");
}

/* Room for `more` bytes at `at`: what follows moves. */
static int make_room(struct pages *p, off_t at, size_t more)
{
	char piece[4096];
	for (off_t end = (off_t)p->f->out->bytes; end > at;) {
		size_t n = end - at < (off_t)sizeof piece ? (size_t)(end - at) : sizeof piece;
		end -= (off_t)n;
		if (pread(p->f->fd, piece, n, end) != (ssize_t)n ||
		    pwrite(p->f->fd, piece, n, end + (off_t)more) != (ssize_t)n)
			return file_error(p);
	}
	p->f->out->bytes += more;
	return 0;
}

/* The count that stands before the records is put right where it is another one than the first page said. */
static int correct_count(struct pages *p)
{
	char text[32], padded[64];
	struct str now = count_text(&p->count_spot, p->f->out->records, text);
	if (p->count_at < 0 || p->count_width >= sizeof padded)
		return 0;
	if (now.n > p->count_width) {
		if (make_room(p, p->count_at + (off_t)p->count_width, now.n - p->count_width) != 0)
			return -1;
		p->count_width = now.n;
	}
	memset(padded, ' ', sizeof padded);
	memcpy(padded, now.p, now.n);
	return pwrite(p->f->fd, padded, p->count_width, p->count_at) == (ssize_t)p->count_width ? 0 : file_error(p);
}

static int write_last(struct pages *p)
{
	off_t count_at = p->count_at;
	uint64_t end = p->rest_from + p->rest.n;
	p->count_at = count_at < 0 ? 0 : count_at; /* one that stands here is written as it is known to be */
	int rc = write_around(p, buf_str(&p->rest), p->rest_from, p->rest_from, end);
	p->count_at = count_at;
	return rc == 0 ? correct_count(p) : rc;
}

/* ---- faults ---- */

static void on_record(void *arg, uint64_t from, uint64_t to)
{
	struct pages *p = arg;
	uint64_t hash = str_hash(cut_out(p->text, 0, from, to));
	add_hash(&p->here, hash);
	if (p->before.count)
		p->f->out->repeated += bsearch(&hash, p->before.all, p->before.count, sizeof hash, by_value) != NULL;
}

static int check_repeats(struct pages *p, const struct json_walk *w)
{
	uint64_t hash = w->count ? str_hash(cut_out(p->text, 0, w->first_from, w->last_to)) : 0;
	unsigned long long page = p->f->out->pages;
	if (w->count && has_hash(&p->had, hash))
		return err_set(p->f->e, ERR_INPUT, "fetch.repeated", "page %llu has the same records as one before it", page);
	add_hash(&p->had, hash);
	if (w->count == 0 && w->spots[SPOT_NEXT].kind == JSON_PULL_STRING)
		return err_set(p->f->e, ERR_INPUT, "fetch.empty_page", "page %llu has no records, and is not the last", page);
	struct hashes swap = p->before;
	p->before = p->here;
	p->here = swap;
	if (p->before.count)
		qsort(p->before.all, p->before.count, sizeof *p->before.all, by_value);
	p->here.count = 0;
	return 0;
}

/* None at all, or null, says nothing. */
static int note_count(struct pages *p, const struct json_walk *w)
{
	const struct json_spot *s = &w->spots[SPOT_COUNT];
	uint64_t count;
	p->counted = (s->kind == JSON_PULL_NUMBER || s->kind == JSON_PULL_STRING) && str_to_u64(s->text, &count);
	if (!p->counted && s->kind != JSON_PULL_END && s->kind != JSON_PULL_NULL) {
		struct str shown = retry_text(s->text.n ? s->text : str_of(json_token_name(s->kind)), &p->arena);
		return err_set(p->f->e, ERR_INPUT, "fetch.count", "page %llu: \"%.*s\" is %.*s, expected a whole number",
			(unsigned long long)p->f->out->pages, STR_ARG(s->path), STR_ARG(shown));
	}
	if (!p->counted)
		return 0;
	if (p->f->out->pages > 1 && count < p->count && !p->shrunk_from)
		p->shrunk_from = p->count;
	p->count = count;
	p->f->out->count = count;
	return 0;
}

static int check_count(struct pages *p, bool capped)
{
	struct fetched *out = p->f->out;
	unsigned long long records = out->records, count = p->count, most = p->f->w->resource->most;
	if (out->repeated)
		log_line(LOG_LEVEL_WARNING, "fetch_repeated",
			"%s: %llu records stand in two pages, byte for byte: the list changed "
			"while it was read",
			p->f->name, (unsigned long long)out->repeated);
	if (p->shrunk_from)
		log_line(LOG_LEVEL_WARNING, "fetch_shrunk",
			"%s: the list had %llu records and then %llu while it was read: records "
			"may be missing",
			p->f->name, (unsigned long long)p->shrunk_from, count);
	if (capped) {
		out->missing = count > records ? count - records : 0;
		log_line(LOG_LEVEL_WARNING, "fetch_missing", "%s: never gives more than %llu records: %s%llu are missing",
			p->f->name, most, out->missing ? "" : "at least ", (unsigned long long)(out->missing ? out->missing : 1));
		out->missing += out->missing == 0;
		return 0;
	}
	if (p->counted && records < count)
		return err_set(p->f->e, ERR_INPUT, "fetch.count", "the server says that there are %llu records and gave %llu",
			count, records);
	return 0;
}

/* While pages still come: a server that never stops. */
static int check_excess(struct pages *p)
{
	unsigned long long records = p->f->out->records - p->f->out->repeated;
	if (!p->counted || p->shrunk_from || records <= p->count)
		return 0;
	return err_set(p->f->e, ERR_INPUT, "fetch.count",
		"the server says that there are %llu records and gave %llu by page %llu",
		(unsigned long long)p->count, records, (unsigned long long)p->f->out->pages);
}

/* ---- the pages ---- */

static int walk_page(struct pages *p, struct json_walk *w)
{
	struct err *outer = p->f->e, inner = { 0 };
	struct str text = p->text;
	struct json_pull_input input = { .next = json_pull_whole, .arg = &text };
	w->record = on_record;
	w->arg = p;
	p->f->e = &inner;
	int rc = json_walk_run(w, &input);
	if (rc == 0)
		rc = json_walk_judge(w);
	if (p->f->out->pages == 1)
		fetch_keep_fields(p->f, w);
	p->f->e = outer;
	if (rc == 0)
		return 0;
	unsigned long long page = p->f->out->pages, line = inner.line;
	if (line)
		return err_set(outer, inner.class, inner.code, "page %llu, line %llu, column %u: %s", page, line,
			(unsigned)inner.col, inner.message);
	return err_set(outer, inner.class, inner.code, "page %llu: %s", page, inner.message);
}

/* Where the pages go on: p->path, which is empty where they do not. */
static int go_on(struct pages *p, const struct json_walk *w)
{
	const struct json_spot *next = &w->spots[SPOT_NEXT];
	buf_clear(&p->path);
	if (next->kind == JSON_PULL_END || next->kind == JSON_PULL_NULL)
		return 0;
	if (next->kind != JSON_PULL_STRING)
		return err_set(p->f->e, ERR_INPUT, "fetch.next", "page %llu: \"%.*s\" is %s, expected an address or null",
			(unsigned long long)p->f->out->pages, STR_ARG(next->path), json_token_name(next->kind));
	if (fetch_next(p->f, next->text, &p->path) != 0)
		return -1;
	if (!has_hash(&p->asked, str_hash(buf_str(&p->path))))
		return 0;
	struct str shown = retry_text(next->text, &p->arena);
	return err_set(p->f->e, ERR_INPUT, "fetch.loop",
		"page %llu says that \"%.*s\" is the next one, which was had before", (unsigned long long)p->f->out->pages,
		STR_ARG(shown));
}

static int read_page(struct pages *p, const struct session_reply *r)
{
	struct json_walk w;
	p->text = str_starts(r->body, STR("\xEF\xBB\xBF")) ? str_from(r->body, 3) : r->body;
	p->f->out->pages++;
	if (fetch_accepts(p->f, r) != 0 || fetch_is_format(p->f, r->type, str_head(p->text, 512)) != 0)
		return -1;
	json_walk_begin(&w, p->f, &p->arena);
	int rc = walk_page(p, &w);
	if (rc == 0)
		rc = check_repeats(p, &w);
	if (rc == 0)
		rc = write_page(p, &w);
	if (rc == 0)
		rc = note_count(p, &w);
	if (rc == 0)
		rc = check_excess(p);
	if (rc == 0)
		rc = go_on(p, &w);
	if (w.count > p->most_in_page)
		p->most_in_page = w.count;
	json_walk_end(&w);
	return rc;
}

/* Whether a reply says that the end of what is ever given is reached. */
static bool is_beyond(const struct pages *p, int status)
{
	uint64_t most = p->f->w->resource->most;
	return most && p->f->out->records && p->f->out->records + p->most_in_page > most && status >= 400 && status < 500 &&
		status != 401 && status != 403;
}

static int read_pages(struct pages *p)
{
	struct fetching *f = p->f;
	uint64_t most = f->w->resource->most;
	const char *method = arena_copy(f->arena, f->w->resource->method).p;
	bool capped = false;
	buf_add(&p->path, str_of(f->path));
	while (p->path.n && !capped) {
		struct session_reply r;
		struct session_request q = { .method = method, .path = buf_str(&p->path), .body = f->body,
			.reply_max = PAGE_MAX };
		arena_clear(&p->arena);
		add_hash(&p->asked, str_hash(q.path));
		if (session_request(f->session, &q, &r, f->e) != 0)
			return -1;
		capped = is_beyond(p, r.status);
		if (!capped && read_page(p, &r) != 0)
			return -1;
		capped = capped || (most && f->out->records >= most && (p->path.n || p->count > f->out->records));
	}
	return check_count(p, capped) == 0 ? write_last(p) : -1;
}

int fetch_pages(struct fetching *f)
{
	struct pages p = { .f = f };
	arena_init(&p.arena, 65536);
	int rc = read_pages(&p);
	struct hashes *all[] = { &p.asked, &p.had, &p.before, &p.here };
	for (size_t i = 0; i < 4; i++)
		free(all[i]->all);
	buf_release(&p.rest);
	buf_release(&p.path);
	arena_release(&p.arena);
	return rc;
}
