#include "zip_directory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zip.h>

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
	struct zip_view view;
	uint64_t at;           /* in the view, of libzip */
	zip_error_t trouble;   /* of the view */
	zip_t *archive;
	zip_file_t *file;

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

/* What libzip reads: the view and nothing else. */
static zip_int64_t serve(void *arg, void *to, zip_uint64_t n, zip_source_cmd_t command)
{
	struct zip_part *p = arg;
	zip_int64_t result;
	switch (command) {
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_SUPPORTS, ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
			ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
	case ZIP_SOURCE_OPEN:
		p->at = 0;
		return 0;
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE:
		return 0;
	case ZIP_SOURCE_READ:
		result = zip_view_read(&p->view, p->at, to, n);
		if (result < 0)
			zip_error_set(&p->trouble, ZIP_ER_READ, errno);
		else
			p->at += (uint64_t)result;
		return result;
	case ZIP_SOURCE_SEEK:
		result = zip_source_seek_compute_offset(p->at, zip_view_size(&p->view), to, n, &p->trouble);
		if (result >= 0)
			p->at = (uint64_t)result;
		return result < 0 ? -1 : 0;
	case ZIP_SOURCE_TELL:
		return (zip_int64_t)p->at;
	case ZIP_SOURCE_STAT:
		zip_stat_init(to);
		((zip_stat_t *)to)->valid = ZIP_STAT_SIZE;
		((zip_stat_t *)to)->size = zip_view_size(&p->view);
		return sizeof(zip_stat_t);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&p->trouble, to, n);
	default:
		zip_error_set(&p->trouble, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static int fail_length(struct zip_part *p, const char *found, struct err *e)
{
	struct str name = shown(p);
	return err_set(e, ERR_INPUT, "zip.length", "part \"%.*s\" has %s%llu bytes, expected %llu as the directory says",
		STR_ARG(name), found, (unsigned long long)p->unpacked, (unsigned long long)p->entry->length);
}

static int fail_unpacking(struct zip_part *p, zip_error_t *why, struct err *e)
{
	struct str name = shown(p);
	int code = zip_error_code_zip(why);
	if ((code == ZIP_ER_CRC || code == ZIP_ER_INCONS) && p->unpacked != p->entry->length)
		return fail_length(p, "", e);
	if (code == ZIP_ER_CRC)
		return err_set(e, ERR_INPUT, "zip.crc", "part \"%.*s\" is damaged: its CRC is wrong", STR_ARG(name));
	if (code == ZIP_ER_READ)
		return err_sys(e, ERR_INPUT, "zip.read", zip_error_code_system(why), "part \"%.*s\" cannot be read",
			STR_ARG(name));
	return err_set(e, ERR_INPUT, "zip.data", "part \"%.*s\" is damaged and cannot be unpacked: %s", STR_ARG(name),
		zip_error_strerror(why));
}

/* The end comes only with length and CRC proven: libzip compares the CRC when it comes to the end. */
static void finish(struct zip_part *p, zip_int64_t result)
{
	p->over = true;
	if (result < 0)
		fail_unpacking(p, zip_file_get_error(p->file), &p->failure);
	else if (p->unpacked > p->entry->length)
		fail_length(p, "more than ", &p->failure);
	else if (p->unpacked < p->entry->length)
		fail_length(p, "", &p->failure);
}

/* Fills a slot; in the thread, where there is one. */
static void unpack(void *arg, unsigned i)
{
	struct zip_part *p = arg;
	struct slot *s = &p->slot[i];
	s->n = 0;
	while (!p->over && s->n < PIECE && !atomic_load_explicit(&p->stop, memory_order_relaxed)) {
		zip_int64_t n = zip_fread(p->file, s->bytes + s->n, PIECE - s->n);
		if (n > 0) {
			s->n += (size_t)n;
			p->unpacked += (uint64_t)n;
		}
		if (n <= 0 || p->unpacked > p->entry->length)
			finish(p, n);
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

static int open_view(struct zip_part *p, struct err *e)
{
	zip_error_t why;
	zip_error_init(&why);
	zip_source_t *source = zip_source_function_create(serve, p, &why);
	if (source && !(p->archive = zip_open_from_source(source, ZIP_RDONLY, &why)))
		zip_source_free(source);
	if (p->archive)
		p->file = zip_fopen_index(p->archive, 0, 0);
	int status = p->file ? 0 : fail_unpacking(p, p->archive ? zip_get_error(p->archive) : &why, e);
	zip_error_fini(&why);
	return status;
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
	*p = (struct zip_part){ .entry = entry };
	zip_error_init(&p->trouble);
	zip_view_init(&p->view, &z->file, entry, data);
	if (open_view(p, e)) {
		zip_part_close(p);
		return NULL;
	}
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
	if (p->file)
		zip_fclose(p->file);
	if (p->archive)
		zip_discard(p->archive);
	zip_error_fini(&p->trouble);
	for (unsigned i = 0; i < p->slots; i++)
		free(p->slot[i].bytes);
	free(p);
}
