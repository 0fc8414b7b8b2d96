/* The records of one output of a payload folder, in order; for cmd_diff.c.
 *
 * What is kept of a record is an entry of 56 bytes, which says where it stands; its text is read again where it is
 * wanted. Files are not mapped: one that is cut short meanwhile is an error, not the end of the process.
 */
#ifndef QONDUIT_DIFF_RECORDS_H
#define QONDUIT_DIFF_RECORDS_H

#include "qonduit/payload.h"

enum { DIFF_DIGEST = 16 }; /* bytes of a SHA-256 that are kept */

struct diff_entry {
	unsigned char key[DIFF_DIGEST];     /* of what it is known by; where that is nothing, of itself */
	unsigned char content[DIFF_DIGEST];
	uint64_t at;                        /* where it stands in its file, … */
	uint32_t n, file;                   /* … its bytes, and which file */
	uint32_t next;                      /* in its slot, from 1 */
	bool met;
};

struct diff_records {
	struct diff_entry *all;
	size_t count, cap;
	uint32_t *slots;
	size_t slot_count;
	const char **files;                 /* paths */
	size_t file_count;
	int fd;                             /* of the file `open`; 0 or less: none */
	uint32_t open;
	struct buf text;                    /* the one that was read last */
	struct arena arena;
};

/* Whether the records of the style can be told apart. */
bool diff_can_read(enum file_style style);
/* Those of the manifest's files of the target. Every file is compared with its SHA-256. ERR_INPUT. */
int diff_records_read(const char *dir, const struct manifest *m, const struct contract *c, struct diff_records *out,
	struct err *e);
/* The record as it stands, until the next one is wanted or they are released. ERR_INPUT where its file was changed. */
int diff_text(struct diff_records *r, const struct diff_entry *entry, struct str *out, struct err *e);
/* Makes diff_find quick. */
void diff_index(struct diff_records *r);
/* The first that has the key and was not met yet; it is met then. Null where there is none. */
const struct diff_entry *diff_find(struct diff_records *r, const struct diff_entry *other);
void diff_records_release(struct diff_records *r);

/* What it is known by, in the arena; nothing where the contract names no key or the record has none. */
struct identity diff_identity(const struct contract *c, struct str record, struct arena *arena);

#endif
