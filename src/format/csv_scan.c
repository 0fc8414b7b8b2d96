/* The bytes that matter are found in blocks of 64, a bit for each. Which quotes open and which close follows from their
 * parity, and from both which delimiters and line ends are data; what is irregular shows as a bit, too. A loop over the
 * separators that are left then cuts the fields. */
#include "qonduit/csv_scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK 64
#define STRETCH ((size_t)64 << 10) /* bytes that are scanned in one go; a longer row is libcsv's */
#define EACH(byte) (0x0101010101010101u * (byte))
#define INLINE static inline __attribute__((always_inline))

/* A bit for each byte of a block, the lowest for the first. */
struct bits {
	uint64_t delimiter, quote, lf, cr;
};

/* The bytes that a file is written with. */
struct style {
	unsigned char delimiter, quote;
};

/* What a block hands on to the next one: about its last byte, in the lowest bit; `inside` in all of them. */
struct carry {
	uint64_t inside, quote, closing, separator, cr;
	bool open; /* inside, closing or cr */
};

/* What the bytes of a block are. */
struct marks {
	uint64_t separator; /* delimiters and line ends that end a field, up to the first irregular byte */
	uint64_t lf;
	uint64_t doubled;   /* the second of two quotes in quotes */
	uint64_t line;      /* LF in quotes */
	bool irregular;
};

/* A row that is being cut. */
struct cut {
	const char *row, *field; /* where it and its next field begin */
	size_t first, cells;  /* the first of its cells in the batch; how many there are with those that it has so far */
	size_t lines;         /* line ends in its quotes */
	bool doubled;         /* the field has doubled quotes */
};

/* Finds the bits of 64 bytes, and copies them. */
typedef struct bits find_bits(struct style s, const char *from, char *to);
typedef size_t cut_rows(struct csv_scan *s, struct str text, char *copy, size_t rows, struct batch *b);

/* --- the bytes that matter --- */

/* A bit for each of the eight bytes that is `byte`. */
INLINE uint64_t equal_in_word(uint64_t word, unsigned char byte)
{
	uint64_t other = word ^ EACH(byte);
	uint64_t equal = ~(((other & EACH(0x7f)) + EACH(0x7f)) | other | EACH(0x7f));
	return (equal >> 7) * 0x0102040810204080u >> 56;
}

INLINE struct bits find_portable(struct style s, const char *from, char *to)
{
	struct bits bits = { 0 };
	memcpy(to, from, BLOCK);
	for (unsigned i = 0; i < BLOCK; i += 8) {
		uint64_t word;
		memcpy(&word, from + i, 8);
		if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
			word = __builtin_bswap64(word);
		bits.delimiter |= equal_in_word(word, s.delimiter) << i;
		bits.quote |= equal_in_word(word, s.quote) << i;
		bits.lf |= equal_in_word(word, '\n') << i;
		bits.cr |= equal_in_word(word, '\r') << i;
	}
	return bits;
}

#if defined(__x86_64__)
INLINE uint64_t equal_in_16(__m128i v, unsigned char byte)
{
	return (uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)byte)));
}

INLINE struct bits find_sse2(struct style s, const char *from, char *to)
{
	struct bits bits = { 0 };
#pragma GCC unroll 4
	for (unsigned i = 0; i < BLOCK; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(from + i));
		_mm_storeu_si128((__m128i *)(void *)(to + i), v);
		bits.delimiter |= equal_in_16(v, s.delimiter) << i;
		bits.quote |= equal_in_16(v, s.quote) << i;
		bits.lf |= equal_in_16(v, '\n') << i;
		bits.cr |= equal_in_16(v, '\r') << i;
	}
	return bits;
}

#define AVX2 __attribute__((target("avx2,bmi")))

INLINE AVX2 uint64_t equal_in_32(__m256i v, unsigned char byte)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)byte)));
}

INLINE AVX2 struct bits find_avx2(struct style s, const char *from, char *to)
{
	struct bits bits = { 0 };
#pragma GCC unroll 2
	for (unsigned i = 0; i < BLOCK; i += 32) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(from + i));
		_mm256_storeu_si256((__m256i *)(void *)(to + i), v);
		bits.delimiter |= equal_in_32(v, s.delimiter) << i;
		bits.quote |= equal_in_32(v, s.quote) << i;
		bits.lf |= equal_in_32(v, '\n') << i;
		bits.cr |= equal_in_32(v, '\r') << i;
	}
	return bits;
}
#endif

/* The last `n` bytes of a text; none of them may be read past its end. */
INLINE struct bits find_rest(struct style s, const char *from, size_t n, char *to, find_bits *find)
{
	char block[BLOCK] = { 0 };
	uint64_t there = ((uint64_t)1 << n) - 1;
	memcpy(block, from, n);
	struct bits bits = find(s, block, to);
	return (struct bits){ bits.delimiter & there, bits.quote & there, bits.lf & there, bits.cr & there };
}

/* --- what they mean --- */

/* Each bit is the parity of the bits up to it. */
INLINE uint64_t parity_up_to(uint64_t bits)
{
	bits ^= bits << 1;
	bits ^= bits << 2;
	bits ^= bits << 4;
	bits ^= bits << 8;
	bits ^= bits << 16;
	return bits ^ bits << 32;
}

/* Each bit moves to the byte behind; the lowest comes from the block before, the highest goes to the next one. */
INLINE uint64_t behind(uint64_t bits, uint64_t *carry)
{
	uint64_t moved = bits << 1 | *carry;
	*carry = bits >> (BLOCK - 1);
	return moved;
}

INLINE struct marks mark(struct bits bits, struct carry *carry)
{
	uint64_t inside = parity_up_to(bits.quote) ^ carry->inside;
	uint64_t opening = bits.quote & inside, closing = bits.quote & ~inside;
	uint64_t separator = (bits.delimiter | bits.lf) & ~inside;
	uint64_t doubled = opening & behind(bits.quote, &carry->quote);
	uint64_t irregular = (opening & ~doubled & ~behind(separator, &carry->separator)) |
		(behind(closing, &carry->closing) & ~(separator | bits.quote | bits.cr)) |
		(behind(bits.cr, &carry->cr) & ~bits.lf);
	carry->inside = -(inside >> (BLOCK - 1));
	carry->open = carry->inside | carry->closing | carry->cr;
	return (struct marks){ separator & ((irregular & -irregular) - 1), bits.lf, doubled, bits.lf & inside,
		irregular != 0 };
}

/* Whether a block, by what stands in it and what came before, has no quotes, nothing in quotes, and no CR. */
INLINE bool is_plain(struct bits bits, const struct carry *carry)
{
	return !(bits.quote | bits.cr) && !carry->open;
}

/* The same for such a block. A quote before it would be open or closing. */
INLINE struct marks mark_plain(struct bits bits, struct carry *carry)
{
	uint64_t separator = bits.delimiter | bits.lf;
	carry->separator = separator >> (BLOCK - 1);
	return (struct marks){ .separator = separator, .lf = bits.lf };
}

/* --- rows --- */

/* Undoes doubled quotes in place; returns the length that is left. */
static size_t undouble(char *text, size_t n, char quote)
{
	char *to = text, *from = text, *end = text + n, *at;
	while ((at = memchr(from, quote, (size_t)(end - from)))) {
		size_t part = (size_t)(at - from) + 1;
		memmove(to, from, part);
		to += part;
		from = at + 2;
	}
	memmove(to, from, (size_t)(end - from));
	return n - (size_t)(from - to);
}

/* The field from `text` to `end`, as it stands between its quotes; a plain one has none. */
INLINE struct cell cut_field(const char *text, const char *end, char quote, bool plain)
{
	size_t quoted = !plain && *text == quote;
	return cell_of((struct str){ text + quoted, (size_t)(end - text) - 2 * quoted }, CELL_TEXT);
}

/* Whether the field that ends at the lowest bit of `left` has doubled quotes, which are undone then. */
INLINE void undouble_field(struct cut *c, struct marks *m, uint64_t left, struct cell *cell, char quote)
{
	uint64_t before = left ^ (left - 1);
	if (c->doubled || (m->doubled & before))
		cell->n = (uint32_t)undouble((char *)(uintptr_t)cell->p, cell->n, quote);
	c->doubled = false;
	m->doubled &= ~before;
}

/* The row that ends before `end`; a blank line is none. */
INLINE void end_row(struct csv_scan *s, struct cut *c, const char *end, size_t cells, struct batch *b)
{
	size_t width = cells - c->first;
	if (end > c->row || width > 1) {
		b->row[b->rows++] = (struct batch_row){ .first = c->first, .width = (uint32_t)width, .number = s->number,
			.line = s->line };
		b->cell_count = cells;
	}
	s->number++;
	s->line += 1 + c->lines;
	c->lines = 0;
	c->first = b->cell_count;
}

/* Cuts at the separators of the block `text`, until the batch has `rows` rows. No field that ends in a plain one has
 * quotes, and no row that ends there a CR. */
INLINE void cut_block(struct csv_scan *s, struct marks m, bool plain, const char *text, struct cut *c, size_t rows,
	struct batch *b)
{
	char quote = (char)s->quote;
	struct cell *cells = b->cells, *cell = cells + c->cells;
	const char *field = c->field;
	bool any_doubled = c->doubled || m.doubled;
	for (uint64_t left = m.separator; left; left &= left - 1) {
		int bit = __builtin_ctzll(left);
		const char *at = text + bit, *end = at;
		bool ends_row = m.lf >> bit & 1;
		if (!plain && ends_row && at > field)
			end -= at[-1] == '\r';
		*cell = cut_field(field, end, quote, plain);
		if (!plain && __builtin_expect(any_doubled, false))
			undouble_field(c, &m, left, cell, quote);
		cell++;
		field = at + 1;
		if (!ends_row)
			continue;
		if (!plain && __builtin_expect(m.line != 0, false)) {
			uint64_t before = left ^ (left - 1);
			c->lines += (size_t)__builtin_popcountll(m.line & before);
			m.line &= ~before;
		}
		end_row(s, c, end, (size_t)(cell - cells), b);
		c->row = field;
		cell = cells + c->first;
		if (b->rows == rows)
			return;
	}
	c->cells = (size_t)(cell - cells);
	c->field = field;
	c->doubled = !plain && (c->doubled || m.doubled);
	if (!plain && m.line)
		c->lines += (size_t)__builtin_popcountll(m.line);
}

INLINE size_t cut_all(struct csv_scan *s, struct str text, char *copy, size_t rows, struct batch *b, find_bits *find)
{
	const struct style style = { s->delimiter, s->quote };
	struct carry carry = { .separator = 1 };
	struct cut c = { .row = copy, .field = copy, .first = b->cell_count, .cells = b->cell_count };
	const char *from = text.p;
	char *to = copy;
	for (size_t left = text.n, n; left && b->rows < rows; left -= n, from += n, to += n) {
		n = left < BLOCK ? left : BLOCK;
		struct bits bits = n == BLOCK ? find(style, from, to) : find_rest(style, from, n, to, find);
		batch_room(b, c.cells + BLOCK, b->rows + BLOCK);
		if (is_plain(bits, &carry)) {
			cut_block(s, mark_plain(bits, &carry), true, to, &c, rows, b);
			continue;
		}
		struct marks m = mark(bits, &carry);
		cut_block(s, m, false, to, &c, rows, b);
		if (m.irregular)
			break;
	}
	return (size_t)(c.row - copy);
}

static size_t cut_portable(struct csv_scan *s, struct str text, char *copy, size_t rows, struct batch *b)
{
	return cut_all(s, text, copy, rows, b, find_portable);
}

#if defined(__x86_64__)
static size_t cut_sse2(struct csv_scan *s, struct str text, char *copy, size_t rows, struct batch *b)
{
	return cut_all(s, text, copy, rows, b, find_sse2);
}

static AVX2 size_t cut_avx2(struct csv_scan *s, struct str text, char *copy, size_t rows, struct batch *b)
{
	return cut_all(s, text, copy, rows, b, find_avx2);
}
#endif

static cut_rows *const engines[] = {
	[CSV_ENGINE_PORTABLE] = cut_portable,
#if defined(__x86_64__)
	[CSV_ENGINE_SSE2] = cut_sse2,
	[CSV_ENGINE_AVX2] = cut_avx2,
#endif
	[CSV_ENGINE_LIBCSV] = NULL,
};

/* --- interface --- */

bool csv_engine_known(enum csv_engine engine)
{
#if defined(__x86_64__)
	if (engine == CSV_ENGINE_AVX2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
#endif
	return engine == CSV_ENGINE_BEST || engine == CSV_ENGINE_LIBCSV || engines[engine];
}

void csv_scan_init(struct csv_scan *s, char delimiter, char quote, enum csv_engine engine)
{
	static const char ends[] = { '\n', '\r' };
	if (delimiter == quote || memchr(ends, delimiter, sizeof ends) || memchr(ends, quote, sizeof ends))
		engine = CSV_ENGINE_LIBCSV;
	if (engine == CSV_ENGINE_BEST)
		engine = CSV_ENGINE_AVX2;
	while (!csv_engine_known(engine))
		engine++;
	*s = (struct csv_scan){ .delimiter = (unsigned char)delimiter, .quote = (unsigned char)quote, .engine = engine,
		.number = 1, .line = 1 };
}

size_t csv_scan_rows(struct csv_scan *s, struct str text, size_t rows, struct batch *b)
{
	cut_rows *cut = engines[s->engine];
	if (!cut || text.n == 0)
		return 0;
	text = str_head(text, STRETCH);
	char *copy = arena_alloc(&b->arena, (text.n + BLOCK - 1) / BLOCK * BLOCK);
	size_t done = cut(s, text, copy, rows, b);
	arena_trim(&b->arena, copy, done);
	return done;
}
