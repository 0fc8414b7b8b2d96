#include "sandbox_catalog_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/csv_read.h"
#include "qonduit/sandbox_goods.h"

enum { PIECE = 64 << 10, WORDS_MAX = 32 };

static const struct str whole_header[] = { STR("GTIN"), STR("Name"), STR("Category"), STR("Brand"),
	STR("€ Lowest Price inc. shipping"), STR("Unit"), STR("Lowest Priced Offer Inventory"), STR("Is a pre-order?"),
	STR("Estimated Delivery Time (weeks)"), STR("Number of Offers"), STR("Total Inventory of All Offers"),
	STR("Product URL"), STR("Image URL") };
static const struct str supplier_header[] = { STR("GTIN"), STR("Name"), STR("Category"), STR("Brand"),
	STR("€ Price inc. shipping"), STR("Unit"), STR("Inventory"), STR("Is a pre-order?"),
	STR("Estimated Delivery Time (weeks)"), STR("Product URL"), STR("Image URL") };

enum { WHOLE = sizeof whole_header / sizeof *whole_header,
	SUPPLIER = sizeof supplier_header / sizeof *supplier_header };

/* Endings of the header cells; the first that is there counts. */
static const struct { enum catalog_role role; struct str ending; } roles[] = {
	{ ROLE_GTIN, STR("GTIN") }, { ROLE_NAME, STR("Name") }, { ROLE_CATEGORY, STR("Category") },
	{ ROLE_BRAND, STR("Brand") }, { ROLE_PRICE, STR("Price inc. shipping") }, { ROLE_UNIT, STR("Unit") },
	{ ROLE_INVENTORY, STR("Lowest Priced Offer Inventory") }, { ROLE_INVENTORY, STR("Inventory") },
	{ ROLE_OFFERS, STR("Number of Offers") }, { ROLE_TOTAL, STR("Total Inventory of All Offers") },
	{ ROLE_TOTAL, STR("Inventory") }, { ROLE_PAGE, STR("Product URL") }, { ROLE_IMAGE, STR("Image URL") },
};

struct words {
	struct str all[WORDS_MAX];
	size_t count;
};

struct catalog_walk {
	struct arena arena;          /* of the filters and the header */
	struct words categories, brands, query;
	enum { ANY_STOCK, IN_STOCK, OUT_OF_STOCK } stock;
	const struct str *header;
	size_t header_count;
	int columns[ROLES];          /* -1: not there */

	bool supplier;
	uint64_t products, at;       /* of the invented ones */
	struct arena row_arena;

	int fd;                      /* -1: invented */
	bool ended;
	struct csv_reader *reader;
	struct batch batch;
	size_t row;                  /* the next of the batch */
	char piece[PIECE];

	struct str *cells;           /* of the row that came last */
	size_t count, cap;
};

/* --- what is asked for --- */

static void add_word(struct catalog_walk *w, struct words *to, struct str word)
{
	if (word.n && to->count < WORDS_MAX)
		to->all[to->count++] = arena_copy(&w->arena, word);
}

static void take_query(struct catalog_walk *w, const struct sandbox_request *q)
{
	struct str rest = q->query, name, value;
	while (sandbox_next_parameter(&rest, q->arena, &name, &value)) {
		if (str_eq(name, STR("category_name")))
			add_word(w, &w->categories, value);
		else if (str_eq(name, STR("brand_name")))
			add_word(w, &w->brands, value);
		else if (str_eq(name, STR("stock_availability")))
			w->stock = str_eq(value, STR("in_stock")) ? IN_STOCK
				: str_eq(value, STR("out_of_stock")) ? OUT_OF_STOCK : ANY_STOCK;
		else if (str_eq(name, STR("query")))
			while (value.n)
				add_word(w, &w->query, str_cut(value, ' ', &value));
	}
}

static bool is_one_of(struct catalog_walk *w, const struct words *words, struct str text)
{
	struct str slug = words->count ? sandbox_slug(text, &w->row_arena) : text;
	for (size_t i = 0; i < words->count; i++) {
		if (str_eq_nocase(words->all[i], text) || str_eq(words->all[i], slug))
			return true;
	}
	return words->count == 0;
}

static bool has_all(struct catalog_walk *w, const struct words *words, struct str text)
{
	struct str slug = words->count ? sandbox_slug(text, &w->row_arena) : text;
	for (size_t i = 0; i < words->count; i++) {
		if (str_find(slug, sandbox_slug(words->all[i], &w->row_arena)) < 0)
			return false;
	}
	return true;
}

static bool is_wanted(struct catalog_walk *w)
{
	uint64_t stock = 0;
	str_to_u64(catalog_walk_cell(w, ROLE_TOTAL), &stock);
	if (w->stock != ANY_STOCK && (stock > 0) != (w->stock == IN_STOCK))
		return false;
	return is_one_of(w, &w->categories, catalog_walk_cell(w, ROLE_CATEGORY)) &&
		is_one_of(w, &w->brands, catalog_walk_cell(w, ROLE_BRAND)) &&
		has_all(w, &w->query, catalog_walk_cell(w, ROLE_NAME));
}

/* --- rows --- */

static void add_cell(struct catalog_walk *w, struct str text)
{
	w->cells = mem_grow(w->cells, &w->cap, w->count + 1, sizeof *w->cells);
	w->cells[w->count++] = text;
}

static void add_number(struct catalog_walk *w, uint64_t n)
{
	add_cell(w, arena_printf(&w->row_arena, "%llu", (unsigned long long)n));
}

/* A supplier has every fifth of the products, and all of what there is of it. */
static bool next_invented(struct catalog_walk *w)
{
	struct sandbox_good g;
	struct arena *a = &w->row_arena;
	uint64_t i = w->supplier ? w->at * 5 : w->at;
	if (i >= w->products)
		return false;
	w->at++;
	sandbox_good_make(i, a, &g);
	add_cell(w, g.gtin);
	add_cell(w, g.name);
	add_cell(w, g.category);
	add_cell(w, g.brand);
	add_cell(w, g.price);
	add_number(w, g.unit);
	add_number(w, g.inventory);
	add_cell(w, g.ahead ? STR("Yes") : STR("No"));
	add_cell(w, g.ahead ? STR("6") : STR(""));
	if (!w->supplier) {
		add_number(w, g.offers);
		add_number(w, g.total);
	}
	add_cell(w, arena_printf(a, "https://www.qogita.com/products/%.*s/%.*s/", STR_ARG(g.fid), STR_ARG(g.slug)));
	add_cell(w, arena_printf(a, "https://static.prod.qogita.com/files/images/variants/%.*s.jpg", STR_ARG(g.fid)));
	return true;
}

/* Reads on until the batch has rows. */
static bool fill_batch(struct catalog_walk *w, struct err *e)
{
	batch_clear(&w->batch);
	w->row = 0;
	while (!w->ended && w->batch.rows == 0) {
		ssize_t n = read(w->fd, w->piece, PIECE);
		if (n < 0)
			return err_sys(e, ERR_INPUT, "sandbox.data", errno, "cannot read the catalog") == 0;
		w->ended = n == 0;
		struct str piece = { w->piece, (size_t)n };
		if ((n ? csv_reader_feed(w->reader, piece, &w->batch, e) : csv_reader_end(w->reader, &w->batch, e)) != 0)
			w->ended = true;
	}
	return w->batch.rows > 0;
}

static bool next_read(struct catalog_walk *w, struct err *e)
{
	if (w->row == w->batch.rows && !fill_batch(w, e))
		return false;
	for (uint32_t i = 0; i < w->batch.row[w->row].width; i++)
		add_cell(w, cell_str(batch_get(&w->batch, w->row, i)));
	w->row++;
	return true;
}

const struct str *catalog_walk_next(struct catalog_walk *w, size_t *n)
{
	struct err ignored = { 0 };
	do {
		w->count = 0;
		arena_clear(&w->row_arena);
		if (!(w->fd < 0 ? next_invented(w) : next_read(w, &ignored)))
			return NULL;
	} while (!is_wanted(w));
	*n = w->count;
	return w->cells;
}

struct str catalog_walk_cell(const struct catalog_walk *w, enum catalog_role role)
{
	int column = w->columns[role];
	return column >= 0 && (size_t)column < w->count ? w->cells[column] : (struct str){ 0 };
}

/* --- the beginning --- */

static void find_columns(struct catalog_walk *w)
{
	for (size_t r = 0; r < ROLES; r++)
		w->columns[r] = -1;
	for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
		for (size_t i = 0; i < w->header_count && w->columns[roles[k].role] < 0; i++) {
			if (str_ends(w->header[i], roles[k].ending))
				w->columns[roles[k].role] = (int)i;
		}
	}
}

static void restart_reading(struct catalog_walk *w)
{
	if (w->reader)
		csv_reader_close(w->reader);
	w->reader = csv_reader_open(',', '"');
	batch_clear(&w->batch);
	w->row = 0;
	w->ended = lseek(w->fd, 0, SEEK_SET) != 0;
}

static int read_header(struct catalog_walk *w, const char *file, struct err *e)
{
	restart_reading(w);
	w->count = 0;
	if (!next_read(w, e) && !e->class)
		err_set(e, ERR_INPUT, "sandbox.data", "the catalog is empty, expected a header");
	struct str *header = ARENA_ARRAY(&w->arena, w->count, struct str);
	for (size_t i = 0; i < w->count; i++)
		header[i] = arena_copy(&w->arena, w->cells[i]);
	w->header = header;
	w->header_count = w->count;
	find_columns(w);
	if (!e->class && (w->columns[ROLE_GTIN] < 0 || w->columns[ROLE_PRICE] < 0))
		err_set(e, ERR_INPUT, "sandbox.data", "the catalog's first row has no column %s, expected the header of a "
			"catalog", w->columns[ROLE_GTIN] < 0 ? "GTIN" : "… Price inc. shipping");
	err_at_file(e, file);
	return e->class ? -1 : 0;
}

struct catalog_walk *catalog_walk_open(const struct sandbox_catalog *c, bool supplier, const struct sandbox_request *q,
	struct err *e)
{
	const char *file = supplier ? c->supplier : c->file;
	struct catalog_walk *w = mem_alloc(sizeof *w);
	*w = (struct catalog_walk){ .supplier = supplier, .products = c->products, .fd = -1,
		.header = supplier ? supplier_header : whole_header, .header_count = supplier ? SUPPLIER : WHOLE };
	batch_init(&w->batch);
	arena_init(&w->row_arena, 8 << 10);
	if (q)
		take_query(w, q);
	if (!file) {
		find_columns(w);
		return w;
	}
	w->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0)
		err_sys(e, ERR_INPUT, "sandbox.data", errno, "cannot read \"%s\"", file);
	if (w->fd >= 0 && read_header(w, file, e) == 0)
		return w;
	catalog_walk_close(w);
	return NULL;
}

void catalog_walk_rewind(struct catalog_walk *w)
{
	struct err ignored = { 0 };
	w->at = 0;
	w->count = 0;
	if (w->fd < 0)
		return;
	restart_reading(w);
	next_read(w, &ignored);
}

const struct str *catalog_walk_header(const struct catalog_walk *w, size_t *n)
{
	*n = w->header_count;
	return w->header;
}

void catalog_walk_close(struct catalog_walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->reader)
		csv_reader_close(w->reader);
	batch_release(&w->batch);
	arena_release(&w->row_arena);
	arena_release(&w->arena);
	free(w->cells);
	free(w);
}
