/* summary - what a command has done, as plain numbers: text for people (standard error), or one JSON object (standard
 * output, --json; README: "The summary"). Also the list and the details that `runs` shows.
 *
 * The numbers add up: rows read = filtered + duplicates + rejected + written; for each output records = unchanged +
 * accepted + refused + still to be sent. summary_check fails with ERR_INTERNAL where they do not.
 */
#ifndef QONDUIT_SUMMARY_H
#define QONDUIT_SUMMARY_H

#include "qonduit/ledger.h"

#define SUMMARY_REFUSED 10 /* refused records that the text shows */

struct summary {
	struct run_record run;   /* of convert: command, mapping, rows, outputs (records, requests), files, transform_ms */
	bool delivers;           /* false: transform only; leaves out what delivery counts in the text */
	int exit;                /* the exit status */
	const struct err *error; /* why it stopped; null: it did not */
	const struct refused *refused; /* the first SUMMARY_REFUSED of … */
	size_t refused_count;
	const struct manifest *payload; /* for what is suspect in it; null: not known */
	/* Of a run that a guard has stopped, whose rows written are those without a fault: */
	const struct rejected *rejected; /* the first rows that were rejected */
	size_t rejected_count;
	bool so_far;             /* not all rows were read */
};

int summary_check(const struct summary *s, struct err *e);
/* {"run":…,"command":…,"mapping":…,"status":…,"rows":{…},"outputs":{…},"http":{…},"files":[…],"seconds":{…},"exit":…},
 * "error":{"class","code","message"} where there is one, "suspect":[{"target","field","value","records"}] where there is
 * any; where a guard has stopped it "rejected":[{"origin","column","value","reason"}], and "so_far":true where not all
 * rows were read. A newline behind. */
void summary_json(const struct summary *s, struct buf *to);
void summary_text(const struct summary *s, struct buf *to);
/* "  3 rows read: 2 written, 1 rejected\n" */
void summary_rows(const struct payload_counts *n, struct buf *to);
/* Checks, then prints: with `json` to standard output, else as lines of the log (none with -q). */
int summary_print(const struct summary *s, bool json, struct err *e);
/* All of it to standard output, whatever signals come meanwhile. */
int summary_output(struct str text, struct err *e);
/* How a mapping is called, however it was given: by its file's name, a shipped one without ".json". */
struct str summary_mapping(const char *given);
/* For what ended before there was anything to sum up: with `json` an object all the same. Returns `exit`. */
int summary_stopped(const char *command, const char *mapping, bool json, int exit, const struct err *e);

struct json_out;
/* The member "error" of an open object. */
void summary_error(const struct err *e, struct json_out *w);
/* The member "suspect", where there is anything. */
void summary_suspects(const struct manifest *m, struct json_out *w);
/* The counts of a run as members of an open object: what summary, list and details have in common. */
void summary_json_members(const struct run_record *r, struct json_out *w);

#endif
