#include "log_parts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/clock.h"

#define SECRET_LEAST 4
#define RUN_SIZE 40

/* A text that must not be shown: a secret or what it looks like when encoded. */
struct form {
	char *p;
	size_t n;
};

/* What the log knows; `lock` guards all of it, and keeps lines of several threads whole. */
static struct {
	pthread_mutex_t lock;
	enum log_level most;
	enum log_format format;
	bool color;
	const struct log_word *words;
	char run[RUN_SIZE];
	void (*before)(void *);
	void (*after)(void *);
	void *arg;
	struct form *forms;
	size_t count, cap;
	bool begins[256]; /* the bytes that a form begins with */
	uint64_t *said;   /* hashes of what log_once has said */
	size_t said_count, said_cap;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .most = LOG_LEVEL_INFO };

static const char *const level_words[] = { "error", "warning", "info", "debug" };

static struct str form_text(size_t i)
{
	return (struct str){ state.forms[i].p, state.forms[i].n };
}

static void add_form(struct str text)
{
	if (text.n < SECRET_LEAST)
		return;
	for (size_t i = 0; i < state.count; i++) {
		if (str_eq(form_text(i), text))
			return;
	}
	state.forms = mem_grow(state.forms, &state.cap, state.count + 1, sizeof *state.forms);
	state.forms[state.count++] = (struct form){ memcpy(mem_alloc(text.n), text.p, text.n), text.n };
	state.begins[(unsigned char)text.p[0]] = true;
}

/* The base64 digits that the value alone decides where `skip` (0 to 2) other bytes stand before it in a group of three;
 * `whole` adds the last digit, which the end of the text decides. */
static void add_base64(struct str value, size_t skip, bool whole, const char alphabet[64])
{
	struct buf digits = { 0 };
	size_t bits = 8 * (skip + value.n), last = whole ? (bits + 5) / 6 : bits / 6;
	for (size_t digit = (8 * skip + 5) / 6; digit < last; digit++) {
		unsigned six = 0;
		for (size_t bit = digit * 6; bit < digit * 6 + 6; bit++) {
			unsigned char byte = bit < bits ? (unsigned char)value.p[bit / 8 - skip] : 0;
			six = six << 1 | (byte >> (7 - bit % 8) & 1);
		}
		buf_addc(&digits, alphabet[six]);
	}
	add_form(buf_str(&digits));
	buf_release(&digits);
}

static void add_base64_forms(struct str value)
{
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	for (size_t i = 0; i < 2; i++) {
		for (size_t skip = 0; skip < 3; skip++) {
			add_base64(value, skip, false, alphabets[i]);
			add_base64(value, skip, true, alphabets[i]);
		}
	}
}

/* As in an address, or, with `plus`, as in a form, where a blank is a plus sign. */
static void add_percent(struct str value, const char digits[16], bool plus)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c && strchr("-._~", c));
		if (plain || (plus && c == ' ')) {
			buf_addc(&text, plain ? (char)c : '+');
		} else {
			buf_addc(&text, '%');
			buf_addc(&text, digits[c >> 4]);
			buf_addc(&text, digits[c & 15]);
		}
	}
	add_form(buf_str(&text));
	buf_release(&text);
}

/* Adds `s` as the inside of a JSON string; control characters other than ends of lines are gone by then, or belong to a
 * secret's form. */
static void add_json(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == '\n')
			buf_addc(to, '\\');
		buf_addc(to, s.p[i] == '\n' ? 'n' : s.p[i]);
	}
}

/* Bytes of the longest secret that `s` begins with. */
static size_t secret_length(struct str s)
{
	size_t longest = 0;
	if (!state.begins[(unsigned char)s.p[0]])
		return 0;
	for (size_t i = 0; i < state.count; i++) {
		if (state.forms[i].n > longest && str_starts(s, form_text(i)))
			longest = state.forms[i].n;
	}
	return longest;
}

/* Secrets may overlap: every byte that belongs to one is hidden, and each run of them becomes one mark. */
static void mask(struct str text, struct buf *to)
{
	size_t hidden = 0; /* up to here */
	for (size_t i = 0; i < text.n; i++) {
		size_t n = state.count ? secret_length(str_from(text, i)) : 0;
		if (n && i >= hidden)
			buf_add(to, STR("***"));
		if (i + n > hidden)
			hidden = i + n;
		if (i >= hidden)
			buf_addc(to, text.p[i]);
	}
}

/* A word such as "error:", in colour where colours are wanted. */
static void add_severity(struct buf *to, enum log_level level, const char *word)
{
	if (state.color)
		log_style(to, level == LOG_LEVEL_ERROR ? LOG_BAD : LOG_NOTED, str_of(word));
	else
		buf_add(to, str_of(word));
}

/* A text that may be shown: secrets and control bytes are gone from it. */
static void add_shown(struct buf *to, struct str text)
{
	struct buf masked = { 0 };
	mask(text, &masked);
	buf_add_visible(to, buf_str(&masked));
	buf_release(&masked);
}

static void add_lines(struct buf *to, struct str text)
{
	for (struct str rest = text; rest.n;) {
		add_shown(to, str_cut(rest, '\n', &rest));
		if (rest.n)
			buf_addc(to, '\n');
	}
}

static void member_text(struct buf *to, const char *name, struct str text)
{
	struct buf shown = { 0 };
	if (text.n) {
		add_shown(&shown, text);
		buf_printf(to, ",\"%s\":\"", name);
		add_json(to, buf_str(&shown));
		buf_addc(to, '"');
	}
	buf_release(&shown);
}

static void member_number(struct buf *to, const char *name, uint64_t number)
{
	if (number)
		buf_printf(to, ",\"%s\":%llu", name, (unsigned long long)number);
}

/* What a line of JSON has besides its message; all may be null or empty. */
struct about {
	const struct err *place;
	struct str origin, field; /* of a rejected row */
	bool lines;               /* the message has several */
	bool styled;              /* words of the message are coloured */
};

static void add_about(struct buf *to, const struct about *a)
{
	member_text(to, "run", str_of(state.run));
	if (a->place) {
		member_text(to, "file", str_of(a->place->file));
		member_text(to, "sheet", str_of(a->place->sheet));
		member_number(to, "row", a->place->row);
		member_number(to, "line", a->place->line);
		member_number(to, "column", a->place->col);
		member_text(to, "pointer", str_of(a->place->pointer));
	}
	member_text(to, "origin", a->origin);
	member_text(to, "field", a->field);
}

static void add_object(
	struct buf *to, enum log_level level, const char *event, struct str message, const struct about *a)
{
	char ts[25];
	struct clock *clock = clock_system();
	clock_iso(clock->wall(clock), ts);
	buf_printf(to, "{\"ts\":\"%s\",\"level\":\"%s\"", ts, level_words[level]);
	member_text(to, "event", str_of(event));
	buf_add(to, STR(",\"message\":\""));
	add_json(to, message);
	buf_addc(to, '"');
	add_about(to, a);
	buf_add(to, STR("}\n"));
}

/* `head` stands before the message of a text line, as it is. */
static void write_line(
	enum log_level level, const char *event, const char *head, struct str message, const struct about *a)
{
	struct buf visible = { 0 }, line = { 0 };
	pthread_mutex_lock(&state.lock);
	if (a->lines)
		add_lines(&visible, message);
	else
		add_shown(&visible, message);
	if (state.format == LOG_JSON) {
		add_object(&line, level, event, buf_str(&visible), a);
	} else {
		buf_add(&line, str_of(head));
		if (a->styled && state.color && state.words)
			log_style_words(&line, state.words, buf_str(&visible));
		else
			buf_add(&line, buf_str(&visible));
		buf_addc(&line, '\n');
	}
	if (state.before)
		state.before(state.arg);
	fwrite(line.p, 1, line.n, stderr);
	fflush(stderr);
	if (state.after)
		state.after(state.arg);
	pthread_mutex_unlock(&state.lock);
	buf_release(&visible);
	buf_release(&line);
}

void log_setup(enum log_level most, enum log_format format, bool color)
{
	pthread_mutex_lock(&state.lock);
	state.most = most;
	state.color = color;
	state.format = format;
	pthread_mutex_unlock(&state.lock);
}

void log_words(const struct log_word *words)
{
	state.words = words;
}

void log_aside(void (*before)(void *), void (*after)(void *), void *arg)
{
	pthread_mutex_lock(&state.lock);
	state.before = before;
	state.after = after;
	state.arg = arg;
	pthread_mutex_unlock(&state.lock);
}

void log_run(const char *id)
{
	pthread_mutex_lock(&state.lock);
	snprintf(state.run, sizeof state.run, "%s", id ? id : "");
	pthread_mutex_unlock(&state.lock);
}

bool log_shows(enum log_level level)
{
	return level <= state.most;
}

/* The head of a line of text. */
static void add_head(struct buf *to, enum log_level level)
{
	if (level == LOG_LEVEL_ERROR)
		add_severity(to, level, "qonduit:");
	else
		buf_add(to, STR("qonduit:"));
	buf_addc(to, ' ');
	if (level == LOG_LEVEL_WARNING) {
		add_severity(to, level, "warning:");
		buf_addc(to, ' ');
	}
}

/* Whether it is the first time. */
static bool is_new(struct str message)
{
	uint64_t hash = str_hash(message);
	bool found = false;
	pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.said_count && !found; i++)
		found = state.said[i] == hash;
	if (!found) {
		state.said = mem_grow(state.said, &state.said_cap, state.said_count + 1, sizeof *state.said);
		state.said[state.said_count++] = hash;
	}
	pthread_mutex_unlock(&state.lock);
	return !found;
}

__attribute__((format(printf, 4, 0)))
static void say(enum log_level level, const char *event, bool once, const char *format, va_list args)
{
	char *message = NULL;
	int n = log_shows(level) ? vasprintf(&message, format, args) : -1;
	if (n < 0)
		return;
	struct str text = { message, (size_t)n };
	struct buf head = { 0 };
	add_head(&head, level);
	if (!once || is_new(text))
		write_line(level, event, buf_text(&head), text, &(struct about){ 0 });
	buf_release(&head);
	free(message);
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(level, event, false, format, args);
	va_end(args);
}

void log_once(enum log_level level, const char *event, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(level, event, true, format, args);
	va_end(args);
}

void log_row(struct str origin, struct str column, struct str reason)
{
	struct buf message = { 0 }, head = { 0 };
	buf_printf(&message, "%.*s: %.*s%s", STR_ARG(origin), STR_ARG(column), column.n ? ": " : "");
	buf_add(&message, reason);
	add_head(&head, LOG_LEVEL_WARNING);
	write_line(LOG_LEVEL_WARNING, "row_rejected", buf_text(&head), buf_str(&message),
		&(struct about){ .origin = origin, .field = column });
	buf_release(&head);
	buf_release(&message);
}

void log_text(const char *event, struct str text)
{
	if (!log_shows(LOG_LEVEL_INFO) || text.n == 0)
		return;
	if (state.format == LOG_JSON) {
		write_line(LOG_LEVEL_INFO, event, "", text, &(struct about){ .lines = true });
		return;
	}
	for (struct str rest = text; rest.n;)
		write_line(LOG_LEVEL_INFO, event, "", str_cut(rest, '\n', &rest), &(struct about){ .styled = true });
}

void log_fault(const struct fault *f)
{
	struct buf head = { 0 }, sentence = { 0 };
	enum log_level level = f->severity == FAULT_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
	if (state.format == LOG_TEXT)
		err_print_place(&f->what, &head);
	else
		err_print_place(&f->what, &sentence);
	add_severity(&head, level, level == LOG_LEVEL_ERROR ? "error:" : "warning:");
	buf_addc(&head, ' ');
	err_print_sentence(&f->what, &sentence);
	write_line(level, f->what.code, buf_text(&head), buf_str(&sentence), &(struct about){ .place = &f->what });
	buf_release(&head);
	buf_release(&sentence);
}

void log_err(const struct err *e)
{
	struct buf text = { 0 }, head = { 0 };
	err_print(e, &text);
	add_head(&head, LOG_LEVEL_ERROR);
	write_line(LOG_LEVEL_ERROR, e->code[0] ? e->code : "error", buf_text(&head), buf_str(&text),
		&(struct about){ .place = e });
	buf_release(&head);
	buf_release(&text);
}

void log_give_up(const char *why)
{
	char line[256], ts[25];
	struct clock *clock = clock_system();
	clock_iso(clock->wall(clock), ts);
	int n = state.format == LOG_JSON
		? snprintf(line, sizeof line,
			"{\"ts\":\"%s\",\"level\":\"error\",\"event\":\"gave_up\",\"message\":\"%s\"%s%s%s}\n", ts, why,
			state.run[0] ? ",\"run\":\"" : "", state.run, state.run[0] ? "\"" : "")
		: snprintf(line, sizeof line, "qonduit: %s\n", why);
	ssize_t written = write(STDERR_FILENO, line, n > 0 && (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
	(void)written;
	_exit(70);
}

void log_secret(struct str value)
{
	if (value.n < SECRET_LEAST)
		return;
	struct buf quoted = { 0 };
	add_json(&quoted, value);
	pthread_mutex_lock(&state.lock);
	add_form(value);
	add_form(buf_str(&quoted));
	add_base64_forms(value);
	add_percent(value, "0123456789ABCDEF", false);
	add_percent(value, "0123456789abcdef", false);
	add_percent(value, "0123456789ABCDEF", true);
	pthread_mutex_unlock(&state.lock);
	buf_release(&quoted);
}

void log_mask(struct str text, struct buf *to)
{
	pthread_mutex_lock(&state.lock);
	mask(text, to);
	pthread_mutex_unlock(&state.lock);
}

void log_release(void)
{
	pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.count; i++)
		free(state.forms[i].p);
	free(state.forms);
	state.forms = NULL;
	state.count = state.cap = 0;
	free(state.said);
	state.said = NULL;
	state.said_count = state.said_cap = 0;
	memset(state.begins, 0, sizeof state.begins);
	pthread_mutex_unlock(&state.lock);
}
