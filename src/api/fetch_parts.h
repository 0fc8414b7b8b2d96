/* fetch_parts - what the rooms of fetch share: fetch.c has the door and downloads, fetch_pages.c the pages,
 * fetch_next.c where they go on, fetch_walk.c what stands in a reply of JSON, fetch_csv.c whether a CSV file is whole.
 * Private to src/api.
 */
#ifndef QONDUIT_FETCH_PARTS_H
#define QONDUIT_FETCH_PARTS_H

#include "qonduit/fetch.h"
#include "qonduit/json_pull.h"

struct fetching {
	struct session *session;
	const struct wanted *w;
	int fd;
	struct arena *arena;
	struct fetched *out;
	const char *name;        /* of what is wanted, for errors */
	const char *path;        /* of the first request, with query */
	struct str body;         /* of all; null pointer: none */
	struct err *e;
};

int fetch_write(struct fetching *f, struct str bytes);
/* Whether the reply is one to read; else -1. */
int fetch_accepts(struct fetching *f, const struct session_reply *r);
/* The same for what it holds, by its type and its first bytes. */
int fetch_is_format(struct fetching *f, const char *type, struct str head);
/* What the resource needs is among `found`; `what`: "column", "member of a record". */
int fetch_has_needs(struct fetching *f, const struct str *found, size_t count, const char *what);
/* All pages as one document. */
int fetch_pages(struct fetching *f);

/* ---- fetch_next.c ---- */

/* Path and query of the page that `next` means. */
int fetch_next(struct fetching *f, struct str next, struct buf *path);

/* ---- fetch_walk.c ---- */

enum spot { SPOT_COUNT, SPOT_NEXT, SPOT_OK, SPOT_CODE, SPOT_MESSAGE, SPOTS };

/* What stands in a reply. Offsets are those of its text. */
struct json_walk {
	struct fetching *f;
	struct str records;      /* path of the list; empty: the reply is the record, or a list of them */
	void (*record)(void *arg, uint64_t from, uint64_t to); /* told of each; null: nobody */
	void *arg;
	struct arena *arena;     /* for texts */

	struct json_spot {
		struct str path, text;
		enum json_token kind;  /* JSON_PULL_END: there is none */
		uint64_t from, to;
	} spots[SPOTS];
	bool listed;             /* the list is there */
	const char *instead;     /* what stands in its place; null: nothing else */
	uint64_t list_from, list_to; /* behind its opening bracket, at its closing one */
	uint64_t first_from, last_to; /* of its records */
	uint64_t count;          /* of records */
	struct str *fields;      /* of the first one */
	size_t field_count, field_cap;
	struct buf names;        /* of members at the top, for sentences */
	struct str prefix;       /* path of the object at hand */
	struct buf path;         /* of the member at hand */
};

void json_walk_begin(struct json_walk *w, struct fetching *f, struct arena *arena);
/* The whole text; errors have its line and column. */
int json_walk_run(struct json_walk *w, const struct json_pull_input *input);
/* Judged as all replies are: the list is there, the word says yes, the first record has what is needed. */
int json_walk_judge(struct json_walk *w);
/* They outlive the walk. */
void fetch_keep_fields(struct fetching *f, const struct json_walk *w);
void json_walk_end(struct json_walk *w);

/* ---- fetch_csv.c ---- */

struct csv_check;

struct csv_check *csv_check_open(struct arena *arena);
void csv_check_feed(struct csv_check *c, struct str piece);
/* At the end: rows below the header, and the header. */
int csv_check_end(struct csv_check *c, struct fetched *out, struct err *e);
/* Whether there is no line end behind the last row. */
bool csv_check_ends_open(const struct csv_check *c);
void csv_check_close(struct csv_check *c); /* null is allowed */

#endif
