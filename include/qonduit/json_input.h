/* json_input - a JSON input for `cat` and `inspect`: where its records are, by --records or by its outline.
 *
 *     json_input_begin    with a source that was opened without columns and turned out to be JSON
 *     json_input_head     cat: the outline of the first SOURCE_HEAD_MAX bytes; json_input_pull gives them again, and
 *                         then the rest
 *     json_input_whole    inspect: the outline of all of it; the source is then open again, with a column for each path
 *                         of the level, if there is any
 *     json_input_end      once the source is closed
 */
#ifndef QONDUIT_JSON_INPUT_H
#define QONDUIT_JSON_INPUT_H

#include "qonduit/json_outline.h"
#include "qonduit/options.h"
#include "qonduit/source_text.h"

struct json_input {
	const struct options *options;
	struct source *source;
	struct arena arena;
	struct json_outline outline;
	bool lines;                /* documents follow each other, or are said to */
	size_t level;              /* of the outline: where the records are; level_count: at none of them */
	struct records records;
	struct source_options reading; /* with them and the columns */
	struct json_outline_path *paths; /* of the columns; then those that no mapping can name */
	size_t path_count, unnamed_count;

	struct source_text *text;
	struct buf head;           /* read ahead */
	struct str pending;        /* of it: not given yet */
	int unnamed;               /* a copy of an input that cannot be read twice, or -1 */
	char copy[32];             /* its path */
};

/* Refused are options that JSON has no use for, and a --records that is none. */
int json_input_begin(struct json_input *in, const struct options *o, struct source *s, struct err *e);
int json_input_head(struct json_input *in, struct err *e);
struct json_pull *json_input_pull(struct json_input *in);
int json_input_whole(struct json_input *in, struct err *e);
void json_input_end(struct json_input *in); /* a zeroed one is fine */

#endif
