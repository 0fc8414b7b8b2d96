#include "qonduit/rejects.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static struct arena arena;
static struct err e;
static const char *dir;
static int dirfd;
static struct payload_file *files;
static size_t count, cap;

static void begin(void)
{
	dir = unit_folder();
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	files = NULL;
	count = cap = 0;
}

static void end(void)
{
	CU_ASSERT_EQUAL(e.class, ERR_NONE);
	free(files);
	close(dirfd);
	arena_release(&arena);
}

static struct str content(const char *name)
{
	struct str text = { 0 };
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&arena, "%s/%s", dir, name).p, 1 << 20, &arena, &text, &e), 0);
	return text;
}

/* Cells divided by '|'. */
static struct str *cells(const char *text, size_t *n)
{
	struct str rest = str_of(text), *all = ARENA_ARRAY(&arena, 16, struct str);
	*n = 0;
	do
		all[(*n)++] = str_cut(rest, '|', &rest);
	while (rest.p);
	return all;
}

static void add_row(struct batch *b, uint64_t number, const char *text)
{
	size_t n;
	struct str *all = cells(text, &n);
	batch_begin_row(b, number, number);
	for (size_t i = 0; i < n; i++)
		batch_add_cell(b, cell_of(all[i], CELL_TEXT));
}

static struct source source(const char *header, const struct source_options *options)
{
	struct source s = { .options = options, .delimiter = ',', .quote = '"' };
	s.header = cells(header, &s.width);
	return s;
}

static int reject(struct rejects *r, const char *row, const char *origin, const struct row_fault *faults, size_t n)
{
	struct batch b;
	batch_init(&b);
	add_row(&b, 1, row);
	int status = rejects_add(r, &b, 0, str_of(origin), faults, n, &e);
	batch_release(&b);
	return status;
}

static const struct source_options usual = { .encoding = "auto" };
static const struct row_fault fault = { { "price", 5 }, { "abc", 3 }, { "\"abc\" is no number", 18 }, 2 };

static void writes_rows_as_they_were_with_what_is_wrong(void)
{
	begin();
	struct source s = source("GTIN|Name|Price", &usual);
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1|a, b|abc", "c.csv:2", &fault, 1), 0);
	const struct row_fault two[] = { fault, { STR("gtin"), STR(""), STR("is empty"), 0 } };
	CU_ASSERT_EQUAL(reject(r, "|x|abc", "c.csv:3", two, 2), 0);
	CU_ASSERT_EQUAL(rejects_count(r), 2);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"),
		"GTIN,Name,Price,_source,_column,_value,_reason\n"
		"1,\"a, b\",abc,c.csv:2,price,abc,\"\"\"abc\"\" is no number\"\n"
		",x,abc,c.csv:3,price; gtin,abc,\"\"\"abc\"\" is no number; is empty\"\n");
	CU_ASSERT_EQUAL_FATAL(count, 1);
	ASSERT_STR(files[0].name, "rejects.csv");
	ASSERT_STR(files[0].target, "");
	CU_ASSERT(files[0].records == 2 && files[0].bytes == content("rejects.csv").n && strlen(files[0].sha256) == 64);
	end();
}

static void keeps_ragged_rows_whole_and_the_table_straight(void)
{
	begin();
	struct source s = source("a|b", &usual);
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	const struct row_fault ragged = { .reason = STR("other width") };
	CU_ASSERT_EQUAL(reject(r, "1|2|3|4,5", "f:2", &ragged, 1), 0);
	CU_ASSERT_EQUAL(reject(r, "1", "f:3", &ragged, 1), 0);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"), "a,b,_source,_column,_value,_reason\n1,2,f:2,,\"3,\"\"4,5\"\"\",other width\n1,,f:3,,,other width\n");
	end();
}

static void replaces_its_own_columns(void)
{
	begin();
	struct source s = source("a|_source|_column|_value|_reason|b", &usual), other = source("a|_source|b", &usual);
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1|old.csv:9|a|x|bad|2|3", "rejects.csv:2", &fault, 1), 0);
	rejects_source(r, &other);
	CU_ASSERT_EQUAL(reject(r, "1|mine|2", "o.csv:2", &fault, 1), 0);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"), "a,b,_source,_column,_value,_reason\n1,2,rejects.csv:2,price,abc; 3,\"\"\"abc\"\" is no number\"\n");
	ASSERT_STR(content("rejects-2.csv"),
		"a,_source,b,_source,_column,_value,_reason\n1,mine,2,o.csv:2,price,abc,\"\"\"abc\"\" is no number\"\n");
	end();
}

static void gives_each_header_a_file_of_its_own(void)
{
	begin();
	struct source x = source("a|b", &usual), clean = source("a|c", &usual), y = source("a|d", &usual), again = source("a|b", &usual);
	const struct source *sources[] = { &x, &clean, &y, &again };
	struct rejects *r = rejects_open(dirfd);
	for (int i = 0; i < 4; i++) {
		rejects_source(r, sources[i]);
		if (sources[i] != &clean)
			CU_ASSERT_EQUAL(reject(r, "1|2", arena_printf(&arena, "%d.csv:2", i).p, NULL, 0), 0);
	}
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	ASSERT_STR(content("rejects.csv"), "a,b,_source,_column,_value,_reason\n1,2,0.csv:2,,,\n1,2,3.csv:2,,,\n");
	ASSERT_STR(content("rejects-2.csv"), "a,d,_source,_column,_value,_reason\n1,2,2.csv:2,,,\n");
	ASSERT_STR(files[1].name, "rejects-2.csv");
	end();
}

static void speaks_the_dialect_of_its_source(void)
{
	begin();
	struct source s = source("a;x|b", &usual);
	s.delimiter = ';';
	s.quote = '\'';
	s.bom = true;
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1,5|it's", "f:2", NULL, 0), 0);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"), "\xef\xbb\xbf'a;x';b;'_source';'_column';'_value';'_reason'\n1,5;'it''s';f:2;;;\n");
	end();
}

static void marks_utf8_where_the_mapping_declares_another_encoding(void)
{
	begin();
	const struct source_options declared = { .encoding = "windows-1252" };
	struct source s = source("a", &declared);
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "é", "f:2", NULL, 0), 0);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"), "\xef\xbb\xbf" "a,_source,_column,_value,_reason\né,f:2,,,\n");
	end();
}

static void puts_the_header_in_the_row_that_the_mapping_fixes(void)
{
	begin();
	const struct source_options fixed = { .encoding = "auto", .header_row = 6 };
	struct source s = source("a|b", &fixed);
	batch_init(&s.preamble);
	add_row(&s.preamble, 1, "Catalog|of today");
	add_row(&s.preamble, 4, "x");
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1|2", "f:7", NULL, 0), 0);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	ASSERT_STR(content("rejects.csv"), "Catalog,of today\n\n\nx\n\na,b,_source,_column,_value,_reason\n1,2,f:7,,,\n");
	batch_release(&s.preamble);
	end();
}

static void leaves_no_file_where_nothing_is_rejected(void)
{
	begin();
	struct source s = source("a", &usual);
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_EQUAL(faccessat(dirfd, "rejects.csv", F_OK, 0), -1);
	end();
}

static void only_counts_without_a_folder(void)
{
	begin();
	struct source s = source("a", &usual);
	struct rejects *r = rejects_open(-1);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1", "f:2", &fault, 1), 0);
	CU_ASSERT_EQUAL(rejects_count(r), 1);
	CU_ASSERT_EQUAL(rejects_close(r, &arena, &files, &count, &cap, &e), 0);
	CU_ASSERT_EQUAL(count, 0);
	end();
}

static void can_be_abandoned_at_any_time(void)
{
	begin();
	struct source s = source("a", &usual);
	rejects_abandon(rejects_open(dirfd));
	struct rejects *r = rejects_open(dirfd);
	rejects_source(r, &s);
	CU_ASSERT_EQUAL(reject(r, "1", "f:2", &fault, 1), 0);
	rejects_abandon(r);
	end();
}

UNIT_SUITE(rejects, UNIT(writes_rows_as_they_were_with_what_is_wrong), UNIT(keeps_ragged_rows_whole_and_the_table_straight),
	UNIT(replaces_its_own_columns), UNIT(gives_each_header_a_file_of_its_own), UNIT(speaks_the_dialect_of_its_source),
	UNIT(marks_utf8_where_the_mapping_declares_another_encoding), UNIT(puts_the_header_in_the_row_that_the_mapping_fixes),
	UNIT(leaves_no_file_where_nothing_is_rejected), UNIT(only_counts_without_a_folder), UNIT(can_be_abandoned_at_any_time))
