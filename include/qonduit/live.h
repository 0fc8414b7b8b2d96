/* live - sources that are asked for over the network: what `fetch`, `api` and inputs that are resources share.
 *
 *     live_systems    the built-in systems and those of --contracts
 *     live_open       connection, transport, limits shared through the state directory, session; no request is sent yet
 *     live_fetch      all of it for one resource: opened, fetched, compared with what fields it had (drift.h), closed
 *
 * Everything lives in the options' arena. SIGINT, SIGTERM and SIGHUP set delivery_signal while a command has called
 * delivery_signals: then -1 comes back with an empty error, and live_status says 128+n.
 */
#ifndef QONDUIT_LIVE_H
#define QONDUIT_LIVE_H

#include "qonduit/delivery.h"
#include "qonduit/fetch.h"
#include "qonduit/live_input.h"

struct live {
	const char *state;             /* the state directory */
	struct connection connection;
	struct transport *transport;
	struct rate *rate;
	struct session *session;
	struct buf text;               /* what is asked for, as it is shown */
	uint64_t last_bytes;           /* for progress */
	int64_t since_ms;
};

/* Faults in files of --contracts are said; the first comes back in `e`. */
int live_systems(struct options *o, struct systems *out, struct err *e);
/* ERR_USAGE, with "did you mean", and null where there is none of that name. */
const struct system *live_system(struct options *o, const struct systems *s, const char *name, struct err *e);
/* The index of the system whose name is nearly this; -1: none is. */
int live_system_near(const struct systems *s, struct str name);
/* Of waits before another try. */
uint32_t live_chance(void *arg);
/* `need` CONNECTION_SETTINGS: only the connection. `text` is what progress calls it. */
int live_open(struct live *l, struct options *o, const struct system *system, struct str text,
	enum connection_need need, struct err *e);
void live_close(struct live *l); /* a zeroed one is fine */

struct live_result {
	struct fetched got;
	uint64_t requests;
	int64_t ms;
	struct str gone;               /* fields that are gone: for drift_tell */
};

/* To `fd`, which is empty. `out` is filled as far as it is known, also on failure. */
int live_fetch(struct options *o, const struct wanted *w, int fd, struct live_result *out, struct err *e);

#endif
