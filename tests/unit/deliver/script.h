/* script - a delivery without a network and without waiting: a server that is a list of replies, a clock that goes only
 * when someone sleeps or waits for a reply, and a spool of invented products.
 */
#ifndef QONDUIT_SCRIPT_H
#define QONDUIT_SCRIPT_H

#include "qonduit/deliver.h"

/* What is expected next and what becomes of it. */
struct line {
	const char *method;      /* "POST" or "GET" */
	int status;              /* 0: no reply, see `end` */
	const char *body;
	const char *retry_after; /* null: none */
	enum exchange_end end;   /* without a reply */
	int64_t takes_ms;        /* 0: 100 */
};

enum script_kill { KILL_NEVER, KILL_BEFORE_SENDING, KILL_BEFORE_REPLY, KILL_AFTER_REPLY };

struct script {
	struct transport transport;
	struct clock clock;
	int64_t now_ms;                /* of both clocks, but for START_MS */
	const struct line *lines;      /* ended by a null method */
	size_t at;
	struct exchange *under_way;
	bool wrong;                    /* something else was asked than the script says */
	int posts, gets, cancelled;
	char last_url[300];
	char bodies[8][400];           /* of POSTs, cut */
	int64_t times[64];             /* when each request began */
	size_t kill_line;              /* the process ends at this line, … */
	enum script_kill kill;         /* … at this point of it, … */
	int kill_ms;                   /* … so much later by the machine's clock, while other threads go on */
	volatile sig_atomic_t signal;
	size_t signal_at;              /* a signal comes while the line with this number, from 1, is waited for; 0: never */
	char why[200];                 /* the last reason to wait that was told */
	int busy;                      /* how often a wait for another delivery was told */
	bool hangs;                    /* replies never come */
	bool renews;                   /* there are other credentials to get, … */
	int renewals;                  /* … which were got so often; … */
	int renewals_max;              /* … 0: any number; the next one fails */
	bool signal_at_renewal;        /* a signal comes meanwhile */
};

#define START_MS 1795284600000 /* 2026-11-21T18:10:00Z */

/* A state directory with one run whose spool holds `batches` bodies of `each` products: keys "K1", "K2", …, origins
 * "catalog.csv:2", … */
struct stage {
	const char *state;
	struct arena arena;
	struct contracts contracts;
	const struct contract *contract;
	struct connection connection;
	struct script script;
	struct run *run;
	int keys;                      /* of lines: so many records have keys of their own, then they come again; 0: all have */
	char id[RUN_ID_SIZE];
	struct deliver_result result;
	struct err e;
};

void stage_open(struct stage *s, int batches, int each);
/* The same with `records` lines for a target whose contract has `wire` in its wire: keys and origins as above. */
void stage_open_lines(struct stage *s, int records, const char *wire);
/* The same with bodies of products, as stage_open has them. */
void stage_open_batches(struct stage *s, int batches, int each, const char *wire);
/* Another run in the same state directory takes the place of `run`, which is closed. */
void stage_new_run(struct stage *s, int batches, int each);
/* Closes the run and opens it again, as `runs resume` does. */
int stage_resume(struct stage *s);
/* Delivers with the script. */
int stage_deliver(struct stage *s, const struct line *lines);
/* The same, for a run that was resumed. */
int stage_go_on(struct stage *s, const struct line *lines);
/* Delivers in a process of its own, which ends without a word at that point of the script. The run is closed here. */
void stage_die(struct stage *s, const struct line *lines, size_t line, enum script_kill kill, bool resumed);
struct run_record stage_record(struct stage *s);
/* What the record of the run, whose output is one, says of it. */
void stage_sums(struct stage *s, uint64_t sent, uint64_t accepted, uint64_t refused);
/* All refused records as "KEY ORIGIN CODE[/FIELD]: MESSAGE\n". */
const char *stage_refused(struct stage *s);
/* Whether the ledger knows the key as accepted with the text it had. */
bool stage_accepted(struct stage *s, const char *key);
void stage_close(struct stage *s);

#endif
