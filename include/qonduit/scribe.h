/* scribe - puts whole payload files on disk, in order, beside the work that makes them: one thread creates, writes,
 * sums and closes a body and its .rows while the next body is being made.
 *
 * scribe_new, scribe_put for each file, then scribe_end or scribe_abandon. For one thread at a time. A failure is told
 * by the put after it, or by scribe_end. A single file costs no thread.
 */
#ifndef QONDUIT_SCRIBE_H
#define QONDUIT_SCRIBE_H

#include "qonduit/payload.h"

struct scribe;

struct scribe *scribe_new(int dirfd);
/* Takes the content of `body` and `rows` and gives them other room, empty. `file` has name, target and records; the
 * names live as long as the scribe. Waits where two files are waiting already. */
int scribe_put(struct scribe *s, struct payload_file file, struct buf *body, struct buf *rows, struct err *e);
/* Waits for the last file, appends all to `files` (grown with mem_grow) with length and
 * SHA-256, and frees the scribe. */
int scribe_end(struct scribe *s, struct payload_file **files, size_t *count, size_t *cap, struct err *e);
/* Frees the scribe, whatever is written by then; null is allowed. */
void scribe_abandon(struct scribe *s);

#endif
