#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger_parts.h"

#define COPY_BYTES ((size_t)1 << 20)

/* ---- a payload folder becomes the spool ---- */

/* Copies one file, and compares it with what the manifest says of it (null: nothing). */
static int copy_file(const char *from, int to_dir, const char *name, const struct payload_file *expected, struct err *e)
{
	struct file to;
	char hex[DIGEST_HEX];
	uint64_t bytes;
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, ERR_INPUT, "payload.open", errno, "the file cannot be read");
		err_at_file(e, from);
		return -1;
	}
	char *piece = mem_alloc(COPY_BYTES);
	ssize_t n = 0;
	int rc = file_create(&to, to_dir, name, e);
	while (rc == 0 && (n = io_read(fd, piece, COPY_BYTES, NULL)) != 0) {
		if (n > 0)
			rc = file_write(&to, (struct str){ piece, (size_t)n }, e);
		else
			rc = err_sys(e, ERR_INPUT, "payload.read", errno, "the file cannot be read");
	}
	if (rc == 0)
		rc = file_close(&to, hex, &bytes, e);
	else
		file_abandon(&to);
	if (rc == 0 && expected && (strcmp(hex, expected->sha256) != 0 || bytes != expected->bytes))
		rc = err_set(e, ERR_INPUT, "payload.changed",
			"the file is not what the manifest says: found SHA-256 %s, expected %s", hex, expected->sha256);
	if (rc != 0)
		err_at_file(e, from);
	free(piece);
	close(fd);
	return rc;
}

/* The name is one of manifest_read's, which lead to no other folder. */
static int copy_named(const char *dir, int to_dir, struct str name, const struct payload_file *expected,
	bool may_be_missing, struct err *e)
{
	struct buf own = { 0 };
	buf_add(&own, name);
	char *from = run_join(dir, buf_text(&own));
	int rc = 0;
	if (!may_be_missing || access(from, F_OK) == 0)
		rc = copy_file(from, to_dir, buf_text(&own), expected, e);
	free(from);
	buf_release(&own);
	return rc;
}

int run_adopt(struct run *r, const char *dir, struct err *e)
{
	struct arena arena = { 0 };
	struct manifest m;
	struct folder to;
	int rc = manifest_read(dir, &arena, &m, e);
	bool begun = rc == 0 && (rc = folder_begin(&to, r->spool, false, e)) == 0;
	for (size_t i = 0; rc == 0 && i < m.file_count; i++) {
		rc = copy_named(dir, to.fd, m.files[i].name, &m.files[i], false, e);
		if (rc == 0)
			rc = copy_named(dir, to.fd, arena_concat(&arena, m.files[i].name, STR(".rows")), NULL, true, e);
	}
	if (rc == 0)
		rc = copy_named(dir, to.fd, STR(PAYLOAD_MANIFEST), NULL, false, e);
	if (rc == 0)
		rc = folder_commit(&to, e);
	else if (begun)
		folder_abandon(&to);
	arena_release(&arena);
	return rc;
}

/* ---- parcels ---- */

static int add_parcel(struct run *r, int64_t file, const struct payload_lines *part, struct err *e)
{
	struct str sum = { (const char *)part->sum, sizeof part->sum };
	return db_run(r->db, e,
		"INSERT INTO parcel(file, state, sends, job, taken_ms, accepted, refused, records, first, at, bytes, rows_at,"
		" rows_bytes, sum, ended) VALUES(?,?,0,'',0,0,0,?,?,?,?,?,?,?,x'')", "iiiiiiiib", file, (int64_t)PARCEL_PENDING,
		(int64_t)part->records, (int64_t)part->first, (int64_t)part->at, (int64_t)part->bytes, (int64_t)part->rows_at,
		(int64_t)part->rows_bytes, sum);
}

struct registering {
	struct run *run;
	int64_t file;
};

static int take_part(void *arg, const struct payload_lines *part, struct err *e)
{
	struct registering *g = arg;
	return add_parcel(g->run, g->file, part, e);
}

int run_add_file(struct run *r, const struct payload_file *f, const struct contract *c, struct err *e)
{
	if (db_run(r->db, e, "INSERT INTO file(name, target, records, bytes, sha256) VALUES(?,?,?,?,?)", "ssiis", f->name,
	    f->target, (int64_t)f->records, (int64_t)f->bytes, str_of(f->sha256)) != 0)
		return -1;
	struct registering g = { r, db_last_id(r->db) };
	if (!c || !c->has_wire)
		return 0;
	if (c->style == FILE_LINES)
		return payload_cut_lines(r->spool, f, c->wire.idempotent ? PARCEL_LINES : 1, take_part, &g, e);
	return add_parcel(r, g.file, &(struct payload_lines){ .records = f->records, .bytes = f->bytes }, e);
}

int run_changed_only(struct run *r, struct err *e)
{
	return run_set_int(r, "changed_only", 1, e);
}

static int is_changed_only(struct run *r, bool *out, struct err *e)
{
	struct db_rows *q = db_query(r->db, e, "SELECT value FROM fact WHERE name='changed_only'", "");
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 && db_int(q, 0);
	db_end(q);
	return rc < 0 ? -1 : 0;
}

static int add_output(struct run *r, const struct payload_output *o, const struct contract *c, bool changed_only,
	struct err *e)
{
	if (!c) /* its files would be taken for such as are not sent */
		return err_set(e, ERR_USAGE, "delivery.target", "no contract is called \"%.*s\" (--contracts)",
			STR_ARG(o->target));
	return db_run(r->db, e,
		"INSERT INTO output(target, host, account, records, requests, unchanged) VALUES(?,'','',?,?,?)", "siii",
		o->target, (int64_t)o->records, (int64_t)o->requests,
		changed_only && c->has_wire ? (int64_t)UNCHANGED_UNKNOWN : (int64_t)0);
}

static int register_all(struct run *r, const struct manifest *m, const struct contracts *contracts, struct err *e)
{
	const struct payload_counts *n = &m->rows;
	bool changed_only;
	int rc = is_changed_only(r, &changed_only, e) |
		run_set_int(r, "rows_read", (int64_t)n->read, e) |
		run_set_int(r, "rows_filtered", (int64_t)n->filtered, e) |
		run_set_int(r, "rows_duplicates", (int64_t)n->duplicates, e) |
		run_set_int(r, "rows_rejected", (int64_t)n->rejected, e) |
		run_set_int(r, "rows_written", (int64_t)n->written, e) |
		(m->shard.n ? run_set_text(r, "shard", m->shard, e) : 0);
	for (size_t i = 0; rc == 0 && i < m->output_count; i++)
		rc = add_output(r, &m->outputs[i], contracts_find(contracts, m->outputs[i].target), changed_only, e);
	for (size_t i = 0; rc == 0 && i < m->file_count; i++)
		rc = run_add_file(r, &m->files[i], contracts_find(contracts, m->files[i].target), e);
	return rc;
}

int run_register(struct run *r, const struct contracts *contracts, struct err *e)
{
	struct arena arena = { 0 };
	struct manifest m;
	int rc = manifest_read(r->spool, &arena, &m, e);
	if (rc == 0 && (rc = db_begin(r->db, e)) == 0)
		rc = run_commit_if(r, register_all(r, &m, contracts, e), e);
	arena_release(&arena);
	return rc;
}
