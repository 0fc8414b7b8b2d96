/* sink - where records of one target are written: request bodies of a thousand, JSON lines, a JSON array, CSV, a
 * workbook, an XML document.
 *
 * A style of file is one row of the table in sink.c and one file (sink_batches.c, …). sink_open; for each record
 * sink_fits and sink_print, by any number of threads at once, then sink_take with its origin, in order and by one
 * thread at a time, and sink_work by any; sink_close; on failure sink_abandon. Files are made in a folder in the making (io.h) and noted, with
 * length, SHA-256 and number of records, in `files`; the .rows file beside each is written too.
 */
#ifndef QONDUIT_SINK_H
#define QONDUIT_SINK_H

#include "qonduit/payload.h"
#include "qonduit/record.h"
#include "qonduit/report.h"

struct sink;

/* A record on its way into a sink. */
struct sink_record {
	struct str text;               /* what sink_print made of it */
	const struct value *values;    /* instead, where the kind does not print */
	struct str origin;             /* its line of .rows, as sink_add_origin makes it */
};

struct sink_kind {
	int (*open)(struct sink *s, struct err *e);
	/* The text of a record, behind `to`; nothing in the sink changes. Null: the kind takes values as they are. */
	int (*print)(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to, struct err *e);
	int (*take)(struct sink *s, const struct sink_record *r, struct err *e);
	/* What `take` has left to be done, by any number of threads at once, also beside `take`. Null: nothing. */
	void (*work)(struct sink *s);
	int (*close)(struct sink *s, struct err *e); /* frees the state only where it succeeds */
	void (*abandon)(struct sink *s);             /* frees the state, whatever is open */
	/* Whether the kind can hold the record, with the field and the reason where it cannot. Null: it always can. */
	bool (*fits)(const struct sink *s, const struct value *values, struct arena *scratch, size_t *field,
		struct buf *why);
};

struct sink {
	const struct sink_kind *kind;
	const struct record_shape *shape;
	int dirfd;                     /* of the folder in the making; -1: lines to `out_fd` (-o -), whatever the style */
	int out_fd;                    /* set before sink_open; 0: standard output */
	const struct report *report;   /* set before sink_open where the style is a workbook */
	const struct record_shape *head; /* set before sink_open where the style is XML: what stands before the records */
	const struct value *head_values;
	struct str account;            /* put into each body where the contract has a place for it; empty: not known */
	struct arena *arena;           /* of the run: names live there */
	size_t frame;                  /* bytes of a body besides its records; set by the kind */
	size_t sure_bytes;             /* record_sure_bytes of the shape */
	uint64_t records;
	struct payload_file *files;    /* grown with mem_grow, freed by sink_release */
	size_t file_count, file_cap;
	void *state;
};

int sink_open(struct sink *s, const struct record_shape *shape, int dirfd, struct str account, struct arena *arena,
	struct err *e);
/* Whether the target can hold the record: false where alone it is over the contract's bytes_per_request, where a cell
 * of a workbook has no room for it, or where it has characters that XML has not, with the reason in `why` and the
 * field in `field`, SIZE_MAX where it is the record as a whole. Every sink is asked before one is given the record, so
 * that a row is written to all or to none. */
bool sink_fits(const struct sink *s, const struct value *values, struct arena *scratch, size_t *field, struct buf *why);
/* Whether sink_fits is true of every record whose values are all sure (record.h). */
bool sink_fits_sure(const struct sink *s);
/* Whether the kind prints; one that does not is given the values. */
bool sink_prints(const struct sink *s);
int sink_print(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to, struct err *e);
int sink_take(struct sink *s, const struct sink_record *r, struct err *e);
/* Writes what sink_take has left to whoever has time; what nobody does, sink_take and sink_close do. A failure is told
 * by one of them. */
void sink_work(struct sink *s);
/* Writes what is pending and closes. A target without records leaves no batch file; file.csv has
 * its header, file.json is [], a document its frame. */
int sink_close(struct sink *s, struct err *e);
void sink_abandon(struct sink *s);
void sink_release(struct sink *s);

/* For kinds. */
extern const struct sink_kind sink_batches, sink_lines, sink_array, sink_table, sink_workbook, sink_xml;

/* A payload file and the .rows file beside it, both in the making. */
struct sink_file {
	struct str name;   /* in the sink's arena */
	struct file body, rows;
	uint64_t records;
};

/* TARGET.EXTENSION, or TARGET where that is how it ends already. */
struct str sink_file_name(const struct sink *s);
int sink_file_open(struct sink *s, struct sink_file *f, struct str name, struct err *e);
/* A line of .rows ("catalog.csv:17"); what does not print in an origin is made visible, so that it stays one line. */
void sink_add_origin(struct buf *to, struct str origin);
/* For kinds whose text is that of record_print. */
int sink_print_json(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to,
	struct err *e);
/* Counts a record and notes its origin, a line. */
int sink_file_origin(struct sink_file *f, struct str origin, struct err *e);
/* Ends both files and notes them in the sink's `files`. */
int sink_file_close(struct sink *s, struct sink_file *f, struct err *e);
/* The same for a kind whose body is written by another: only the .rows file is made, and `done` comes with the body's
 * length and sum. */
int sink_rows_open(struct sink *s, struct sink_file *f, struct str name, struct err *e);
int sink_rows_close(struct sink *s, struct sink_file *f, struct payload_file done, struct err *e);
void sink_file_abandon(struct sink_file *f);

#endif
