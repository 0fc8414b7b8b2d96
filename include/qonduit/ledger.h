/* ledger - what was sent, what became of it, and what is still to be done, on disk.
 *
 *   STATE/runs/ID/     one run: spool/ (a payload folder), run.db (SQLite), lock
 *   STATE/accepted/    for each target, host and account: what was last accepted for each key, and which run delivered
 *                      last (SQLite), and the lock that lets one delivery at a time through
 *   STATE/limits/      rate.h
 *
 * Folders have mode 0700, files 0600. Locks are flock: they die with their holder. A run that is open is locked; it is
 * written by its one holder, read by anyone. Removing runs/ID forgets a run.
 *
 * A parcel is one request body, or, of a file of lines, PARCEL_LINES consecutive lines, each a request of its own. It
 * goes pending → sending → job → done, or sending → done | refused. The intent (sending) is on disk, and the parcel's
 * keys are marked as not known in accepted/, before the first byte of a request leaves; the outcome is on disk before
 * the next parcel, or, where lines go fast, before the one after the next. A crash repeats at most one body, or two
 * parcels of lines: 1024. What is known of some lines of one is kept (`ended`) where a
 * delivery stops within them in good order, and every few seconds where they go slowly; the rest is sent when the run
 * goes on.
 *
 * What a dead process left in `sending` is in doubt, as is a request without a clear answer. Contracts that are
 * idempotent by their key allow to send it again, and it is said. Where the contract is not, each line is a parcel, one
 * is sent at a time, and what is in doubt is never sent again: it counts as refused with the code LEDGER_IN_DOUBT, so
 * that `runs show` names it, and the run goes on with the others. Somebody must look.
 *
 * A run of changed records (`--changed-only`) is registered with all of its records. When its delivery has the lock of
 * a target, host and account, and before it sends anything there, it compares each record with what was last accepted
 * for its key under the same contract. Those that differ, were refused, are in doubt or have no key are put into fewer
 * files, spool/TARGET.changed/, which with their parcels take the place of those that were registered; the others
 * count as unchanged. The lock is held from the comparison to the end, so that what was compared holds while it is
 * sent. Where the delivery stops, the lock goes, but what was left out stays left out: from the comparison on the run
 * counts as one that has delivered. An earlier run cannot go on any more and put its older values in the place of those
 * that were found unchanged. Where it ends within the comparison, the run that goes on compares again.
 *
 * Of two runs for the same target, host and account the one that was made later has the newer values, whichever reads
 * its input faster. A run notes when it is made how many deliveries each place has seen. Where one that was made later
 * has delivered there since, and has sent something for a key of this one, or left it out as unchanged, this one does
 * not begin: it is superseded as a whole. What was left out is read from that run's spool; where it is gone, it may
 * have been any key within what was compared (identity.h). Where they have no key in common it goes its way. The same
 * holds for a run that stopped and is to go on, of what was delivered behind its own delivery.
 *
 * Failures of a database are class ERR_DELIVERY: nothing is sent on a ledger that cannot be trusted or written.
 */
#ifndef QONDUIT_LEDGER_H
#define QONDUIT_LEDGER_H

#include <signal.h>

#include "qonduit/payload.h"

/* ---- runs ---- */

#define RUN_ID_SIZE 32 /* "20261121-181500-3f9a", sortable, with the NUL */

struct run; /* an open, locked run */

enum run_status { RUN_RUNNING, RUN_DONE, RUN_STOPPED, RUN_SUPERSEDED };
const char *run_status_name(enum run_status s);

/* The folder: `option` where given, else $XDG_STATE_HOME/qonduit, else ~/.local/state/qonduit. Made where missing; that
 * others may write to it is told in the log. */
int ledger_folder(const char *option, struct arena *arena, const char **out, struct err *e);

/* A new run, status running. `inputs` as they stood on the command line. */
int run_create(const char *state, const char *command, struct str mapping, const struct str *inputs, size_t input_count,
	int64_t started_ms, struct run **out, struct err *e);
/* An old one, to go on with. ERR_USAGE where there is none of that id (with the nearest), ERR_DELIVERY where another
 * process has it or the database cannot be trusted. Parcels that were `sending` are in doubt from now on. */
int run_resume(const char *state, const char *id, struct run **out, struct err *e);
const char *run_id(const struct run *r);
/* STATE/runs/ID/spool: convert's output for this run; make it with folder_begin/folder_commit or run_adopt. */
const char *run_spool(const struct run *r);
/* Copies the payload folder DIR to be the spool (`push DIR`), checking every file against its manifest. */
int run_adopt(struct run *r, const char *dir, struct err *e);
/* Reads the spool's manifest and registers a parcel for each body of a target that has a wire; once, right after the
 * spool is whole. */
int run_register(struct run *r, const struct contracts *contracts, struct err *e);
/* The run is one of changed records (run_pack); before it is registered. */
int run_changed_only(struct run *r, struct err *e);
/* How this process leaves it: status, reason ("" for done), and how long delivery took. */
int run_finish(struct run *r, enum run_status status, struct str reason, int64_t deliver_ms, struct err *e);
/* Closes and removes the run with its spool: nothing was sent. */
void run_forget(struct run *r);
/* Closes without a word, as a crash would: for tests and failures. Null is allowed. */
void run_close(struct run *r);

/* ---- what a delivery does ---- */

enum parcel_state { PARCEL_PENDING, PARCEL_SENDING, PARCEL_DOUBT, PARCEL_JOB, PARCEL_DONE, PARCEL_REFUSED };

#define PARCEL_LINES 512 /* of a contract that is idempotent */
#define LEDGER_IN_DOUBT "in_doubt"

struct parcel {
	int64_t id;
	struct str target;
	struct payload_file file;
	struct payload_lines part; /* of lines; of a body only `first` and `records`: all of the file, until it is halved */
	enum parcel_state state;
	uint32_t sends;            /* requests that left with it */
	struct str job;
	int64_t taken_ms;          /* wall clock when the job began */
	uint64_t accepted, refused;
	struct str ended;          /* of lines: a byte a record, not 0 where its outcome is known; "" where none is */
};

struct refused {
	struct str target, key, origin, code, message;
	struct str field;          /* the first of the contract's fields that is at fault; "" where none is named */
	uint64_t record;           /* of its parcel, from 0; of one that cannot be told which, behind them all */
};

struct run_http {
	uint64_t requests, retries, throttled;
	int64_t waited_ms;
};

/* In order of registration, all that there are: for files of bodies, lines come one by one. Text in the arena. */
int run_parcels(
	struct run *r, struct str target, struct arena *arena, struct parcel **out, size_t *count, struct err *e);
/* The first one with an id greater than `after` of which something is to be sent: 1, none: 0, or -1. */
int run_next_parcel(
	struct run *r, struct str target, int64_t after, struct arena *arena, struct parcel *out, struct err *e);
/* Of all of a target's parcels. */
struct run_totals { uint64_t parcels, ended, records, accepted, refused; };
int run_totals(struct run *r, struct str target, struct run_totals *out, struct err *e);
/* Each commits before it returns, unless it stands between run_begin and run_end, and brings `p` up to date. */
int run_begin(struct run *r, struct err *e);
int run_end(struct run *r, int rc, struct err *e); /* commits where `rc` is 0, else undoes all of it and fails */
/* → sending. `again`: how many requests of it are sent again because their outcome is not known. */
int run_intent(struct run *r, struct parcel *p, uint64_t again, struct err *e);
int run_taken(struct run *r, struct parcel *p, struct str job, int64_t now_ms, struct err *e); /* → job */
int run_back(struct run *r, struct parcel *p, bool doubt, struct err *e);     /* → doubt or pending */
/* A body of at least two records, refused for its size, becomes two pending parcels: `p` keeps the first half of its
 * records, `other` gets the rest and comes right behind it. */
int run_halve(struct run *r, struct parcel *p, struct parcel *other, struct err *e);
/* → refused where nothing of it was accepted because of the request itself or the job failed as a whole, else done.
 * `refused` are those that are not known yet; all others are accepted. */
int run_outcome(struct run *r, struct parcel *p, enum parcel_state state, const struct refused *refused, size_t count,
	struct err *e);
/* What is known of some lines, where the delivery stops within them (→ doubt or pending) or takes its time (sending).
 * `ended`: of all records; the counts are of those that are new. */
int run_part_outcome(struct run *r, struct parcel *p, enum parcel_state state, uint64_t accepted, struct str ended,
	const struct refused *refused, size_t count, struct err *e);
/* More requests were sent again because their outcome was not known. */
int run_add_doubts(struct run *r, uint64_t count, struct err *e);
/* Where the output goes. ERR_DELIVERY where it was bound to another host or account before. */
int run_bind(struct run *r, struct str target, struct str host, struct str account, struct err *e);
/* Adds to the run's totals. */
int run_add_http(struct run *r, const struct run_http *more, struct err *e);

/* ---- accepted records ---- */

struct accepted;

/* Opens and waits for the lock of the contract's target, a host and an account. `wait` is called, about once a second,
 * with who holds it ("run 20261121-181500-3f9a, process 4711"); it returns false to give up (then ERR_DELIVERY). The
 * contract must outlive it. */
int accepted_open(const char *state, const struct contract *contract, struct str host, struct str account,
	const char *run, bool (*wait)(void *arg, const char *holder), void *arg, struct accepted **out, struct err *e);
/* To compare only: waits for nobody and makes nothing. */
int accepted_look(const char *state, const struct contract *contract, struct str host, struct str account,
	struct accepted **out, struct err *e);
/* The run is about to deliver: whether it may is asked by run_check_order. */
int accepted_begin(struct accepted *a, struct run *r, struct err *e);
/* Before a parcel is sent: what is known of its keys no longer holds, and the run counts as one that has delivered.
 * `except`: not of these records (null: of all). */
int accepted_drop(struct accepted *a, const struct payload_body *body, const bool *except, struct err *e);
/* After its outcome: all records but those whose `except` is set are as accepted. */
int accepted_add(
	struct accepted *a, const struct payload_body *body, const bool *except, const char *run, struct err *e);
/* accepted_add for a body whose outcome is known, and accepted_drop for the next one, in one commit. */
int accepted_turn(struct accepted *a, const struct payload_body *ended, const bool *except, const char *run,
	const struct payload_body *next, const bool *next_except, struct err *e);
/* The run counts as one that has delivered, though it has dropped nothing yet. */
int accepted_supersede(struct accepted *a, struct err *e);
/* Whether a record with that identity and text is what was last accepted, under a contract of the same version. */
int accepted_has(struct accepted *a, struct str identity, struct str text, bool *out, struct err *e);
/* The same for each record of a body. One without a key is never unchanged, nor one whose key a record had before it,
 * in this body or an earlier one, that is not. */
int accepted_compare(struct accepted *a, const struct payload_body *body, bool *unchanged, struct err *e);
/* How long a job of so many records takes, as far as earlier deliveries tell; 0 where none does. */
int accepted_pace(struct accepted *a, uint64_t records, int64_t *ms, struct err *e);
int accepted_note_pace(struct accepted *a, uint64_t records, int64_t ms, struct err *e);
/* Null is allowed. */
void accepted_close(struct accepted *a);

/* Before the run sends anything: ERR_DELIVERY "run.superseded" where a later run has since sent something for one of
 * its keys. A signal ends it as it ends run_pack. */
int run_check_order(struct run *r, const struct contract *contract, struct accepted *a,
	const volatile sig_atomic_t *signal, struct err *e);
/* Whether there is such a run; whether it has sent something for a key of this body. */
bool accepted_rivalled(const struct accepted *a);
int accepted_check_order(struct accepted *a, const struct payload_body *body, struct err *e);

/* ---- leaving out what is unchanged ---- */

/* Of a run of changed records, once for a target, with its lock held and before anything is sent: 1 where parcels were
 * replaced (those that were read before are void), 0 where there was nothing to do, or -1. A signal (null: none is looked
 * for) ends it with "delivery.signal"; the run that goes on compares again. */
int run_pack(struct run *r, const struct contract *contract, struct accepted *a, const volatile sig_atomic_t *signal,
	struct err *e);
/* What run_pack would come to for the payload folder `dir`, as accepted/ stands now. */
struct pack_plan { uint64_t unchanged, requests; };
int ledger_plan(const char *state, const char *dir, const struct manifest *m, const struct contract *contract,
	struct str host, struct str account, struct pack_plan *out, struct err *e);

/* ---- looking back ---- */

struct run_output {
	struct str target, account, host;
	uint64_t records, requests;
	uint64_t sent, accepted, refused, unchanged, jobs;
	uint64_t parcels;          /* 0: it is not sent anywhere, or all of it is unchanged */
};

struct run_record {
	struct str id, command, mapping, started; /* ISO 8601 */
	struct str shard;          /* "2/4"; "" where it had all rows */
	struct str *inputs;
	size_t input_count;
	enum run_status status;    /* `running` only where a process holds it; superseded where a later run delivered */
	struct str reason;
	struct payload_counts rows;
	struct run_output *outputs;
	size_t output_count;
	struct run_http http;
	int64_t transform_ms, deliver_ms;
	int64_t resume_ms;         /* of one that stopped: wall clock from which going on makes sense; 0: at once */
	struct payload_file *files;
	size_t file_count;
	uint64_t doubts;           /* requests sent again because their outcome was not known */
	struct str spool;
};

/* Newest first. Runs that cannot be read are left out, with a warning in the log. */
int ledger_list(const char *state, struct arena *arena, struct run_record **out, size_t *count, struct err *e);
int ledger_show(const char *state, const char *id, struct arena *arena, struct run_record *out, struct err *e);
/* The first `most` of them, in the order of the source; *count is of all there are. */
int ledger_refused(const char *state, const char *id, size_t most, struct arena *arena, struct refused **out,
	size_t *count, struct err *e);
/* All of them, one after the other, however many; `take` returns -1, with the error, to end it. */
int ledger_each_refused(const char *state, const char *id,
	int (*take)(void *arg, const struct refused *r, struct err *e), void *arg, struct err *e);
/* The same of a run that is open. */
int run_record(struct run *r, struct arena *arena, struct run_record *out, struct err *e);
void run_set_transform_ms(struct run *r, int64_t ms);
/* Before run_finish: the wall clock from which going on makes sense; 0: at once. */
void run_set_resume_ms(struct run *r, int64_t ms);

/* Rejected rows, from the spool's rejects.csv. */
int ledger_rejected(
	const struct run_record *r, struct arena *arena, struct rejected **out, size_t *count, struct err *e);

#endif
