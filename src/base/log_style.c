/* The colours of the log. */
#include "log_parts.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool is_of_number(char c)
{
	return (c >= '0' && c <= '9') || c == ',';
}

/* Where what is coloured begins, for a word at `at`; beyond the line's end where the word is no more than a part of a
 * sentence. */
static size_t begins(struct str line, size_t at)
{
	size_t before = at;
	while (before > 0 && line.p[before - 1] == ' ')
		before--;
	if (before == 0 || (before < at && line.p[before - 1] == ':'))
		return at;
	size_t number = before;
	while (number > 0 && is_of_number(line.p[number - 1]))
		number--;
	bool counted = before < at && number < before && (number == 0 || line.p[number - 1] == ' ');
	return counted ? number : line.n + 1;
}

/* The word at `at`, or null. */
static const struct log_word *word_at(const struct log_word *words, struct str line, size_t at)
{
	struct str rest = str_from(line, at);
	for (const struct log_word *w = words; w->text; w++) {
		size_t n = strlen(w->text);
		if (str_starts(rest, str_of(w->text)) && (rest.n == n || !is_letter(rest.p[n])))
			return w;
	}
	return NULL;
}

void log_style(struct buf *to, enum log_style style, struct str text)
{
	static const char *const codes[] = { [LOG_GOOD] = "32", [LOG_NOTED] = "1;33", [LOG_BAD] = "1;31" };
	buf_printf(to, "\x1b[%sm", codes[style]);
	buf_add(to, text);
	buf_add(to, STR("\x1b[0m"));
}

void log_style_words(struct buf *to, const struct log_word *words, struct str line)
{
	size_t done = 0;
	for (size_t at = 0; at < line.n; at++) {
		const struct log_word *w = at && is_letter(line.p[at - 1]) ? NULL : word_at(words, line, at);
		size_t from = w ? begins(line, at) : line.n + 1;
		if (!w || from > line.n || from < done)
			continue;
		size_t end = at + strlen(w->text);
		buf_add(to, str_head(str_from(line, done), from - done));
		log_style(to, w->style, str_head(str_from(line, from), end - from));
		done = end;
		at = end - 1;
	}
	buf_add(to, str_from(line, done));
}
