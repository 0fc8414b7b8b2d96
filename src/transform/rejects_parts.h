/* rejects_parts - what rejects.c asks of a kind of file: rejects_csv.c, rejects_xlsx.c. */
#ifndef QONDUIT_TRANSFORM_REJECTS_PARTS_H
#define QONDUIT_TRANSFORM_REJECTS_PARTS_H

#include "qonduit/io.h"
#include "qonduit/rejects.h"

#define REJECTS_OWN 4 /* _source, _column, _value, _reason */

/* The file of all inputs that have the same header. */
struct rejects_file {
	const struct rejects_kind *kind;
	struct str name;
	const struct str *header; /* without our own columns */
	const struct str *own;    /* those */
	size_t width;             /* of the header */
	size_t number;            /* in order of their beginnings, from 1; 0: there is none yet */
	char delimiter, quote;
	uint64_t records;
	void *state;              /* of the kind, from begin to close or abandon */
};

struct rejects_row {
	const struct batch *batch;
	size_t row;
	const size_t *columns;    /* for each column of the file, the source's */
	struct str origin;
	const struct row_fault *faults;
	size_t fault_count;
	struct str own[REJECTS_OWN];
};

struct rejects_kind {
	const char *extension;
	/* Writes what stands above the rows. */
	int (*begin)(struct rejects_file *f, const struct source *s, int dirfd, struct err *e);
	int (*add)(struct rejects_file *f, const struct rejects_row *row, struct err *e);
	/* Frees the state only where it succeeds. */
	int (*close)(struct rejects_file *f, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e);
	void (*abandon)(struct rejects_file *f);
};

extern const struct rejects_kind rejects_csv, rejects_xlsx;

#endif
