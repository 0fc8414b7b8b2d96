/* http_date - the dates of HTTP's headers (RFC 9110, 5.6.7): IMF fixdate, RFC 850, asctime. */
#ifndef QONDUIT_HTTP_DATE_H
#define QONDUIT_HTTP_DATE_H

#include "qonduit/str.h"

/* In milliseconds since 1970; false where it is none. `now_ms` says which century the two digits of an RFC 850 date are
 * of: it is never more than 50 years ahead. */
bool http_date_parse(struct str text, int64_t now_ms, int64_t *out);

#endif
