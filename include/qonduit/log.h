/* log - what a run says on standard error, and the mask that keeps secrets out of it.
 *
 * Levels: error, warning, info (the default), debug (-v); quiet (-q) shows errors and warnings only. Formats: text for
 * people, json with one object a line, flushed at once. Its members, in this order, those in brackets only where known:
 *
 *     "ts"       2026-11-21T17:56:10.123Z
 *     "level"    error, warning, info, debug
 *     "event"    a stable word: the code of an error, else that of log_line
 *     "message"  the sentence, with the place before it, as text format has it
 *     ["run"]    the id of the run of the ledger (log_run)
 *     ["file"] ["sheet"] ["row"] ["line"] ["column"] ["pointer"]   the place of an error: texts and numbers
 *     ["origin"] ["field"]                                         of a rejected row: catalog.csv:17, price
 *
 * Every secret is registered with log_secret() when it is read, before anything else happens with it; log_mask()
 * replaces its value (and its base64 and percent-encoded forms) by "***" in anything that is shown or stored. Control
 * bytes are written as \xNN.
 */
#ifndef QONDUIT_LOG_H
#define QONDUIT_LOG_H

#include "qonduit/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };
enum log_style { LOG_GOOD, LOG_NOTED, LOG_BAD }; /* green, yellow, red */

/* A word of the lines of log_text that is coloured where it says how something went: first in a line, behind a colon,
 * or behind a number, which is coloured with it. A table of them ends with a null text. */
struct log_word {
	const char *text;
	enum log_style style;
};

/* `color`: in text format, "error:" and "warning:" are coloured, the program's name before an error, and the words of
 * log_words. */
void log_setup(enum log_level most, enum log_format format, bool color);
/* The table must outlive the log. */
void log_words(const struct log_word *words);
/* Called before a line is written and after it, so that a progress line can step aside; they must not log. Null to take
 * it away. All of this module may be called from any thread. */
void log_aside(void (*before)(void *), void (*after)(void *), void *arg);
bool log_shows(enum log_level level);
/* `event` is a stable word ("row_rejected", "rate_wait"); the message a sentence without a final newline. */
void log_line(enum log_level level, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same, but nothing where the same has been said before. */
void log_once(enum log_level level, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Every line of JSON from here on names the run; null: none. Copies. */
void log_run(const char *id);
/* A warning "row_rejected": "catalog.csv:17: Price: found n/a"; `column` may be empty. */
void log_row(struct str origin, struct str column, struct str reason);
/* "qonduit: catalog.csv:17: sentence" */
void log_err(const struct err *e);
/* "mapping.json:3:56: error: sentence (at /source/…)": a finding, written as compilers do, so
 * that editors find the place. */
void log_fault(const struct fault *f);

/* Lines for people, such as a summary: of level info, in text format without the program's name before each, in JSON
 * one object with "\n" between them. */
void log_text(const char *event, struct str text);

/* One line as the format asks for, without a byte of memory, and the end of the program (70). */
_Noreturn void log_give_up(const char *why);

/* At least 4 bytes long; shorter ones cannot be masked by value and are ignored. Copies. */
void log_secret(struct str value);
/* `text` with every registered secret masked, appended to `to`. */
void log_mask(struct str text, struct buf *to);
/* Forgets secrets and frees: for tests and the end of the program. */
void log_release(void);

#endif
