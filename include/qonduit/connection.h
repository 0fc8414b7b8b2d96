/* connection - how a system is reached: address, credentials, limits, timeouts (README: "Configuration and secrets").
 *
 * Facts come from the system's description (system.h): names of variables, default address, header of the credentials,
 * documented limits. Settings come from, last one wins: these facts, the env file (--env-file, else ./.env.local where
 * it exists), the environment, the config file (--config, else ./qonduit.json, else
 * $XDG_CONFIG_HOME/qonduit/config.json).
 *
 * A credential NAME comes from the first of these that has it: the environment, the file that the variable NAME_FILE
 * names, the file NAME in $CREDENTIALS_DIRECTORY (systemd), the env file. A config key that looks like a secret is
 * refused by name. Files with secrets are refused where group or others may read them, but for those in
 * $CREDENTIALS_DIRECTORY; they hold one line. Every secret is registered with log_secret before anything else happens
 * to it.
 *
 * The config's "auth_header" says in which header the token goes, for systems whose documentation does not agree with
 * itself: "Authentication: Bearer" (a name, a colon, and at most one word before the token) or "x-token:". It is then
 * the only one.
 *
 * Faults: config ERR_USAGE with file, line, column and "did you mean"; a wrong address ERR_USAGE; credentials that are
 * missing, exposed or not fit for a header ERR_CREDENTIALS, naming the variable.
 */
#ifndef QONDUIT_CONNECTION_H
#define QONDUIT_CONNECTION_H

#include "qonduit/rate.h"
#include "qonduit/system.h"

struct connection {
	const struct system *of;
	const char *system;       /* its name, "quotiza" */
	const char *base_url;     /* without a final slash */
	const char *host;         /* "app.quotiza.com", with ":port" where the address has one */
	const char *auth_header;  /* what stands before the token, "Authorization: Bearer " */
	const char *header;       /* with it, a secret; null where there is none: not yet, or the system is anonymous */
	const char *read_header;  /* the second one of requests that read (system.h); null: there is none */
	const char *user, *password; /* for systems that give a token at login; null: none */
	struct str account;       /* "" where the system knows none, or none is given */
	const struct rate_rule *limits;
	size_t limit_count;
	const char *ca_file;      /* null: the system's */
	int64_t connect_timeout_ms, timeout_ms;
	int64_t backoff_ms, backoff_max_ms;
	uint32_t retries;
	uint32_t concurrency;     /* requests in flight */
	int64_t poll_ms, poll_max_ms, job_timeout_ms;
	int64_t download_max_mib; /* of one reply that goes into a file; 0: no end */
};

/* Where settings are read from; all may be null. */
struct connection_files {
	const char *config, *env_file;
	const char *(*variable)(const char *name); /* getenv, where null */
	const struct systems *systems; /* the built-in ones, where null; they must outlive the connection */
};

enum connection_need {
	CONNECTION_SETTINGS, /* for convert and plans: credentials may be missing */
	CONNECTION_READY,    /* for requests: all that the system wants must be there, a login where it has one will do */
};

/* ERR_USAGE for a system that is not there. Everything lives in the arena. */
int connection_load(const struct connection_files *from, struct str system, enum connection_need need,
	struct arena *arena, struct connection *out, struct err *e);
/* A token that a login gave: registered as a secret, and put into the header. ERR_CREDENTIALS where it is not fit. */
int connection_set_token(struct connection *c, struct arena *arena, struct str token, struct err *e);
/* "https://…/products/import_status?account_id=1&job_id=7": the path is ours, names and values are percent-encoded
 * (all but RFC 3986 unreserved); pairs end with a null name. */
struct connection_pair { struct str name, value; };
const char *connection_url(
	const struct connection *c, struct str path, const struct connection_pair *pairs, struct arena *arena);

#endif
