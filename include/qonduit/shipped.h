/* shipped - the files of mappings/ that are part of the program (written by the Makefile, in order of name). */
#ifndef QONDUIT_SHIPPED_H
#define QONDUIT_SHIPPED_H

#include "qonduit/str.h"

struct shipped_file {
	const char *name; /* "mappings/contracts/quotiza.products.json" */
	const char *from, *to;
};

/* Ends with a row whose name is null. */
extern const struct shipped_file shipped_files[];

/* The content of the file, or a slice with a null pointer. */
struct str shipped_find(const char *name);

#endif
