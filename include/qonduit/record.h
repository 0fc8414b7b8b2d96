/* record - one record of a target: values by field, checked against the contract, printed as JSON.
 *
 * A shape is made once by the compile; records come by the million. The values of a record are an array parallel to the
 * shape's fields; an empty value means that the field is left out.
 */
#ifndef QONDUIT_RECORD_H
#define QONDUIT_RECORD_H

#include "qonduit/contract.h"
#include "qonduit/identity.h"
#include "qonduit/value.h"

#define RECORD_LEAD_MAX 32

/* What is settled before the first record. What is surely as the contract wants it need not be looked at: nearly every
 * value. Zeroed: nothing is. */
struct record_sure {
	bool empty;            /* no value */
	uint32_t least, most;  /* a text of so many characters at least and so many bytes at most */
	uint64_t below;        /* a number from 0 on whose digits, the point left out, make less than this, */
	int places;            /* with at most so many places */
	bool json;             /* an object or a list: its rule checks what it makes */
	bool as_it_is;         /* a number of at most so many places goes out with those that it has */
	uint8_t lead_bytes;    /* 0: it is too long */
	char lead[RECORD_LEAD_MAX]; /* what stands before a text: a comma, the JSON key, a quote */
};

struct record_field {
	struct str name;
	struct str json_key;                   /* "\"name\":" escaped once, for the hot path */
	enum value_type type;                  /* known by the compile; VALUE_EMPTY where it is always empty */
	const struct contract_field *contract; /* null where the target is open */
	struct record_sure sure;               /* of the contract, by record_field_settle */
};

struct record_shape {
	const struct contract *contract;
	const struct record_field *fields;
	size_t count;
	int key;                               /* index of the field that identifies a record, -1: none */
	const int *within;                     /* of those whose values it holds within, but for what is the same in all */
	size_t within_count;
};

/* A fault of one field of one record: which, and a sentence that says found and expected. */
struct record_fault {
	size_t field;
	struct str reason; /* in the arena */
};

/* Works out what is sure, once the JSON key and the contract are set. */
void record_field_settle(struct record_field *f);

/* At most so many bytes are printed of a record whose values are all sure; SIZE_MAX where nothing can be said. */
size_t record_sure_bytes(const struct record_shape *s);

/* Whether a value needs no record_check; "maybe not" is always right. */
static inline bool record_is_sure(const struct record_field *f, const struct value *v)
{
	const struct record_sure *sure = &f->sure;
	if (v->type == VALUE_TEXT) {
		size_t n = v->text.n, least = sure->least;
		/* A character has at most four bytes, in a clear text two, in a plain one one. */
		return n - 1 < sure->most && (n >= 4 * least || (n >= 2 * least && v->traits & TEXT_CLEAR) ||
			(n >= least && v->traits & TEXT_PLAIN));
	}
	if (v->type == VALUE_EMPTY)
		return sure->empty;
	if (1u << v->type & TYPES_NUMBER)
		return (unsigned __int128)v->number.mantissa < sure->below && v->number.scale <= sure->places;
	return v->type != VALUE_JSON || sure->json;
}

/* Required, lengths (in code points), allowed values and characters, minimum, maximum, places (zeros at the end do not
 * count); for what stands within objects and lists the same, its type, members that the contract does not know, and
 * the number of items. Returns the number of faults (at most `max` are written); one within an object or a list names
 * its place, "categories.0.id". In `warned`, an array parallel to the fields (null allowed), those become true that are
 * outside of limits that only real clients enforce. */
size_t record_check(const struct record_shape *s, const struct value *values, struct arena *a,
	struct record_fault *faults, size_t max, bool *warned);

/* Appends the record as a compact JSON object, fields in order, empty ones left out; numbers exact, as strings with
 * their places where the contract says so. For any number of threads. */
void record_print(const struct record_shape *s, const struct value *values, struct arena *scratch, struct buf *to);
/* One value in the style of its field (null: as its type asks). */
void record_print_value(const struct record_field *f, const struct value *v, struct arena *scratch, struct buf *to);
/* The same for a cell of a table: text as it is, without quotes and escapes; "" where it is empty. */
struct str record_value_text(const struct record_field *f, const struct value *v, struct arena *a);
/* The key as text, a number by its size (1.00 is 1) unless it goes out as a string; empty where the shape has none or
 * the value is empty. */
struct str record_key(const struct record_shape *s, const struct value *values, struct arena *a);
/* The key with what it is within, as text alike. */
struct identity record_identity(const struct record_shape *s, const struct value *values, struct arena *a);

#endif
