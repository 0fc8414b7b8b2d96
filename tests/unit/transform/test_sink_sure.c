/* Where records need not be asked about: what is passed over would have fitted, whatever a request may hold. */
#include "qonduit/sink.h"

#include <fcntl.h>
#include <unistd.h>

#include "sink_tools.h"
#include "unit.h"

#define NAME_MOST 20

static struct arena arena;
static struct err e;

static const struct contract_field name = { .name = { "name", 4 }, .type = FIELD_STRING, .places = -1,
	.max_length = NAME_MOST };
static const struct contract_field price = { .name = { "price", 5 }, .type = FIELD_NUMBER, .places = 2,
	.number_as_string = true };
static struct contract contract;
static struct record_field fields[2];
static struct record_shape shape;

static void begin(enum file_style style)
{
	contract = (struct contract){ .target = STR("shop.things"), .extension = STR("x"), .style = style,
		.records = STR("things"), .account = STR("account") };
	fields[0] = (struct record_field){ STR("name"), STR("\"name\":"), VALUE_TEXT, &name, { 0 } };
	fields[1] = (struct record_field){ STR("price"), STR("\"price\":"), VALUE_DECIMAL, &price, { 0 } };
	record_field_settle(&fields[0]);
	record_field_settle(&fields[1]);
	shape = (struct record_shape){ .contract = &contract, .fields = fields, .count = 2, .key = 0 };
}

static bool fits(const struct sink *s, const struct value *values)
{
	struct buf why = { 0 };
	size_t field;
	bool is = sink_fits(s, values, &arena, &field, &why);
	buf_release(&why);
	return is;
}

/* The record of sure values that takes most, and by how much the least. */
static void check_limits(struct sink *s)
{
	char worst[NAME_MOST];
	memset(worst, 1, sizeof worst);
	const struct value values[2] = { value_text((struct str){ worst, sizeof worst }),
		value_number((struct decimal){ INT64_MAX - 1, 2 }, VALUE_DECIMAL) };
	struct buf text = { 0 };
	CU_ASSERT(record_is_sure(&fields[0], &values[0]) && record_is_sure(&fields[1], &values[1]));
	record_print(&shape, values, &arena, &text);
	size_t most = s->frame + s->sure_bytes;
	CU_ASSERT(s->frame + text.n <= most);
	for (contract.bytes_per_request = 1; contract.bytes_per_request < most + 50; contract.bytes_per_request++) {
		bool sure = sink_fits_sure(s), holds = s->frame + text.n <= contract.bytes_per_request;
		CU_ASSERT_EQUAL(fits(s, values), holds);
		CU_ASSERT_FALSE(sure && !holds);
		CU_ASSERT_EQUAL(sure, contract.bytes_per_request >= most);
	}
	contract.bytes_per_request = 0;
	CU_ASSERT(sink_fits_sure(s) && fits(s, values));
	buf_release(&text);
}

static void passes_over_only_what_fits(void)
{
	static const enum file_style styles[] = { FILE_BATCHES, FILE_LINES, FILE_ARRAY, FILE_TABLE };
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		begin(styles[i]);
		struct sink s = { 0 };
		int dirfd = open(unit_folder(), O_RDONLY | O_DIRECTORY);
		CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR("an \"account\""), &arena, &e), 0);
		CU_ASSERT_EQUAL(s.frame > 0, styles[i] == FILE_BATCHES);
		check_limits(&s);
		sink_release(&s);
		arena_release(&arena);
		close(dirfd);
	}
}

/* A body without an account has another frame. */
static void counts_the_frame_of_the_body_at_hand(void)
{
	static const char *const accounts[] = { "", "1", "an account with a very long name, longer than any record" };
	for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
		begin(FILE_BATCHES);
		struct sink s = { 0 };
		int dirfd = open(unit_folder(), O_RDONLY | O_DIRECTORY);
		CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, str_of(accounts[i]), &arena, &e), 0);
		CU_ASSERT(s.frame > strlen("{\"things\":[]}") - 1 + strlen(accounts[i]));
		check_limits(&s);
		sink_release(&s);
		arena_release(&arena);
		close(dirfd);
	}
}

static void a_value_that_may_be_json_is_asked_about(void)
{
	begin(FILE_BATCHES);
	fields[1].contract = NULL;
	fields[1].sure.json = true;
	record_field_settle(&fields[1]);
	struct sink s = { 0 };
	struct str longer = STR("[\"0123456789012345678901234567890123456789012345678901234567890123456789\"]");
	const struct value values[2] = { value_text(STR("x")), { .type = VALUE_JSON, .text = longer } };
	int dirfd = open(unit_folder(), O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR("1"), &arena, &e), 0);
	CU_ASSERT_EQUAL(s.sure_bytes, SIZE_MAX);
	CU_ASSERT(record_is_sure(&fields[1], &values[1]));
	for (contract.bytes_per_request = 1; contract.bytes_per_request < 300; contract.bytes_per_request++)
		CU_ASSERT_FALSE(sink_fits_sure(&s));
	contract.bytes_per_request = s.frame + longer.n;
	CU_ASSERT_FALSE(fits(&s, values));
	contract.bytes_per_request = (size_t)1 << 40;
	CU_ASSERT_FALSE(sink_fits_sure(&s));
	contract.bytes_per_request = 0; /* there is no limit to be over */
	CU_ASSERT(sink_fits_sure(&s));
	sink_release(&s);
	arena_release(&arena);
	close(dirfd);
}

static void kinds_with_limits_of_their_own_are_always_asked(void)
{
	static const struct sink_kind *const kinds[] = { &sink_workbook, &sink_xml };
	begin(FILE_WORKBOOK);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct sink s = { .kind = kinds[i], .shape = &shape, .sure_bytes = record_sure_bytes(&shape) };
		CU_ASSERT_FALSE(sink_fits_sure(&s));
		contract.bytes_per_request = (size_t)1 << 30;
		CU_ASSERT_FALSE(sink_fits_sure(&s));
	}
}

UNIT_SUITE(sink_sure, UNIT(passes_over_only_what_fits), UNIT(counts_the_frame_of_the_body_at_hand),
	UNIT(a_value_that_may_be_json_is_asked_about), UNIT(kinds_with_limits_of_their_own_are_always_asked))
