#include "zip_directory.h"

#define VERSION 45 /* 4.5: the first with ZIP64 */
/* Bytes of nothing before the directory: as far back as an end record may be looked for, so that none is found among
 * the packed data. */
#define GAP ((uint64_t)128 << 10)

static char *put(char *p, uint64_t n, unsigned bytes)
{
	uint64_t le = htole64(n);
	memcpy(p, &le, bytes);
	return p + bytes;
}

/* What a local header and one in the directory share; the name is "p". */
static char *put_common(char *p, const struct zip_entry *entry, unsigned extra)
{
	p = put(p, VERSION, 2);
	p = put(p, 0, 2); /* flags */
	p = put(p, entry->method, 2);
	p = put(p, 0, 4); /* date and time */
	p = put(p, entry->crc, 4);
	p = put(p, UINT32_MAX, 4);
	p = put(p, UINT32_MAX, 4);
	p = put(p, 1, 2);
	return put(p, extra, 2);
}

static char *put_directory(char *p, const struct zip_entry *entry)
{
	p = put(p, ZIP_CENTRAL, 4);
	p = put(p, VERSION, 2);
	p = put_common(p, entry, ZIP_VIEW_EXTRA);
	p = put(p, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
	p = put(p, 0, 4 + 4);     /* external attributes, where the local header is */
	p = put(p, 'p', 1);
	p = put(p, ZIP_EXTRA_64, 2);
	p = put(p, ZIP_VIEW_EXTRA - 4, 2);
	p = put(p, entry->length, 8);
	return put(p, entry->packed, 8);
}

static char *put_end(char *p, uint64_t directory)
{
	p = put(p, ZIP_END64, 4);
	p = put(p, ZIP_END64_SIZE - 12, 8);
	p = put(put(p, VERSION, 2), VERSION, 2);
	p = put(p, 0, 4 + 4); /* disks */
	p = put(put(p, 1, 8), 1, 8);
	p = put(p, ZIP_VIEW_DIRECTORY, 8);
	p = put(p, directory, 8);
	p = put(p, ZIP_LOCATOR, 4);
	p = put(p, 0, 4);
	p = put(p, directory + ZIP_VIEW_DIRECTORY, 8);
	p = put(p, 1, 4);
	p = put(p, ZIP_END, 4);
	p = put(p, 0, 2 + 2);
	p = put(put(p, 1, 2), 1, 2);
	p = put(p, ZIP_VIEW_DIRECTORY, 4);
	p = put(p, UINT32_MAX, 4);
	return put(p, 0, 2);
}

void zip_view_init(struct zip_view *v, const struct zip_bytes *f, const struct zip_entry *entry, uint64_t data)
{
	*v = (struct zip_view){ .file = f, .data = data, .packed = entry->packed };
	put(put_common(put(v->head, ZIP_LOCAL, 4), entry, 0), 'p', 1);
	put_end(put_directory(v->tail, entry), ZIP_VIEW_HEAD + v->packed + GAP);
}

uint64_t zip_view_size(const struct zip_view *v)
{
	return ZIP_VIEW_HEAD + v->packed + GAP + ZIP_VIEW_TAIL;
}

ssize_t zip_view_read(const struct zip_view *v, uint64_t at, char *to, size_t n)
{
	if (at < ZIP_VIEW_HEAD) {
		struct str s = str_head(str_from((struct str){ v->head, sizeof v->head }, (size_t)at), n);
		memcpy(to, s.p, s.n);
		return (ssize_t)s.n;
	}
	at -= ZIP_VIEW_HEAD;
	if (at < v->packed)
		return zip_bytes_read(v->file, v->data + at, to, n < v->packed - at ? n : (size_t)(v->packed - at));
	at -= v->packed;
	if (at < GAP) {
		size_t zeros = n < GAP - at ? n : (size_t)(GAP - at);
		memset(to, 0, zeros);
		return (ssize_t)zeros;
	}
	struct str s = str_head(str_from((struct str){ v->tail, sizeof v->tail }, (size_t)(at - GAP)), n);
	memcpy(to, s.p, s.n);
	return (ssize_t)s.n;
}
