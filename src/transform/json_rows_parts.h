/* json_rows_parts - what the rooms of json_rows share: json_rows.c walks, json_rows_values.c takes what is wanted,
 * json_rows_tree.c makes the tree of keys, json_rows_cells.c puts rows together, json_rows_tell.c says where something
 * stands and what there is instead, json_rows_path.c reads what a mapping writes.
 *
 * A scope is what paths start from: scope 0 is the document, scope i a record of the level i. Where the document is
 * the array of the first level, nothing starts from scope 0. The paths into one scope are a tree of nodes, whose root
 * is the record. Each path of a column ends in a slot, which holds what was found there in the record at hand. Slots
 * are numbered so that those of a node and of all below it follow each other.
 */
#ifndef QONDUIT_TRANSFORM_JSON_ROWS_PARTS_H
#define QONDUIT_TRANSFORM_JSON_ROWS_PARTS_H

#include "qonduit/json_echo.h"
#include "qonduit/json_rows.h"

#define JSON_ROWS_NONE SIZE_MAX
#define JSON_ROWS_NAMES 200          /* of a first record that are kept to be told */
#define JSON_ROWS_NAME_BYTES 80
#define JSON_ROWS_ASTRAY 0x8000u     /* a rank: of a path that leads astray, behind all that find something */
#define JSON_ROWS_NOTHING 0xffffu

struct json_node {
	struct str key;
	uint64_t index;          /* that the key is, where it is one */
	bool is_index;
	struct json_node *children;
	size_t child_count;
	uint64_t keys;           /* a bit for each child's key */
	bool indexes;            /* a child is one */
	struct json_node *any;   /* what is wanted of every element that is no child; null: nothing */
	size_t slot, own, all;   /* the first slot, those that end here, and those here and below */
	size_t level;            /* the level whose array it is, from 1; 0: none */
	bool leads;              /* to a level, or is one */
	uint64_t in;             /* the object in which it stood last */
	bool met, all_met;       /* in any record; with all below it */
	bool within;             /* of an element, and not optional there */
	struct str path;         /* to it, as columns write it */
};

struct json_scope {
	struct json_node root;
	size_t slot, slots;
	const struct records_level *level; /* null: the document */
	struct arena arena;      /* texts of the record at hand; of the innermost they are the batch's */
	uint64_t records;
	uint64_t line;           /* in which the record begins */
	size_t undecided;        /* slots whose members have not ended in this record; of outer scopes */
	size_t waiting;          /* first row of the batch that waits for this record's end, or JSON_ROWS_NONE */
	struct buf place;        /* of the record, and before that of its array */
	size_t place_array;      /* bytes of it that are the array's */
	bool collecting;         /* names of the first record */
	unsigned depth;          /* of its object */
	struct str *names;       /* members of it, and members of those */
	size_t name_count, name_cap;
	size_t parent;           /* the name that may be taken the place of by its members, or JSON_ROWS_NONE */
	struct str parent_name;
};

/* A column. */
struct json_ends {
	const size_t *slots;     /* of its paths */
	size_t count;
	int scope;               /* of all of them, or -1 where they are of several */
	size_t rank;             /* among the latter */
};

enum json_frame_kind { JSON_FRAME_OBJECT, JSON_FRAME_ARRAY, JSON_FRAME_LEVEL };

/* An object or array that is open and wanted. */
struct json_frame {
	struct json_node *node;
	uint64_t serial;         /* of the object */
	uint64_t index;          /* of the element at hand, one more than it */
	size_t expected;         /* the child that is likely to come next */
	size_t capture;          /* where its text begins in `captured`, or JSON_ROWS_NONE */
	size_t scope;            /* of the node */
	enum json_frame_kind kind;
	bool record;             /* the node is the scope's root */
};

struct json_rows {
	struct arena arena;
	const struct column *columns;
	size_t column_count;
	const struct records *records;
	size_t levels;
	bool lines;
	struct json_ends *ends;      /* of each column */
	size_t mixed;                /* columns whose paths are of several scopes */
	struct json_scope *scopes;   /* levels + 1 */

	size_t slot_count;
	struct cell *cells;          /* of each slot, in the record at hand */
	bool *decided;
	struct cell *given;          /* the cell with its text in the batch */
	uint64_t *given_in;          /* the fill in which that was */
	size_t *scope_of;
	struct json_node **node_of;

	/* Of the walk. */
	struct json_pull *pull;
	struct batch *batch;
	struct err *err;
	uint64_t fill;               /* counts them */
	size_t before;               /* rows in the batch when it began */
	size_t bytes;                /* that this fill has put into the batch */
	size_t waiting;              /* scopes with rows that wait */
	uint16_t *ranks;             /* of the batch's rows from `before` on, for each mixed column */
	size_t rank_cap;
	struct json_frame frames[JSON_PULL_DEPTH + 1];
	size_t depth;
	struct json_scope *now;      /* the innermost whose record or array is open */
	struct buf captured;         /* text of values that are wanted whole */
	struct json_echo echo;       /* writes it */
	size_t captures;             /* that are open */
	uint64_t serial;             /* of the last object */
	uint64_t documents, rows;
	uint64_t line, end_line;     /* in which the document begins, and in which the last one ended */
	bool level_met;              /* the outermost level, in this document */
	bool within;                 /* a record of the innermost scope, whose texts are the batch's: it ends in this fill */
	bool ended;
};

/* ---- json_rows_path.c ---- */

/* "0", "17", but not "017", which is a member's name alone. */
bool json_rows_index(struct str part, uint64_t *index);

/* ---- json_rows_tree.c ---- */

static inline uint64_t json_key_bit(struct str key)
{
	return 1ull << ((key.n ? (unsigned char)key.p[0] * 7 + key.n : 0) & 63);
}

void json_rows_plant(struct json_rows *r);

/* ---- json_rows_values.c ---- */

/* For who wants values whole, and for the names of a first record. */
int json_rows_watch(struct json_rows *r, enum json_token token);
/* To the end of the value whose first token, or of the member whose key, was given last. */
int json_rows_pass(struct json_rows *r, enum json_token token);
/* The value, by its first token, of a wanted member. */
int json_rows_take(struct json_rows *r, struct json_node *node, size_t scope, enum json_token token);
/* An object that is a record. */
void json_rows_push_record(struct json_rows *r, size_t scope);
/* The innermost frame has ended. */
int json_rows_pop(struct json_rows *r);

/* Whether somebody looks at all tokens, also at those that no column wants. */
static inline bool json_rows_is_watched(const struct json_rows *r)
{
	return r->captures || r->now->collecting;
}

static inline int json_rows_next(struct json_rows *r, enum json_token *token)
{
	if (json_pull_next(r->pull, token, r->err))
		return -1;
	return json_rows_is_watched(r) ? json_rows_watch(r, *token) : 0;
}

/* ---- json_rows_cells.c ---- */

/* The record at hand of the innermost scope as a row. */
int json_rows_add(struct json_rows *r);
/* The record of an outer scope has ended: rows that waited for it are completed. */
void json_rows_complete(struct json_rows *r, size_t scope);
/* Where texts for slots of the scope live as long as its record; json_rows_keep puts one there. */
struct arena *json_rows_arena(struct json_rows *r, size_t scope);
struct str json_rows_keep(struct json_rows *r, size_t scope, struct str text);

/* ---- json_rows_tell.c ---- */

/* JSON pointer to what `frames` open frames lead to; behind the line where documents are lines and `with_line`. */
void json_rows_pointer(const struct json_rows *r, size_t frames, bool with_line, struct buf *to);
/* Fails at the token's place. `node`: the member that it belongs to, for the pointer; null: the innermost frame. */
int json_rows_fail(struct json_rows *r, const struct json_node *node, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Notes names of the first record of the scope at hand. */
void json_rows_collect(struct json_rows *r, enum json_token token);
/* The document has ended without the outermost level. */
int json_rows_no_level(struct json_rows *r);

#endif
