/* json_show - what json_pull makes of a text, as a line: { } [ ], k: s: n: with the text behind it (NUL as \0), t f z
 * (null), $ at the end, one blank between two; where it fails, "!code@line:column message". With places each token has
 * @line:column.
 */
#ifndef JSON_SHOW_H
#define JSON_SHOW_H

#include "qonduit/json_pull.h"

/* A text in pieces: the first has `first` bytes, the others `rest` (0: all). Each piece lies in memory of its own, that
 * goes when the next one is asked for. */
struct json_cutter {
	struct str text;
	size_t first, rest;
	char *piece;
	const char *fault;  /* where it is not null: found at the end instead of it */
};

struct json_pull *json_cutter_open(struct json_cutter *c, bool many);
void json_cutter_close(struct json_cutter *c, struct json_pull *p);

const char *json_show(struct str text, bool many, bool places, size_t first, size_t rest);

#endif
