/* zip_directory - what a ZIP archive says of its parts, judged before a byte is unpacked. Private to src/format.
 *
 * zip_end.c finds the record at the end that says where the directory is; zip_directory.c reads the directory and
 * judges it; zip_local.c compares the header that stands before a part with it. Numbers in an archive are little-endian
 * (APPNOTE.TXT, 4.3); those that are all ones stand in a ZIP64 field.
 */
#ifndef QONDUIT_FORMAT_ZIP_DIRECTORY_H
#define QONDUIT_FORMAT_ZIP_DIRECTORY_H

#include <endian.h>
#include <sys/types.h>

#include "qonduit/zip_read.h"

enum zip_signature {
	ZIP_LOCAL = 0x04034b50,
	ZIP_CENTRAL = 0x02014b50,
	ZIP_END = 0x06054b50,
	ZIP_END64 = 0x06064b50,
	ZIP_LOCATOR = 0x07064b50, /* of ZIP_END64 */
};

/* Their lengths without names, extra fields and comments. */
enum { ZIP_LOCAL_SIZE = 30, ZIP_CENTRAL_SIZE = 46, ZIP_END_SIZE = 22, ZIP_END64_SIZE = 56, ZIP_LOCATOR_SIZE = 20 };

enum { ZIP_ENCRYPTED = 1 << 0, ZIP_DESCRIPTOR = 1 << 3 }; /* flags; the latter: length and CRC stand behind the data */
enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };                 /* methods */
enum { ZIP_EXTRA_64 = 1 };

#define ZIP_NAME_SHOWN 200 /* bytes of a name in a message */

static inline uint16_t zip_u16(const char *p)
{
	uint16_t n;
	memcpy(&n, p, sizeof n);
	return le16toh(n);
}

static inline uint32_t zip_u32(const char *p)
{
	uint32_t n;
	memcpy(&n, p, sizeof n);
	return le32toh(n);
}

static inline uint64_t zip_u64(const char *p)
{
	uint64_t n;
	memcpy(&n, p, sizeof n);
	return le64toh(n);
}

struct zip_bytes {
	int fd;
	uint64_t size;
};

/* How many bytes were read: fewer than `n` at the end of the file only; or -1 and errno. */
ssize_t zip_bytes_read(const struct zip_bytes *f, uint64_t at, char *to, size_t n);
/* All of them, or an error. */
int zip_bytes_get(const struct zip_bytes *f, uint64_t at, char *to, size_t n, struct err *e);

struct zip_end {
	uint64_t at;                   /* of the end record */
	uint64_t start;                /* of the first of the records at the end: the directory ends here */
	uint64_t count, bytes, offset; /* of the directory, as they say */
	uint32_t comment;              /* its length */
	bool one_disk;
	bool broken;                   /* the ZIP64 record is missing, or says otherwise */
};

/* The only one whose directory is where it says. */
int zip_end_find(const struct zip_bytes *f, struct zip_end *out, struct err *e);

struct zip_entry {
	struct str name;         /* as it stands */
	struct str key;          /* in small ASCII letters and with slashes: equal keys are one part */
	uint64_t header;         /* where its local header is */
	uint64_t packed, length; /* bytes of data */
	uint32_t crc;
	uint16_t flags, method;
};

struct zip_directory {
	struct arena arena; /* holds what follows */
	uint64_t offset;    /* where it begins: all data stand before it */
	size_t count;
	struct zip_entry *entries;
	const struct zip_entry **by_key; /* sorted */
};

int zip_directory_read(struct zip_directory *d, const struct zip_bytes *f, size_t parts, struct err *e);
void zip_directory_release(struct zip_directory *d); /* zeroed is allowed */
/* Null: there is none. */
const struct zip_entry *zip_directory_find(const struct zip_directory *d, struct str name);

/* The lengths that an extra field of ZIP64 has for those of the `values` that are all ones, in this order. */
void zip_extra64(struct str extra, uint64_t *const *values, size_t n);

/* How many bytes stand from the local header of a part to its data. */
uint64_t zip_local_size(const struct zip_bytes *f, const struct zip_entry *entry);
/* Where the data begin, once the local header says the same as the directory. */
int zip_local_check(const struct zip_bytes *f, const struct zip_entry *entry, uint64_t *data, struct err *e);

#endif
