/* identity - what a record is known by: its key and, where the contract says "within", the values that the key holds
 * within. Two records with one key and other values there are two.
 *
 * As bytes these values, the scope, come before the key: of each its length and itself, "36:4f61…", or "-" where the
 * record has none. So two identities are equal only where key and values are, and where a contract has no "within"
 * the identity is the key.
 */
#ifndef QONDUIT_IDENTITY_H
#define QONDUIT_IDENTITY_H

#include "qonduit/buf.h"
#include "qonduit/contract.h"

struct identity {
	struct str key;  /* as people know it; empty: the record has none, nor an identity */
	size_t scope;    /* bytes that stand before it in memory, and say what it is within */
};

static inline struct str identity_scope(struct identity i)
{
	return i.scope ? (struct str){ i.key.p - i.scope, i.scope } : (struct str){ 0 };
}

static inline struct str identity_bytes(struct identity i)
{
	return i.scope ? (struct str){ i.key.p - i.scope, i.scope + i.key.n } : i.key;
}

/* One after the other, in the arena: `before` is the scope of the values before this one. */
struct str identity_add(struct arena *a, struct str before, struct str value);
struct str identity_add_none(struct arena *a, struct str before);
struct identity identity_make(struct arena *a, struct str scope, struct str key);

/* Of a record that was read back; a member that is null counts as none in the scope. Null, or what is at fault, with
 * what was expected there: the record is no object, or the key or a value is neither a string nor a number. Text in
 * the arena, or the record's. */
const struct json *identity_of(const struct contract *c, const struct json *record, struct arena *a,
	struct identity *out, const char **expected);

/* Takes the first value off a scope; false: the record has none there. */
bool identity_next(struct str *scope, struct str *value);
/* Appends for people what the key is within: ` (price_list "A", no unit)`; nothing for no fields. */
void identity_tell(struct buf *to, const struct str *fields, size_t count, struct str scope);

#endif
