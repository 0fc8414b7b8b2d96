#include "sheet_text.h"
#include "workbook_parts.h"

/* ---- parts ---- */

static int feed_part(struct zip_part *p, struct xml_reader *x, struct err *e)
{
	struct str piece;
	do {
		if (zip_part_next(p, &piece, e) || xml_reader_feed(x, piece, piece.n == 0, e))
			return -1;
	} while (piece.n);
	return 0;
}

int package_read(struct zip_reader *z, size_t part, const struct xml_handler *handler, void *arg, struct err *e)
{
	struct zip_part *p = zip_part_open(z, part, e);
	if (!p)
		return -1;
	struct xml_reader *x = xml_reader_open(handler, arg);
	struct err fault = { 0 };
	int result = feed_part(p, x, &fault);
	if (result && strncmp(fault.code, "xml.", 4) == 0)
		err_set(e, fault.class, fault.code, "%.*s: %s", STR_ARG(str_head(zip_reader_name(z, part), 200)),
			fault.message);
	else if (result && e->class == ERR_NONE)
		*e = fault;
	xml_reader_close(x);
	zip_part_close(p);
	return result;
}

/* ---- content types ---- */

struct types {
	struct arena arena;
	struct str name[PACKAGE_KINDS];
};

static enum package_kind kind_of_type(struct str type)
{
	static const struct {
		struct str type;
		enum package_kind kind;
	} types[] = {
#define TYPE(type, kind) { { "application/vnd." type, sizeof("application/vnd." type) - 1 }, (kind) }
		TYPE("openxmlformats-officedocument.spreadsheetml.sheet.main+xml", PACKAGE_WORKBOOK),
		TYPE("openxmlformats-officedocument.spreadsheetml.template.main+xml", PACKAGE_WORKBOOK),
		TYPE("ms-excel.sheet.macroEnabled.main+xml", PACKAGE_WORKBOOK),
		TYPE("ms-excel.template.macroEnabled.main+xml", PACKAGE_WORKBOOK),
		TYPE("ms-excel.addin.macroEnabled.main+xml", PACKAGE_WORKBOOK),
		TYPE("ms-excel.sheet.binary.macroEnabled.main", PACKAGE_BINARY),
		TYPE("openxmlformats-officedocument.wordprocessingml.document.main+xml", PACKAGE_DOCUMENT),
		TYPE("openxmlformats-officedocument.wordprocessingml.template.main+xml", PACKAGE_DOCUMENT),
		TYPE("ms-word.document.macroEnabled.main+xml", PACKAGE_DOCUMENT),
		TYPE("openxmlformats-officedocument.presentationml.presentation.main+xml", PACKAGE_PRESENTATION),
		TYPE("openxmlformats-officedocument.presentationml.slideshow.main+xml", PACKAGE_PRESENTATION),
		TYPE("ms-powerpoint.presentation.macroEnabled.main+xml", PACKAGE_PRESENTATION),
#undef TYPE
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (str_eq_nocase(type, types[i].type))
			return types[i].kind;
	}
	return PACKAGE_OTHER;
}

static int take_type(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct types *t = arg;
	if (name.space != XML_TYPES || strcmp(name.local, "Override") != 0)
		return 0;
	struct str part = str_of(xml_attribute(attributes, XML_NONE, "PartName"));
	enum package_kind kind = kind_of_type(str_of(xml_attribute(attributes, XML_NONE, "ContentType")));
	if (kind != PACKAGE_OTHER && !t->name[kind].p)
		t->name[kind] = arena_copy(&t->arena, str_starts(part, STR("/")) ? str_from(part, 1) : part);
	return 0;
}

int package_main_parts(struct zip_reader *z, int main[PACKAGE_KINDS], struct err *e)
{
	static const struct xml_handler handler = { .start = take_type };
	struct types t = { 0 };
	int part = zip_reader_find(z, STR("[Content_Types].xml")), result = 0;
	arena_init(&t.arena, 0);
	if (part >= 0)
		result = package_read(z, (size_t)part, &handler, &t, e);
	for (size_t i = 0; i < PACKAGE_KINDS; i++)
		main[i] = t.name[i].n ? zip_reader_find(z, t.name[i]) : -1;
	arena_release(&t.arena);
	return result;
}

/* ---- relationships ---- */

struct walk {
	const struct zip_reader *zip;
	struct str folder; /* of the part whose relationships they are; without a slash at its end */
	void *arg;
	void (*each)(void *arg, struct str id, struct str type, struct str target, int to);
	struct buf path;   /* of a target */
};

/* Some archives have the one for the other. */
static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* What stands behind the last slash. */
static struct str last_word(struct str path)
{
	size_t n = path.n;
	while (n && !is_slash(path.p[n - 1]))
		n--;
	return str_from(path, n);
}

/* What stands before it. */
static struct str folder_of(struct str path)
{
	size_t n = path.n - last_word(path).n;
	return str_head(path, n ? n - 1 : 0);
}

static void add_step(struct buf *path, struct str step)
{
	if (str_eq(step, STR("..")))
		path->n = folder_of(buf_str(path)).n;
	else if (step.n && !str_eq(step, STR("."))) {
		if (path->n)
			buf_addc(path, '/');
		buf_add(path, step);
	}
}

/* %20 and the like, in place. */
static void decode(struct buf *path)
{
	size_t n = 0;
	for (size_t i = 0; i < path->n; i++, n++) {
		int high = path->p[i] == '%' && path->n - i > 2 ? str_hex(path->p[i + 1]) : -1;
		int low = high < 0 ? -1 : str_hex(path->p[i + 2]);
		path->p[n] = low < 0 ? path->p[i] : (char)(high << 4 | low);
		i += low < 0 ? 0 : 2;
	}
	path->n = n;
}

/* The part that a target leads to, or -1. Archives hold names with %20 as well as with the blank itself. */
static int find_target(struct walk *w, struct str target)
{
	bool more = true;
	const char *fragment = target.n ? memchr(target.p, '#', target.n) : NULL;
	target = fragment ? str_head(target, (size_t)(fragment - target.p)) : target;
	buf_clear(&w->path);
	if (target.n == 0)
		return -1;
	if (!is_slash(target.p[0]))
		buf_add(&w->path, w->folder);
	while (more) {
		size_t n = 0;
		while (n < target.n && !is_slash(target.p[n]))
			n++;
		more = n < target.n;
		add_step(&w->path, str_head(target, n));
		target = str_from(target, n + 1);
	}
	int found = zip_reader_find(w->zip, buf_str(&w->path));
	if (found >= 0)
		return found;
	decode(&w->path);
	return zip_reader_find(w->zip, buf_str(&w->path));
}

static int take_relationship(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct walk *w = arg;
	if (name.space != XML_RELATIONSHIPS || strcmp(name.local, "Relationship") != 0)
		return 0;
	struct str id = str_of(xml_attribute(attributes, XML_NONE, "Id"));
	struct str type = str_of(xml_attribute(attributes, XML_NONE, "Type"));
	struct str target = str_of(xml_attribute(attributes, XML_NONE, "Target"));
	bool external = str_eq(str_of(xml_attribute(attributes, XML_NONE, "TargetMode")), STR("External"));
	w->each(w->arg, id, last_word(type), target, external ? -1 : find_target(w, target));
	return 0;
}

int package_relationships(struct zip_reader *z, struct str part, void *arg,
	void (*each)(void *arg, struct str id, struct str type, struct str target, int to), struct err *e)
{
	static const struct xml_handler handler = { .start = take_relationship };
	struct walk w = { .zip = z, .folder = folder_of(part), .arg = arg, .each = each };
	buf_add(&w.path, w.folder);
	buf_add(&w.path, w.folder.n ? STR("/_rels/") : STR("_rels/"));
	buf_add(&w.path, last_word(part));
	buf_add(&w.path, STR(".rels"));
	int at = zip_reader_find(z, buf_str(&w.path));
	int result = at < 0 ? 0 : package_read(z, (size_t)at, &handler, &w, e);
	buf_release(&w.path);
	return result;
}
