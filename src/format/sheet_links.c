#include "sheet_links.h"

#include <stdlib.h>

#include "qonduit/xml_read.h"
#include "sheet_cell.h"

#define LINKS_MAX ((size_t)1 << 19) /* Excel keeps 65,530 of a sheet */
#define BYTES_MAX ((size_t)64 << 20) /* of all addresses */
#define ADDRESS_MAX 32767 /* bytes; Excel keeps 2,079 characters */

/* One for each look at a link and for each few bytes of an address that is found: two seconds or so. No sheet whose
 * links do not lie upon each other comes near. */
#define STEPS_MAX (UINT64_C(1) << 28)
#define STEP_BYTES 16

struct link {
	struct sheet_area area;
	struct str address;
	size_t order;        /* in the sheet */
	uint32_t reach;      /* last row that this one and those before it cover */
};

struct list {
	struct link *items;
	size_t count, cap;
};

struct target {
	struct str id, address;
};

struct sheet_links {
	struct arena arena;         /* of addresses */
	size_t bytes;               /* in it */
	struct target *targets;     /* sorted by id */
	size_t target_count, target_cap;
	/* Those within a row stand apart from those over several, so that one long link does not make the search for all
	 * others slow. Both are sorted by their first row. */
	struct list flat, tall;
	size_t count;
	/* While the sheet is read: */
	unsigned depth;
	bool inside;                /* worksheet/hyperlinks */
	/* The links over a row, for as long as the row is asked for: */
	uint32_t row;
	const struct link **active;
	size_t active_count, active_cap;
	uint64_t steps;
};

static int too_many(struct err *e)
{
	return err_set(e, ERR_INPUT, "sheet.links", "the sheet has more than %zu hyperlinks, or their addresses are longer "
		"than %zu MiB", LINKS_MAX, BYTES_MAX >> 20);
}

/* --- relationships --- */

static void take_relationship(void *arg, struct str id, struct str type, struct str address, int to)
{
	struct sheet_links *l = arg;
	if (to >= 0 || address.n == 0 || !str_eq(type, STR("hyperlink")))
		return;
	l->bytes += id.n + address.n;
	if (l->bytes > BYTES_MAX || l->target_count >= LINKS_MAX)
		return;
	if (l->target_count == l->target_cap)
		l->targets = mem_grow(l->targets, &l->target_cap, l->target_count + 1, sizeof *l->targets);
	l->targets[l->target_count++] = (struct target){ arena_copy(&l->arena, id), arena_copy(&l->arena, address) };
}

static int by_id(const void *a, const void *b)
{
	return str_cmp(((const struct target *)a)->id, ((const struct target *)b)->id);
}

static int read_targets(struct sheet_links *l, struct workbook *w, struct str part, struct err *e)
{
	if (workbook_relationships(w, part, l, take_relationship, e))
		return -1;
	if (l->bytes > BYTES_MAX || l->target_count >= LINKS_MAX)
		return too_many(e);
	if (l->target_count)
		qsort(l->targets, l->target_count, sizeof *l->targets, by_id);
	return 0;
}

/* --- the first pass --- */

static void list_add(struct list *list, struct link link)
{
	if (list->count == list->cap)
		list->items = mem_grow(list->items, &list->cap, list->count + 1, sizeof *list->items);
	list->items[list->count++] = link;
}

/* Of an address with a #, what follows it stands by itself, in `location`. */
static struct str whole_address(struct sheet_links *l, struct str address, const char *location)
{
	if (!location || !*location)
		return address;
	l->bytes += address.n + strlen(location);
	return arena_printf(&l->arena, "%.*s#%s", STR_ARG(address), location);
}

static int take_link(struct sheet_links *l, const char *const *attributes, struct err *e)
{
	const char *ref = xml_attribute(attributes, XML_NONE, "ref"), *id = xml_attribute(attributes, XML_RELATION, "id");
	const struct target *target = id && l->target_count ? bsearch(&(struct target){ .id = str_of(id) }, l->targets,
		l->target_count, sizeof *l->targets, by_id) : NULL;
	struct link link = { .order = l->count++ };

	if (!target) /* it leads to a place in the workbook, or nowhere */
		return 0;
	if (!ref || !sheet_area_read(ref, &link.area))
		return err_set(e, ERR_INPUT, "sheet.link", "found a hyperlink at \"%.40s\", expected cells such as A1 or A1:B2",
			ref ? ref : "");
	link.address = whole_address(l, target->address, xml_attribute(attributes, XML_NONE, "location"));
	if (link.address.n > ADDRESS_MAX)
		return err_set(e, ERR_INPUT, "sheet.link", "the hyperlink at %s leads to an address of more than %d bytes",
			ref, ADDRESS_MAX);
	if (l->count > LINKS_MAX || l->bytes > BYTES_MAX)
		return too_many(e);
	list_add(link.area.row == link.area.last_row ? &l->flat : &l->tall, link);
	return 0;
}

static int on_start(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct sheet_links *l = arg;
	l->depth++;
	if (l->depth == 2)
		l->inside = name.space == XML_SHEET && strcmp(name.local, "hyperlinks") == 0;
	else if (l->depth == 3 && l->inside && name.space == XML_SHEET && strcmp(name.local, "hyperlink") == 0)
		return take_link(l, attributes, e);
	return 0;
}

static int on_end(void *arg, struct xml_name name, struct err *e)
{
	struct sheet_links *l = arg;
	l->depth--;
	return 0;
}

static int read_sheet(struct sheet_links *l, struct workbook *w, size_t part, struct err *e)
{
	static const struct xml_handler handler = { .start = on_start, .end = on_end };
	struct zip_part *p = zip_part_open(workbook_archive(w), part, e);
	struct xml_reader *xml = xml_reader_open(&handler, l);
	struct str piece = { 0 };
	int result = p ? 0 : -1;

	do {
		if (result == 0)
			result = zip_part_next(p, &piece, e);
		if (result == 0)
			result = xml_reader_feed(xml, piece, piece.n == 0, e);
	} while (result == 0 && piece.n);
	xml_reader_close(xml);
	zip_part_close(p);
	return result;
}

static int by_row(const void *a, const void *b)
{
	const struct link *left = a, *right = b;
	if (left->area.row != right->area.row)
		return left->area.row < right->area.row ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

static void list_sort(struct list *list)
{
	uint32_t reach = 0;
	if (list->count)
		qsort(list->items, list->count, sizeof *list->items, by_row);
	for (size_t i = 0; i < list->count; i++) {
		reach = list->items[i].area.last_row > reach ? list->items[i].area.last_row : reach;
		list->items[i].reach = reach;
	}
}

int sheet_links_open(struct workbook *w, size_t part, struct sheet_links **out, struct err *e)
{
	struct sheet_links *l = mem_alloc(sizeof *l);
	*l = (struct sheet_links){ 0 };
	*out = NULL;
	int result = read_targets(l, w, zip_reader_name(workbook_archive(w), part), e);
	if (result == 0 && l->target_count)
		result = read_sheet(l, w, part, e);
	if (result != 0 || l->flat.count + l->tall.count == 0) {
		sheet_links_close(l);
		return result;
	}
	list_sort(&l->flat);
	list_sort(&l->tall);
	*out = l;
	return 0;
}

void sheet_links_close(struct sheet_links *l)
{
	if (!l)
		return;
	arena_release(&l->arena);
	free(l->targets);
	free(l->flat.items);
	free(l->tall.items);
	free(l->active);
	free(l);
}

/* --- the second pass --- */

/* How many begin in `row` or above. */
static size_t begun(const struct list *list, uint32_t row)
{
	size_t from = 0, to = list->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (list->items[middle].area.row <= row)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void activate(struct sheet_links *l, const struct list *list, uint32_t row)
{
	for (size_t i = begun(list, row); i-- && list->items[i].reach >= row; l->steps++) {
		if (list->items[i].area.last_row < row)
			continue;
		if (l->active_count == l->active_cap)
			l->active = mem_grow(l->active, &l->active_cap, l->active_count + 1, sizeof *l->active);
		l->active[l->active_count++] = &list->items[i];
	}
}

int sheet_links_find(struct sheet_links *l, uint32_t col, uint32_t row, struct str *address, bool *first,
	struct err *e)
{
	const struct link *found = NULL;

	if (row != l->row) {
		l->row = row;
		l->active_count = 0;
		activate(l, &l->flat, row);
		activate(l, &l->tall, row);
	}
	for (size_t i = 0; i < l->active_count; i++) {
		const struct link *link = l->active[i];
		if (col >= link->area.col && col <= link->area.last_col && (!found || link->order > found->order))
			found = link;
	}
	l->steps += l->active_count + (found ? found->address.n / STEP_BYTES : 0);
	if (l->steps > STEPS_MAX)
		return err_set(e, ERR_INPUT, "sheet.links", "the sheet's hyperlinks cover too many cells, or each other");
	*address = found ? found->address : (struct str){ 0 };
	*first = found && found->area.col == col && found->area.row == row;
	return 0;
}
