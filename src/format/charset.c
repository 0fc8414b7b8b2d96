#include "qonduit/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <uchardet/uchardet.h>

#define CHUNK 8192
#define SEQUENCE_MAX 16 /* bytes of one character in any encoding, escapes before it included */
#define NAME_MAX_LENGTH 40

struct charset {
	iconv_t converter;
	char name[NAME_MAX_LENGTH];
	uint64_t done; /* bytes of the stream converted */
	char kept[SEQUENCE_MAX];
	size_t kept_n;
};

/* --- guess --- */

/* Latin text in UTF-16 has a zero byte in nearly every pair, always on the same side. */
static const char *guess_utf16(struct str sample)
{
	size_t zeros[2] = { 0 }, pairs = sample.n / 2;
	for (size_t i = 0; i < pairs * 2; i++)
		zeros[i % 2] += sample.p[i] == '\0';
	for (int side = 0; side < 2; side++) {
		if (pairs >= 2 && zeros[side] * 10 > pairs * 6 && zeros[!side] * 10 < pairs)
			return side ? "UTF-16LE" : "UTF-16BE";
	}
	return NULL;
}

/* --- conversion --- */

/* The name as a person writes it: no "//TRANSLIT" and no other place where glibc gives a character a meaning. */
static bool is_name(const char *name)
{
	size_t n = 0;
	while (isalnum((unsigned char)name[n]) || (name[n] && strchr("-_.:+()", name[n])))
		n++;
	return n && n < NAME_MAX_LENGTH && !name[n];
}

static iconv_t open_converter(const char *from)
{
	return is_name(from) ? iconv_open("UTF-8", from) : (iconv_t)-1;
}

/* Converts from *p to `end`, as far as it goes. 0, or errno: EILSEQ and EINVAL leave *p at the sequence. */
static int convert(struct charset *c, const char **p, const char *end, struct buf *out)
{
	char chunk[CHUNK];
	for (;;) {
		char *in = (char *)*p, *to = chunk;
		size_t in_left = (size_t)(end - *p), to_left = sizeof chunk;
		size_t result = iconv(c->converter, *p ? &in : NULL, &in_left, &to, &to_left);
		int why = result == (size_t)-1 ? errno : 0;
		buf_add(out, (struct str){ chunk, sizeof chunk - to_left });
		c->done += (size_t)(in - *p);
		*p = in;
		if (why != E2BIG || out->full)
			return why;
	}
}

/* Refuses what `convert` stopped at, but for a sequence at the end that more bytes can complete. */
static int judge(const struct charset *c, int why, struct str rest, const struct buf *out, struct err *e)
{
	if (out->full)
		return err_set(e, ERR_INPUT, "charset.too_long", "expected at most %zu bytes of text, found more", out->max);
	if (why == EILSEQ || rest.n >= SEQUENCE_MAX)
		return err_set(e, ERR_INPUT, "charset.invalid",
			"expected text in %s, found the byte 0x%02X at offset %llu, which is no character there", c->name,
			(unsigned)(unsigned char)rest.p[0], (unsigned long long)c->done);
	return 0;
}

/* Completes the sequence that is kept with bytes off the front of *in. */
static int convert_kept(struct charset *c, struct str *in, struct buf *out, struct err *e)
{
	while (c->kept_n && in->n) {
		c->kept[c->kept_n++] = in->p[0];
		*in = str_from(*in, 1);
		const char *p = c->kept;
		int why = convert(c, &p, c->kept + c->kept_n, out);
		struct str rest = { p, (size_t)(c->kept + c->kept_n - p) };
		if (judge(c, why, rest, out, e))
			return -1;
		memmove(c->kept, rest.p, rest.n);
		c->kept_n = rest.n;
	}
	return 0;
}

/* --- interface --- */

const char *charset_bom(struct str head, size_t *length)
{
	static const struct {
		const char *name;
		struct str mark;
	} marks[] = { /* UTF-32LE begins as UTF-16LE does */
		{ "UTF-8", { "\xef\xbb\xbf", 3 } },
		{ "UTF-32LE", { "\xff\xfe\0\0", 4 } }, { "UTF-32BE", { "\0\0\xfe\xff", 4 } },
		{ "UTF-16LE", { "\xff\xfe", 2 } }, { "UTF-16BE", { "\xfe\xff", 2 } },
	};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (str_starts(head, marks[i].mark)) {
			*length = marks[i].mark.n;
			return marks[i].name;
		}
	}
	*length = 0;
	return NULL;
}

const char *charset_guess(struct str sample, char out[40])
{
	size_t length;
	const char *name = charset_bom(sample, &length);
	if (name) {
		snprintf(out, 40, "%s", name);
		return out;
	}
	name = guess_utf16(sample);
	if (name) {
		snprintf(out, 40, "%s without a byte order mark", name);
		return out;
	}
	uchardet_t detector = uchardet_new();
	if (sample.n && uchardet_handle_data(detector, sample.p, sample.n) == 0)
		uchardet_data_end(detector);
	snprintf(out, 40, "%s", uchardet_get_charset(detector));
	uchardet_delete(detector);
	if (strcmp(out, "ISO-8859-1") == 0 || strcmp(out, "ISO-8859-3") == 0) /* a part of it; next to never meant */
		snprintf(out, 40, "windows-1252");
	if (strncmp(out, "WINDOWS-", 8) == 0 || strncmp(out, "ISO-8859-", 9) == 0) {
		for (char *p = out; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	if (!charset_known(out))
		out[0] = '\0';
	return out;
}

bool charset_known(const char *name)
{
	iconv_t converter = open_converter(name);
	if (converter == (iconv_t)-1)
		return false;
	iconv_close(converter);
	return true;
}

struct charset *charset_open(const char *from, struct err *e)
{
	iconv_t converter = open_converter(from);
	if (converter == (iconv_t)-1) {
		err_set(e, ERR_MAPPING, "charset.unknown",
			"expected the name of an encoding, such as windows-1252 or iso-8859-2, found \"%.80s\"", from);
		return NULL;
	}
	struct charset *c = mem_alloc(sizeof *c);
	*c = (struct charset){ .converter = converter };
	snprintf(c->name, sizeof c->name, "%s", from);
	return c;
}

int charset_convert(struct charset *c, struct str in, struct buf *out, struct err *e)
{
	if (convert_kept(c, &in, out, e))
		return -1;
	if (in.n == 0)
		return 0;
	const char *p = in.p, *end = in.p + in.n;
	int why = convert(c, &p, end, out);
	struct str rest = { p, (size_t)(end - p) };
	if (judge(c, why, rest, out, e))
		return -1;
	memcpy(c->kept, rest.p, rest.n);
	c->kept_n = rest.n;
	return 0;
}

int charset_end(struct charset *c, struct buf *out, struct err *e)
{
	if (c->kept_n)
		return err_set(e, ERR_INPUT, "charset.cut",
			"expected the rest of a character in %s, found the end of the text at offset %llu", c->name,
			(unsigned long long)(c->done + c->kept_n));
	const char *flush = NULL;
	convert(c, &flush, NULL, out);
	return 0;
}

void charset_close(struct charset *c)
{
	if (c)
		iconv_close(c->converter);
	free(c);
}
