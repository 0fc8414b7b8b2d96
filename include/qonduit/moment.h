/* moment - dates and times: parsing by strptime forms, ISO 8601, Unix time; zones by name;
 * printing by strftime forms. */
#ifndef QONDUIT_MOMENT_H
#define QONDUIT_MOMENT_H

#include "qonduit/value.h"

/* ISO 8601 (2026-11-21, 2026-11-21T18:00[:00[.123]][Z|+01:00], a blank for the T) or Unix seconds or milliseconds (9 to
 * 11 and 12 to 14 digits). `date_only` refuses a time other than midnight. A day that does not exist is refused. */
bool moment_parse_iso(struct str text, bool date_only, struct value *out);
/* A strptime form that gives a whole date (%s: Unix seconds, alone); what follows the form must be nothing. %z gives a
 * zone, and %Z where it is UTC, GMT or Z: other names of zones are refused, they mean several things. A year before
 * 1000 is refused: %Y takes the 26 of 21.11.26 for one. */
bool moment_parse_form(struct str text, const char *form, bool date_only, struct value *out);
/* Whether moment_parse_form can read any date with the form. */
bool moment_form_reads(const char *form, bool date_only);
/* Puts a time without a zone into the zone `name` (tz database); false where that time does not exist there (clock
 * change); of a time that exists twice the first is meant. */
bool moment_place(struct value *v, const char *zone);
bool moment_zone_known(const char *zone);
struct str moment_print_iso(struct arena *a, const struct value *v);
struct str moment_print_form(struct arena *a, const struct value *v, const char *form);
/* Whether strftime knows all of the form; `why` (256 bytes) says what not. What depends on the machine's own zone (%s)
 * is not known. %z and %Z print nothing where no zone is known. */
bool moment_form_ok(const char *form, char *why);

#endif
