#include "qonduit/csv_write.h"

#include "byte_run.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool needs_quotes(const struct csv_out *w, struct str value)
{
	if (value.n && (is_blank(value.p[0]) || is_blank(value.p[value.n - 1])))
		return true;
	return byte_run_until(value, w->delimiter, w->quote, '\r', '\n') < value.n;
}

static void add_quoted(struct csv_out *w, struct str value)
{
	buf_addc(w->to, w->quote);
	while (value.n) {
		const char *quote = memchr(value.p, w->quote, value.n);
		size_t n = quote ? (size_t)(quote - value.p) + 1 : value.n;
		buf_add(w->to, str_head(value, n));
		if (quote)
			buf_addc(w->to, w->quote);
		value = str_from(value, n);
	}
	buf_addc(w->to, w->quote);
}

struct csv_out csv_out(struct buf *to, char delimiter, char quote)
{
	return (struct csv_out){ .to = to, .delimiter = delimiter, .quote = quote };
}

void csv_field(struct csv_out *w, struct str value)
{
	w->lone_empty = !w->comma && value.n == 0;
	if (w->comma)
		buf_addc(w->to, w->delimiter);
	w->comma = true;
	if (needs_quotes(w, value))
		add_quoted(w, value);
	else
		buf_add(w->to, value);
}

void csv_end_row(struct csv_out *w)
{
	if (w->lone_empty)
		add_quoted(w, (struct str){ 0 });
	buf_addc(w->to, '\n');
	w->comma = w->lone_empty = false;
}
