/* What is unchanged is left out, and the rest goes into fewer files. */
#include <stdlib.h>

#include "qonduit/log.h"

#include "accepted_parts.h"

/* One output on its way through. */
struct packing {
	const char *dir;            /* the payload folder */
	const struct contract *contract;
	struct accepted *accepted;
	const volatile sig_atomic_t *signal;
	bool orders;                /* nothing is picked: only what is newer elsewhere is looked for */
	int64_t claims;             /* nothing is picked: the payload is that of a delivery that claims its keys */
	struct payload_picker *picker;
	const struct payload_file *file; /* of lines, the one under way */
	uint64_t records, unchanged;
	struct arena arena;         /* of one body or part */
};

static int pick(struct packing *p, const struct payload_body *body, struct err *e)
{
	bool *unchanged = ARENA_ARRAY(&p->arena, body->records, bool);
	if (p->signal && *p->signal)
		return err_set(e, ERR_DELIVERY, "delivery.signal", "ended by signal %d", (int)*p->signal);
	if (p->orders)
		return accepted_check_order(p->accepted, body, e);
	if (p->claims)
		return accepted_want(p->accepted, p->claims, body, e);
	if (accepted_compare(p->accepted, body, unchanged, e) != 0)
		return -1;
	p->records += body->records;
	for (size_t i = 0; i < body->records; i++)
		p->unchanged += unchanged[i];
	return payload_pick(p->picker, body, unchanged, e);
}

static int pick_lines(void *arg, const struct payload_lines *part, struct err *e)
{
	struct packing *p = arg;
	struct payload_body body;
	int rc = payload_read_lines(p->dir, p->file, part, p->contract, &p->arena, &body, e);
	if (rc == 0)
		rc = pick(p, &body, e);
	arena_clear(&p->arena);
	return rc;
}

static int pick_body(struct packing *p, const struct payload_file *f, struct err *e)
{
	struct payload_body body;
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	int rc = payload_read_body(p->dir, f, p->contract, &p->arena, &body, e);
	if (rc == 0) {
		digest_of(body.text, sum);
		digest_hex(sum, hex);
		if (strcmp(hex, f->sha256) != 0) {
			rc = err_set(e, ERR_INPUT, "payload.changed",
				"the file is not what the manifest says: found SHA-256 %s, expected %s", hex, f->sha256);
			err_at_file(e, arena_printf(&p->arena, "%s/%.*s", p->dir, STR_ARG(f->name)).p);
		}
	}
	if (rc == 0)
		rc = pick(p, &body, e);
	arena_clear(&p->arena);
	return rc;
}

/* All records of the output, into the folder `dirfd`, or nowhere (-1). */
static int pick_all(struct packing *p, const struct manifest *m, int dirfd, struct err *e)
{
	int rc = 0;
	p->picker = payload_pick_begin(p->contract, dirfd);
	for (size_t i = 0; rc == 0 && i < m->file_count; i++) {
		p->file = &m->files[i];
		if (!str_eq(p->file->target, p->contract->target))
			continue;
		rc = p->contract->style == FILE_LINES
			? payload_cut_lines(p->dir, p->file, PARCEL_LINES, pick_lines, p, e) : pick_body(p, p->file, e);
	}
	return rc;
}

static void packing_close(struct packing *p)
{
	if (p->picker)
		payload_pick_free(p->picker);
	arena_release(&p->arena);
}

/* ---- a run ---- */

/* Whether the output is to be compared yet, and how many records it has. */
static int is_due(struct run *r, struct str target, bool *due, uint64_t *records, struct err *e)
{
	struct db_rows *q = db_query(r->db, e, "SELECT unchanged, records FROM output WHERE target=?", "s", target);
	int rc = q ? db_next(q, e) : -1;
	*due = rc == 1 && db_int(q, 0) == UNCHANGED_UNKNOWN;
	*records = rc == 1 ? (uint64_t)db_int(q, 1) : 0;
	db_end(q);
	return rc < 0 ? -1 : 0;
}

static int set_unchanged(struct run *r, struct str target, uint64_t unchanged, struct err *e)
{
	return db_run(r->db, e, "UPDATE output SET unchanged=? WHERE target=?", "is", (int64_t)unchanged, target);
}

/* The new files and their parcels take the place of those that were registered. */
static int replace_parcels(struct run *r, const struct packing *p, const struct payload_file *files, size_t count,
	uint64_t requests, struct err *e)
{
	struct str target = p->contract->target;
	int rc = db_begin(r->db, e);
	if (rc != 0)
		return -1;
	rc = db_run(r->db, e, "DELETE FROM parcel WHERE file IN (SELECT n FROM file WHERE target=?)", "s", target);
	if (rc == 0)
		rc = db_run(r->db, e, "DELETE FROM file WHERE target=?", "s", target);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = run_add_file(r, &files[i], p->contract, e);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE output SET requests=? WHERE target=?", "is", (int64_t)requests, target);
	if (rc == 0)
		rc = set_unchanged(r, target, p->unchanged, e);
	return run_commit_if(r, rc, e);
}

/* The files are whole and on disk before the ledger knows of them. */
static int put_in_place(struct run *r, struct packing *p, struct folder *to, struct err *e)
{
	struct arena arena = { 0 };
	struct payload_file *files;
	size_t count;
	uint64_t requests;
	int rc = payload_pick_end(p->picker, &arena, &files, &count, &requests, e);
	struct str folder = arena_printf(&arena, "%.*s.changed/", STR_ARG(p->contract->target));
	for (size_t i = 0; rc == 0 && i < count; i++)
		files[i].name = arena_concat(&arena, folder, files[i].name);
	if (rc == 0)
		rc = folder_commit(to, e);
	else
		folder_abandon(to);
	if (rc == 0)
		rc = accepted_supersede(p->accepted, e);
	if (rc == 0)
		rc = replace_parcels(r, p, files, count, requests, e);
	arena_release(&arena);
	return rc;
}

static int pack(struct run *r, struct packing *p, const struct manifest *m, uint64_t records, struct err *e)
{
	struct folder to;
	struct arena arena = { 0 };
	const char *final = arena_printf(&arena, "%s/%.*s.changed", p->dir, STR_ARG(p->contract->target)).p;
	int rc = folder_begin(&to, final, true, e);
	arena_release(&arena);
	if (rc != 0)
		return -1;
	rc = pick_all(p, m, to.fd, e);
	if (rc == 0 && p->records != records)
		rc = err_set(e, ERR_INPUT, "payload.records", "found %llu records of %.*s, expected %llu",
			(unsigned long long)p->records, STR_ARG(p->contract->target), (unsigned long long)records);
	if (rc == 0 && p->unchanged)
		return put_in_place(r, p, &to, e) == 0 ? 1 : -1;
	folder_abandon(&to);
	return rc == 0 ? set_unchanged(r, p->contract->target, 0, e) : -1;
}

int run_pack(struct run *r, const struct contract *contract, struct accepted *a, const volatile sig_atomic_t *signal,
	struct err *e)
{
	struct packing p = { .dir = r->spool, .contract = contract, .accepted = a, .signal = signal };
	struct arena arena = { 0 };
	struct err failed = { 0 };
	struct manifest m;
	bool due;
	uint64_t records;
	if (is_due(r, contract->target, &due, &records, e) != 0)
		return -1;
	if (!due)
		return 0;
	int rc = manifest_read(r->spool, &arena, &m, &failed);
	if (rc == 0)
		rc = pack(r, &p, &m, records, &failed);
	packing_close(&p);
	arena_release(&arena);
	if (rc >= 0)
		return rc;
	if (failed.class == ERR_INPUT) /* nothing is wrong with the input: the spool cannot be read or written */
		failed.class = ERR_DELIVERY;
	*e = failed;
	return -1;
}

static int read_payload(struct packing *p, struct err *e)
{
	struct arena arena = { 0 };
	struct manifest m;
	int rc = manifest_read(p->dir, &arena, &m, e);
	if (rc == 0)
		rc = pick_all(p, &m, -1, e);
	packing_close(p);
	arena_release(&arena);
	return rc;
}

/* What a delivery that left something out wanted stands in its spool; where that is gone, it may have been anything. */
static int tell_claim(const struct packing *own, const struct run *r, const struct accepted_claim *claim, struct err *e)
{
	struct arena arena = { 0 };
	struct err failed = { 0 };
	struct packing p = { .dir = arena_printf(&arena, "%s/runs/%.*s/spool", r->state, STR_ARG(claim->run)).p,
		.contract = own->contract, .accepted = own->accepted, .signal = own->signal, .claims = claim->delivery };
	int rc = read_payload(&p, &failed);
	arena_release(&arena);
	if (rc == 0)
		return accepted_want_no_more(own->accepted, claim->delivery, e);
	if (own->signal && *own->signal) {
		*e = failed;
		return -1;
	}
	log_line(LOG_LEVEL_DEBUG, "ledger", "what run %.*s wanted is not known: %s", STR_ARG(claim->run), failed.message);
	return 0;
}

int run_check_order(struct run *r, const struct contract *contract, struct accepted *a,
	const volatile sig_atomic_t *signal, struct err *e)
{
	struct packing p = { .dir = r->spool, .contract = contract, .accepted = a, .signal = signal, .orders = true };
	struct arena arena = { 0 };
	struct accepted_claim *claims;
	size_t count;
	if (!accepted_rivalled(a))
		return 0;
	int rc = accepted_claims(a, &arena, &claims, &count, e);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = tell_claim(&p, r, &claims[i], e);
	if (rc == 0)
		rc = read_payload(&p, e);
	if (rc != 0 && e->class == ERR_INPUT)
		e->class = ERR_DELIVERY;
	arena_release(&arena);
	return rc;
}

/* ---- --dry-run ---- */

int ledger_plan(const char *state, const char *dir, const struct manifest *m, const struct contract *contract,
	struct str host, struct str account, struct pack_plan *out, struct err *e)
{
	struct packing p = { .dir = dir, .contract = contract };
	struct arena arena = { 0 };
	struct payload_file *files;
	size_t count;
	*out = (struct pack_plan){ 0 };
	int rc = accepted_look(state, contract, host, account, &p.accepted, e);
	if (rc == 0)
		rc = pick_all(&p, m, -1, e);
	if (rc == 0)
		rc = payload_pick_end(p.picker, &arena, &files, &count, &out->requests, e);
	out->unchanged = p.unchanged;
	packing_close(&p);
	accepted_close(p.accepted);
	arena_release(&arena);
	return rc;
}
