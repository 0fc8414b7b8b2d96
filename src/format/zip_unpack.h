/* zip_unpack - the bytes of one part of an archive, unpacked front to back, with their CRC. Private to src/format.
 *
 * ISA-L inflates, in about a third of the time that zlib takes. It judges the packed data; whether they are all of the
 * part, and the right ones, is for the caller to say.
 */
#ifndef QONDUIT_FORMAT_ZIP_UNPACK_H
#define QONDUIT_FORMAT_ZIP_UNPACK_H

#include "zip_directory.h"

struct zip_unpacker;

/* `data`: where the packed data begin; they are stored or deflated. */
struct zip_unpacker *zip_unpacker_new(const struct zip_bytes *f, const struct zip_entry *entry, uint64_t data);
void zip_unpacker_free(struct zip_unpacker *u); /* null is allowed */
/* How many bytes came, at most `n`; 0 at the end of the packed data; -1 and errno: they cannot be read; -2 and *why:
 * they are damaged. */
ssize_t zip_unpacker_read(struct zip_unpacker *u, char *to, size_t n, const char **why);
/* Of all that came. */
uint32_t zip_unpacker_crc(const struct zip_unpacker *u);

#endif
