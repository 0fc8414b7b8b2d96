/* archive - ZIP archives made by hand, for tests: whole ones, and ones that lie.
 *
 *     struct archive z = { 0 };
 *     archive_add(&z, "xl/workbook.xml", STR("<workbook/>"), ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
 *     archive_finish(&z, STR(""));
 *     archive_lie(&z, z.central[0] + ARCHIVE_CRC, 7, 4);
 *     archive_refuses_part(z, "xl/workbook.xml", "zip.header", "…");
 *
 * archive_reads, archive_refuses and archive_refuses_part ask zip_read about it, and release it.
 */
#ifndef QONDUIT_UNIT_ARCHIVE_H
#define QONDUIT_UNIT_ARCHIVE_H

#include "qonduit/zip_read.h"

#define ARCHIVE_PARTS 8
#define ARCHIVE_PIECE ((size_t)128 << 10) /* what zip_part_next gives at a time */
#define ARCHIVE_PART_BYTES ((uint64_t)8 << 20)
extern const struct zip_limits archive_limits; /* 6 parts, 8 MiB each */

enum { ARCHIVE_STORED = 0, ARCHIVE_DEFLATED = 8 };

enum archive_how {
	ARCHIVE_PLAIN,    /* lengths and CRC in the header */
	ARCHIVE_STREAMED, /* behind the data */
	ARCHIVE_LONG,     /* lengths in a ZIP64 field of both headers */
};

struct archive {
	struct buf file, directory;
	size_t local[ARCHIVE_PARTS], data[ARCHIVE_PARTS], central[ARCHIVE_PARTS]; /* where they begin */
	size_t end;
	unsigned parts;
};

/* Where fields stand in the header before the data, in the directory and in the end record. */
enum { ARCHIVE_LOCAL_FLAGS = 6, ARCHIVE_LOCAL_METHOD = 8, ARCHIVE_LOCAL_CRC = 14, ARCHIVE_LOCAL_PACKED = 18,
	ARCHIVE_LOCAL_LENGTH = 22, ARCHIVE_LOCAL_EXTRA_SIZE = 28, ARCHIVE_LOCAL_NAME = 30 };
enum { ARCHIVE_FLAGS = 8, ARCHIVE_METHOD = 10, ARCHIVE_CRC = 16, ARCHIVE_PACKED = 20, ARCHIVE_LENGTH = 24,
	ARCHIVE_EXTRA_SIZE = 30, ARCHIVE_HEADER = 42, ARCHIVE_NAME = 46 };
enum { ARCHIVE_DISK = 4, ARCHIVE_COUNT_HERE = 8, ARCHIVE_COUNT = 10, ARCHIVE_BYTES = 12, ARCHIVE_OFFSET = 16 };

void archive_add(struct archive *z, const char *name, struct str text, unsigned method, enum archive_how how);
void archive_finish(struct archive *z, struct str comment);
/* The same with the ZIP64 records, which say that there are `count` parts. */
void archive_finish64(struct archive *z, uint64_t count);
void archive_lie(struct archive *z, size_t at, uint64_t n, unsigned bytes);
void archive_release(struct archive *z);

/* "a.xml", deflated, holds "<a/>"; "b.xml", stored, "<bb/>". */
struct archive archive_of_two(void);

/* A file without a name that holds `bytes`, for the caller to close. */
int archive_file(struct str bytes);
struct zip_reader *archive_reader(const struct archive *z, int *fd);
/* All of a part, or -1 and its error. */
int archive_read(struct zip_reader *r, const char *name, struct buf *to, struct err *e);

void archive_reads_from(struct zip_reader *r, const char *name, const char *text);
void archive_reads(struct archive z, const char *name, const char *text);
/* As a whole. */
void archive_refuses(struct archive z, const char *code, const char *message);
void archive_refuses_bytes(struct str bytes, const char *code, const char *message);
/* The part only. */
void archive_refuses_part(struct archive z, const char *name, const char *code, const char *message);

#endif
