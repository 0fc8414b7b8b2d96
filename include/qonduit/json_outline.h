/* json_outline - what a JSON input looks like: where its records are, and which values they hold. One pass, in memory
 * that does not grow with the text.
 *
 * json_outline_read over an open json_pull, then the levels, and json_outline_paths for one of them;
 * json_outline_release.
 *
 * A level is a place at which records stand, as a mapping names it: "orders[]", "orders[].cart_data[]", "[]",
 * "data.rows[]". It is an array in which every element is an object, found through objects alone; arrays in its records
 * are further levels. A document that is an array is a level too, whatever stands in it. The first level is the
 * document itself.
 *
 * Records are likely at the first of the arrays; where documents follow each other, or one holds no such array, each
 * document is a record.
 *
 * At most JSON_OUTLINE_PLACES places are told apart (members of objects, and the elements of an array as one), each
 * with a key of at most JSON_OUTLINE_KEY bytes. Values at further places are counted alone.
 */
#ifndef QONDUIT_JSON_OUTLINE_H
#define QONDUIT_JSON_OUTLINE_H

#include "qonduit/column.h"
#include "qonduit/json_pull.h"

#define JSON_OUTLINE_PLACES 512
#define JSON_OUTLINE_KEY 256

struct json_outline_place;

struct json_outline_level {
	struct str records;        /* as a mapping says it; empty: the document */
	struct str name;           /* by which paths of inner levels begin with it: "orders"; "$" where it has no name */
	unsigned depth;            /* arrays on the way, from 0 for the document */
	size_t outer;              /* the level in whose records it stands; of the first: itself */
	uint64_t count;            /* records */
	const struct json_outline_place *record;
};

struct json_outline {
	struct arena arena;
	bool lines;                /* documents follow each other */
	uint64_t documents;        /* begun */
	struct json_outline_level *levels; /* in order of first appearance, an outer one before its inner ones; the first is
	                            * that of the document */
	size_t level_count;
	size_t likely;             /* the outermost level at which records are likely */
	uint64_t further;          /* values at places that are not told apart */
	struct json_outline_shape *shape; /* the module's own */
};

/* `lines`: each document is a record, though there be one alone. Where the text is broken, or ends early, it is -1 and
 * the outline of what stands before. */
int json_outline_read(struct json_outline *o, struct json_pull *p, bool lines, struct err *e);
void json_outline_release(struct json_outline *o);

/* `level`, or the deepest of the levels in its records, the first of several; passed over are those that have fewer
 * records than the level around them, as most of that one would have none. */
size_t json_outline_deepest(const struct json_outline *o, size_t level);

struct json_outline_path {
	struct column_path path;   /* with what leads to an outer level before it: "orders.customer_info.email" */
	uint64_t count;            /* values other than null */
	bool whole;                /* arrays or objects are among them: it is taken as it stands */
	bool named;                /* a mapping can name it; else a key has a dot in it, or another meaning */
};

/* The values in the records of a level, in order of first appearance: members of objects by their path, arrays whole.
 * Then those of the levels outside of it, nearest first, without their arrays. In the arena. */
size_t json_outline_paths(const struct json_outline *o, size_t level, struct arena *a, struct json_outline_path **out);

#endif
