/* What SQLite's own check cannot see: whether what a run.db says goes together. */
#include "ledger_parts.h"

static const struct { const char *sql, *what; } faults[] = {
	{ "SELECT (SELECT count(*) FROM parcel WHERE id IS NULL) + (SELECT count(*) FROM file WHERE n IS NULL) +"
	  " (SELECT count(*) FROM output WHERE n IS NULL)",
	  "parcels, files or outputs have no number" },
	{ "SELECT count(*) FROM parcel LEFT JOIN file ON file.n=parcel.file WHERE file.n IS NULL",
	  "parcels belong to no file" },
	{ "SELECT count(*) FROM file LEFT JOIN output ON output.target=file.target WHERE output.n IS NULL"
	  " AND file.target<>''", /* that of rejects */
	  "files belong to no output" },
	{ "SELECT count(*) FROM parcel WHERE typeof(state)<>'integer' OR state NOT BETWEEN 0 AND 5 OR (state=3 AND job='')",
	  "parcels are in no state that there is" },
	{ "SELECT count(*) FROM parcel WHERE accepted<0 OR refused<0 OR accepted+refused>records"
	  " OR (state>=4 AND accepted+refused<>records)",
	  "parcels have numbers that do not go together" },
	{ "SELECT count(*) FROM (SELECT file.records AS wanted, total(parcel.records) AS found FROM parcel"
	  " JOIN file ON file.n=parcel.file GROUP BY file.n) WHERE wanted<>found",
	  "files have other records than their parcels" },
	{ "SELECT count(*) FROM file WHERE records>0 AND n NOT IN (SELECT file FROM parcel)"
	  " AND target IN (SELECT target FROM file JOIN parcel ON parcel.file=file.n)",
	  "files have no parcel" },
	{ "SELECT count(*) FROM (SELECT output.records AS wanted, total(parcel.records) AS found FROM output"
	  " JOIN file ON file.target=output.target JOIN parcel ON parcel.file=file.n WHERE unchanged=0 GROUP BY output.n)"
	  " WHERE wanted<>found AND NOT EXISTS (SELECT 1 FROM fact WHERE name='changed_only' AND value<>0)",
	  "outputs have other records than their parcels" },
	{ "SELECT count(*) FROM (SELECT total(CASE WHEN name='rows_read' THEN value END) AS read, total(CASE WHEN name IN"
	  " ('rows_filtered', 'rows_duplicates', 'rows_rejected', 'rows_written') THEN value END) AS parts FROM fact)"
	  " WHERE read<>parts",
	  "numbers of rows do not add up" },
};

int run_check(struct run *r, struct err *e)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct db_rows *q = db_query(r->db, e, faults[i].sql, "");
		int rc = q ? db_next(q, e) : -1;
		int64_t count = rc == 1 ? db_int(q, 0) : 0;
		db_end(q);
		if (rc != 1)
			return -1;
		if (count)
			return err_set(e, ERR_DELIVERY, "ledger.damaged", "the ledger of run %s is damaged (%s: %lld): nothing can be "
				"sent on it; move its folder away and push again", r->id, faults[i].what, (long long)count);
	}
	return 0;
}
