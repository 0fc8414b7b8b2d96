/* Any bytes as XML, read by both engines of xml_read. The first byte cuts the text into pieces. What they tell is the
 * same, and where one refuses the other does, for the same reason.
 */
#include <stdlib.h>

#include "../../src/format/xml_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void tell_name(struct buf *to, struct xml_name name)
{
	buf_printf(to, "%d ", (int)name.space);
	buf_add(to, str_of(name.local));
}

static int tell_start(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	buf_add(arg, STR("\n<"));
	tell_name(arg, name);
	for (; *attributes; attributes += 2) {
		buf_addc(arg, ' ');
		buf_add(arg, str_of(attributes[0]));
		buf_addc(arg, '=');
		buf_add(arg, str_of(attributes[1]));
	}
	buf_add(arg, STR(">\n"));
	return 0;
}

static int tell_end(void *arg, struct xml_name name, struct err *e)
{
	buf_add(arg, STR("\n</"));
	tell_name(arg, name);
	buf_add(arg, STR(">\n"));
	return 0;
}

static int tell_text(void *arg, struct str text, struct err *e)
{
	buf_add(arg, text);
	return 0;
}

static struct buf told(struct str text, size_t step, bool judged)
{
	static const struct xml_handler teller = { .start = tell_start, .end = tell_end, .text = tell_text };
	struct buf to = { 0 };
	struct err e = { 0 };
	xml_read_judged = judged;
	struct xml_reader *x = xml_reader_open(&teller, &to);
	int result = 0;
	for (struct str rest = text; rest.n && result == 0; rest = str_from(rest, step)) {
		struct str piece = str_head(rest, step);
		char *own = memcpy(mem_alloc(piece.n), piece.p, piece.n);
		result = xml_reader_feed(x, (struct str){ own, piece.n }, false, &e);
		free(own);
	}
	if (result == 0)
		result = xml_reader_feed(x, (struct str){ 0 }, true, &e);
	xml_reader_close(x);
	if ((result == 0) != (e.class == ERR_NONE))
		abort();
	if (result)
		buf_printf(&to, "\x01%s", e.code);
	return to;
}

/* What a reader was told before it refused depends on how far it had looked ahead. */
static struct str without_end(struct buf b)
{
	struct str s = buf_str(&b);
	ptrdiff_t at = str_find(s, STR("\x01"));
	return at < 0 ? s : str_from(s, (size_t)at);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	size_t step = bytes[0] < 32 ? (size_t)bytes[0] + 1 : SIZE_MAX;
	struct str text = { (const char *)bytes + 1, n - 1 };
	struct buf scanned = told(text, step, false), judged = told(text, SIZE_MAX, true);
	bool refused = str_find(buf_str(&judged), STR("\x01")) >= 0;
	struct str a = refused ? without_end(scanned) : buf_str(&scanned), b = refused ? without_end(judged) : buf_str(&judged);
	if (!str_eq(a, b))
		abort();
	buf_release(&scanned);
	buf_release(&judged);
	return 0;
}
