/* progress - one line at the foot of a terminal that says how far things are; nothing where standard error is no
 * terminal, or with --no-progress, -q or a JSON log. Log lines step in front of it.
 *
 * progress_begin, progress_show as often as one likes (it draws at most ten times a second), progress_end wipes it.
 */
#ifndef QONDUIT_PROGRESS_H
#define QONDUIT_PROGRESS_H

#include "qonduit/options.h"

void progress_begin(const struct options *o);
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);
/* "1,234,567" into the buffer (at least 32 bytes); returns it. */
const char *progress_number(uint64_t n, char *to);
/* "3 s", "4 min 10 s", "2 h 5 min" into the buffer (at least 48 bytes); returns it. */
const char *progress_duration(int64_t ms, char *to);
/* "512 bytes", "4.7 kB", "1.2 MB" (of 1000) into the buffer (at least 32 bytes); returns it. */
const char *progress_bytes(uint64_t n, char *to);

#endif
