#include "qonduit/json_write.h"

#include "unit.h"

static void check_escape(struct str value, const char *expected)
{
	struct buf b;
	buf_init(&b, 0);
	json_escape(&b, value);
	ASSERT_STR(buf_str(&b), expected);
	buf_release(&b);
}

static void commas_stand_between_members_and_elements_only(void)
{
	struct buf b;
	buf_init(&b, 0);
	struct json_out w = json_out(&b);
	json_open(&w, '{');
	json_key(&w, STR("a"));
	json_open(&w, '[');
	json_close(&w, ']');
	json_key(&w, STR("b"));
	json_open(&w, '[');
	json_int(&w, INT64_MIN);
	json_int(&w, 0);
	json_open(&w, '{');
	json_close(&w, '}');
	json_bool(&w, false);
	json_close(&w, ']');
	json_key(&w, STR("c\n"));
	json_string(&w, STR("x"));
	json_key(&w, STR("d"));
	json_raw(&w, STR("1.50"));
	json_key(&w, STR("e"));
	json_bool(&w, true);
	json_close(&w, '}');
	ASSERT_STR(buf_str(&b), "{\"a\":[],\"b\":[-9223372036854775808,0,{},false],\"c\\n\":\"x\",\"d\":1.50,\"e\":true}");
	buf_release(&b);
}

static void quote_backslash_and_control_characters_are_escaped(void)
{
	check_escape(STR("\"\\"), "\"\\\"\\\\\"");
	check_escape(STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	check_escape((struct str){ "\0\x01\x1f", 3 }, "\"\\u0000\\u0001\\u001f\"");
}

static void nothing_else_is_escaped(void)
{
	check_escape(STR(""), "\"\"");
	check_escape((struct str){ 0 }, "\"\"");
	check_escape(STR("a/b <é> € \x7f \xf0\x9f\x98\x80 !#[]"), "\"a/b <é> € \x7f \xf0\x9f\x98\x80 !#[]\"");
}

static void an_escape_is_found_at_every_place_of_a_word(void)
{
	for (int c = 0; c < 256; c++) {
		bool escaped = c < 0x20 || c == '"' || c == '\\';
		for (size_t at = 0; at < 19; at++) {
			char value[19];
			memset(value, at % 2 ? '!' : 0xc3, sizeof value);
			value[at] = (char)c;
			struct buf b;
			buf_init(&b, 0);
			json_escape(&b, (struct str){ value, sizeof value });
			size_t longer = !escaped ? 0 : c < 0x20 && !strchr("\b\f\n\r\t", c) ? 5 : c == 0 ? 5 : 1;
			CU_ASSERT_EQUAL(b.n, sizeof value + 2 + longer);
			CU_ASSERT(memcmp(b.p + 1, value, at) == 0);
			CU_ASSERT_EQUAL(b.p[1 + at] == '\\', escaped);
			CU_ASSERT(memcmp(b.p + 1 + at + 1 + longer, value + at + 1, sizeof value - at - 1) == 0);
			buf_release(&b);
		}
	}
}

UNIT_SUITE(json_write,
	UNIT(commas_stand_between_members_and_elements_only),
	UNIT(quote_backslash_and_control_characters_are_escaped),
	UNIT(nothing_else_is_escaped),
	UNIT(an_escape_is_found_at_every_place_of_a_word))
