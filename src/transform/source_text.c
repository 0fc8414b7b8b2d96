#include "qonduit/source_text.h"

#include <stdlib.h>

#include "qonduit/charset.h"
#include "qonduit/utf8.h"

#define CHUNK ((size_t)128 << 10)
#define CHARACTER 4                /* bytes of UTF-8 at most */
#define MARK STR("\xef\xbb\xbf")   /* in UTF-8; in all encodings it becomes this */

struct source_text {
	struct source *source;
	struct charset *charset;   /* null: the bytes are UTF-8 */
	struct buf converted;
	char *raw;                 /* a chunk, and before it what the last chunk's end cut off */
	struct str cut;            /* that, while it still stands at the end */
	uint64_t offset;           /* in the input, of raw's first byte */
	bool begun, ended;
	struct err fault;
};

static bool is_utf8(const char *name)
{
	return str_eq_nocase(str_of(name), STR("UTF-8")) || str_eq_nocase(str_of(name), STR("UTF8"));
}

static bool is_wide(struct str name)
{
	return str_starts(name, STR("UTF-16")) || str_starts(name, STR("UTF-32"));
}

/* Text in 16 bits without a mark is refused by name; ASCII in it would pass as UTF-8 full of NUL. */
static int refuse_wide(struct str head, struct err *e)
{
	char guess[40];
	struct str more, name = { 0 };
	if (head.n && memchr(head.p, '\0', head.n))
		name = str_cut(str_of(charset_guess(head, guess)), ' ', &more);
	if (!is_wide(name))
		return 0;
	return err_set(e, ERR_INPUT, "source.encoding", "the text looks like %s; if it is, declare \"encoding\": "
		"\"%.*s\" in the mapping's source", guess, STR_ARG(name));
}

/* Whether the bytes may be the beginning of a character that the next ones complete. */
static bool is_cut(struct str s)
{
	unsigned char lead = (unsigned char)s.p[0];
	size_t length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	return s.n < length;
}

static void set_fault(struct source_text *t, struct str text, size_t at)
{
	char guess[40] = "";
	unsigned byte = (unsigned char)text.p[at];
	unsigned long long offset = t->offset + at;
	if (!t->source->bom) /* what is plain ASCII up to here says nothing */
		charset_guess(str_from(text, at), guess);
	if (guess[0] && !is_utf8(guess))
		err_set(&t->fault, ERR_INPUT, "source.encoding", "the byte 0x%02X at offset %llu is not valid UTF-8; the text "
			"looks like %s: if it is, declare \"encoding\": \"%s\" in the mapping's source", byte, offset, guess,
			guess);
	else if (t->source->bom)
		err_set(&t->fault, ERR_INPUT, "source.encoding", "the byte 0x%02X at offset %llu is not valid UTF-8, which the "
			"byte order mark promises", byte, offset);
	else
		err_set(&t->fault, ERR_INPUT, "source.encoding", "the byte 0x%02X at offset %llu is not valid UTF-8; if the "
			"text is in another encoding, declare it (\"encoding\": \"windows-1252\") in the mapping's source",
			byte, offset);
}

/* The valid text of a chunk; a character at its end that is not whole waits for the next one. */
static struct str check(struct source_text *t, struct str raw)
{
	size_t valid = utf8_invalid_at(raw);
	t->cut = str_from(raw, valid);
	if (t->cut.n && (t->ended || !is_cut(t->cut)))
		set_fault(t, raw, valid);
	return str_head(raw, valid);
}

static struct str convert(struct source_text *t, struct str raw)
{
	buf_clear(&t->converted);
	if (charset_convert(t->charset, raw, &t->converted, &t->fault) == 0 && t->ended)
		charset_end(t->charset, &t->converted, &t->fault);
	return buf_str(&t->converted);
}

static int next_chunk(struct source_text *t, struct str *piece, struct err *e)
{
	size_t got = 1, full = t->cut.n + CHUNK;
	struct str raw = { t->raw, t->cut.n };
	if (t->cut.n)
		memmove(t->raw, t->cut.p, t->cut.n);
	for (; got && raw.n < full; raw.n += got) { /* chunks are whole even where a pipe brings less */
		if (source_read(t->source, t->raw + raw.n, full - raw.n, &got, e))
			return -1;
	}
	t->ended = got == 0;
	*piece = t->charset ? convert(t, raw) : check(t, raw);
	t->offset += raw.n - t->cut.n;
	if (!t->begun && t->source->bom && str_starts(*piece, MARK))
		*piece = str_from(*piece, MARK.n);
	t->begun = true;
	return 0;
}

struct source_text *source_text_open(struct source *s, struct err *e)
{
	struct str head = { s->head, s->head_n };
	const char *declared = s->options->encoding;
	size_t length;
	const char *name = charset_bom(head, &length);
	bool is_declared = declared && strcmp(declared, "auto") != 0;
	s->bom = name != NULL;
	if (!s->bom && !is_declared && refuse_wide(head, e))
		return NULL;
	s->encoding = s->bom ? name : is_declared && !is_utf8(declared) ? declared : "UTF-8";
	struct charset *charset = NULL;
	if (!is_utf8(s->encoding) && !(charset = charset_open(s->encoding, e)))
		return NULL;
	struct source_text *t = mem_alloc(sizeof *t);
	*t = (struct source_text){ .source = s, .charset = charset, .raw = mem_alloc(CHUNK + CHARACTER) };
	return t;
}

int source_text_next(struct source_text *t, struct str *piece, struct err *e)
{
	*piece = (struct str){ 0 };
	while (piece->n == 0 && !t->fault.class && !t->ended) {
		if (next_chunk(t, piece, e))
			return -1;
	}
	if (piece->n || !t->fault.class)
		return 0;
	*e = t->fault;
	return -1;
}

void source_text_close(struct source_text *t)
{
	if (!t)
		return;
	charset_close(t->charset);
	buf_release(&t->converted);
	free(t->raw);
	free(t);
}
