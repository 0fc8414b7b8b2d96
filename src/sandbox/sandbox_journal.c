#include "sandbox_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"

/* A line of the journal being written. */
struct entry {
	struct json_out w;
	struct buf visible; /* the text that is being put, of any bytes */
};

static void put_string(struct entry *y, struct str value)
{
	buf_clear(&y->visible);
	buf_add_visible(&y->visible, value);
	json_string(&y->w, buf_str(&y->visible));
}

static void put_text(struct entry *y, const char *key, struct str value)
{
	json_key(&y->w, str_of(key));
	put_string(y, value);
}

static void put_null(struct entry *y, const char *key)
{
	json_key(&y->w, str_of(key));
	json_raw(&y->w, STR("null"));
}

static void put_text_or_null(struct entry *y, const char *key, struct str value)
{
	if (value.n)
		put_text(y, key, value);
	else
		put_null(y, key);
}

static void put_int(struct entry *y, const char *key, uint64_t value)
{
	json_key(&y->w, str_of(key));
	json_int(&y->w, (int64_t)value);
}

static void put_int_or_null(struct entry *y, const char *key, bool is, uint64_t value)
{
	if (is)
		put_int(y, key, value);
	else
		put_null(y, key);
}

static void put_headers(struct entry *y, const struct sandbox_request *q)
{
	json_key(&y->w, STR("headers"));
	json_open(&y->w, '[');
	for (size_t i = 0; i < q->header_count; i++)
		put_string(y, q->headers[i]);
	json_close(&y->w, ']');
}

static void put_token(struct entry *y, struct str token)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX] = "";
	if (token.n) {
		digest_of(token, sum);
		digest_hex(sum, hex);
	}
	put_text_or_null(y, "token_sha256", str_of(hex));
}

static void print_entry(struct entry *y, uint64_t n, const struct sandbox_request *q, const struct sandbox_reply *r,
	struct str fault, bool whole)
{
	bool answered = whole && r->manner != MANNER_RESET && r->manner != MANNER_HANG;
	json_open(&y->w, '{');
	put_int(y, "n", n);
	put_int(y, "at", (uint64_t)q->at);
	put_int(y, "wall", (uint64_t)q->wall);
	put_text(y, "method", q->method);
	put_text(y, "path", q->path);
	put_text(y, "query", q->query);
	put_int_or_null(y, "status", answered, r->status);
	put_int(y, "bytes", q->body_bytes);
	put_text(y, "sha256", str_of(q->body_sha256));
	put_text_or_null(y, "account", r->account);
	put_int_or_null(y, "products", r->has_records, r->records);
	put_text_or_null(y, "job", r->job);
	put_int(y, "connection", q->connection);
	put_text(y, "address", q->address);
	put_headers(y, q);
	put_token(y, sandbox_credential(q));
	put_text_or_null(y, "fault", fault);
	json_key(&y->w, STR("whole"));
	json_bool(&y->w, whole);
	json_close(&y->w, '}');
}

int sandbox_journal_open(struct sandbox_journal *j, const char *log_file, struct err *e)
{
	*j = (struct sandbox_journal){ .log = -1, .log_file = log_file };
	if (log_file)
		j->log = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return log_file && j->log < 0
		? err_sys(e, ERR_INPUT, "sandbox.log", errno, "cannot write the journal \"%s\"", log_file) : 0;
}

/* One write a line: lines of several sandboxes that share a log stay whole. */
static void write_log(const struct sandbox_journal *j, struct str entry)
{
	struct buf line = { 0 };
	struct err e = { 0 };
	buf_add(&line, entry);
	buf_addc(&line, '\n');
	if (io_write_all(j->log, line.p, line.n, j->log_file, &e) != 0)
		log_err(&e);
	buf_release(&line);
}

void sandbox_journal_enter(struct sandbox_journal *j, const struct sandbox_request *q, const struct sandbox_reply *r,
	struct str fault, bool whole)
{
	size_t from = j->text.n + (j->entries > 0);
	if (j->entries++)
		buf_addc(&j->text, ',');
	struct entry y = { .w = json_out(&j->text) };
	print_entry(&y, j->entries, q, r, fault, whole);
	buf_release(&y.visible);
	struct str text = str_from(buf_str(&j->text), from);
	log_line(LOG_LEVEL_DEBUG, "sandbox_request", "%.*s", STR_ARG(text));
	if (j->log >= 0)
		write_log(j, text);
}

void sandbox_journal_print(const struct sandbox_journal *j, struct buf *to)
{
	buf_addc(to, '[');
	buf_add(to, buf_str(&j->text));
	buf_addc(to, ']');
}

void sandbox_journal_close(struct sandbox_journal *j)
{
	if (j->log >= 0)
		close(j->log);
	buf_release(&j->text);
}
