#include "qonduit/html.h"

#include <time.h>

#include "qonduit/buf.h"
#include "unit.h"

static struct arena arena;

struct pair {
	const char *markup, *text;
};

static void check(const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ASSERT_STR(html_text(&arena, str_of(pairs[i].markup)), pairs[i].text);
	arena_release(&arena);
}
#define CHECK(pairs) check(pairs, sizeof(pairs) / sizeof *(pairs))

static void text_without_markup_is_returned_as_it_is(void)
{
	struct str s = STR("  Eau\r\n\r\n de  Parfum > 5 ");
	CU_ASSERT_PTR_EQUAL(html_text(NULL, s).p, s.p);
	CU_ASSERT_EQUAL(html_text(NULL, (struct str){ 0 }).n, 0);
}

static void blocks_line_breaks_and_cells_are_kept_apart_by_one_blank(void)
{
	static const struct pair pairs[] = {
		{ "<p>a</p><p>b</p>", "a b" }, { "<p>a</p>\n\n  <p>b</p>\n", "a b" }, { "a<br>b<br/><br />c", "a b c" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b c" },
		{ "<td>a</td><td>b</td>", "a b" }, { "x<tr><td>a</td><td>b</td></tr>y", "x a b y" },
		{ "<ul><li>one</li><li>two</li></ul>", "one two" }, { "<div><div>\n<p> a </p></div></div>", "a" },
		{ "<h1>Eau</h1>de <b>Par</b>fum", "Eau de Parfum" }, { "a<p></p><p></p>b", "a b" }, { "a <br> b", "a b" },
		{ "<html><head><title>T</title></head><body>a</body></html>", "T a" }, { "a<hr>b", "a b" },
	};
	CHECK(pairs);
}

static void inline_tags_leave_no_trace(void)
{
	static const struct pair pairs[] = {
		{ "<b>Eau</b> <i>de</i> Parfum", "Eau de Parfum" }, { "<p>a</p>", "a" }, { "<br>a<br>", "a" },
		{ " a<b> </b>", " a " },
		{ "x<sup>2</sup>", "x2" }, { "<a href=\"http://x/?a=1&b=2\">link</a>", "link" },
		{ "<custom-tag>a</custom-tag>b", "ab" },
		{ "<img src=x alt=y>", "" }, { "a<unclosed", "a<unclosed" }, { "<B CLASS='x>y'>a</B>", "a" }, { "</p>a", "a" },
		{ "<svg><title>t</title><path d=''/></svg>a", "t a" },
	};
	CHECK(pairs);
}

static void entities_are_decoded(void)
{
	static const struct pair pairs[] = {
		{ "Eau &amp; co", "Eau & co" }, { "5 &lt; 6", "5 < 6" }, { "&eacute;&#233;&#xE9;&euro;", "ééé€" },
		{ "AT&T R&B &", "AT&T R&B &" },
		{ "a&nbsp;b", "a\xc2\xa0" "b" }, { "&lt;b&gt;", "<b>" }, { "&amp;amp;", "&amp;" },
		{ "&unknown; &#;", "&unknown; &#;" },
		{ "  a &amp; b  ", "  a & b  " }, { "&nGt;", "\xe2\x89\xab\xe2\x83\x92" }, { "&#128512;", "😀" },
	};
	CHECK(pairs);
}

static void scripts_styles_and_comments_go(void)
{
	static const struct pair pairs[] = {
		{ "a<script>if (a < b && c > d) alert('<p>')</script>b", "ab" }, { "<style>p { color: red }</style>a", "a" },
		{ "a<!-- b <p>c</p> -->d", "ad" }, { "<!DOCTYPE html>a", "a" }, { "<template><p>x</p></template>a", "a" },
		{ "a<!-- cut off", "a" }, { "a<script>cut off < here", "a" },
	};
	CHECK(pairs);
}

static void a_less_sign_that_begins_no_tag_stays(void)
{
	static const struct pair pairs[] = {
		{ "a < b", "a < b" }, { "5<6", "5<6" }, { "<3 Eau", "<3 Eau" }, { "a << b >> c", "a << b >> c" },
		{ "size <M", "size <M" },
		{ "<b>size</b> <M &amp; <L", "size <M & <L" }, { "<", "<" }, { "a <", "a <" },
	};
	CHECK(pairs);
}

static void markup_of_any_length_is_read_in_little_time(void)
{
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i < 50000; i++)
		buf_add(&b, STR("<div><b>a</b>"));
	clock_t start = clock();
	struct str text = html_text(&arena, buf_str(&b));
	CU_ASSERT(clock() - start < 5 * CLOCKS_PER_SEC);
	CU_ASSERT_EQUAL(text.n, 50000 * 2 - 1);
	ASSERT_STR(str_head(text, 4), "a a ");
	ASSERT_STR(str_from(text, text.n - 3), "a a");
	arena_release(&arena);
	buf_release(&b);
}

UNIT_SUITE(html,
	UNIT(text_without_markup_is_returned_as_it_is),
	UNIT(blocks_line_breaks_and_cells_are_kept_apart_by_one_blank),
	UNIT(inline_tags_leave_no_trace),
	UNIT(entities_are_decoded),
	UNIT(scripts_styles_and_comments_go),
	UNIT(a_less_sign_that_begins_no_tag_stays),
	UNIT(markup_of_any_length_is_read_in_little_time))
