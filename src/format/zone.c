#include "qonduit/zone.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/io.h"

#define DATABASE "/usr/share/zoneinfo"
#define FILE_MAX ((size_t)1 << 20)
#define HEADER_SIZE 44
#define TYPE_SIZE 6
#define DAY 86400

/* When summer time begins or ends in any year: a day and the second of it. */
struct rule {
	char kind;      /* M: week and day of a month; J: day 1 to 365, without 29 February; 0: day 0 to 365 */
	int month, week, day;
	int32_t second;
};

struct zone {
	size_t transitions;
	int64_t *at;         /* when the offset changes */
	int32_t *offset;     /* to what */
	int32_t first;       /* before all of them */
	bool ruled, summer;  /* after all of them: whether there is a rule, and whether it knows summer time */
	int32_t standard, daylight;
	struct rule begin, end;
};

struct entry {
	struct entry *next;
	struct zone *zone;
	struct arena arena;
	char name[];
};

static int64_t big_endian(const char *p, int bytes)
{
	uint64_t value = (unsigned char)p[0] & 0x80 ? UINT64_MAX : 0;
	for (int i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)p[i];
	return (int64_t)value;
}

/* Sizes of one block of the file; false where the header is none. */
static bool read_header(struct str file, size_t time_size, size_t count[6], size_t *size)
{
	if (file.n < HEADER_SIZE || !str_starts(file, STR("TZif")))
		return false;
	for (int i = 0; i < 6; i++)
		count[i] = (size_t)(uint32_t)big_endian(file.p + 20 + 4 * i, 4);
	size_t utc = count[0], standard = count[1], leap = count[2], times = count[3], types = count[4], letters = count[5];
	*size = times * time_size + times + types * TYPE_SIZE + letters + leap * (time_size + 4) + standard + utc;
	return types > 0 && *size <= file.n - HEADER_SIZE;
}

static bool take_number(struct str *s, int *out)
{
	size_t n = 0;
	int value = 0;
	for (; n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		value = value * 10 + (s->p[n] - '0');
	*s = str_from(*s, n);
	*out = value;
	return n > 0;
}

/* [+-]h[:m[:s]] */
static bool take_time(struct str *s, int32_t *out)
{
	int part[3] = { 0 };
	bool minus = str_take(s, '-');
	if (!minus)
		str_take(s, '+');
	for (int i = 0; i < 3 && (i == 0 || str_take(s, ':')); i++) {
		if (!take_number(s, &part[i]))
			return false;
	}
	*out = (part[0] * 60 + part[1]) * 60 + part[2];
	*out = minus ? -*out : *out;
	return true;
}

/* Letters, or anything in angle brackets. */
static bool take_name(struct str *s)
{
	size_t before = s->n;
	if (str_take(s, '<')) {
		str_cut(*s, '>', s);
		return s->p != NULL;
	}
	while (s->n && ((s->p[0] | 0x20) >= 'a' && (s->p[0] | 0x20) <= 'z'))
		*s = str_from(*s, 1);
	return s->n < before;
}

static bool take_rule(struct str *s, struct rule *r)
{
	*r = (struct rule){ .second = 2 * 60 * 60 };
	if (!str_take(s, ','))
		return false;
	if (str_take(s, 'M')) {
		r->kind = 'M';
		if (!take_number(s, &r->month) || !str_take(s, '.') || !take_number(s, &r->week) || !str_take(s, '.'))
			return false;
		if (r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5)
			return false;
	} else {
		r->kind = str_take(s, 'J') ? 'J' : '0';
	}
	return take_number(s, &r->day) && (!str_take(s, '/') || take_time(s, &r->second));
}

/* The POSIX TZ text at the end of a file, which says what holds after its last change; it counts west of UTC. */
static bool read_rules(struct str s, struct zone *z)
{
	if (!take_name(&s) || !take_time(&s, &z->standard))
		return false;
	z->standard = -z->standard;
	z->daylight = z->standard + 60 * 60;
	if (s.n == 0)
		return true;
	if (!take_name(&s))
		return false;
	if (s.n && s.p[0] != ',') {
		if (!take_time(&s, &z->daylight))
			return false;
		z->daylight = -z->daylight;
	}
	z->summer = take_rule(&s, &z->begin) && take_rule(&s, &z->end);
	return z->summer && s.n == 0;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t days_before_year(int64_t year)
{
	int64_t y = year - 1;
	return 365 * (year - 1970) + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 477;
}

static int64_t year_of_day(int64_t day)
{
	int64_t year = 1970 + floor_div(day, 365);
	while (days_before_year(year) > day)
		year--;
	while (days_before_year(year + 1) <= day)
		year++;
	return year;
}

/* The wall time, as seconds since 1970, at which the rule applies in `year`. */
static int64_t rule_in(const struct rule *r, int64_t year)
{
	static const int before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
	int64_t january = days_before_year(year), day = january + r->day;
	if (r->kind == 'J') {
		day += is_leap(year) && r->day > 59 ? 0 : -1;
	} else if (r->kind == 'M') {
		int64_t first = january + before_month[r->month - 1] + (is_leap(year) && r->month > 2);
		int64_t next = january + before_month[r->month] + (is_leap(year) && r->month > 1);
		int64_t weekday = ((first + 4) % 7 + 7) % 7;
		day = first + (r->day - weekday + 7) % 7 + 7 * (r->week - 1);
		while (day >= next)
			day -= 7;
	}
	return day * DAY + r->second;
}

static int32_t offset_by_rule(const struct zone *z, int64_t t)
{
	if (!z->summer)
		return z->standard;
	int64_t year = year_of_day(floor_div(t + z->standard, DAY));
	int64_t begin = rule_in(&z->begin, year), end = rule_in(&z->end, year);
	bool begun = t >= begin - z->standard, not_ended = t < end - z->daylight, south = begin > end;
	return (south ? begun || not_ended : begun && not_ended) ? z->daylight : z->standard;
}

/* Names lead nowhere but into the database. */
static bool is_name(const char *name)
{
	size_t n = 0;
	while (isalnum((unsigned char)name[n]) || (name[n] && strchr("_+-/", name[n])))
		n++;
	return n && !name[n] && name[0] != '/';
}

static struct entry *load(const char *name)
{
	struct entry *new = mem_alloc(sizeof *new + strlen(name) + 1);
	*new = (struct entry){ 0 };
	strcpy(new->name, name);
	arena_init(&new->arena, 0);
	struct arena scratch;
	arena_init(&scratch, 0);
	struct str file;
	struct err ignored = { 0 };
	const char *path = arena_printf(&scratch, DATABASE "/%s", name).p;
	if (io_read_file(path, FILE_MAX, &scratch, &file, &ignored) == 0)
		new->zone = zone_read(file, &new->arena);
	else if (strcmp(name, "UTC") == 0)
		new->zone = ARENA_NEW(&new->arena, struct zone);
	arena_release(&scratch);
	return new;
}

const struct zone *zone_get(const char *name)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct entry *known;
	if (!is_name(name))
		return NULL;
	pthread_mutex_lock(&lock);
	struct entry *e = known;
	while (e && strcmp(e->name, name) != 0)
		e = e->next;
	if (!e) {
		e = load(name);
		e->next = known;
		known = e;
	}
	pthread_mutex_unlock(&lock);
	return e->zone;
}

int32_t zone_offset(const struct zone *z, int64_t t)
{
	if (z->transitions == 0 || t < z->at[0])
		return z->transitions == 0 && z->ruled ? offset_by_rule(z, t) : z->first;
	if (z->ruled && t >= z->at[z->transitions - 1])
		return offset_by_rule(z, t);
	size_t low = 0, high = z->transitions;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (z->at[middle] <= t)
			low = middle;
		else
			high = middle;
	}
	return z->offset[low];
}

bool zone_instant(const struct zone *z, int64_t wall, int64_t *t)
{
	int64_t before = wall - zone_offset(z, wall - DAY), after = wall - zone_offset(z, wall + DAY);
	int64_t early = before < after ? before : after, late = before < after ? after : before;
	*t = early + zone_offset(z, early) == wall ? early : late;
	return *t + zone_offset(z, *t) == wall;
}

struct zone *zone_read(struct str file, struct arena *a)
{
	size_t count[6], size;
	if (!read_header(file, 4, count, &size) || file.p[4] < '2') /* the first block is for readers of 32 bits */
		return NULL;
	file = str_from(file, HEADER_SIZE + size);
	if (!read_header(file, 8, count, &size))
		return NULL;
	size_t times = count[3], types = count[4];
	const char *at = file.p + HEADER_SIZE, *index = at + times * 8, *type = index + times;
	struct zone *z = ARENA_NEW(a, struct zone);
	z->transitions = times;
	z->at = ARENA_ARRAY(a, times, int64_t);
	z->offset = ARENA_ARRAY(a, times, int32_t);
	z->first = (int32_t)big_endian(type, 4);
	for (size_t i = 0; i < times; i++) {
		unsigned char of = (unsigned char)index[i];
		if (of >= types)
			return NULL;
		z->at[i] = big_endian(at + 8 * i, 8);
		z->offset[i] = (int32_t)big_endian(type + TYPE_SIZE * of, 4);
	}
	struct str rules, footer = str_from(file, HEADER_SIZE + size);
	if (str_take(&footer, '\n') && (rules = str_cut(footer, '\n', &footer)).n)
		z->ruled = read_rules(rules, z);
	return z;
}
