/* json_lines - the records of a JSON text as lines on standard output, as they stand: keys in their order, those that
 * stand twice twice, numbers by their own text. In the memory of one record.
 *
 * Records are found as json_rows finds them, and told with its codes, but that a record may be anything.
 */
#ifndef QONDUIT_JSON_LINES_H
#define QONDUIT_JSON_LINES_H

#include "qonduit/json_pull.h"
#include "qonduit/source.h"

struct json_lines {
	const struct records *records;
	bool lines;       /* documents may follow each other, one a line */
	bool raw;         /* {"row":4,"place":"/orders/3","cells":[…]} */
	uint64_t limit;   /* of records; 0: none */
	uint64_t written; /* the result */
};

/* What was printed before a fault stays. Without any record it fails too (source.no_rows). */
int json_lines_print(struct json_lines *l, struct json_pull *p, struct err *e);

#endif
