#include "unit.h"

#include "qonduit/column.h"

static struct arena arena;
static struct str names[40];

/* A column called `name` with the headers that `headers` lists, divided by "/". */
static struct column column(const char *name, const char *headers)
{
	static size_t used;
	struct column c = { .name = str_of(name), .header_of = -1 };
	struct str rest = str_of(headers);
	used = used + 4 > sizeof names / sizeof *names ? 0 : used;
	for (c.headers = names + used; rest.p && c.header_count < 4; c.header_count++)
		names[used++] = str_cut(rest, '/', &rest);
	return c;
}

/* A row whose cells `text` lists, divided by "|". */
static void fill(struct batch *b, const char *text)
{
	struct str rest = str_of(text);
	batch_init(b);
	batch_begin_row(b, 1, 1);
	while (rest.p) {
		struct str cell = str_cut(rest, '|', &rest);
		batch_add_cell(b, cell_of(cell, CELL_TEXT));
	}
}

/* The faults' sentences, or "fits". *missing as columns_bind says. */
static const char *bind(const struct column *columns, size_t count, const char *row, struct binding *out, size_t *missing)
{
	struct batch b;
	struct faults faults;
	struct buf text = { 0 };
	fill(&b, row);
	faults_init(&faults, &arena);
	*missing = columns_bind(columns, count, &b, 0, &arena, out, &faults);
	for (struct fault *f = faults.first; f; f = f->next)
		buf_printf(&text, "%s%s", text.n ? "; " : "", f->what.message);
	const char *result = faults.first ? arena_copy(&arena, buf_str(&text)).p : "fits";
	buf_release(&text);
	batch_release(&b);
	return result;
}

static void binds(const char *headers, const char *row, int expected, const char *star)
{
	struct column c = column("c", headers);
	struct binding out;
	size_t missing;
	bind(&c, 1, row, &out, &missing);
	CU_ASSERT_EQUAL(out.at[0], expected);
	CU_ASSERT_EQUAL(missing, expected < 0);
	ASSERT_STR(out.star[0], star);
	arena_release(&arena);
}

static void case_and_white_space_do_not_matter(void)
{
	binds("GTIN", "Name|GTIN", 1, "");
	binds("gtin", " GTIN ", 0, "");
	binds("Is a  pre-order?", "IS A\xc2\xa0PRE-ORDER?", 0, "");
	binds("Größe", "GRÖSSE|GRÖßE", 1, "");
	binds("GTIN", "GTINs|EAN", -1, "");
	binds("GTIN", "", -1, "");
}

static void aliases_are_tried_in_order(void)
{
	binds("GTIN/EAN", "EAN|GTIN", 1, "");
	binds("GTIN/EAN/Barcode", "Barcode|EAN", 1, "");
}

static void a_star_stands_for_any_text(void)
{
	binds("* Price inc. shipping", "GTIN|€ Price inc. shipping", 1, "€");
	binds("* Price inc. shipping", "GTIN|EUR  PRICE inc. shipping", 1, "EUR");
	binds("* Price inc. shipping", "Price inc. shipping", -1, "");
	binds("Price *", "Price in GBP ", 0, "in GBP");
	binds("Price*", "Price", 0, "");
	binds("*a*b*", "xxAyyBzz", 0, "xx");
	binds("a*c*c", "abcbcbc", 0, "b");
	binds("*ab", "aab", 0, "a");
	binds("*", "|x", 1, "x");
	binds("*b", "ab c", -1, "");
}

static void a_star_keeps_the_letters_of_the_header(void)
{
	binds("* Price", "ZŁ Price", 0, "ZŁ");
	binds("Preis in * je Stück", "PREIS in  Kč JE STÜCK", 0, "Kč");
	binds("* Price", "â‚¬ Price", 0, "â‚¬");
}

static void header_of_stands_where_its_column_stands(void)
{
	struct column c[] = { column("currency", ""), column("price", "* Price/Price") };
	struct binding out;
	size_t missing;
	c[0].header_of = 1;
	c[0].header_count = 0;
	ASSERT_STR(str_of(bind(c, 2, "GTIN|£ Price", &out, &missing)), "fits");
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT_EQUAL(out.at[0], 1);
	ASSERT_STR(out.star[0], "£");
	ASSERT_STR(out.star[1], "£");
	ASSERT_STR(out.header[0], "£ Price");
	ASSERT_STR(str_of(bind(c, 2, "GTIN|Price", &out, &missing)),
		"header \"Price\" of column \"price\" has no text for the * that column \"currency\" reads");
	CU_ASSERT_EQUAL(missing, 1);
	ASSERT_STR(str_of(bind(c, 2, "GTIN|Name", &out, &missing)), "no header \"* Price\" or \"Price\" for column \"price\"");
	CU_ASSERT_EQUAL(missing, 2);
	arena_release(&arena);
}

static void a_header_that_stands_twice_is_a_fault(void)
{
	struct column c = column("gtin", "GTIN"), price = column("price", "* Price");
	struct binding out;
	size_t missing;
	ASSERT_STR(str_of(bind(&c, 1, "GTIN|Name|Brand|GTIN", &out, &missing)), "header \"GTIN\" stands in column A and column D");
	ASSERT_STR(str_of(bind(&price, 1, "€ Price|£ Price", &out, &missing)),
		"headers \"€ Price\" in column A and \"£ Price\" in column B are both \"* Price\" (column \"price\" of the mapping)");
	ASSERT_STR(str_of(bind(&c, 1, "Name|Name|GTIN", &out, &missing)), "fits");
	arena_release(&arena);
}

static void columns_are_called_as_in_a_spreadsheet(void)
{
	struct column c = column("gtin", "GTIN");
	struct binding out;
	size_t missing;
	struct buf row = { 0 };
	for (int i = 0; i < 704; i++)
		buf_add(&row, i == 25 || i == 703 ? STR("GTIN|") : STR("x|"));
	ASSERT_STR(str_of(bind(&c, 1, buf_text(&row), &out, &missing)), "header \"GTIN\" stands in column Z and column AAB");
	buf_release(&row);
	arena_release(&arena);
}

static void missing_columns_are_told_with_the_nearest_header(void)
{
	struct column c[] = { column("gtin", "GTIN/EAN"), column("brand", "Brand"), column("unit", "Unit"), column("price", "* Price") };
	struct binding out;
	size_t missing;
	c[2].optional = true;
	ASSERT_STR(str_of(bind(c, 4, "GTIN|Brnd|Prise", &out, &missing)),
		"no header \"Brand\" for column \"brand\" (did you mean \"Brnd\"?); no header \"* Price\" for column \"price\" (did you mean \"Prise\"?)");
	CU_ASSERT_EQUAL(missing, 2);
	CU_ASSERT_EQUAL(out.found, 1);
	arena_release(&arena);
}

static void only_required_columns_make_a_row_the_header(void)
{
	struct column c[] = { column("gtin", "GTIN"), column("brand", "Brand"), column("name", "Name") };
	struct binding out;
	size_t missing;
	c[0].required = c[2].required = true;
	bind(c, 3, "GTIN|Name", &out, &missing);
	CU_ASSERT_EQUAL(missing, 0);
	bind(c, 3, "GTIN|Brand", &out, &missing);
	CU_ASSERT_EQUAL(missing, 1);
	arena_release(&arena);
}

UNIT_SUITE(header, UNIT(case_and_white_space_do_not_matter), UNIT(aliases_are_tried_in_order), UNIT(a_star_stands_for_any_text),
	UNIT(a_star_keeps_the_letters_of_the_header), UNIT(header_of_stands_where_its_column_stands),
	UNIT(a_header_that_stands_twice_is_a_fault), UNIT(columns_are_called_as_in_a_spreadsheet),
	UNIT(missing_columns_are_told_with_the_nearest_header), UNIT(only_required_columns_make_a_row_the_header))
