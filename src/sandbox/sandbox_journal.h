/* The journal: an object for each request, in memory and, with --log, as a line of a file. What an entry has is in
 * sandbox.h. For sandbox.c alone.
 */
#ifndef QONDUIT_SANDBOX_JOURNAL_H
#define QONDUIT_SANDBOX_JOURNAL_H

#include "qonduit/sandbox_system.h"

struct sandbox_journal {
	uint64_t entries;
	struct buf text; /* all of them, commas between */
	int log;         /* -1: none */
	const char *log_file;
};

/* `log_file`, null for none, must outlive the journal. ERR_INPUT. */
int sandbox_journal_open(struct sandbox_journal *j, const char *log_file, struct err *e);
/* `fault` names what struck, empty for nothing; a request that is not `whole` was cut off and has no reply. */
void sandbox_journal_enter(struct sandbox_journal *j, const struct sandbox_request *q, const struct sandbox_reply *r,
	struct str fault, bool whole);
/* As a JSON array. */
void sandbox_journal_print(const struct sandbox_journal *j, struct buf *to);
void sandbox_journal_close(struct sandbox_journal *j);

#endif
