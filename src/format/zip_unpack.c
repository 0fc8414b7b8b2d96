#include "zip_unpack.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#define STEP ((size_t)64 << 10)
#define TOTAL_MAX ((uint32_t)1 << 31)

struct zip_unpacker {
	const struct zip_bytes *file;
	uint64_t at, left; /* packed data in the file that was not read yet */
	bool packed;
	uint32_t crc;
	const char *damage; /* null: none was met */
	struct inflate_state inflate;
	unsigned char in[STEP];
};

struct zip_unpacker *zip_unpacker_new(const struct zip_bytes *f, const struct zip_entry *entry, uint64_t data)
{
	struct zip_unpacker *u = mem_alloc(sizeof *u);
	u->file = f;
	u->at = data;
	u->left = entry->packed;
	u->packed = entry->method == ZIP_DEFLATED;
	u->crc = 0;
	u->damage = NULL;
	isal_inflate_init(&u->inflate);
	u->inflate.next_in = u->in;
	u->inflate.avail_in = 0;
	return u;
}

void zip_unpacker_free(struct zip_unpacker *u)
{
	free(u);
}

/* Of a file that became shorter there is less. */
static ssize_t read_packed(struct zip_unpacker *u, void *to, size_t n)
{
	ssize_t got = zip_bytes_read(u->file, u->at, to, n < u->left ? n : (size_t)u->left);
	if (got >= 0) {
		u->at += (uint64_t)got;
		u->left = got ? u->left - (uint64_t)got : 0;
	}
	return got;
}

static const char *reason(int code)
{
	return code == ISAL_INVALID_BLOCK ? "invalid block" : code == ISAL_INVALID_SYMBOL ? "invalid code" :
		code == ISAL_INVALID_LOOKBACK ? "invalid distance" : "invalid data";
}

/* As much as fits and is there, up to the end or up to damage. */
static ssize_t inflate_into(struct zip_unpacker *u, char *to, size_t n)
{
	struct inflate_state *s = &u->inflate;
	s->next_out = (unsigned char *)to;
	s->avail_out = (uint32_t)n;
	while (s->avail_out && s->block_state != ISAL_BLOCK_FINISH && !u->damage) {
		if (s->avail_in == 0) {
			ssize_t got = read_packed(u, u->in, STEP);
			if (got < 0)
				return -1;
			s->next_in = u->in;
			s->avail_in = (uint32_t)got;
		}
		uint32_t room = s->avail_out, packed = s->avail_in;
		int code = isal_inflate(s);
		if (code != ISAL_DECOMP_OK)
			u->damage = reason(code);
		else if (packed == 0 && s->avail_out == room)
			break;
		if (s->total_out > TOTAL_MAX) /* else it would be 0 again after 4 GiB, and no distance be valid */
			s->total_out -= TOTAL_MAX / 2;
	}
	return (ssize_t)(n - s->avail_out);
}

ssize_t zip_unpacker_read(struct zip_unpacker *u, char *to, size_t n, const char **why)
{
	ssize_t got = u->packed ? inflate_into(u, to, n) : read_packed(u, to, n);
	*why = u->damage;
	if (got == 0 && u->damage)
		return -2;
	if (got > 0)
		u->crc = crc32_gzip_refl(u->crc, (const unsigned char *)to, (uint64_t)got);
	return got;
}

uint32_t zip_unpacker_crc(const struct zip_unpacker *u)
{
	return u->crc;
}
