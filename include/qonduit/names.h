/* names - names that are made unique in the order in which they come: the second "Name" is "Name (2)".
 *
 * For names that people gave (headers of a file) and that must tell things apart elsewhere: keys of an object, columns
 * of a mapping. A zeroed struct with an arena is empty; names_release at the end. Names live in the arena.
 */
#ifndef QONDUIT_NAMES_H
#define QONDUIT_NAMES_H

#include "qonduit/arena.h"

struct names {
	struct arena *arena;
	struct name_slot *slots;
	size_t count, cap;    /* cap: a power of two */
};

/* `wanted`, or where that is taken `wanted` with the lowest free number from 2 on between `before` and `behind`. */
struct str names_take(struct names *n, struct str wanted, const char *before, const char *behind);
bool names_has(const struct names *n, struct str name);
void names_release(struct names *n);

#endif
