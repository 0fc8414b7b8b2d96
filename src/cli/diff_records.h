/* The records of one output of a payload folder, in order, as slices of its files; for cmd_diff.c.
 *
 * Files are mapped, not read into memory: what is kept of a record is an entry of 56 bytes.
 */
#ifndef QONDUIT_DIFF_RECORDS_H
#define QONDUIT_DIFF_RECORDS_H

#include "qonduit/payload.h"

enum { DIFF_DIGEST = 16 }; /* bytes of a SHA-256 that are kept */

struct diff_entry {
	unsigned char key[DIFF_DIGEST];     /* of the key; where records have none, of the record itself */
	unsigned char content[DIFF_DIGEST];
	struct str text;                    /* the record as it stands */
	uint32_t next;                      /* in its slot, from 1 */
	bool met;
};

struct diff_records {
	struct diff_entry *all;
	size_t count, cap;
	uint32_t *slots;
	size_t slot_count;
	struct str *maps;
	size_t map_count;
	struct arena arena;
};

/* Whether the records of the style can be told apart. */
bool diff_can_read(enum file_style style);
/* Those of the manifest's files of the target. Every file is compared with its SHA-256. ERR_INPUT. */
int diff_records_read(const char *dir, const struct manifest *m, const struct contract *c, struct diff_records *out,
	struct err *e);
/* Makes diff_find quick. */
void diff_index(struct diff_records *r);
/* The first that has the key and was not met yet; it is met then. Null where there is none. */
const struct diff_entry *diff_find(struct diff_records *r, const struct diff_entry *other);
void diff_records_release(struct diff_records *r);

/* The key as text, in the arena; empty where the contract names none or the record has none. */
struct str diff_key(const struct contract *c, struct str record, struct arena *arena);

#endif
