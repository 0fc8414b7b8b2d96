/* The loop: whatever the number of threads and the size of batches, the same files, counts and errors. */
#include "qonduit/transform.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mapping_texts.h"
#include "qonduit/relay.h"
#include "unit.h"

#define COLUMNS "'columns': {'sku': 'SKU', 'name': 'N', 'price': {'header': 'P', 'type': 'decimal'}, 'group': 'G'}"
#define FIELDS "{'fields': {'sku': 'sku', 'name': 'name', 'brand': 'group', 'cost': 'price'}}"
#define MAPPING(more) "{'qonduit': 1, 'source': {" COLUMNS "}, 'keep': {'column': 'group', 'not_equals': 'drop'}, " more \
	"'outputs': {'file.ndjson': " FIELDS ", 'file.csv': " FIELDS ", 'file.json': " FIELDS ", 'quotiza.products': " FIELDS \
	", 'report.xlsx': {'sheets': [{'name': 'All', 'fields': {'Sku': 'sku', 'Price': 'price'}}]}}}"
#define ROWS 400

static struct compiled c;
static struct buf input;

static void add_row(unsigned n, const char *sku, const char *price, const char *group)
{
	if (sku)
		buf_printf(&input, "%s,Name \"\"%u\"\",%s,%s\n", sku, n, price, group);
	else
		buf_printf(&input, "K%04u,Näme %u,%s,%s\n", n, n, price, group);
}

/* Rows of all kinds: written, filtered, rejected by a column, by a field and by their key, and one that is too short. */
static void begin(const char *mapping)
{
	compile_text(&c, mapping, NULL, 0);
	if (c.faults.errors)
		printf("\n%s\n", fault_message(&c, 0));
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	buf_add(&input, STR("SKU,N,P,G\n"));
	for (unsigned n = 0; n < ROWS; n++) {
		if (n == 201)
			buf_add(&input, STR("short,row\n"));
		else if (n % 41 == 7)
			add_row(n, "K0003", "0.50", "a");
		else
			add_row(n, NULL, n % 37 == 5 ? "dear" : n % 3 ? "1.50" : "2", n % 13 == 1 ? "drop" : "a");
	}
}

static void end(void)
{
	compiled_release(&c);
	buf_release(&input);
}

/* ---- what a run leaves ---- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_files(struct buf *to, const char *folder)
{
	struct dirent **list;
	struct arena a = { 0 };
	struct err e = { 0 };
	int count = scandir(folder, &list, NULL, by_name);
	for (int i = 0; i < count; i++) {
		struct str content = { 0 };
		if (list[i]->d_name[0] != '.') {
			io_read_file(arena_printf(&a, "%s/%s", folder, list[i]->d_name).p, 1 << 24, &a, &content, &e);
			buf_printf(to, "== %s\n", list[i]->d_name);
			buf_add(to, content);
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	arena_release(&a);
}

static void warn(void *arg, const struct record_shape *shape, size_t field, uint64_t times)
{
	buf_printf(arg, "warned %zu %llu\n", field, (unsigned long long)times);
}

static void say_rejected(void *arg, struct str origin, const struct row_fault *fault)
{
	buf_printf(arg, "%.*s: %.*s\n", STR_ARG(origin), STR_ARG(fault->reason));
}

static void say_progress(void *arg, const struct payload_counts *rows, uint64_t bytes, uint64_t of)
{
	CU_ASSERT_TRUE(bytes <= of);
}

static struct transform plain(void)
{
	return (struct transform){ .program = &c.program };
}

/* All that can be seen of a run. */
static void run(struct transform t, unsigned threads, size_t batch_rows, struct buf *seen)
{
	const char *folder = unit_folder();
	struct arena a = { 0 };
	struct manifest m;
	struct err e = { 0 };
	const char *path = arena_printf(&a, "%s/in.csv", folder).p, *out = arena_printf(&a, "%s/out", folder).p;
	CU_ASSERT_EQUAL_FATAL(io_write_file(AT_FDCWD, path, buf_str(&input), &e), 0);
	t.inputs = &path;
	t.input_count = 1;
	t.output = out;
	t.threads = threads;
	t.rejected = say_rejected;
	t.warned = warn;
	t.progress = say_progress;
	t.arg = seen;
	c.program.source.batch_rows = batch_rows;
	relay_allow(threads > 1);
	if (transform_run(&t, &a, &m, &e) != 0)
		buf_printf(seen, "%s %s:%llu %s\n", e.code, e.file[0] ? "in" : "", (unsigned long long)e.line, e.message);
	else
		buf_printf(seen, "%llu read %llu written\n", (unsigned long long)m.rows.read, (unsigned long long)m.rows.written);
	relay_allow(true);
	add_files(seen, out);
	arena_release(&a);
}

/* With one thread, and with several over batches that are so small that all of them are busy. `expected` must occur. */
static void same_for_all(struct transform t, const char *expected)
{
	static const struct { unsigned threads; size_t rows; } others[] = { { 2, 1 }, { 2, 7 }, { 3, 1 }, { 8, 3 }, { 5, 64 } };
	struct buf one = { 0 }, other = { 0 };
	run(t, 1, 0, &one);
	CU_ASSERT_TRUE(str_find(buf_str(&one), str_of(expected)) >= 0);
	if (str_find(buf_str(&one), str_of(expected)) < 0)
		printf("\nno %s in: %.900s\n", expected, buf_text(&one));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		buf_clear(&other);
		run(t, others[i].threads, others[i].rows, &other);
		CU_ASSERT_TRUE(str_eq(buf_str(&one), buf_str(&other)));
		if (!str_eq(buf_str(&one), buf_str(&other)))
			printf("\n%u threads, %zu rows: %.900s\n---\n%.900s\n", others[i].threads, others[i].rows, buf_text(&one),
				buf_text(&other));
	}
	buf_release(&one);
	buf_release(&other);
}

/* ---- tests ---- */

static void writes_the_same_bytes(void)
{
	begin(MAPPING(""));
	same_for_all(plain(), "== rejects.csv\n");
	end();
}

static void keeps_the_same_of_equal_rows(void)
{
	static const char *const orders[] = { "'first'", "'last'", "{'lowest': 'price'}", "{'highest': 'price'}" };
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		char mapping[2000];
		snprintf(mapping, sizeof mapping, MAPPING("'unique': {'by': ['sku'], 'prefer': %s}, "), orders[i]);
		begin(mapping);
		same_for_all(plain(), "400 read 348 written");
		end();
	}
}

/* Nothing behind the limit is looked at, nor counted as a breach. */
static void ends_at_the_same_limit(void)
{
	begin(MAPPING(""));
	for (uint64_t limit = 1; limit < ROWS + 20; limit = limit * 2 + 5) {
		struct transform t = plain();
		t.limit = limit;
		same_for_all(t, limit < ROWS ? " read" : "400 read");
	}
	end();
}

static void tells_the_earliest_fault(void)
{
	begin(MAPPING(""));
	for (unsigned n = 0; n < 3; n++)
		buf_printf(&input, "K9%u,\"open\" quote,1,a\n", n);
	same_for_all(plain(), ":402 ");
	end();
}

static void stops_at_the_same_guard(void)
{
	begin(MAPPING(""));
	struct transform t = plain();
	t.has_max_rejects = true;
	struct buf seen = { 0 };
	for (unsigned threads = 1; threads < 6; threads += 2) {
		run(t, threads, 5, &seen);
		CU_ASSERT_TRUE(str_starts(buf_str(&seen), STR("guard.max_rejects")));
		CU_ASSERT_TRUE(str_find(buf_str(&seen), STR("==")) < 0);
		buf_clear(&seen);
	}
	buf_release(&seen);
	end();
}

/* The row that is one too many is the last that counts, wherever batches end. */
static void says_what_it_saw_until_then(void)
{
	static const struct { unsigned threads; size_t rows; } ways[] = { { 1, 0 }, { 1, 7 }, { 4, 1 }, { 5, 64 } };
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct transform_seen seen = { 0 };
		struct transform t = plain();
		struct buf said = { 0 };
		begin(MAPPING(""));
		t.has_max_rejects = true;
		t.max_rejects = 12;
		t.seen = &seen;
		run(t, ways[i].threads, ways[i].rows, &said);
		CU_ASSERT_TRUE(str_find(buf_str(&said), STR("(--max-rejects), 13 of the 228 read so far: nothing")) >= 0);
		CU_ASSERT_EQUAL(seen.rejected_count, TRANSFORM_REJECTED);
		CU_ASSERT_FALSE(seen.all);
		buf_release(&said);
		end();
	}
}

#define ALL_ZERO(more) "{'qonduit': 1, 'source': {" COLUMNS "}, " more "'outputs': {'file.csv': " FIELDS ", 'quotiza.products': " FIELDS "}}"
#define SUSPECT "\"suspect\":[{\"field\":\"cost\",\"value\":\"0\",\"records\":%d}]"

static void begin_zero(const char *mapping, unsigned rows)
{
	compile_text(&c, mapping, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	buf_add(&input, STR("SKU,N,P,G\n"));
	for (unsigned n = 0; n < rows; n++)
		add_row(n, NULL, n % 2 ? "0.00" : "0", "a");
}

/* One number for all that have one; rows that are not written, lose, or leave the field out say nothing. */
static void tells_what_is_suspect_in_all_records(void)
{
	static const struct { const char *mapping; unsigned rows; const char *more, *expected; } cases[] = {
		{ ALL_ZERO(""), 10, "", "10 read 10 written" },
		{ ALL_ZERO(""), 300, "", "300 read 300 written" },
		{ ALL_ZERO(""), 300, "E,Name,,a\n", "301 read 301 written" },
		{ ALL_ZERO(""), 300, "K0003,Name,5,a\n", "301 read 300 written" },
		{ ALL_ZERO("'keep': {'column': 'group', 'equals': 'a'}, "), 40, "E,Name,5,drop\n", "41 read 40 written" },
		{ ALL_ZERO("'unique': {'by': ['sku'], 'prefer': 'last'}, "), 300, "X,Name,5,a\nX,Name,0,a\n", "302 read 301 written" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char expected[100];
		unsigned records = cases[i].rows + (i == 5);
		begin_zero(cases[i].mapping, cases[i].rows);
		buf_add(&input, str_of(cases[i].more));
		same_for_all(plain(), cases[i].expected);
		snprintf(expected, sizeof expected, SUSPECT, records);
		same_for_all(plain(), expected);
		struct transform t = plain();
		t.refuse_suspect = true;
		same_for_all(t, "guard.suspect ");
		end();
	}
}

static void says_nothing_of_what_is_not_suspect(void)
{
	static const struct { unsigned rows; const char *more; } cases[] = {
		{ 9, "" }, { 9, "E,Name,,a\n" }, { 300, "E,Name,0.01,a\n" }, { 300, "E,Name,-1,a\n" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf seen = { 0 };
		struct transform t = plain();
		begin_zero(ALL_ZERO(""), cases[i].rows);
		buf_add(&input, str_of(cases[i].more));
		t.refuse_suspect = true;
		same_for_all(t, " written");
		run(t, 3, 2, &seen);
		CU_ASSERT_TRUE(str_find(buf_str(&seen), STR("suspect")) < 0);
		buf_release(&seen);
		end();
	}
}

static void ends_by_a_signal(void)
{
	volatile sig_atomic_t stopped = 1;
	begin(MAPPING(""));
	struct transform t = plain();
	t.stop = &stopped;
	struct buf seen = { 0 };
	for (unsigned threads = 1; threads < 6; threads += 2) {
		run(t, threads, 5, &seen);
		CU_ASSERT_TRUE(str_starts(buf_str(&seen), STR("stopped")));
		buf_clear(&seen);
	}
	buf_release(&seen);
	end();
}

/* A text's fingerprint is kept from the first row that has it. */
static void remembers_fingerprints_in_order(void)
{
	begin("{'qonduit': 1, 'source': {" COLUMNS "}, 'outputs': {'file.ndjson': {'fields': {'n': {'from': 'name', 'then': "
		"['fingerprint']}}}}}");
	same_for_all(plain(), "== file.ndjson\n");
	end();
}

UNIT_SUITE(transform, UNIT(writes_the_same_bytes), UNIT(keeps_the_same_of_equal_rows), UNIT(ends_at_the_same_limit),
	UNIT(tells_the_earliest_fault), UNIT(stops_at_the_same_guard), UNIT(says_what_it_saw_until_then),
	UNIT(tells_what_is_suspect_in_all_records), UNIT(says_nothing_of_what_is_not_suspect), UNIT(ends_by_a_signal),
	UNIT(remembers_fingerprints_in_order))
