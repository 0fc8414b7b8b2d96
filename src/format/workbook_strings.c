#include <stdlib.h>

#include "sheet_text.h"
#include "workbook_parts.h"
#include "xml_sight.h"

struct strings_reader {
	struct shared_strings *to;
	const struct workbook_limits *limits;
	unsigned level;       /* of elements: 1 is <sst> */
	bool in_item, in_run; /* <si>, <r> in it */
	bool in_text;         /* a <t> of the item or of a run: one in <rPh> says how the others are spoken */
	size_t item, text;    /* where they begin */
};

static int start_element(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct strings_reader *r = arg;
	r->level++;
	if (r->level == 2 && workbook_is(name, "si")) {
		r->in_item = true;
		r->item = r->to->text.n;
	} else if (r->level == 3 && r->in_item && workbook_is(name, "r")) {
		r->in_run = true;
	} else if ((r->level == 3 ? r->in_item : r->level == 4 && r->in_run) && workbook_is(name, "t")) {
		r->in_text = true;
		r->text = r->to->text.n;
	}
	return 0;
}

/* Text and ends together must not go over the limit. */
static int check_memory(const struct strings_reader *r, struct err *e)
{
	const struct shared_strings *s = r->to;
	if (s->text.n + s->count * sizeof *s->end <= r->limits->string_bytes)
		return 0;
	return err_set(e, ERR_INPUT, "workbook.strings", "the workbook's shared strings need more than %llu MiB of memory "
		"(--max-strings)", (unsigned long long)(r->limits->string_bytes >> 20));
}

static int add_text(void *arg, struct str text, struct err *e)
{
	struct strings_reader *r = arg;
	if (!r->in_text)
		return XML_UNUSED;
	buf_add(&r->to->text, text);
	if (r->to->text.n - r->item > r->limits->cell_bytes)
		return err_set(e, ERR_INPUT, "workbook.string_length",
			"the shared string %zu (from 0) is longer than %llu bytes (--max-cell)", r->to->count,
			(unsigned long long)r->limits->cell_bytes);
	return check_memory(r, e);
}

static int end_item(struct strings_reader *r, struct err *e)
{
	struct shared_strings *s = r->to;
	s->end = mem_grow(s->end, &s->cap, s->count + 1, sizeof *s->end);
	s->end[s->count++] = s->text.n;
	r->in_item = false;
	return check_memory(r, e);
}

static int end_element(void *arg, struct xml_name name, struct err *e)
{
	struct strings_reader *r = arg;
	unsigned level = r->level--;
	if (r->in_text && workbook_is(name, "t")) {
		sheet_text_unescape_from(&r->to->text, r->text);
		r->in_text = false;
	}
	if (level == 3)
		r->in_run = false;
	return level == 2 && r->in_item ? end_item(r, e) : 0;
}

/* Strings as nearly all writers write them: <si><t>text</t></si>. */
static bool take_string(const char **p, const char *end, struct xml_sight_text *text)
{
	const char *at = *p;
	if (!xml_sight_skip(&at, end, STR("<si><t")))
		return false;
	xml_sight_skip(&at, end, STR(" xml:space=\"preserve\""));
	if (!xml_sight_skip(&at, end, STR(">")) || !xml_sight_text(&at, end, text) ||
		!xml_sight_skip(&at, end, STR("</t></si>")))
		return false;
	*p = at;
	return true;
}

static ptrdiff_t see_strings(void *arg, struct str ahead, unsigned *elements, struct err *e)
{
	struct strings_reader *r = arg;
	const char *p = ahead.p, *end = p + ahead.n;
	struct xml_sight_text text;
	if (r->level != 1)
		return 0;
	while (take_string(&p, end, &text)) {
		*elements += 2;
		r->item = r->to->text.n;
		r->in_text = true;
		if (xml_sight_tell(&text, add_text, r, e))
			return -1;
		sheet_text_unescape_from(&r->to->text, r->item);
		r->in_text = false;
		if (end_item(r, e))
			return -1;
	}
	return p - ahead.p;
}

int shared_strings_read(struct shared_strings *s, struct zip_reader *z, size_t part,
	const struct workbook_limits *limits, struct err *e)
{
	static const struct xml_handler handler = { start_element, end_element, add_text, see_strings };
	struct strings_reader r = { .to = s, .limits = limits };
	return package_read(z, part, &handler, &r, e);
}

void shared_strings_release(struct shared_strings *s)
{
	buf_release(&s->text);
	free(s->end);
	*s = (struct shared_strings){ 0 };
}
