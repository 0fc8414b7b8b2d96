/* scribe - puts whole payload files on disk beside the work that makes them: a file that was put waits until some thread
 * has time to sum and to write it and its .rows. Files are written in any order, several at once, and listed in order.
 *
 * scribe_new, scribe_put for each file by one thread at a time, meanwhile scribe_work by any number of threads, then
 * scribe_end or scribe_abandon. A failure is told by a later put or by scribe_end: the earliest file's of those known.
 * Two files wait at most; one more is written by scribe_put.
 */
#ifndef QONDUIT_SCRIBE_H
#define QONDUIT_SCRIBE_H

#include "qonduit/payload.h"

struct scribe;

struct scribe *scribe_new(int dirfd);
/* Takes the content of `body` and `rows` and gives them other room, empty. `file` has name, target and records; the
 * names live as long as the scribe. */
int scribe_put(struct scribe *s, struct payload_file file, struct buf *body, struct buf *rows, struct err *e);
/* Writes what waits, if anything does. */
void scribe_work(struct scribe *s);
/* Writes what waits, appends all to `files` (grown with mem_grow) with length and SHA-256 unless one failed, and frees
 * the scribe. */
int scribe_end(struct scribe *s, struct payload_file **files, size_t *count, size_t *cap, struct err *e);
/* Frees the scribe, whatever is written by then; null is allowed. */
void scribe_abandon(struct scribe *s);

#endif
