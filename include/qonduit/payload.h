/* payload - the folder where transform and deliver meet: request bodies in order, where each record came from, and a
 * manifest. `convert -o DIR` and the spool of `push` are the same thing (design: "Payload files").
 *
 *   quotiza.products-00001.json        a body a file, compact JSON: {"account_id":"1","products":[…]}
 *   quotiza.products-00001.json.rows   the origin of each record, one a line, in order: catalog.csv:17
 *   rejects.csv                        rows that were not written
 *   manifest.json                      what ran and what stands here; nothing in it varies between equal runs
 *
 * Writing is done by sinks (sink.h) and transform; this header is the manifest and the way to read a folder back.
 */
#ifndef QONDUIT_PAYLOAD_H
#define QONDUIT_PAYLOAD_H

#include "qonduit/contract.h"
#include "qonduit/digest.h"
#include "qonduit/identity.h"
#include "qonduit/io.h"

#define PAYLOAD_MANIFEST "manifest.json"
#define PAYLOAD_BODY_MAX (64u << 20) /* bytes of one body that is read back */

struct payload_file {
	struct str name;          /* "quotiza.products-00001.json" */
	struct str target;        /* "" for rejects.csv */
	uint64_t records, bytes;
	char sha256[DIGEST_HEX];
};

/* What looks like a failed export: every record that has the field, and PAYLOAD_SUSPECT_LEAST do, has the value that
 * its contract calls suspect. */
#define PAYLOAD_SUSPECT_LEAST 10

struct payload_suspect {
	struct str field, value;
	uint64_t records;         /* that have the field */
};

struct payload_output {
	struct str target;
	struct str contract;      /* its version */
	struct str account;       /* account that stands in the bodies; "" where none does */
	uint64_t records, requests;
	const struct payload_suspect *suspects;
	size_t suspect_count;
};

/* A row that was not written, and why. */
struct rejected {
	struct str origin, column, value, reason;
};

struct payload_input {
	struct str name;          /* without its folder, unless two inputs have the same */
	char sha256[DIGEST_HEX];
	uint64_t bytes, rows;
};

struct payload_counts {
	uint64_t read, filtered, duplicates, rejected, written; /* read is the sum of the others */
};

/* Whether more of the rows read are rejected than that share, in hundredths of a per cent; 0: any share is fine. */
static inline bool payload_rejects_over(const struct payload_counts *c, uint32_t share)
{
	return share && (unsigned __int128)c->rejected * 10000 > (unsigned __int128)c->read * share;
}

/* All arrays live in the arena of whoever made the manifest. Files are in order of output, then number. */
struct manifest {
	struct str program;       /* "qonduit 0.1.0" */
	struct str mapping;       /* name of the file */
	char mapping_sha256[DIGEST_HEX];
	const struct str *param_names, *param_values;
	size_t param_count;
	struct str shard;         /* "2/4": only rows of that one were looked at; "" where all were */
	struct payload_input *inputs;
	size_t input_count;
	struct payload_counts rows;
	struct payload_output *outputs;
	size_t output_count;
	struct payload_file *files; /* .rows files are not listed: they stand beside each */
	size_t file_count;
};

void manifest_print(const struct manifest *m, struct buf *to);
/* Reads DIR/manifest.json. ERR_INPUT where it is missing, is not ours, or is wrong. */
int manifest_read(const char *dir, struct arena *arena, struct manifest *out, struct err *e);
/* `stocks: every "stock" is 0, in all 12 records that have one` */
void payload_suspect_print(const struct payload_output *o, const struct payload_suspect *s, struct buf *to);
/* ERR_GUARD "guard.suspect" with the first suspect there is; `end` is what the sentence ends with. */
int payload_refuse_suspects(const struct manifest *m, const char *end, struct err *e);
/* Whether the folder is an earlier output of ours (has a manifest that manifest_read takes). */
bool payload_is_ours(const char *dir);

/* One body read back, or some lines. */
struct payload_body {
	struct str text;               /* the body as it stands in the file */
	struct str account;            /* what stands in it, "" where nothing does */
	size_t records;
	struct str *keys;              /* of each record, "" where the contract names none; numbers as written */
	size_t *scopes;                /* bytes before each key that say what it is within (identity.h); null: nothing does */
	struct str *origins;           /* from .rows */
	struct str *texts;             /* each record's own JSON, slices of `text` */
	struct str head, tail;         /* of a body: what stands around its records, brackets included */
};

static inline struct identity payload_identity(const struct payload_body *b, size_t record)
{
	return (struct identity){ b->keys[record], b->scopes ? b->scopes[record] : 0 };
}

int payload_read_body(const char *dir, const struct payload_file *f, const struct contract *c, struct arena *arena,
	struct payload_body *out, struct err *e);
/* Consecutive lines of a file of the style "lines": each is a record, and a request body of its own. */
struct payload_lines {
	uint64_t first, records;        /* the first record's number, from 0 */
	uint64_t at, bytes;             /* where they are in the file, … */
	uint64_t rows_at, rows_bytes;   /* … and their origins in the .rows beside it */
	unsigned char sum[DIGEST_BYTES];/* SHA-256 of the bytes */
};

#define PAYLOAD_LINES_BYTES (1u << 20) /* with so many bytes a part ends, however few lines it has */

/* Reads the whole file in little memory and gives `take` its parts, of `most` lines or less. ERR_INPUT where the file
 * is not the one of the manifest, or the .rows beside it is not one of its own. */
int payload_cut_lines(const char *dir, const struct payload_file *f, uint64_t most,
	int (*take)(void *arg, const struct payload_lines *part, struct err *e), void *arg, struct err *e);
/* A part read back: `texts` are the lines. ERR_INPUT where it is not what it was. */
int payload_read_lines(const char *dir, const struct payload_file *f, const struct payload_lines *part,
	const struct contract *c, struct arena *arena, struct payload_body *out, struct err *e);

/* ---- some of the records, in files of their own ---- */

/* Picks records out of bodies or lines that were read back and puts them, in order, into files of the same kind, as
 * few as the contract's limits allow, with their .rows. What stands around the records of a body stays; where it
 * differs from one body to the next, another file begins. */
struct payload_picker;

/* The files go into the folder `dirfd`; -1: they are only counted. */
struct payload_picker *payload_pick_begin(const struct contract *c, int dirfd);
/* All records of `b` but those whose `leave` is set. */
int payload_pick(struct payload_picker *p, const struct payload_body *b, const bool *leave, struct err *e);
/* The files (where they are written), and how many requests they make. */
int payload_pick_end(struct payload_picker *p, struct arena *arena, struct payload_file **files, size_t *count,
	uint64_t *requests, struct err *e);
/* In every case. */
void payload_pick_free(struct payload_picker *p);

/* The body to send: the text, with the account put in where the contract wants one and it is missing. ERR_DELIVERY
 * where another account stands in it. */
int payload_body_for(const struct payload_body *b, const struct contract *c, struct str account, struct buf *to,
	struct err *e);

#endif
