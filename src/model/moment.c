#include "qonduit/moment.h"

#include <stdio.h>
#include <time.h>

#include "qonduit/zone.h"

#define DAY_MS INT64_C(86400000)
#define TEXT_MAX 128   /* bytes of a date's text */
#define WHY_SIZE 256
#define UNIX_MAX UINT64_C(253402300799) /* the end of year 9999 */
#define YEAR_LEAST 1000 /* of a form: %Y also takes the 26 of 21.11.26, which is no year */
#define PRINTED_MAX ((size_t)64 << 10)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The milliseconds of a day and time that exist, or false. */
static bool compose(int year, int month, int day, int64_t ms_of_day, int64_t *ms)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day }, asked = tm;
	time_t t = timegm(&tm);
	if (year < 1 || tm.tm_year != asked.tm_year || tm.tm_mon != asked.tm_mon || tm.tm_mday != asked.tm_mday)
		return false;
	*ms = (int64_t)t * 1000 + ms_of_day;
	return true;
}

static bool finish(int64_t ms, bool zoned, bool date_only, struct value *out)
{
	if (date_only && ms % DAY_MS != 0)
		return false;
	*out = (struct value){ .type = date_only ? VALUE_DATE : VALUE_DATETIME, .when = { ms, zoned && !date_only } };
	return true;
}

/* Exactly `digits` digits, at most `max`. */
static bool take_digits(struct str *s, int digits, int max, int *out)
{
	int value = 0;
	for (int i = 0; i < digits; i++) {
		if (s->n == 0 || !str_is_digit(s->p[0]))
			return false;
		value = value * 10 + (s->p[0] - '0');
		*s = str_from(*s, 1);
	}
	*out = value;
	return value <= max;
}

/* .123: what is finer than a millisecond is left out. */
static bool take_fraction(struct str *s, int *ms)
{
	int digits = 0;
	*ms = 0;
	for (; s->n && str_is_digit(s->p[0]); *s = str_from(*s, 1), digits++) {
		if (digits < 3)
			*ms = *ms * 10 + (s->p[0] - '0');
	}
	for (int i = digits; i < 3; i++)
		*ms *= 10;
	return digits > 0;
}

/* Z, +01, +0100 or +01:00 */
static bool take_zone(struct str *s, int64_t *east_ms)
{
	int hours, minutes = 0;
	*east_ms = 0;
	if (str_take(s, 'Z') || str_take(s, 'z'))
		return true;
	bool west = str_take(s, '-');
	if ((!west && !str_take(s, '+')) || !take_digits(s, 2, 23, &hours))
		return false;
	if ((str_take(s, ':') || s->n) && !take_digits(s, 2, 59, &minutes))
		return false;
	*east_ms = (hours * 60 + minutes) * (west ? -60000 : 60000);
	return true;
}

static bool parse_unix(struct str text, bool date_only, struct value *out)
{
	uint64_t count;
	if (text.n < 9 || text.n > 14 || !str_to_u64(text, &count))
		return false;
	return finish((int64_t)(text.n <= 11 ? count * 1000 : count), true, date_only, out);
}

/* The part of a form's text that the directive %Z stands for. */
static bool take_utc(struct str *s)
{
	size_t n = 0;
	while (n < s->n && (s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z')
		n++;
	struct str name = str_head(*s, n);
	*s = str_from(*s, n);
	return str_eq(name, STR("UTC")) || str_eq(name, STR("GMT")) || str_eq(name, STR("Z"));
}

/* Offset of the directive %`letter` in a form, or -1. */
static ptrdiff_t find_directive(const char *form, char letter)
{
	for (const char *p = form; *p; p++) {
		if (*p == '%' && *++p == letter)
			return p - 1 - form;
		if (!*p)
			break;
	}
	return -1;
}

/* strptime over all of the text; %Z, which it knows nothing of, is read here. */
static bool read_form(struct str text, const char *form, struct tm *tm)
{
	char copy[TEXT_MAX], front[TEXT_MAX];
	size_t n = strlen(form);
	ptrdiff_t named = find_directive(form, 'Z');
	if (text.n == 0 || text.n >= sizeof copy || n >= sizeof front)
		return false;
	if (memchr(text.p, '\0', text.n) || find_directive(form, 's') >= 0)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	memcpy(front, form, n + 1);
	if (named >= 0)
		front[named] = '\0';
	const char *rest = strptime(copy, front, tm);
	if (rest && named >= 0) {
		struct str s = str_of(rest);
		rest = take_utc(&s) ? strptime(s.p, form + named + 2, tm) : NULL;
	}
	return rest && *rest == '\0';
}

static struct tm broken_down(const struct value *v)
{
	time_t t = (time_t)floor_div(v->when.ms, 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	tm.tm_isdst = v->when.zoned ? 0 : -1;
	tm.tm_zone = v->when.zoned ? "UTC" : "";
	return tm;
}

bool moment_parse_iso(struct str text, bool date_only, struct value *out)
{
	struct str s = text;
	int year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
	int64_t east = 0, at;
	bool zoned = false;
	if (parse_unix(text, date_only, out))
		return true;
	if (!take_digits(&s, 4, 9999, &year) || !str_take(&s, '-') || !take_digits(&s, 2, 12, &month) ||
	    !str_take(&s, '-') || !take_digits(&s, 2, 31, &day))
		return false;
	if (str_take(&s, 'T') || str_take(&s, 't') || str_take(&s, ' ')) {
		if (!take_digits(&s, 2, 23, &hour) || !str_take(&s, ':') || !take_digits(&s, 2, 59, &minute))
			return false;
		if (str_take(&s, ':') && (!take_digits(&s, 2, 59, &second) || (str_take(&s, '.') && !take_fraction(&s, &ms))))
			return false;
		zoned = s.n > 0;
		if (zoned && !take_zone(&s, &east))
			return false;
	}
	if (s.n || !compose(year, month, day, ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms, &at))
		return false;
	return finish(date_only ? at : at - east, zoned, date_only, out);
}

bool moment_parse_form(struct str text, const char *form, bool date_only, struct value *out)
{
	/* Two starts: where the results differ, the form leaves a part of the date open. */
	struct tm tm = { .tm_year = 100, .tm_mon = 0, .tm_mday = 1 }, other = { .tm_year = 101, .tm_mon = 1, .tm_mday = 2 };
	bool zoned = find_directive(form, 'Z') >= 0 || find_directive(form, 'z') >= 0;
	uint64_t seconds;
	int64_t ms;
	if (strcmp(form, "%s") == 0)
		return str_to_u64(text, &seconds) && seconds <= UNIX_MAX &&
			finish((int64_t)seconds * 1000, true, date_only, out);
	if (!read_form(text, form, &tm) || !read_form(text, form, &other))
		return false;
	if (tm.tm_year != other.tm_year || tm.tm_mon != other.tm_mon || tm.tm_mday != other.tm_mday || tm.tm_sec > 59)
		return false;
	if (tm.tm_year + 1900 < YEAR_LEAST)
		return false;
	int64_t of_day = ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * INT64_C(1000);
	if (!compose(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, of_day, &ms))
		return false;
	return finish(date_only ? ms : ms - tm.tm_gmtoff * INT64_C(1000), zoned, date_only, out);
}

bool moment_place(struct value *v, const char *zone)
{
	const struct zone *z = zone_get(zone);
	int64_t seconds = floor_div(v->when.ms, 1000), t;
	if (v->type != VALUE_DATETIME || v->when.zoned)
		return true;
	if (!z || !zone_instant(z, seconds, &t))
		return false;
	v->when = (struct moment){ v->when.ms + (t - seconds) * 1000, true };
	return true;
}

bool moment_zone_known(const char *zone)
{
	return zone_get(zone) != NULL;
}

struct str moment_print_iso(struct arena *a, const struct value *v)
{
	struct tm tm = broken_down(v);
	int ms = (int)(v->when.ms - floor_div(v->when.ms, 1000) * 1000);
	char date[48], fraction[8] = "";
	snprintf(date, sizeof date, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	if (v->type == VALUE_DATE)
		return arena_copy(a, str_of(date));
	if (ms)
		snprintf(fraction, sizeof fraction, ".%03d", ms);
	return arena_printf(a, "%sT%02d:%02d:%02d%s%s", date, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction,
		v->when.zoned ? "Z" : "");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the form is the mapping's, and moment_form_ok has seen it */
struct str moment_print_form(struct arena *a, const struct value *v, const char *form)
{
	struct tm tm = broken_down(v);
	const char *marked = arena_printf(a, "%s.", form).p; /* never prints nothing, so that 0 says: too long */
	for (size_t room = 256; room <= PRINTED_MAX; room *= 4) {
		char *text = arena_alloc(a, room);
		size_t n = strftime(text, room, marked, &tm);
		if (n)
			return (struct str){ text, n - 1 };
	}
	return (struct str){ 0 };
}
#pragma GCC diagnostic pop

/* Prints a moment and reads it again. */
bool moment_form_reads(const char *form, bool date_only)
{
	struct arena scratch;
	struct value sample = { .type = VALUE_DATETIME, .when = { 980212706000, true } }, read; /* 2001-01-23 01:18:26 */
	arena_init(&scratch, 1024);
	if (date_only)
		sample.when.ms -= sample.when.ms % DAY_MS;
	struct str text = strcmp(form, "%s") == 0 ? arena_printf(&scratch, "%lld", (long long)sample.when.ms / 1000)
		: moment_print_form(&scratch, &sample, form);
	bool reads = moment_parse_form(text, form, date_only, &read);
	arena_release(&scratch);
	return reads;
}

bool moment_form_ok(const char *form, char *why)
{
	for (const char *p = form; *p; p++) {
		if (*p != '%')
			continue;
		const char *from = p++;
		p += strspn(p, "-_0^#");
		p += strspn(p, "0123456789");
		p += *p == 'E' || *p == 'O';
		if (p - from > 6 || !*p || !strchr("aAbBcCdDeFgGhHIjklmMnprRStTuUVwWxXyYzZ%", *p)) {
			snprintf(why, WHY_SIZE,
				"\"%.*s\" is not a directive of strftime that can be used here, such as %%Y, %%m, %%d, %%H",
				(int)(p - from < 8 ? p - from + (*p != '\0') : 8), from);
			return false;
		}
	}
	return true;
}
