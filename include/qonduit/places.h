/* places - where rows stand that have a place of their own ("/orders/3/cart_data/0"), kept in an unnamed file: a row
 * can be asked for its place long after it went by. In memory is one number for some hundred rows.
 *
 * places_new, places_add in growing order of ordinals, places_find at any time, places_free.
 */
#ifndef QONDUIT_PLACES_H
#define QONDUIT_PLACES_H

#include "qonduit/err.h"

struct places;

struct places *places_new(struct err *e); /* null and *e on failure */
int places_add(struct places *p, uint64_t ordinal, struct str place, struct err *e);
/* Its place, in the arena; empty where none was kept. */
int places_find(const struct places *p, uint64_t ordinal, struct arena *a, struct str *out, struct err *e);
void places_free(struct places *p); /* null is allowed */

#endif
