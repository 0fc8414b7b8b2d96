/* drift - whether a resource still has the fields that it had, remembered from fetch to fetch.
 *
 * STATE/fields/ holds a small JSON file (mode 0600) for each host, resource and format: every field with the time when
 * it was last there. Fields that are gone are told at each fetch for 30 days, then forgotten. A memory that is damaged,
 * or cannot be written, is a warning: it begins anew.
 *
 *     drift_check    after a fetch that was whole: compares, warns, remembers; gives the sentence for drift_tell
 *     drift_recall   after one that failed for want of a field: only gives the sentence
 *     drift_tell     puts it behind an error that says that a column is missing
 */
#ifndef QONDUIT_DRIFT_H
#define QONDUIT_DRIFT_H

#include "qonduit/fetch.h"

#define DRIFT_KEEP_MS ((int64_t)30 * 86400000)
#define DRIFT_FIELDS 4096      /* that are remembered of a resource at most */
#define DRIFT_FILE (4u << 20)  /* bytes of a memory that are read at most */

struct drift {
	const char *state;         /* the state directory */
	struct str host;
	const struct wanted *wanted;
	int64_t now_ms;            /* wall clock */
	struct arena *arena;       /* of what is given back */
};

/* `gone`: one sentence that names the fields that are gone, with what is there instead and until when they were there;
 * empty where there is none. A reply without fields (an empty list, a workbook) says nothing. */
void drift_check(const struct drift *d, const struct fetched *got, struct str *gone);
void drift_recall(const struct drift *d, const struct fetched *got, struct str *gone);
/* Where `e` says that a column or field is missing; `gone` may be empty. */
void drift_tell(struct str gone, struct err *e);

#endif
