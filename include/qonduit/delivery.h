/* delivery - a run's delivery from a command: what `push` and `runs resume` share.
 *
 * How push goes about it:
 *
 *     delivery_signals();                               first, in main or here: SIGINT, SIGTERM, SIGHUP set a flag
 *     delivery_connection(o, contract, CONNECTION_SETTINGS, &c, e)    the account for the bodies is c.account
 *     ledger_folder(o->state, …, &state, e)
 *     run_create(state, "push", mapping, inputs, …, &run, e)
 *     transform into run_spool(run)                     or run_adopt(run, DIR, e) for `push DIR`
 *     run_set_transform_ms(run, ms)
 *     status = delivery_run(o, run, &contracts, e)      registers, delivers, prints the summary, closes the run
 *
 * Where the transform fails or a guard stops it: run_forget(run). For --dry-run transform into a run, then
 * delivery_plan prints the plan, and run_forget.
 */
#ifndef QONDUIT_DELIVERY_H
#define QONDUIT_DELIVERY_H

#include <signal.h>

#include "qonduit/connection.h"
#include "qonduit/ledger.h"
#include "qonduit/options.h"

/* Installs the handlers; the first signal sets the flag, a second one ends the program at once. SIGPIPE is ignored, and
 * SIGHUP where it was when the program began (nohup). */
void delivery_signals(void);
extern volatile sig_atomic_t delivery_signal; /* 0, or the number of the signal */

/* The connection of a contract's system, with --config and --env-file; all zero where the contract has no wire. */
int delivery_connection(struct options *o, const struct contract *contract, enum connection_need need,
	struct connection *out, struct err *e);

/* Registers (a new run), delivers each output, records the end, prints the summary (text, or --json as one object on
 * standard output, also on failure), closes `run` in every case. Returns the exit status: 0, 1, 5, 6, 128+n, 70. `e` is
 * left filled where the reason has not been said yet. */
int delivery_run(struct options *o, struct run *run, const struct contracts *contracts, struct err *e);
/* The same for a run of the ledger. */
int delivery_resume(struct options *o, const char *id, const struct contracts *contracts, struct err *e);
/* --dry-run: records, requests and least time of each output of the payload folder `dir`, on standard error, or with
 * --json as one object on standard output; with --changed-only of what would be sent, and how many are unchanged. Sends
 * nothing, needs no credentials, waits for no other delivery. Returns 0, or 1 where rows were rejected. */
int delivery_plan(
	struct options *o, const char *state, const char *dir, const struct contracts *contracts, struct err *e);

#endif
