/* zip_write - a ZIP archive written front to back, of parts that are compressed already (deflate.h).
 *
 *     struct zip_writer w = { .fd = fd, .name = name };
 *     zip_writer_part(&w, name, &sums, e); zip_writer_data(&w, packed, e)…     for each part, sums.packed bytes in all
 *     zip_writer_end(&w, e)
 *     zip_writer_release(&w)
 *
 * `fd` is at its beginning and stays the caller's. Parts of 4 GiB and more, and archives of that length, are ZIP64
 * (APPNOTE.TXT 4.3.9.2, 4.4.1.4). No part carries a time: all are of 1980-01-01, as libxlsxwriter has them.
 */
#ifndef QONDUIT_ZIP_WRITE_H
#define QONDUIT_ZIP_WRITE_H

#include "qonduit/buf.h"
#include "qonduit/deflate.h"

struct zip_writer {
	int fd;
	const char *name;     /* of the file, for errors */
	uint64_t at;          /* bytes written */
	uint64_t parts;
	struct buf directory;
};

int zip_writer_part(struct zip_writer *w, struct str name, const struct deflated *sums, struct err *e);
int zip_writer_data(struct zip_writer *w, struct str packed, struct err *e);
int zip_writer_end(struct zip_writer *w, struct err *e);
void zip_writer_release(struct zip_writer *w);

#endif
