/* sandbox_shelf - what stands: the records of one kind, found by key, in the order in which they came first.
 *
 * sandbox_shelf_put makes a record or updates it: attributes that are not named stay, those that the table does not
 * know are left out. Values are kept as JSON text, numbers as they were written. A shelf with its fields set and all
 * else zeroed is an empty one.
 */
#ifndef QONDUIT_SANDBOX_SHELF_H
#define QONDUIT_SANDBOX_SHELF_H

#include "qonduit/sandbox_field.h"

struct sandbox_item {
	char *key;
	size_t key_length;
	uint64_t number;           /* from 1; never given again */
	int64_t created, updated;  /* ms since 1970 */
	struct sandbox_item *next; /* in its slot */
	char *values[];            /* JSON text, parallel to the shelf's fields; null: not given */
};

struct sandbox_shelf {
	const struct sandbox_field *fields;
	struct sandbox_item **all;
	size_t count, cap;
	uint64_t last;               /* number given */
	struct sandbox_item **slots; /* by hash of the key */
	size_t slot_count;           /* a power of two */
};

/* Null where there is none. */
struct sandbox_item *sandbox_shelf_find(const struct sandbox_shelf *s, struct str key);
/* `object` gives the values; they must be fit for the page. */
struct sandbox_item *sandbox_shelf_put(struct sandbox_shelf *s, struct str key, const struct json *object,
	int64_t wall);
/* Sets the value of the field of that index. */
void sandbox_item_set(struct sandbox_item *item, size_t field, struct str json);
/* Takes the record away; false where there is none. */
bool sandbox_shelf_remove(struct sandbox_shelf *s, struct str key);
/* The record as an object, fields in the order of their table. */
void sandbox_item_print(const struct sandbox_shelf *s, const struct sandbox_item *item, struct buf *to);
/* {"KEY":{…},…} */
void sandbox_shelf_print(const struct sandbox_shelf *s, struct buf *to);
/* [{…},…] */
void sandbox_shelf_print_list(const struct sandbox_shelf *s, struct buf *to);
void sandbox_shelf_release(struct sandbox_shelf *s);

#endif
