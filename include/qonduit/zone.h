/* zone - time zones of the tz database (TZif files): how far a zone is from UTC at an instant.
 *
 * A zone is read once and kept until the process ends; zone_get may be called by several threads.
 */
#ifndef QONDUIT_ZONE_H
#define QONDUIT_ZONE_H

#include "qonduit/arena.h"

struct zone;

/* The zone called `name` ("Europe/Warsaw", "UTC"), or null where the database has none. */
const struct zone *zone_get(const char *name);
/* Seconds east of UTC at `t` seconds since 1970. */
int32_t zone_offset(const struct zone *z, int64_t t);
/* The instant at which the wall clock of the zone shows `wall` (seconds since 1970 as if in UTC): the first of two,
 * where the clock goes back; false where it goes forward over that time. */
bool zone_instant(const struct zone *z, int64_t wall, int64_t *t);

/* For zone_get and tests: a zone from the bytes of a TZif file, in the arena; null where they are not one. */
struct zone *zone_read(struct str file, struct arena *a);

#endif
