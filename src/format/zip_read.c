#include "zip_unpack.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "qonduit/relay.h"

#define PIECE ((size_t)128 << 10)
#define SLOTS 4
#define AHEAD_FROM ((uint64_t)1 << 20) /* bytes, from which a thread is worth its start */

struct zip_reader {
	struct zip_bytes file;
	struct zip_limits limits;
	struct zip_directory directory;
};

struct zip_part {
	const struct zip_entry *entry;
	struct zip_unpacker *unpacker;

	struct relay relay;
	unsigned slots;
	struct slot {
		char *bytes;
		size_t n;          /* 0: the end, or the failure */
	} slot[SLOTS];
	uint64_t unpacked;
	bool over;             /* nothing more is unpacked */
	struct err failure;    /* why, where it is not the end */
	atomic_bool stop;      /* nobody wants more */

	bool given;            /* a slot is the reader's */
	bool ended;            /* the reader has seen the end */
	uint64_t read;         /* bytes, by the reader */
};

struct zip_reader *zip_reader_open(int fd, const struct zip_limits *limits, struct err *e)
{
	struct stat st;
	struct zip_reader *z = mem_alloc(sizeof *z);
	*z = (struct zip_reader){ .file.fd = fd, .limits = *limits };
	if (fstat(fd, &st))
		err_sys(e, ERR_INPUT, "zip.read", errno, "the archive cannot be read");
	else if (z->file.size = (uint64_t)st.st_size, zip_directory_read(&z->directory, &z->file, limits->parts, e) == 0)
		return z;
	zip_reader_close(z);
	return NULL;
}

void zip_reader_close(struct zip_reader *z)
{
	if (!z)
		return;
	zip_directory_release(&z->directory);
	free(z);
}

size_t zip_reader_count(const struct zip_reader *z)
{
	return z->directory.count;
}

struct str zip_reader_name(const struct zip_reader *z, size_t part)
{
	return z->directory.entries[part].name;
}

int zip_reader_find(const struct zip_reader *z, struct str name)
{
	const struct zip_entry *found = zip_directory_find(&z->directory, name);
	return found ? (int)(found - z->directory.entries) : -1;
}

static struct str shown(const struct zip_part *p)
{
	return str_head(p->entry->name, ZIP_NAME_SHOWN);
}

static int fail_length(struct zip_part *p, const char *found, struct err *e)
{
	struct str name = shown(p);
	return err_set(e, ERR_INPUT, "zip.length", "part \"%.*s\" has %s%llu bytes, expected %llu as the directory says",
		STR_ARG(name), found, (unsigned long long)p->unpacked, (unsigned long long)p->entry->length);
}

/* What ended the data, where it was not their end: `result` and `why` of zip_unpacker_read. */
static int fail_unpacking(struct zip_part *p, ssize_t result, const char *why, struct err *e)
{
	struct str name = shown(p);
	if (result == -1)
		return err_sys(e, ERR_INPUT, "zip.read", errno, "part \"%.*s\" cannot be read", STR_ARG(name));
	return err_set(e, ERR_INPUT, "zip.data", "part \"%.*s\" is damaged and cannot be unpacked: %s", STR_ARG(name), why);
}

/* The end comes only with length and CRC proven. */
static void finish(struct zip_part *p, ssize_t result, const char *why)
{
	struct str name = shown(p);
	p->over = true;
	if (result < 0)
		fail_unpacking(p, result, why, &p->failure);
	else if (p->unpacked > p->entry->length)
		fail_length(p, "more than ", &p->failure);
	else if (p->unpacked < p->entry->length)
		fail_length(p, "", &p->failure);
	else if (zip_unpacker_crc(p->unpacker) != p->entry->crc)
		err_set(&p->failure, ERR_INPUT, "zip.crc", "part \"%.*s\" is damaged: its CRC is wrong", STR_ARG(name));
}

/* Fills a slot; in the thread, where there is one. */
static void unpack(void *arg, unsigned i)
{
	struct zip_part *p = arg;
	struct slot *s = &p->slot[i];
	s->n = 0;
	while (!p->over && s->n < PIECE && !atomic_load_explicit(&p->stop, memory_order_relaxed)) {
		const char *why;
		ssize_t n = zip_unpacker_read(p->unpacker, s->bytes + s->n, PIECE - s->n, &why);
		if (n > 0) {
			s->n += (size_t)n;
			p->unpacked += (uint64_t)n;
		}
		if (n <= 0 || p->unpacked > p->entry->length)
			finish(p, n, why);
	}
	if (p->failure.class)
		s->n = 0;
}

static int judge_part(const struct zip_reader *z, const struct zip_entry *entry, uint64_t *data, struct err *e)
{
	struct str name = str_head(entry->name, ZIP_NAME_SHOWN);
	if (entry->flags & ZIP_ENCRYPTED)
		return err_set(e, ERR_INPUT, "zip.password", "part \"%.*s\" is protected by a password", STR_ARG(name));
	if (entry->method != ZIP_STORED && entry->method != ZIP_DEFLATED)
		return err_set(e, ERR_INPUT, "zip.method", "part \"%.*s\" is packed by method %u, expected %u (stored) or %u "
			"(deflated)", STR_ARG(name), entry->method, ZIP_STORED, ZIP_DEFLATED);
	if (entry->length > z->limits.part_bytes)
		return err_set(e, ERR_INPUT, "zip.too_long", "part \"%.*s\" is %llu bytes long, expected at most %llu",
			STR_ARG(name), (unsigned long long)entry->length, (unsigned long long)z->limits.part_bytes);
	return zip_local_check(&z->file, entry, data, e);
}

/* Unpacks ahead of the reader, if there is enough to unpack. */
static void start(struct zip_part *p)
{
	bool ahead = p->entry->length >= AHEAD_FROM && relay_start(&p->relay, SLOTS, unpack, p);
	p->slots = ahead ? SLOTS : 1;
	for (unsigned i = 0; i < p->slots; i++)
		p->slot[i].bytes = mem_alloc(PIECE);
	for (unsigned i = 0; i < SLOTS && ahead; i++) {
		relay_claim(&p->relay);
		relay_send(&p->relay);
	}
}

struct zip_part *zip_part_open(struct zip_reader *z, size_t part, struct err *e)
{
	const struct zip_entry *entry = &z->directory.entries[part];
	uint64_t data = 0;
	if (judge_part(z, entry, &data, e))
		return NULL;
	struct zip_part *p = mem_alloc(sizeof *p);
	*p = (struct zip_part){ .entry = entry, .unpacker = zip_unpacker_new(&z->file, entry, data) };
	start(p);
	return p;
}

/* The oldest slot, filled. */
static struct slot *next_slot(struct zip_part *p)
{
	unsigned i = 0;
	if (!p->relay.running) {
		unpack(p, 0);
	} else {
		if (p->given)
			relay_send(&p->relay);
		i = relay_claim(&p->relay);
		p->given = true;
	}
	return &p->slot[i];
}

int zip_part_next(struct zip_part *p, struct str *piece, struct err *e)
{
	*piece = (struct str){ 0 };
	if (!p->ended) {
		struct slot *s = next_slot(p);
		*piece = (struct str){ s->bytes, s->n };
		p->read += s->n;
		p->ended = s->n == 0;
	}
	if (p->ended && p->failure.class)
		return err_set(e, p->failure.class, p->failure.code, "%s", p->failure.message);
	return 0;
}

unsigned zip_part_progress(const struct zip_part *p)
{
	return p->entry->length ? (unsigned)(p->read * 1000 / p->entry->length) : 1000;
}

void zip_part_close(struct zip_part *p)
{
	if (!p)
		return;
	atomic_store(&p->stop, true);
	relay_join(&p->relay);
	zip_unpacker_free(p->unpacker);
	for (unsigned i = 0; i < p->slots; i++)
		free(p->slot[i].bytes);
	free(p);
}
