/* tally - one measure over many values: how many there are, their exact sum or average, the lowest or the highest.
 *
 * A zeroed tally is one of nothing. tally_add for each value, tally_result at the end. Empty values do not count. Sums
 * are exact; one that has no place in a decimal makes tally_add say so. An average is the sum divided as the step
 * `divide` does: to 12 places, half even.
 */
#ifndef QONDUIT_TALLY_H
#define QONDUIT_TALLY_H

#include "qonduit/value.h"

enum measure_kind { MEASURE_NONE, MEASURE_COUNT, MEASURE_SUM, MEASURE_AVERAGE, MEASURE_LOWEST, MEASURE_HIGHEST };

struct tally {
	uint64_t count;      /* of values that are not empty */
	struct value so_far; /* the sum, or the lowest or highest; empty: none yet */
};

/* "count", "sum", …; "" of MEASURE_NONE. */
const char *measure_word(enum measure_kind kind);
/* MEASURE_NONE where there is no such word. */
enum measure_kind measure_of(struct str word);
/* The types of values that it can be taken of: a set of TYPES_…, all of them of a count. */
unsigned measure_takes(enum measure_kind kind);
/* What it gives for values of that type. */
enum value_type measure_gives(enum measure_kind kind, enum value_type of);

/* False where the sum has more digits than a decimal holds. */
bool tally_add(struct tally *t, enum measure_kind kind, const struct value *v);
/* Of no value a count and a sum are 0, and the rest is empty. False as above. */
bool tally_result(const struct tally *t, enum measure_kind kind, struct value *out);

#endif
