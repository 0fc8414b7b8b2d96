#include "qonduit/inspect.h"

#include <stdio.h>

#include "qonduit/unicode.h"

#define TRIES 16           /* cells that may fail before a reading is given up */
#define GTIN_SHOWN 8       /* digits */
#define YEAR_1900 INT64_C(-2208988800000)

/* Narrowest first. The grouped ones read more than those with the same decimal mark before them. */
enum { GTIN, INTEGER, POINT, COMMA, POINT_GROUPED, COMMA_GROUPED, COMMA_SPACED, POINT_SPACED, BOOLEAN, DATE, DATE_DOT,
	DATE_SLASH, DATE_US, TIME, TIME_DOT, TIME_SLASH, TIME_US, URL, CURRENCY, JSON, TEXT, READINGS };

#define FORMS(...) .forms = (const char *const[]){ __VA_ARGS__ }, \
	.form_count = sizeof (const char *const[]){ __VA_ARGS__ } / sizeof (const char *)
#define READING(of, ...) { .type = COLUMN_##of, .header_of = -1, __VA_ARGS__ }

static const struct column readings[READINGS] = {
	[GTIN] = READING(GTIN, .decimal_mark = '.'),
	[INTEGER] = READING(INTEGER, .decimal_mark = '.'),
	[POINT] = READING(DECIMAL, .decimal_mark = '.'),
	[COMMA] = READING(DECIMAL, .decimal_mark = ','),
	[POINT_GROUPED] = READING(DECIMAL, .decimal_mark = '.', .group_mark = ','),
	[COMMA_GROUPED] = READING(DECIMAL, .decimal_mark = ',', .group_mark = '.'),
	[COMMA_SPACED] = READING(DECIMAL, .decimal_mark = ',', .group_mark = ' '),
	[POINT_SPACED] = READING(DECIMAL, .decimal_mark = '.', .group_mark = ' '),
	[BOOLEAN] = READING(BOOLEAN, .decimal_mark = '.'),
	[DATE] = READING(DATE, .decimal_mark = '.'),
	[DATE_DOT] = READING(DATE, FORMS("%d.%m.%Y")),
	[DATE_SLASH] = READING(DATE, FORMS("%d/%m/%Y")),
	[DATE_US] = READING(DATE, FORMS("%m/%d/%Y")),
	[TIME] = READING(DATETIME, .decimal_mark = '.'),
	[TIME_DOT] = READING(DATETIME, FORMS("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")),
	[TIME_SLASH] = READING(DATETIME, FORMS("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")),
	[TIME_US] = READING(DATETIME, FORMS("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")),
	[URL] = READING(URL, .decimal_mark = '.'),
	[CURRENCY] = READING(CURRENCY, .decimal_mark = '.'),
	[JSON] = READING(JSON, .decimal_mark = '.'),
	[TEXT] = READING(TEXT, .decimal_mark = '.'),
};

static const char *const declarations[READINGS] = {
	[COMMA] = "\"decimal_mark\": \",\"",
	[POINT_GROUPED] = "\"group_mark\": \",\"",
	[COMMA_GROUPED] = "\"decimal_mark\": \",\", \"group_mark\": \".\"",
	[COMMA_SPACED] = "\"decimal_mark\": \",\", \"group_mark\": \" \"",
	[POINT_SPACED] = "\"group_mark\": \" \"",
	[DATE_DOT] = "\"format\": \"%d.%m.%Y\"",
	[DATE_SLASH] = "\"format\": \"%d/%m/%Y\"",
	[DATE_US] = "\"format\": \"%m/%d/%Y\"",
	[TIME_DOT] = "\"format\": [\"%d.%m.%Y %H:%M:%S\", \"%d.%m.%Y %H:%M\", \"%d.%m.%Y\"]",
	[TIME_SLASH] = "\"format\": [\"%d/%m/%Y %H:%M:%S\", \"%d/%m/%Y %H:%M\", \"%d/%m/%Y\"]",
	[TIME_US] = "\"format\": [\"%m/%d/%Y %H:%M:%S\", \"%m/%d/%Y %H:%M\", \"%m/%d/%Y\"]",
};

struct evidence {
	struct {
		uint64_t count;    /* cells that cannot be read so */
		uint64_t row;      /* of the first */
	} failures[READINGS];
	unsigned given_up;     /* readings that no longer count, a bit each */
	uint64_t judged;       /* cells */
	uint64_t errors, formulas; /* cells that hold no value */
	uint64_t astray;       /* whose path leads through a value that has no members */
	uint64_t linked;
	bool pointed;          /* a text with a point in it */
};

/* What a pass over the rows needs. */
struct pass {
	struct profile *profile;
	struct arena scratch;
	struct buf why;
};

/* ---- a cell ---- */

static size_t digits_in(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += str_is_digit(s.p[i]);
	return n;
}

/* Texts that would be a number, but say something else by the way they are written. */
static bool is_number_like(struct str s, bool whole)
{
	size_t at = s.n && s.p[0] == '-';
	if (s.n && s.p[0] == '+')
		return false;
	if (s.n > at + 1 && s.p[at] == '0' && str_is_digit(s.p[at + 1]))
		return false;
	return !whole || !s.n || (!memchr(s.p, 'e', s.n) && !memchr(s.p, 'E', s.n));
}

/* What is asked besides column_read. */
static bool is_sensible(unsigned reading, struct cell cell)
{
	struct str text = uni_trim(cell_str(cell));
	enum column_type type = readings[reading].type;
	if (type == COLUMN_GTIN)
		return digits_in(text) >= GTIN_SHOWN;
	if (type == COLUMN_DATE || type == COLUMN_DATETIME)
		return digits_in(text) < text.n;
	if (type == COLUMN_INTEGER || type == COLUMN_DECIMAL)
		return cell.kind == CELL_TEXT ? is_number_like(text, type == COLUMN_INTEGER)
			: type != COLUMN_INTEGER || !memchr(text.p, '.', text.n);
	return true;
}

static bool reads(struct pass *p, unsigned reading, struct cell cell)
{
	struct value v;
	if (cell.kind == CELL_JSON || reading == JSON)
		return cell.kind == CELL_JSON && reading == JSON;
	if (!is_sensible(reading, cell))
		return false;
	if (!column_read(&readings[reading], cell, (struct str){ 0 }, &p->scratch, &v, &p->why)) {
		buf_clear(&p->why);
		return false;
	}
	return (v.type != VALUE_DATE && v.type != VALUE_DATETIME) || v.when.ms >= YEAR_1900;
}

static void judge(struct pass *p, struct evidence *v, struct cell cell, uint64_t row)
{
	v->judged++;
	v->linked += cell.linked;
	v->pointed = v->pointed || (cell.kind == CELL_TEXT && memchr(cell.p, '.', cell.n));
	v->failures[TEXT].count += cell.kind == CELL_JSON;
	for (unsigned r = 0; r < TEXT; r++) {
		if (v->given_up & 1u << r || reads(p, r, cell))
			continue;
		if (v->failures[r].count++ == 0)
			v->failures[r].row = row;
		if (v->failures[r].count > TRIES && v->failures[r].count * 8 > v->judged)
			v->given_up |= 1u << r;
	}
}

static void take_example(struct profile *p, struct profile_column *c, struct str text)
{
	struct str head = utf8_head(text, PROFILE_EXAMPLE_BYTES);
	if (head.n < text.n)
		head = arena_concat(&p->arena, head, STR("…"));
	for (size_t i = 0; i < c->example_count; i++) {
		if (str_eq(c->examples[i], head))
			return;
	}
	c->examples[c->example_count++] = arena_copy(&p->arena, head);
}

static void take_cell(struct pass *p, struct profile_column *c, struct cell cell, uint64_t row)
{
	struct evidence *v = c->evidence;
	struct str link = cell_link(cell), text = link.n ? link : cell_str(cell);
	if (cell.kind == CELL_EMPTY || !text.p || uni_trim(text).n == 0) {
		c->empty++;
		return;
	}
	c->filled++;
	if (c->example_count < PROFILE_EXAMPLES && cell.kind != CELL_ASTRAY)
		take_example(p->profile, c, text);
	if (cell.kind == CELL_ERROR)
		v->errors++;
	else if (cell.kind == CELL_FORMULA)
		v->formulas++;
	else if (cell.kind == CELL_ASTRAY)
		v->astray++;
	else
		judge(p, v, cell, row);
}

static void take_batch(struct pass *p, const struct source *s, const struct batch *b)
{
	struct profile *profile = p->profile;
	for (size_t row = 0; row < b->rows; row++) {
		for (size_t i = 0; i < profile->column_count; i++)
			take_cell(p, &profile->columns[i], batch_get(b, row, i), b->row[row].number);
		profile->ragged += s->kind == &source_csv && b->row[row].width != s->width;
	}
	profile->rows += b->rows;
	arena_clear(&p->scratch);
}

/* ---- the verdict ---- */

static bool reads_all(const struct evidence *v, unsigned reading)
{
	return v->failures[reading].count == 0;
}

static bool reads_most(const struct evidence *v, unsigned reading)
{
	return !(v->given_up & 1u << reading) && v->failures[reading].count * 10 <= v->judged;
}

/* "1,234": the comma may part the digits or the decimals, and no cell tells. */
static bool is_comma_open(const struct evidence *v)
{
	return !reads_all(v, POINT) && reads_all(v, COMMA) && reads_all(v, POINT_GROUPED);
}

static unsigned likely_reading(const struct evidence *v)
{
	unsigned r = v->judged ? 0 : TEXT;
	while (r < TEXT && (!reads_all(v, r) || (is_comma_open(v) && readings[r].type == COLUMN_DECIMAL)))
		r++;
	return r;
}

/* The reading by which most cells can be read, where there is one but text. */
static unsigned near_reading(const struct evidence *v)
{
	unsigned best = TEXT;
	for (unsigned r = 0; r < TEXT; r++) {
		if (reads_most(v, r) && (best == TEXT || v->failures[r].count < v->failures[best].count))
			best = r;
	}
	return best;
}

static __attribute__((format(printf, 2, 3))) void add_note(struct buf *to, const char *format, ...)
{
	char sentence[200];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	buf_printf(to, "%s%s", to->n ? "; " : "", sentence);
}

static void note_doubts(const struct evidence *v, unsigned reading, struct buf *to)
{
	if (reading == TEXT && is_comma_open(v))
		add_note(to, "a number whose comma may be a decimal mark or a group mark: declare one of them");
	if (reading == POINT && v->pointed && reads_all(v, COMMA_GROUPED))
		add_note(to, "three digits behind every point: is it a group mark?");
	if ((reading == DATE_SLASH && reads_all(v, DATE_US)) || (reading == TIME_SLASH && reads_all(v, TIME_US)))
		add_note(to, "day and month may be the other way round: none is above 12");
}

static void note_others(const struct evidence *v, unsigned reading, struct buf *to)
{
	unsigned near = reading == TEXT && v->judged && !is_comma_open(v) ? near_reading(v) : TEXT;
	unsigned long long count = v->failures[near].count;
	if (near != TEXT)
		add_note(to, "%s%s%s but for %llu cell%s, the first in row %llu", column_type_name(readings[near].type),
			declarations[near] ? " with " : "", declarations[near] ? declarations[near] : "", count,
			count == 1 ? "" : "s", (unsigned long long)v->failures[near].row);
	if (v->errors)
		add_note(to, "%llu with an error in place of a value", (unsigned long long)v->errors);
	if (v->formulas)
		add_note(to, "%llu with a formula whose value is not stored", (unsigned long long)v->formulas);
	if (v->astray)
		add_note(to, "%llu whose path leads through a value without members", (unsigned long long)v->astray);
	if (reading == TEXT && v->failures[TEXT].count)
		add_note(to, "%llu with an object or an array", (unsigned long long)v->failures[TEXT].count);
}

static void conclude(struct profile *p, struct profile_column *c)
{
	const struct evidence *v = c->evidence;
	unsigned reading = likely_reading(v);
	struct buf note = { 0 }, doubt = { 0 };
	c->type = readings[reading].type;
	if (c->filled == 0)
		add_note(&note, "empty");
	if (declarations[reading])
		add_note(&note, "%s", declarations[reading]);
	if (v->judged)
		note_doubts(v, reading, &doubt);
	if (doubt.n)
		add_note(&note, "%s", buf_text(&doubt));
	if (reading == URL && v->linked)
		add_note(&note, "the addresses behind the cells");
	note_others(v, reading, &note);
	c->doubt = arena_copy(&p->arena, buf_str(&doubt));
	c->note = arena_copy(&p->arena, buf_str(&note));
	buf_release(&doubt);
	buf_release(&note);
}

/* ---- interface ---- */

static struct str header_of(const struct source *s, size_t column)
{
	return s->kind == &source_json ? s->options->columns[column].name : s->header[column];
}

int profile_read(struct profile *p, struct source *s, struct err *e)
{
	struct pass pass = { .profile = p };
	struct batch b;
	int result;
	*p = (struct profile){ .column_count = s->kind == &source_json ? s->options->column_count : s->width };
	arena_init(&p->arena, 0);
	arena_init(&pass.scratch, 0);
	batch_init(&b);
	p->columns = ARENA_ARRAY(&p->arena, p->column_count, struct profile_column);
	struct evidence *evidence = ARENA_ARRAY(&p->arena, p->column_count, struct evidence);
	for (size_t i = 0; i < p->column_count; i++) {
		p->columns[i].header = arena_copy(&p->arena, header_of(s, i));
		p->columns[i].evidence = &evidence[i];
	}
	while ((result = source_fill(s, &b, e)) == 0 && b.rows)
		take_batch(&pass, s, &b);
	for (size_t i = 0; i < p->column_count; i++)
		conclude(p, &p->columns[i]);
	batch_release(&b);
	arena_release(&pass.scratch);
	buf_release(&pass.why);
	return result;
}

void profile_release(struct profile *p)
{
	arena_release(&p->arena);
	*p = (struct profile){ 0 };
}

const struct column *profile_reading(const struct profile_column *c, enum column_type type, uint64_t *others)
{
	const struct evidence *v = c->evidence;
	unsigned best = READINGS;
	for (unsigned r = 0; r < READINGS; r++) {
		if (readings[r].type == type && reads_most(v, r) &&
			(best == READINGS || v->failures[r].count < v->failures[best].count))
			best = r;
	}
	if (best == READINGS || (type == COLUMN_DECIMAL && v->judged && is_comma_open(v)))
		return NULL;
	*others = v->failures[best].count;
	return &readings[best];
}

const char *profile_declaration(const struct column *reading)
{
	const char *text = declarations[reading - readings];
	return text ? text : "";
}
