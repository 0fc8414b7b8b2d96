#include "qonduit/sandbox_goods.h"

#include <stdio.h>

static const char *const brands[] = { "Aurika", "Belmora", "Cassiv", "Derlane", "Élvia", "Fjordal", "Gakagre", "Łagrin",
	"Lukoral", "Neàlma", "Ori & Co", "Seløjoen" };
static const char *const categories[] = { "Fragrance", "Face Care", "Hair Care", "Nail Polish", "Lip Care", "Oral Care",
	"Bath & Body", "Baby Care" };
static const char *const kinds[] = { "Eau de Parfum", "Face Serum", "Shampoo", "Nail Polish", "Lip Balm", "Toothpaste",
	"Après-Soleil", "Żel pod prysznic" };
static const char *const sizes[] = { "30 ml", "50 ml", "100 ml", "2 x 50 ml", "150 ml", "12 g" };
static const uint64_t units[] = { 1, 6, 12, 24 };

enum {
	BRANDS = sizeof brands / sizeof *brands, CATEGORIES = sizeof categories / sizeof *categories,
	KINDS = sizeof kinds / sizeof *kinds, SIZES = sizeof sizes / sizeof *sizes, UNITS = sizeof units / sizeof *units,
};

static struct str gtin_of(uint64_t i, struct arena *arena)
{
	char digits[32];
	unsigned sum = 0;
	snprintf(digits, sizeof digits, "211%09llu", (unsigned long long)(i + 1) % 1000000000);
	for (size_t k = 0; k < 12; k++)
		sum += (unsigned)(digits[k] - '0') * (k % 2 ? 3 : 1);
	return arena_printf(arena, "%s%u", digits, (10 - sum % 10) % 10);
}

/* Cents as catalogs have them: in one of ten the last zero is not written. */
static struct str price_of(uint64_t i, struct arena *arena)
{
	uint64_t cents = 190 + i * 37 % 9000;
	if (cents % 10 == 0)
		return arena_printf(arena, "%u.%u", (unsigned)(cents / 100), (unsigned)(cents / 10 % 10));
	return arena_printf(arena, "%u.%02u", (unsigned)(cents / 100), (unsigned)(cents % 100));
}

static struct str name_of(uint64_t i, struct str brand, struct arena *arena)
{
	const char *kind = kinds[i % KINDS], *size = sizes[i % SIZES];
	unsigned long long number = i + 1;
	if (i % 25 == 7)
		return arena_printf(arena, "%.*s \"%s\", %s No %llu", STR_ARG(brand), kind, size, number);
	return arena_printf(arena, "%.*s %s%s %s No %llu", STR_ARG(brand), kind, i % 10 == 3 ? "," : "", size, number);
}

struct str sandbox_slug(struct str text, struct arena *arena)
{
	char *to = arena_alloc(arena, text.n + 1);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		to[i] = letter ? (char)(c | 32) : c >= '0' && c <= '9' ? c : '-';
	}
	return (struct str){ to, text.n };
}

void sandbox_good_make(uint64_t i, struct arena *arena, struct sandbox_good *out)
{
	*out = (struct sandbox_good){ .brand = str_of(brands[i % BRANDS]), .category = str_of(categories[i % CATEGORIES]),
		.unit = units[i % UNITS], .offers = 1 + i % 5, .ahead = i % 17 == 16 };
	out->gtin = gtin_of(i, arena);
	out->name = name_of(i, out->brand, arena);
	out->price = price_of(i, arena);
	out->inventory = i % 40 == 39 ? 0 : out->unit * (1 + i * 7 % 60);
	out->total = out->inventory * out->offers;
	out->slug = sandbox_slug(out->name, arena);
	out->fid = arena_printf(arena, "%016llx%08x%08x", (unsigned long long)str_hash(out->gtin),
		(unsigned)str_hash(out->name), (unsigned)i);
}

const char *sandbox_good_brand(size_t i)
{
	return i < BRANDS ? brands[i] : NULL;
}

const char *sandbox_good_category(size_t i)
{
	return i < CATEGORIES ? categories[i] : NULL;
}
