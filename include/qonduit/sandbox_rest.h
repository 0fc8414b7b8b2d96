/* sandbox_rest - what the marketplace and Qogita have in common, whose replies are those of Django REST framework:
 * errors by attribute, details of other errors, ids, lists in pages.
 */
#ifndef QONDUIT_SANDBOX_REST_H
#define QONDUIT_SANDBOX_REST_H

#include "qonduit/json_write.h"
#include "qonduit/sandbox_filter.h"
#include "qonduit/sandbox_shelf.h"
#include "qonduit/sandbox_system.h"

enum { SANDBOX_UUID_TEXT = 37 }; /* with the NUL */

struct sandbox_rest {
	bool codes;       /* errors have a member "code" */
	const char *size; /* the parameter that says how much a page has */
};

/* {"detail":…} as the whole reply; `code` where the system has codes. */
void sandbox_rest_detail(const struct sandbox_rest *rest, struct sandbox_reply *r, unsigned status, const char *code,
	const char *detail);
/* The same with what the framework says of a status. */
void sandbox_rest_refuse(const struct sandbox_rest *rest, unsigned status, struct sandbox_reply *r);
/* {"FIELD":["…"]} as the whole reply. */
void sandbox_rest_invalid(const struct sandbox_rest *rest, struct sandbox_reply *r, const char *field,
	const char *message);
/* False, with the reply made, where the content is not called JSON. */
bool sandbox_rest_media(const struct sandbox_rest *rest, const struct sandbox_request *q, struct sandbox_reply *r);
/* False, with the reply made, where the body is not JSON, no object, or breaches one of the fields. Where it is true
 * the reply is still to be made. */
bool sandbox_rest_body(const struct sandbox_rest *rest, const struct sandbox_field *fields,
	const struct sandbox_request *q, struct sandbox_reply *r);

/* An id that looks like a UUID: of the sandbox begun at `first`, the kind and the number in it. */
void sandbox_rest_id(int64_t first, unsigned kind, uint64_t number, char out[SANDBOX_UUID_TEXT]);

/* Records that come in pages. */
struct sandbox_pages {
	uint64_t count;
	uint64_t most; /* that are ever given, whatever the count; 0: all */
	void (*print)(const void *arg, size_t index, struct json_out *w);
	const void *arg;
};

/* {"count":…,"next":…,"previous":…,"results":[…]} of the page that the query asks for. */
void sandbox_rest_pages(const struct sandbox_rest *rest, const struct sandbox_pages *l, const struct sandbox_request *q,
	struct sandbox_reply *r);

struct sandbox_listing {
	const struct sandbox_shelf *shelf;
	void (*print)(const void *state, const struct sandbox_item *item, struct json_out *w);
	const struct sandbox_filter *filters; /* null: nothing is chosen */
	/* The value of a member, as JSON text, as lists have it; empty where it is not there. */
	struct str (*value)(const struct sandbox_shelf *s, const struct sandbox_item *item, struct str member,
		struct arena *arena);
};

/* The pages of what stands on a shelf. */
void sandbox_rest_list(const struct sandbox_rest *rest, const struct sandbox_listing *l, const void *state,
	const struct sandbox_request *q, struct sandbox_reply *r);

struct sandbox_records;

/* The pages of records that the filters choose, in the order that the parameter `order` (null: none) asks for: a member,
 * or "-" and a member. */
void sandbox_rest_records(const struct sandbox_rest *rest, const struct sandbox_records *records,
	const struct sandbox_filter *filters, const char *order, const struct sandbox_request *q, struct sandbox_reply *r);

#endif
