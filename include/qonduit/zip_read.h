/* zip_read - the parts of a ZIP archive, read front to back; nothing is ever written to disk.
 *
 * zip_reader_open judges the directory before a byte is unpacked; zip_part_open, zip_part_next until an empty piece,
 * zip_part_close; zip_reader_close last. Parts do not know of each other: several may be open, also in several threads.
 * A thread unpacks ahead of the reader where the part is long.
 *
 * Refused by name (ERR_INPUT): an archive cut short, of several disks, with two directories, with bytes behind its end
 * or with bytes before it that its offsets do not count; more parts than the limit; names that differ at most in ASCII
 * case and in slashes; parts whose data overlap (a directory can point many parts at one: D. Fifield, "A better zip
 * bomb", WOOT 2019). When it is opened or read: a part with a password or a method other than stored and deflated; one
 * whose own header says otherwise than the directory; one that is longer than the limit, has more or fewer bytes than
 * the directory says, or whose CRC is wrong. Sizes in the directory are a promise to be held, never a reason to
 * allocate. Each open part takes 280 KiB, a long one 660 KiB.
 */
#ifndef QONDUIT_ZIP_READ_H
#define QONDUIT_ZIP_READ_H

#include "qonduit/err.h"

struct zip_limits {
	uint64_t part_bytes; /* of one part, unpacked */
	size_t parts;
};

struct zip_reader;
struct zip_part;

/* `fd` can seek and stays the caller's; its offset is neither used nor moved. */
struct zip_reader *zip_reader_open(int fd, const struct zip_limits *limits, struct err *e);
void zip_reader_close(struct zip_reader *z); /* null is allowed */

size_t zip_reader_count(const struct zip_reader *z);
struct str zip_reader_name(const struct zip_reader *z, size_t part); /* as it stands in the directory */
/* The part called `name` (without a slash in front), without regard to ASCII case and with \ for /: such names are one,
 * as the package conventions have it (ECMA-376 part 2, 9.1.1). -1: there is none. */
int zip_reader_find(const struct zip_reader *z, struct str name);

struct zip_part *zip_part_open(struct zip_reader *z, size_t part, struct err *e);
/* The next piece, at most 128 KiB, valid until the next call; empty at the end, once length and CRC are proven. */
int zip_part_next(struct zip_part *p, struct str *piece, struct err *e);
/* How much of the part was given out, in thousandths of its length. */
unsigned zip_part_progress(const struct zip_part *p);
void zip_part_close(struct zip_part *p); /* null is allowed */

#endif
