#include "qonduit/currency.h"

#include <stdlib.h>

#include "qonduit/arena.h"
#include "qonduit/unicode.h"

#define CODE_LETTERS 3
#define SIGN_BYTES 16 /* longer runs of text are no sign of a currency, garbled or not */

/* ISO 4217, in order: money one can pay with, or could until lately. */
static const char codes[][CODE_LETTERS + 1] = {
	"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
	"BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC",
	"CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS",
	"GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
	"JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
	"LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN",
	"NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON",
	"RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
	"SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS",
	"VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
};

/* A sign without a code is one that several currencies share. */
static const struct {
	const char *sign, *code;
} signs[] = {
	{ "€", "EUR" }, { "£", "GBP" }, { "$", "USD" }, { "US$", "USD" }, { "zł", "PLN" }, { "Kč", "CZK" }, { "Ft", "HUF" },
	{ "лв", "BGN" }, { "₴", "UAH" }, { "₺", "TRY" }, { "₽", "RUB" }, { "₹", "INR" }, { "₪", "ILS" }, { "₩", "KRW" },
	{ "฿", "THB" }, { "₫", "VND" }, { "₦", "NGN" }, { "₱", "PHP" }, { "₸", "KZT" }, { "R$", "BRL" }, { "A$", "AUD" },
	{ "C$", "CAD" }, { "NZ$", "NZD" }, { "HK$", "HKD" }, { "CN¥", "CNY" }, { "JP¥", "JPY" }, { "Fr", "CHF" },
	{ "¥", NULL }, { "kr", NULL }, { "lei", NULL },
};

static int order_codes(const void *key, const void *code)
{
	return memcmp(key, code, CODE_LETTERS);
}

static const char *find_code(struct str text)
{
	char upper[CODE_LETTERS];
	if (text.n != CODE_LETTERS)
		return NULL;
	for (int i = 0; i < CODE_LETTERS; i++)
		upper[i] = text.p[i] >= 'a' && text.p[i] <= 'z' ? (char)(text.p[i] - ('a' - 'A')) : text.p[i];
	return bsearch(upper, codes, sizeof codes / sizeof *codes, sizeof *codes, order_codes);
}

/* Whether the text is a sign or a code; *code is null where that does not tell the currency. */
static bool find(struct str text, const char **code)
{
	*code = find_code(text);
	if (*code)
		return true;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		if (str_eq_nocase(text, str_of(signs[i].sign))) {
			*code = signs[i].code;
			return true;
		}
	}
	uint32_t codepoint;
	return text.n && utf8_next(text, &codepoint) == text.n && uni_is_currency_sign(codepoint);
}

/* The same for text that may have been encoded twice. */
static bool find_garbled(struct str text, const char **code)
{
	if (text.n > SIGN_BYTES || find(text, code))
		return text.n <= SIGN_BYTES;
	struct arena scratch;
	arena_init(&scratch, 4 * SIGN_BYTES);
	bool found = find(uni_repair(&scratch, text), code);
	arena_release(&scratch);
	return found;
}

static bool belongs_to_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '+' || c == '-';
}

const char *currency_code(struct str text)
{
	const char *code = NULL;
	find_garbled(uni_trim(text), &code);
	return code;
}

struct str currency_strip(struct str number)
{
	const char *code;
	size_t front = 0, end = number.n;
	while (front < number.n && !belongs_to_number(number.p[front]))
		front++;
	while (end > front && !belongs_to_number(number.p[end - 1]))
		end--;
	struct str before = uni_trim(str_head(number, front)), behind = uni_trim(str_from(number, end));
	/* "kr.100" is no price of a tenth */
	bool abbreviation = before.n && front < number.n && (before.p[before.n - 1] & 0xdf) >= 'A' &&
		(before.p[before.n - 1] & 0xdf) <= 'Z' && (number.p[front] == '.' || number.p[front] == ',');
	if (before.n && behind.n == 0 && !abbreviation && find_garbled(before, &code))
		return uni_trim(str_from(number, front));
	if (behind.n && before.n == 0 && find_garbled(behind, &code))
		return uni_trim(str_head(number, end));
	return number;
}
