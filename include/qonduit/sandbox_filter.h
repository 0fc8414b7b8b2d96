/* sandbox_filter - the query parameters that choose the records of a list, as a table, and whether a record stands
 * them.
 *
 * Tables end with a null parameter. Parameters that are in no table choose nothing, as in the real systems; neither do
 * empty ones.
 */
#ifndef QONDUIT_SANDBOX_FILTER_H
#define QONDUIT_SANDBOX_FILTER_H

#include "qonduit/sandbox_system.h"

enum { SANDBOX_ASKED = 32 }; /* parameters of a query that choose; those behind are not heeded */

enum sandbox_test {
	SANDBOX_EQUALS,    /* as text: a SKU of "007" is not 7 */
	SANDBOX_SAME,      /* by value: numbers and times are compared as such where both are, else as text; so are the last
	                      four */
	SANDBOX_ANY,       /* one of several, parted by commas or given one after the other */
	SANDBOX_CONTAINS,
	SANDBOX_ICONTAINS, /* ASCII letters alike in either case */
	SANDBOX_STARTS,
	SANDBOX_ENDS,
	SANDBOX_ISNULL,    /* wants "true" or "false" */
	SANDBOX_POSITIVE,  /* wants "true": above zero; "false": not */
	SANDBOX_GTE,
	SANDBOX_GT,
	SANDBOX_LTE,
	SANDBOX_LT,
	SANDBOX_MEMBERS,   /* PARAMETER__KEY[__TEST] is about MEMBER.KEY */
};

struct sandbox_filter {
	const char *parameter;
	const char *member; /* of the record, "a.b"; "": the whole record, as JSON */
	enum sandbox_test test;
};

struct sandbox_asked {
	const struct sandbox_filter *filter;
	struct str member;
	enum sandbox_test test;
	struct str wanted;
};

struct sandbox_value {
	bool is;         /* it is there, and not null */
	struct str text; /* of a string: unescaped; of an object or a list: JSON */
};

struct sandbox_value sandbox_value_of(const struct json *j, struct arena *arena);
/* Of JSON text; empty text is nothing. */
struct sandbox_value sandbox_value_of_text(struct str json, struct arena *arena);
/* What the query asks; the number of them. */
size_t sandbox_asked(const struct sandbox_filter *filters, const struct sandbox_request *q,
	struct sandbox_asked asked[SANDBOX_ASKED]);
bool sandbox_passes(const struct sandbox_asked *asked, struct sandbox_value value);
/* As numbers, as times, or as text. */
int sandbox_value_compare(struct str a, struct str b);

#endif
