#include <stdlib.h>

#include "qonduit/csv_write.h"
#include "qonduit/decimal.h"
#include "qonduit/sandbox_goods.h"
#include "qonduit/sandbox_rest.h"
#include "sandbox_catalog_walk.h"

enum { STREAM_PIECE = 32 << 10, OFFER = 5, STEP_CENTS = 15 };

int sandbox_catalog_check(const struct sandbox_catalog *c, struct err *e)
{
	for (int supplier = 0; supplier < 2; supplier++) {
		struct catalog_walk *w = catalog_walk_open(c, supplier, NULL, e);
		if (!w)
			return -1;
		catalog_walk_close(w);
	}
	return 0;
}

/* --- the download --- */

struct download {
	struct catalog_walk *walk;
	bool begun, renamed;
};

static void put_row(const struct str *cells, size_t n, bool renamed, struct buf *to)
{
	struct csv_out w = csv_out(to, ',', '"');
	for (size_t i = 0; i < n; i++) {
		struct buf name = { 0 };
		buf_add(&name, cells[i]);
		if (renamed && i == 0)
			buf_add(&name, STR("_renamed"));
		csv_field(&w, buf_str(&name));
		buf_release(&name);
	}
	csv_end_row(&w);
}

static bool more_rows(void *arg, struct buf *to)
{
	struct download *d = arg;
	size_t n, before = to->n;
	const struct str *cells;
	if (!d->begun) {
		cells = catalog_walk_header(d->walk, &n);
		put_row(cells, n, d->renamed, to);
	}
	d->begun = true;
	while (to->n - before < STREAM_PIECE && (cells = catalog_walk_next(d->walk, &n)))
		put_row(cells, n, false, to);
	return to->n > before;
}

static void rewind_rows(void *arg)
{
	struct download *d = arg;
	d->begun = false;
	catalog_walk_rewind(d->walk);
}

static void close_rows(void *arg)
{
	struct download *d = arg;
	catalog_walk_close(d->walk);
	free(d);
}

/* Behind the first comma in the second half: nearly always in the middle of a row. */
static uint64_t place_to_cut(const struct sandbox_stream *stream)
{
	struct buf piece = { 0 };
	uint64_t half = sandbox_stream_length(stream) / 2, at = 0, end = half;
	for (bool found = false; !found && stream->more(stream->arg, &piece); at += piece.n, buf_clear(&piece)) {
		for (size_t i = at < half ? (size_t)(half - at) : 0; i < piece.n && !found; i++) {
			found = piece.p[i] == ',';
			end = found ? at + i + 1 : end;
		}
	}
	buf_release(&piece);
	stream->rewind(stream->arg);
	return end;
}

void sandbox_catalog_download(const struct sandbox_catalog *c, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	struct err e = { 0 };
	bool supplier = sandbox_parameter(q, "cart_allocation_qid").n > 0;
	struct catalog_walk *walk = catalog_walk_open(c, supplier, q, &e);
	if (!walk) {
		sandbox_error(r, 500, "error", e.message);
		return;
	}
	struct download *d = mem_alloc(sizeof *d);
	*d = (struct download){ .walk = walk, .renamed = q->traits & TRAIT_HEADER_RENAMED };
	r->status = 200;
	r->type = "text/csv";
	r->stream = (struct sandbox_stream){ more_rows, rewind_rows, close_rows, d, 0 };
	if (q->traits & TRAIT_CUT_CSV)
		r->stream.end = place_to_cut(&r->stream);
}

/* --- the search --- */

struct sandbox_search {
	struct catalog_walk *walk; /* null: nothing is found */
	bool supplier;
	size_t at;                 /* of the row that comes next */
};

struct sandbox_search *sandbox_search_open(const struct sandbox_catalog *c, bool supplier,
	const struct sandbox_request *q)
{
	struct err ignored = { 0 };
	struct sandbox_search *s = mem_alloc(sizeof *s);
	*s = (struct sandbox_search){ .walk = catalog_walk_open(c, supplier, q, &ignored), .supplier = supplier };
	return s;
}

uint64_t sandbox_search_count(struct sandbox_search *s)
{
	uint64_t count = 0;
	size_t n;
	while (s->walk && catalog_walk_next(s->walk, &n))
		count++;
	if (s->walk)
		catalog_walk_rewind(s->walk);
	s->at = 0;
	return count;
}

static void put_number(struct json_out *w, const char *key, struct str text)
{
	uint64_t n = 0;
	str_to_u64(text, &n);
	json_key(w, str_of(key));
	json_int(w, (int64_t)n);
}

/* FID and slug of ".../products/FID/SLUG/", without either slash. */
static struct str fid_of(struct str page, struct str *slug)
{
	ptrdiff_t at = str_find(page, STR("/products/"));
	struct str rest, fid = str_cut(at < 0 ? (struct str){ 0 } : str_from(page, (size_t)at + 10), '/', slug);
	*slug = str_cut(*slug, '/', &rest);
	return fid;
}

static void put_qid(struct json_out *w, const char *key, uint64_t number)
{
	char qid[SANDBOX_UUID_TEXT];
	sandbox_rest_id(0, OFFER, number, qid);
	json_member_string(w, key, str_of(qid));
}

static void put_price(struct json_out *w, const char *key, const char *currency, struct str price)
{
	json_member_string(w, key, price);
	json_member_string(w, currency, STR("EUR"));
}

static void print_variant(const struct catalog_walk *walk, struct json_out *w)
{
	struct str slug, fid = fid_of(catalog_walk_cell(walk, ROLE_PAGE), &slug);
	json_member_string(w, "gtin", catalog_walk_cell(walk, ROLE_GTIN));
	json_member_string(w, "name", catalog_walk_cell(walk, ROLE_NAME));
	json_member_string(w, "fid", fid);
	json_member_string(w, "slug", slug);
	json_member_string(w, "categoryName", catalog_walk_cell(walk, ROLE_CATEGORY));
	json_member_string(w, "brandName", catalog_walk_cell(walk, ROLE_BRAND));
	put_number(w, "unit", catalog_walk_cell(walk, ROLE_UNIT));
	json_member_string(w, "imageUrl", catalog_walk_cell(walk, ROLE_IMAGE));
}

void sandbox_search_print(const void *state, size_t index, struct json_out *w)
{
	struct sandbox_search *s = (struct sandbox_search *)state;
	size_t n;
	if (index < s->at) {
		catalog_walk_rewind(s->walk);
		s->at = 0;
	}
	for (; s->at <= index; s->at++)
		catalog_walk_next(s->walk, &n);
	json_open(w, '{');
	print_variant(s->walk, w);
	put_number(w, "inventory", catalog_walk_cell(s->walk, s->supplier ? ROLE_INVENTORY : ROLE_TOTAL));
	if (s->supplier) {
		put_qid(w, "offerQid", index * 2 + 1);
		put_price(w, "price", "priceCurrency", catalog_walk_cell(s->walk, ROLE_PRICE));
		json_key(w, STR("isWellPriced"));
		json_bool(w, index % 3 == 0);
	} else {
		put_price(w, "minPrice", "minPriceCurrency", catalog_walk_cell(s->walk, ROLE_PRICE));
		put_number(w, "offerCount", catalog_walk_cell(s->walk, ROLE_OFFERS));
	}
	json_close(w, '}');
}

void sandbox_search_close(struct sandbox_search *s)
{
	if (s->walk)
		catalog_walk_close(s->walk);
	free(s);
}

/* --- the offers of a product --- */

static struct str dearer(struct str price, uint64_t by_cents, struct arena *arena)
{
	struct decimal d, more = { (decimal_mantissa)by_cents, 2 };
	char digits[DECIMAL_TEXT_MAX];
	if (decimal_parse(price, &d) != DECIMAL_OK || decimal_add(d, more, &d) != DECIMAL_OK)
		return price;
	return arena_printf(arena, "%.*s", (int)decimal_print(d, digits), digits);
}

static void print_offers(const struct catalog_walk *walk, struct json_out *w)
{
	static const char *const sellers[] = { "KQ4TZ", "ZW81PA", "M3X9Q", "B7RTD", "H2LKVW" };
	struct arena arena = { 0 };
	uint64_t offers = 1, gtin = 0;
	str_to_u64(catalog_walk_cell(walk, ROLE_OFFERS), &offers);
	str_to_u64(str_head(catalog_walk_cell(walk, ROLE_GTIN), 12), &gtin);
	for (uint64_t i = 0; i < offers && i < sizeof sellers / sizeof *sellers; i++) {
		json_open(w, '{');
		put_qid(w, "qid", gtin % 1000000 * 10 + i);
		json_member_string(w, "seller", str_of(sellers[i]));
		put_price(w, "price", "priceCurrency", dearer(catalog_walk_cell(walk, ROLE_PRICE), i * STEP_CENTS, &arena));
		put_number(w, "inventory", catalog_walk_cell(walk, ROLE_INVENTORY));
		put_price(w, "mov", "movCurrency", STR("1000.00"));
		json_member_bool(w, "isTraceable", i % 2 == 0);
		json_member_bool(w, "hasExtendedDeliveryTime", i == 2);
		json_member_bool(w, "isTopSeller", i == 0);
		json_close(w, '}');
	}
	arena_release(&arena);
}

bool sandbox_catalog_offers(const struct sandbox_catalog *c, struct str fid, struct json_out *w)
{
	struct err ignored = { 0 };
	struct catalog_walk *walk = catalog_walk_open(c, false, NULL, &ignored);
	struct str slug;
	size_t n;
	bool found = false;
	while (walk && !found && catalog_walk_next(walk, &n))
		found = fid.n && str_eq(fid_of(catalog_walk_cell(walk, ROLE_PAGE), &slug), fid);
	json_open(w, '{');
	json_key(w, STR("offers"));
	json_open(w, '[');
	if (found)
		print_offers(walk, w);
	json_close(w, ']');
	json_close(w, '}');
	if (walk)
		catalog_walk_close(walk);
	return found;
}
