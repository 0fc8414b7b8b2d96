/* draft_parts - a draft in the making: what the files share that make one. */
#ifndef QONDUIT_TRANSFORM_DRAFT_PARTS_H
#define QONDUIT_TRANSFORM_DRAFT_PARTS_H

#include "qonduit/draft.h"
#include "qonduit/json_doc.h"

struct draft_column {
	const struct profile_column *profile;
	struct str name;               /* in the mapping; empty: a mapping cannot name its header */
	const struct column *reading;  /* type and marks */
	uint64_t others;               /* cells that cannot be read so */
	bool settled;                  /* a field is fed by it in this reading */
	bool required;                 /* by such a field */
};

/* Bare: from a shipped mapping's column, without what that does with it. Tail: by the end of a path. */
enum draft_from { DRAFT_NOTHING, DRAFT_SHIPPED, DRAFT_BARE, DRAFT_NAME, DRAFT_TAIL, DRAFT_NEAR };

struct draft_field {
	struct str name;
	const struct contract_field *contract; /* null: any field is taken */
	enum draft_from from;
	size_t column;                 /* the first, where the rule has several */
	const struct json *rule;       /* of a shipped mapping, with the draft's names; else null */
	struct str then;               /* steps as JSON, where there is no rule; empty: none */
};

struct draft {
	struct arena arena;
	const struct source *source;
	const struct profile *profile;
	const struct contract *target;
	struct batch header;           /* the header as a row */
	struct draft_column *columns;  /* as in the profile */
	struct draft_field *fields;
	size_t field_count;
	struct draft_param {
		struct str name, value;    /* value: as JSON */
	} *params;                     /* of shipped mappings, whose steps name them */
	size_t param_count, param_cap;
};

static inline bool draft_is_json(const struct draft *d)
{
	return d->source->kind == &source_json;
}

/* Of JSON, whose keys are written so: "requestedQuantity" as "requested Quantity". */
struct str draft_words(struct draft *d, struct str text);
/* The last `parts` parts of a path. */
struct str draft_tail(struct str path, size_t parts);

/* Finds a column for each field of the contract. */
void draft_match(struct draft *d);

/* Appends a value as mappings are written: { "a": 1, "b": ["x"] }. */
void draft_print(const struct json *j, struct buf *to);

/* Lines of members, one below the other. */
struct draft_lines {
	struct buf *to;
	int depth;
	bool comma;      /* a member stands before at this depth */
};

/* A new line with a key, filled up to `width` characters of it; the value comes next. */
void draft_line(struct draft_lines *l, struct str key, size_t width);
void draft_text(struct draft_lines *l, const char *key, struct str text);
void draft_open(struct draft_lines *l, struct str key);
void draft_close(struct draft_lines *l);

#endif
