#include <stdio.h>

#include "ledger_parts.h"

/* ---- reading ---- */

#define COLUMNS \
	"parcel.id, file.name, file.records, file.bytes, file.sha256, state, sends, job, taken_ms, accepted, refused," \
	" parcel.records, first, at, parcel.bytes, rows_at, rows_bytes, sum, ended"

static void read_parcel(struct db_rows *q, struct str target, struct arena *arena, struct parcel *p)
{
	*p = (struct parcel){ .id = db_int(q, 0), .target = target };
	p->file = (struct payload_file){ .name = db_text(q, 1, arena), .target = target, .records = (uint64_t)db_int(q, 2),
		.bytes = (uint64_t)db_int(q, 3) };
	snprintf(p->file.sha256, sizeof p->file.sha256, "%s", db_text(q, 4, arena).p);
	p->state = (enum parcel_state)db_int(q, 5);
	p->sends = (uint32_t)db_int(q, 6);
	p->job = db_text(q, 7, arena);
	p->taken_ms = db_int(q, 8);
	p->accepted = (uint64_t)db_int(q, 9);
	p->refused = (uint64_t)db_int(q, 10);
	p->part = (struct payload_lines){ .records = (uint64_t)db_int(q, 11), .first = (uint64_t)db_int(q, 12),
		.at = (uint64_t)db_int(q, 13), .bytes = (uint64_t)db_int(q, 14), .rows_at = (uint64_t)db_int(q, 15),
		.rows_bytes = (uint64_t)db_int(q, 16) };
	struct str sum = db_text(q, 17, arena);
	memcpy(p->part.sum, sum.p, sum.n < sizeof p->part.sum ? sum.n : sizeof p->part.sum);
	p->ended = db_text(q, 18, arena);
}

int run_parcels(
	struct run *r, struct str target, struct arena *arena, struct parcel **out, size_t *count, struct err *e)
{
	struct db_rows *q =
		db_query(r->db, e, "SELECT count(*) FROM parcel JOIN file ON file.n=parcel.file WHERE target=?", "s", target);
	*out = NULL;
	*count = 0;
	int rc = q ? db_next(q, e) : -1;
	size_t most = rc == 1 ? (size_t)db_int(q, 0) : 0;
	db_end(q);
	if (rc != 1)
		return -1;
	*out = ARENA_ARRAY(arena, most, struct parcel);
	q = db_query(r->db, e, "SELECT " COLUMNS " FROM parcel JOIN file ON file.n=parcel.file WHERE target=?"
		" ORDER BY parcel.file, first, id", "s", target); /* of a body that was halved the other half has a later id */
	rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && *count < most)
		read_parcel(q, target, arena, &(*out)[(*count)++]);
	db_end(q);
	return rc;
}

int run_next_parcel(
	struct run *r, struct str target, int64_t after, struct arena *arena, struct parcel *out, struct err *e)
{
	/* CROSS JOIN: by the parcels' order, so that what comes next is found without a look at those behind it. */
	struct db_rows *q = db_query(r->db, e,
		"SELECT " COLUMNS " FROM parcel CROSS JOIN file ON file.n=parcel.file WHERE id>? AND state IN (?,?)"
		" AND target=? ORDER BY id LIMIT 1", "iiis", after, (int64_t)PARCEL_PENDING, (int64_t)PARCEL_DOUBT, target);
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		read_parcel(q, target, arena, out);
	db_end(q);
	return rc;
}

int run_totals(struct run *r, struct str target, struct run_totals *out, struct err *e)
{
	struct db_rows *q = db_query(r->db, e,
		"SELECT count(*), total(state IN (?,?)), total(parcel.records), total(accepted), total(refused) FROM parcel"
		" JOIN file ON file.n=parcel.file WHERE target=?", "iis", (int64_t)PARCEL_DONE, (int64_t)PARCEL_REFUSED,
		target);
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		*out = (struct run_totals){ (uint64_t)db_int(q, 0), (uint64_t)db_int(q, 1), (uint64_t)db_int(q, 2),
			(uint64_t)db_int(q, 3), (uint64_t)db_int(q, 4) };
	db_end(q);
	return rc == 1 ? 0 : -1;
}

/* ---- what becomes of them ---- */

static int set_state(struct run *r, struct parcel *p, enum parcel_state state, struct err *e)
{
	if (db_run(r->db, e, "UPDATE parcel SET state=? WHERE id=?", "ii", (int64_t)state, p->id) != 0)
		return -1;
	p->state = state;
	return 0;
}

int run_add_doubts(struct run *r, uint64_t count, struct err *e)
{
	return run_add_int(r, "doubts", (int64_t)count, e);
}

int run_intent(struct run *r, struct parcel *p, uint64_t again, struct err *e)
{
	int rc = db_begin(r->db, e);
	if (rc == 0 && again)
		rc = run_add_doubts(r, again, e);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE parcel SET state=?, sends=sends+1, job='' WHERE id=?", "ii",
			(int64_t)PARCEL_SENDING, p->id);
	rc = run_commit_if(r, rc, e);
	if (rc == 0) {
		p->state = PARCEL_SENDING;
		p->sends++;
		p->job = (struct str){ 0 };
	}
	return rc;
}

int run_taken(struct run *r, struct parcel *p, struct str job, int64_t now_ms, struct err *e)
{
	if (db_run(r->db, e, "UPDATE parcel SET state=?, job=?, taken_ms=? WHERE id=?", "isii", (int64_t)PARCEL_JOB, job,
	    now_ms, p->id) != 0)
		return -1;
	p->state = PARCEL_JOB;
	p->job = job;
	p->taken_ms = now_ms;
	return 0;
}

int run_back(struct run *r, struct parcel *p, bool doubt, struct err *e)
{
	return set_state(r, p, doubt ? PARCEL_DOUBT : PARCEL_PENDING, e);
}

int run_halve(struct run *r, struct parcel *p, struct parcel *other, struct err *e)
{
	uint64_t first = p->part.records - p->part.records / 2, rest = p->part.records - first;
	int rc = db_begin(r->db, e);
	if (rc != 0)
		return -1;
	rc = db_run(r->db, e,
		"INSERT INTO parcel(file, state, sends, job, taken_ms, accepted, refused, records, first, at, bytes, rows_at,"
		" rows_bytes, sum, ended) SELECT file, ?, 0, '', 0, 0, 0, ?, first+?, at, bytes, rows_at, rows_bytes, sum, ended"
		" FROM parcel WHERE id=?", "iiii", (int64_t)PARCEL_PENDING, (int64_t)rest, (int64_t)first, p->id);
	int64_t id = db_last_id(r->db);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE parcel SET state=?, records=? WHERE id=?", "iii", (int64_t)PARCEL_PENDING,
			(int64_t)first, p->id);
	rc = run_commit_if(r, rc, e);
	if (rc == 0) {
		p->state = PARCEL_PENDING;
		p->part.records = first;
		*other = (struct parcel){ .id = id, .target = p->target, .file = p->file, .part = p->part };
		other->part.first += first;
		other->part.records = rest;
	}
	return rc;
}

/* What came of some records, in one commit. */
static int put_outcome(struct run *r, struct parcel *p, enum parcel_state state, uint64_t accepted, struct str ended,
	const struct refused *refused, size_t count, struct err *e)
{
	uint64_t all_accepted = p->accepted + accepted, all_refused = p->refused + count;
	if (all_accepted + all_refused > p->part.records)
		return err_set(e, ERR_INTERNAL, "ledger.counts", "of %llu records of %.*s %llu are accepted and %llu refused",
			(unsigned long long)p->part.records, STR_ARG(p->file.name), (unsigned long long)all_accepted,
			(unsigned long long)all_refused);
	int rc = db_begin(r->db, e);
	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = db_run(r->db, e,
			"INSERT INTO refused(parcel, target, key, origin, code, message, field, record) VALUES(?,?,?,?,?,?,?,?)",
			"issssssi", p->id, refused[i].target, refused[i].key, refused[i].origin, refused[i].code, refused[i].message,
			refused[i].field, (int64_t)refused[i].record);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE parcel SET state=?, accepted=?, refused=?, ended=? WHERE id=?", "iiibi",
			(int64_t)state, (int64_t)all_accepted, (int64_t)all_refused, ended, p->id);
	rc = run_commit_if(r, rc, e);
	if (rc == 0) {
		p->state = state;
		p->accepted = all_accepted;
		p->refused = all_refused;
	}
	return rc;
}

int run_outcome(struct run *r, struct parcel *p, enum parcel_state state, const struct refused *refused, size_t count,
	struct err *e)
{
	uint64_t known = p->accepted + p->refused + count;
	return put_outcome(r, p, state, known < p->part.records ? p->part.records - known : 0, (struct str){ 0 }, refused,
		count, e);
}

int run_part_outcome(struct run *r, struct parcel *p, enum parcel_state state, uint64_t accepted, struct str ended,
	const struct refused *refused, size_t count, struct err *e)
{
	return put_outcome(r, p, state, accepted, ended, refused, count, e);
}
