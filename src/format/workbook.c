#include "qonduit/workbook.h"

#include <stdlib.h>

#include "sheet_text.h"
#include "workbook_parts.h"

#define ENTRIES_MAX 10000 /* sheets, and relationships of the workbook */
#define ID_MAX 255        /* bytes of a relationship's id */
#define NAME_MAX_BYTES 1000

struct relation {
	struct str id, target;
	int part;
	bool worksheet;
};

struct workbook {
	struct arena arena;
	struct zip_reader *zip;
	struct workbook_limits limits;
	struct workbook_sheet *sheets;
	size_t sheet_count, sheet_cap;
	bool is_1904;
	struct shared_strings strings;
	struct cell_styles styles;
	bool styles_lost;
};

/* What is known only while a workbook is opened. */
struct opening {
	struct workbook *to;
	struct relation *relations;
	size_t relation_count, relation_cap;
	bool too_many;
	int strings_part, styles_part;
	unsigned level; /* of elements: 1 is <workbook> */
	bool in_sheets;
};

/* ---- what leads to what ---- */

static void take_relation(void *arg, struct str id, struct str type, struct str target, int to)
{
	struct opening *o = arg;
	if (o->strings_part < 0 && str_eq(type, STR("sharedStrings")))
		o->strings_part = to;
	if (o->styles_part < 0 && str_eq(type, STR("styles"))) {
		o->styles_part = to;
		o->to->styles_lost = to < 0;
	}
	o->too_many |= o->relation_count == ENTRIES_MAX;
	if (o->too_many || id.n > ID_MAX)
		return;
	o->relations = mem_grow(o->relations, &o->relation_cap, o->relation_count + 1, sizeof *o->relations);
	o->relations[o->relation_count++] = (struct relation){ .id = arena_copy(&o->to->arena, id), .part = to,
		.target = arena_copy(&o->to->arena, str_head(target, ID_MAX)), .worksheet = str_eq(type, STR("worksheet")) };
}

static const struct relation *find_relation(const struct opening *o, struct str id)
{
	for (size_t i = 0; i < o->relation_count; i++) {
		if (str_eq(o->relations[i].id, id))
			return &o->relations[i];
	}
	return NULL;
}

struct root {
	int part;
	struct str missing; /* a target that no part stands for */
	struct arena *arena;
};

static void take_root(void *arg, struct str id, struct str type, struct str target, int to)
{
	struct root *root = arg;
	if (root->part >= 0 || !str_eq(type, STR("officeDocument")))
		return;
	root->part = to;
	if (to < 0 && !root->missing.p)
		root->missing = arena_copy(root->arena, str_head(target, ID_MAX));
}

/* The part that is the workbook: by relationship, else by type. */
static int find_root(struct workbook *w, struct err *e)
{
	int main[PACKAGE_KINDS];
	struct root root = { .part = -1, .arena = &w->arena };
	if (package_main_parts(w->zip, main, e) || package_relationships(w->zip, STR(""), &root, take_root, e))
		return -1;
	int part = root.part >= 0 ? root.part : main[PACKAGE_WORKBOOK];
	for (enum package_kind kind = 0; kind < PACKAGE_KINDS; kind++) {
		if (main[kind] >= 0 && (part == main[kind] || part < 0) && refuse_kind(kind, e))
			return -1;
	}
	if (part >= 0 && str_ends(zip_reader_name(w->zip, (size_t)part), STR(".bin")))
		return refuse_kind(PACKAGE_BINARY, e);
	if (part < 0 && root.missing.n)
		return err_set(e, ERR_INPUT, "workbook.missing",
			"the part %.*s, which is the workbook, is missing: the file is damaged", STR_ARG(root.missing));
	return part >= 0 ? part : refuse_archive(w->zip, e);
}

/* ---- the workbook part ---- */

static enum sheet_state state_of(const char *text)
{
	if (!text || strcmp(text, "visible") == 0)
		return SHEET_VISIBLE;
	return strcmp(text, "veryHidden") == 0 ? SHEET_VERY_HIDDEN : SHEET_HIDDEN;
}

static struct str name_of_sheet(struct workbook *w, const char *text)
{
	struct buf name = { 0 };
	buf_add(&name, str_of(text));
	sheet_text_unescape(&name);
	struct str copy = arena_copy(&w->arena, buf_str(&name));
	buf_release(&name);
	return copy;
}

static int take_sheet(struct opening *o, const char *const *attributes, struct err *e)
{
	struct workbook *w = o->to;
	const char *name = xml_attribute(attributes, XML_NONE, "name");
	const char *id = xml_attribute(attributes, XML_RELATION, "id");
	const struct relation *to = id ? find_relation(o, str_of(id)) : NULL;
	if (w->sheet_count == ENTRIES_MAX)
		return err_set(e, ERR_INPUT, "workbook.sheets", "the workbook has more than %d sheets", ENTRIES_MAX);
	if (name && strlen(name) > NAME_MAX_BYTES)
		return err_set(e, ERR_INPUT, "workbook.sheets", "the workbook has a sheet whose name is longer than %d bytes",
			NAME_MAX_BYTES);
	struct str shown = name_of_sheet(w, name);
	if (!to)
		return err_set(e, ERR_INPUT, "workbook.missing",
			"nothing in the file says where the sheet \"%.*s\" is: the file is damaged", STR_ARG(shown));
	if (to->worksheet && to->part < 0)
		return err_set(e, ERR_INPUT, "workbook.missing",
			"the part %.*s, which is the sheet \"%.*s\", is missing: the file is damaged", STR_ARG(to->target),
			STR_ARG(shown));
	w->sheets = mem_grow(w->sheets, &w->sheet_cap, w->sheet_count + 1, sizeof *w->sheets);
	w->sheets[w->sheet_count++] = (struct workbook_sheet){ .name = shown, .part = to->part, .has_cells = to->worksheet,
		.state = state_of(xml_attribute(attributes, XML_NONE, "state")) };
	return 0;
}

static void take_properties(struct workbook *w, const char *const *attributes)
{
	struct str date = str_of(xml_attribute(attributes, XML_NONE, "date1904"));
	w->is_1904 = str_eq(date, STR("1")) || str_eq(date, STR("true"));
}

static int take_root_element(struct xml_name name, struct err *e)
{
	if (workbook_is(name, "workbook"))
		return 0;
	if (strcmp(name.local, "document") == 0)
		return refuse_kind(PACKAGE_DOCUMENT, e);
	if (strcmp(name.local, "presentation") == 0)
		return refuse_kind(PACKAGE_PRESENTATION, e);
	return err_set(e, ERR_INPUT, "workbook.format",
		"found the element <%.80s> where the workbook begins, expected <workbook> of a spreadsheet", name.local);
}

static int start_element(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct opening *o = arg;
	if (++o->level == 1)
		return take_root_element(name, e);
	if (o->level == 2) {
		o->in_sheets = workbook_is(name, "sheets");
		if (workbook_is(name, "workbookPr"))
			take_properties(o->to, attributes);
	}
	return o->level == 3 && o->in_sheets && workbook_is(name, "sheet") ? take_sheet(o, attributes, e) : 0;
}

static int end_element(void *arg, struct xml_name name, struct err *e)
{
	struct opening *o = arg;
	o->level--;
	return 0;
}

static int read_workbook(struct opening *o, size_t part, struct err *e)
{
	static const struct xml_handler handler = { .start = start_element, .end = end_element };
	struct workbook *w = o->to;
	if (package_relationships(w->zip, zip_reader_name(w->zip, part), o, take_relation, e))
		return -1;
	if (o->too_many)
		return err_set(e, ERR_INPUT, "workbook.sheets", "the workbook has more than %d relationships", ENTRIES_MAX);
	if (package_read(w->zip, part, &handler, o, e))
		return -1;
	for (size_t i = 0; i < w->sheet_count; i++) {
		if (w->sheets[i].has_cells)
			return 0;
	}
	return err_set(e, ERR_INPUT, "workbook.empty", "the workbook has no sheet with cells%s",
		w->sheet_count ? ", only charts, dialogs or macros" : "");
}

/* ---- opening ---- */

static void take_limits(struct workbook_limits *to, const struct workbook_limits *from)
{
	*to = *from;
	to->part_bytes = to->part_bytes ? to->part_bytes : (uint64_t)1 << 30;
	to->parts = to->parts ? to->parts : 2000;
	to->string_bytes = to->string_bytes ? to->string_bytes : (uint64_t)512 << 20;
	to->cell_bytes = to->cell_bytes ? to->cell_bytes : (uint64_t)1 << 20;
}

/* The workbook, then what its cells refer to. */
static int read_parts(struct opening *o, size_t part, struct err *e)
{
	struct workbook *w = o->to;
	if (read_workbook(o, part, e))
		return -1;
	if (o->styles_part >= 0 && cell_styles_read(&w->styles, w->zip, (size_t)o->styles_part, e))
		return -1;
	return o->strings_part < 0 ? 0 : shared_strings_read(&w->strings, w->zip, (size_t)o->strings_part, &w->limits, e);
}

static int open_all(struct workbook *w, int fd, struct err *e)
{
	struct zip_limits limits = { .part_bytes = w->limits.part_bytes, .parts = w->limits.parts };
	struct opening o = { .to = w, .strings_part = -1, .styles_part = -1 };
	if (workbook_refuse_ole(fd, e) || !(w->zip = zip_reader_open(fd, &limits, e)) || refuse_opendocument(w->zip, e))
		return -1;
	int part = find_root(w, e);
	int result = part < 0 ? -1 : read_parts(&o, (size_t)part, e);
	free(o.relations);
	return result;
}

struct workbook *workbook_open(int fd, const struct workbook_limits *limits, struct err *e)
{
	struct workbook *w = mem_alloc(sizeof *w);
	*w = (struct workbook){ 0 };
	arena_init(&w->arena, 0);
	take_limits(&w->limits, limits);
	if (open_all(w, fd, e)) {
		workbook_free(w);
		return NULL;
	}
	return w;
}

void workbook_free(struct workbook *w)
{
	if (!w)
		return;
	zip_reader_close(w->zip);
	shared_strings_release(&w->strings);
	cell_styles_release(&w->styles);
	arena_release(&w->arena);
	free(w->sheets);
	free(w);
}

/* ---- asking ---- */

size_t workbook_sheet_count(const struct workbook *w)
{
	return w->sheet_count;
}

const struct workbook_sheet *workbook_sheet(const struct workbook *w, size_t index)
{
	return &w->sheets[index];
}

struct zip_reader *workbook_archive(const struct workbook *w)
{
	return w->zip;
}

const struct workbook_limits *workbook_limits(const struct workbook *w)
{
	return &w->limits;
}

bool workbook_is_1904(const struct workbook *w)
{
	return w->is_1904;
}

bool workbook_string(const struct workbook *w, uint64_t index, struct str *out)
{
	const struct shared_strings *s = &w->strings;
	if (index >= s->count)
		return false;
	uint64_t from = index ? s->end[index - 1] : 0;
	*out = (struct str){ s->text.p ? s->text.p + from : "", (size_t)(s->end[index] - from) };
	return true;
}

size_t workbook_string_count(const struct workbook *w)
{
	return w->strings.count;
}

enum number_style workbook_style(const struct workbook *w, uint64_t index)
{
	if (index < w->styles.count)
		return (enum number_style)w->styles.style[index];
	return index && w->styles_lost ? STYLE_LOST : STYLE_NUMBER;
}

int workbook_relationships(const struct workbook *w, struct str part, void *arg,
	void (*each)(void *arg, struct str id, struct str type, struct str target, int to), struct err *e)
{
	return package_relationships(w->zip, part, arg, each, e);
}
