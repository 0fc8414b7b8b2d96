#include "qonduit/http_date.h"

#define DAY_MS ((int64_t)86400 * 1000)

static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_number(struct str *s, size_t digits, int *out)
{
	int value = 0;
	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		value = value * 10 + (s->p[i] - '0');
	}
	*s = str_from(*s, digits);
	*out = value;
	return true;
}

static bool take_text(struct str *s, struct str text)
{
	if (!str_starts(*s, text))
		return false;
	*s = str_from(*s, text.n);
	return true;
}

static bool take_month(struct str *s, int *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++) {
		if (take_text(s, (struct str){ months + (size_t)i * 3, 3 })) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

/* Short name, or the whole one where `whole`. */
static bool take_weekday(struct str *s, bool whole)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	for (size_t i = 0; i < 7; i++) {
		if (take_text(s, whole ? str_of(days[i]) : str_head(str_of(days[i]), 3)))
			return true;
	}
	return false;
}

static bool take_time(struct str *s, int *seconds)
{
	int hour, minute, second;
	if (!take_number(s, 2, &hour) || !take_text(s, STR(":")) || !take_number(s, 2, &minute) ||
	    !take_text(s, STR(":")) || !take_number(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds = (hour * 60 + minute) * 60 + second;
	return true;
}

struct http_time {
	int year, month, day, seconds;
};

static bool read_fixdate(struct str s, struct http_time *t)
{
	return take_weekday(&s, false) && take_text(&s, STR(", ")) && take_number(&s, 2, &t->day) &&
		take_text(&s, STR(" ")) && take_month(&s, &t->month) && take_text(&s, STR(" ")) &&
		take_number(&s, 4, &t->year) && take_text(&s, STR(" ")) && take_time(&s, &t->seconds) &&
		str_eq(s, STR(" GMT"));
}

static bool read_rfc850(struct str s, int64_t now_ms, struct http_time *t)
{
	int short_year;
	if (!take_weekday(&s, true) || !take_text(&s, STR(", ")) || !take_number(&s, 2, &t->day) ||
	    !take_text(&s, STR("-")) || !take_month(&s, &t->month) || !take_text(&s, STR("-")) ||
	    !take_number(&s, 2, &short_year) || !take_text(&s, STR(" ")) || !take_time(&s, &t->seconds) ||
	    !str_eq(s, STR(" GMT")))
		return false;
	int this_year = 1970 + (int)(now_ms * 4 / (DAY_MS * 1461));
	t->year = this_year - this_year % 100 + short_year;
	if (t->year > this_year + 50) /* such a year is the latest past one with these digits */
		t->year -= 100;
	return true;
}

static bool read_asctime(struct str s, struct http_time *t)
{
	if (!take_weekday(&s, false) || !take_text(&s, STR(" ")) || !take_month(&s, &t->month) || !take_text(&s, STR(" ")))
		return false;
	if (!(take_text(&s, STR(" ")) ? take_number(&s, 1, &t->day) : take_number(&s, 2, &t->day)))
		return false;
	return take_text(&s, STR(" ")) && take_time(&s, &t->seconds) && take_text(&s, STR(" ")) &&
		take_number(&s, 4, &t->year) && s.n == 0;
}

bool http_date_parse(struct str text, int64_t now_ms, int64_t *out)
{
	struct http_time t = { 0 };
	if (!read_fixdate(text, &t) && !read_rfc850(text, now_ms, &t) && !read_asctime(text, &t))
		return false;
	if (t.day < 1 || t.day > 31)
		return false;
	*out = days_from_civil(t.year, t.month, t.day) * DAY_MS + (int64_t)t.seconds * 1000;
	return true;
}
