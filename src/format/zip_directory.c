#include "zip_directory.h"

#include <stdlib.h>

#define BYTES_BASE ((uint64_t)64 << 10)
#define BYTES_OF_PART 1024 /* of the directory, on average; a usual one has 100 */

void zip_extra64(struct str extra, uint64_t *const *values, size_t n)
{
	while (extra.n >= 4) {
		uint16_t id = zip_u16(extra.p), size = zip_u16(extra.p + 2);
		struct str field = str_head(str_from(extra, 4), size);
		for (size_t i = 0; id == ZIP_EXTRA_64 && i < n; i++)
			if (*values[i] == UINT32_MAX && field.n >= 8) {
				*values[i] = zip_u64(field.p);
				field = str_from(field, 8);
			}
		if (id == ZIP_EXTRA_64)
			return;
		extra = str_from(extra, 4 + (size_t)size);
	}
}

static struct str fold(struct arena *a, struct str name)
{
	char *p = arena_alloc(a, name.n);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		p[i] = c == '\\' ? '/' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return (struct str){ p, name.n };
}

/* Takes an entry off the front of `rest`. */
static bool read_entry(struct arena *a, struct str *rest, struct zip_entry *entry)
{
	const char *p = rest->p;
	if (rest->n < ZIP_CENTRAL_SIZE || zip_u32(p) != ZIP_CENTRAL)
		return false;
	size_t name = zip_u16(p + 28), extra = zip_u16(p + 30), comment = zip_u16(p + 32);
	if (rest->n - ZIP_CENTRAL_SIZE < name + extra + comment)
		return false;
	*entry = (struct zip_entry){ .flags = zip_u16(p + 8), .method = zip_u16(p + 10), .crc = zip_u32(p + 16),
		.packed = zip_u32(p + 20), .length = zip_u32(p + 24), .header = zip_u32(p + 42),
		.name = { p + ZIP_CENTRAL_SIZE, name } };
	zip_extra64((struct str){ p + ZIP_CENTRAL_SIZE + name, extra },
		(uint64_t *const[]){ &entry->length, &entry->packed, &entry->header }, 3);
	entry->key = fold(a, entry->name);
	*rest = str_from(*rest, ZIP_CENTRAL_SIZE + name + extra + comment);
	return true;
}

static int read_entries(struct zip_directory *d, struct str rest, struct err *e)
{
	for (size_t i = 0; i < d->count; i++)
		if (!read_entry(&d->arena, &rest, &d->entries[i]))
			return err_set(e, ERR_INPUT, "zip.directory", "the directory of the archive is damaged: found %zu parts, "
				"expected %zu", i, d->count);
	if (rest.n)
		return err_set(e, ERR_INPUT, "zip.directory", "the directory of the archive is damaged: found %zu bytes behind "
			"its %zu parts", rest.n, d->count);
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct zip_entry *const *left = a, *const *right = b;
	int order = str_cmp((*left)->key, (*right)->key);
	return order ? order : (*left > *right) - (*left < *right);
}

static int by_header(const void *a, const void *b)
{
	const struct zip_entry *const *left = a, *const *right = b;
	return ((*left)->header > (*right)->header) - ((*left)->header < (*right)->header);
}

static struct str shown(const struct zip_entry *entry)
{
	return str_head(entry->name, ZIP_NAME_SHOWN);
}

/* Folders, whose names end with a slash, are no parts. */
static int judge_names(const struct zip_directory *d, struct err *e)
{
	for (size_t i = 1; i < d->count; i++) {
		const struct zip_entry *a = d->by_key[i - 1], *b = d->by_key[i];
		struct str first = shown(a), second = shown(b);
		if (!str_eq(a->key, b->key) || str_ends(a->key, STR("/")))
			continue;
		if (str_eq(a->name, b->name))
			return err_set(e, ERR_INPUT, "zip.twice", "found part \"%.*s\" twice", STR_ARG(first));
		return err_set(e, ERR_INPUT, "zip.twice", "found parts \"%.*s\" and \"%.*s\", whose names are one",
			STR_ARG(first), STR_ARG(second));
	}
	return 0;
}

/* `b` is null where the directory comes next. */
static int fail_overlap(const struct zip_directory *d, const struct zip_entry *a, const struct zip_entry *b,
	struct err *e)
{
	struct str first = shown(a), second = b ? shown(b) : STR("");
	if (b)
		return err_set(e, ERR_INPUT, "zip.overlap", "the data of parts \"%.*s\" and \"%.*s\" overlap",
			STR_ARG(first), STR_ARG(second));
	return err_set(e, ERR_INPUT, "zip.overlap", "the data of part \"%.*s\" overlap with the directory, which begins at "
		"byte %llu", STR_ARG(first), (unsigned long long)d->offset);
}

/* Whether a part ends at `until` or before. */
static bool fits(const struct zip_bytes *f, const struct zip_entry *entry, uint64_t until)
{
	if (entry->header >= until)
		return false;
	uint64_t room = until - entry->header, head = zip_local_size(f, entry);
	return head <= room && entry->packed <= room - head;
}

static int judge_places(const struct zip_directory *d, const struct zip_bytes *f, struct err *e)
{
	const struct zip_entry **sorted = mem_alloc((d->count + 1) * sizeof *sorted);
	int status = 0;
	memcpy(sorted, d->by_key, d->count * sizeof *sorted);
	qsort(sorted, d->count, sizeof *sorted, by_header);
	for (size_t i = 0; i < d->count && status == 0; i++) {
		const struct zip_entry *next = i + 1 < d->count && sorted[i + 1]->header < d->offset ? sorted[i + 1] : NULL;
		if (!fits(f, sorted[i], next ? next->header : d->offset))
			status = fail_overlap(d, sorted[i], next, e);
	}
	free(sorted);
	return status;
}

static int judge_size(const struct zip_end *end, size_t parts, struct err *e)
{
	uint64_t most = BYTES_BASE + (uint64_t)parts * BYTES_OF_PART;
	if (end->count > parts)
		return err_set(e, ERR_INPUT, "zip.too_many", "the archive has %llu parts, expected at most %zu",
			(unsigned long long)end->count, parts);
	if (end->bytes > most)
		return err_set(e, ERR_INPUT, "zip.directory", "the directory of the archive is %llu bytes long, expected at "
			"most %llu for %zu parts", (unsigned long long)end->bytes, (unsigned long long)most, parts);
	return 0;
}

int zip_directory_read(struct zip_directory *d, const struct zip_bytes *f, size_t parts, struct err *e)
{
	struct zip_end end;
	*d = (struct zip_directory){ 0 };
	if (zip_end_find(f, &end, e) || judge_size(&end, parts, e))
		return -1;
	arena_init(&d->arena, 16 << 10);
	char *bytes = arena_alloc(&d->arena, (size_t)end.bytes);
	d->offset = end.offset;
	d->count = (size_t)end.count;
	d->entries = ARENA_ARRAY(&d->arena, d->count, struct zip_entry);
	d->by_key = ARENA_ARRAY(&d->arena, d->count, const struct zip_entry *);
	if (zip_bytes_get(f, end.offset, bytes, (size_t)end.bytes, e) ||
		read_entries(d, (struct str){ bytes, (size_t)end.bytes }, e))
		return -1;
	for (size_t i = 0; i < d->count; i++)
		d->by_key[i] = &d->entries[i];
	qsort(d->by_key, d->count, sizeof *d->by_key, by_key);
	return judge_names(d, e) || judge_places(d, f, e) ? -1 : 0;
}

void zip_directory_release(struct zip_directory *d)
{
	arena_release(&d->arena);
}

static int key_cmp(const void *key, const void *entry)
{
	return str_cmp(*(const struct str *)key, (*(const struct zip_entry *const *)entry)->key);
}

const struct zip_entry *zip_directory_find(const struct zip_directory *d, struct str name)
{
	struct arena a;
	arena_init(&a, 1 << 10);
	struct str key = fold(&a, name);
	const struct zip_entry **found = bsearch(&key, d->by_key, d->count, sizeof *d->by_key, key_cmp);
	arena_release(&a);
	return found ? *found : NULL;
}
