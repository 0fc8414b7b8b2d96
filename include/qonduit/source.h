/* source - where rows come from: a file or standard input, read once, front to back, in batches.
 *
 * source_open recognises the format (by content, then by name), finds the header row and binds the columns; source_fill
 * brings the next batch of data rows, 0 rows at the end; source_close. A kind of source is one row of the table in
 * source.c and one file (source_csv.c).
 *
 * A row of a batch is given as it stands in the input; ragged rows are the caller's to judge
 * (source->width is the header's). Failures are ERR_INPUT with file and line or row. The SHA-256 and
 * length of all bytes read are known after the end. Of JSON, which has no header, the paths of the columns are the
 * header (row 0), and a row stands where its record is (batch_row.place).
 */
#ifndef QONDUIT_SOURCE_H
#define QONDUIT_SOURCE_H

#include <signal.h>
#include <stdatomic.h>

#include "qonduit/column.h"
#include "qonduit/digest.h"
#include "qonduit/summer.h"
#include "qonduit/workbook.h"

/* Where the records of a JSON document are, "orders[].cart_data[]": levels from the outside in. The first level of "[]"
 * is an array that is the document itself. */
struct records {
	struct str text;
	struct records_level {
		const struct str *keys;    /* members that lead to the array, from the record of the level above */
		size_t key_count;
		struct str name;           /* the last of them; empty: none */
	} *levels;
	size_t level_count;        /* 0: the document is the record */
};

/* What a mapping says about its source. */
struct source_options {
	const char *format;        /* "auto", "csv", "xlsx", "json", "ndjson" */
	const struct records *records; /* of JSON, in order of preference: the first that fits the document counts; null: a
	                            * document is a record, and there may be many (NDJSON) */
	size_t records_count;
	uint64_t header_row;       /* 0: auto */
	const char *encoding;      /* "auto" or a name for iconv */
	char delimiter, quote;     /* 0: auto */
	bool pad_ragged;           /* "ragged": "pad" */
	struct str sheet;          /* of a workbook; empty: by number */
	uint64_t sheet_number;     /* from 1, hidden ones counted; with a name, what is meant where no sheet has that name;
	                            * 0: the first visible one with the header */
	struct workbook_limits limits;
	const struct column *columns;
	size_t column_count;
	bool raw;                  /* no header: the first row is data; preamble and binding are empty, the width is 0 */
	size_t batch_rows;         /* most rows in a batch; 0: the usual 512, less where rows are long */
};

struct source;

struct source_kind {
	const char *name;
	/* How sure it is that these are the first bytes of its format: 0 no, 1 by name or for
	 * want of another, 2 by content. */
	int (*recognise)(struct str head, const char *name);
	/* Finds the header and binds the columns. */
	int (*open)(struct source *s, struct err *e);
	int (*fill)(struct source *s, struct batch *b, struct err *e);
	/* Ends what a thread reads ahead; null: the kind reads in source_fill alone. */
	void (*settle)(struct source *s);
	void (*close)(struct source *s);
};

/* The one sheet of a workbook of rejects, which is read whatever sheet is asked for. */
#define SOURCE_REJECTS_SHEET "Rejects"
#define SOURCE_HEADER_ROWS 50        /* rows in which a header is looked for */
#define SOURCE_HEAD_MAX (2u << 20)   /* bytes in which they must stand */

struct source {
	const volatile sig_atomic_t *stop; /* set before source_open: a signal that ends a wait for input; null: none */
	unsigned threads;            /* likewise: so many fill batches, in turn; where that is more than one, no signal wakes
	                            * them. 0: one */
	const struct source_kind *kind;
	const struct source_options *options;
	struct arena arena;
	const char *path;            /* as given; "-" is standard input */
	struct str name;             /* how origins and errors call it */
	int fd;
	uint64_t size;               /* of a file, as it was opened; 0: not known */
	char *head;                  /* the first bytes, read for recognise and given out again by source_read */
	size_t head_n, head_given;
	struct summer *sum;          /* of all bytes read */
	uint64_t bytes;
	uint64_t behind;             /* bytes whose rows were given, for progress: at most `bytes` */
	bool ahead;                  /* a thread of the kind reads: `bytes` is its own until the end */
	atomic_bool given_up;        /* that thread should not read any further */
	bool ended;
	char sha256[DIGEST_HEX];     /* after the end */

	/* Known after source_open. */
	uint64_t header_row;         /* as a spreadsheet counts; 0: there is none, the columns' paths stand for it */
	struct str *header;          /* the header's cells as they stand */
	size_t width;
	struct str sheet;            /* of a workbook: the one that is read; else empty */
	struct workbook *workbook;   /* of a workbook, also where no sheet could be opened; else null. The kind's */
	struct batch preamble;       /* the rows above the header, as they stand */
	char delimiter, quote;
	const char *encoding;        /* "UTF-8", or what was declared or marked */
	bool bom;
	struct binding binding;

	struct buf unseen;           /* after the end, of JSON: paths of "each" that no element had (json_rows_unseen) */

	void *state;                 /* of the kind */
};

/* Opens and binds. All missing columns are told in one error, with what the file has instead. Without columns the
 * header is the row that source_likely_header finds. */
int source_open(struct source *s, const char *path, struct str name, const struct source_options *options,
	struct err *e);
/* The next batch, cleared first; b->rows is 0 at the end and only there. */
int source_fill(struct source *s, struct batch *b, struct err *e);
/* A zeroed or half-opened source may be closed. */
void source_close(struct source *s);

/* Whether a file of that name is JSON documents, one a line: *.ndjson, *.jsonl. */
bool source_names_lines(const char *name);
/* Reads what is left of an input whose rows nobody wants, so that the sum is that of all of it. */
int source_drain(struct source *s, struct err *e);

/* For kinds: a thread that waits for input, or will, is sent home; for their settle. */
void source_give_up(struct source *s);
/* For kinds: the next bytes of the input, counted and summed; 0 at the end. A file whose length is not what it was when
 * it was opened fails at its end. */
int source_read(struct source *s, char *to, size_t room, size_t *got, struct err *e);
/* For kinds: takes row `row` of `b`, which begins in `line` (0: no lines), as the header and binds the columns to it.
 * `wanted` says that it is what was looked for; else it only comes nearest and the failure says so. */
int source_bind(struct source *s, const struct batch *b, size_t row, bool wanted, struct err *e);

/* How near a row comes to the header that the columns ask for: the most columns found, then the most cells. */
struct source_match {
	bool wanted;         /* it is what was looked for */
	size_t found, width;
};

/* For kinds: judges row `row` of `b`; true, and *best is it, where it comes nearer than *best. */
bool source_match_row(const struct source *s, const struct batch *b, size_t row, struct source_match *best);
/* For kinds, where no columns say what a header is: which of the first `rows` rows of `b` (at least one, in which it is
 * looked for) it is. It is the first that is as wide as most rows are, passing over titles: rows that begin with a text
 * and are empty in more than half of their cells. */
size_t source_likely_header(const struct batch *b, size_t rows);
/* Whether a delimiter parts the rows from the header on evenly: the header has two cells or more, and nine of ten rows
 * have as many. */
bool source_is_even(const struct batch *b, size_t header);

extern const struct source_kind source_csv, source_xlsx, source_json;

#endif
