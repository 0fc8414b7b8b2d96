#include "unit.h"

#include "qonduit/currency.h"

static void is_code(const char *text, const char *expected)
{
	const char *code = currency_code(str_of(text));
	ASSERT_STR(str_of(code ? code : "none"), expected);
}

static void knows_codes_in_any_case(void)
{
	is_code("EUR", "EUR");
	is_code(" eur ", "EUR");
	is_code("Aed", "AED");
	is_code("zwg", "ZWG");
	is_code("XYZ", "none");
	is_code("EURO", "none");
	is_code("", "none");
}

static void knows_signs(void)
{
	is_code("€", "EUR");
	is_code("£", "GBP");
	is_code("$", "USD");
	is_code("US$", "USD");
	is_code("zł", "PLN");
	is_code("Kč", "CZK");
}

static void knows_what_garbling_makes_of_signs(void)
{
	is_code("â‚¬", "EUR");
	is_code("\xc3\xa2\xc2\x82\xc2\xac", "EUR"); /* by way of Latin-1 */
	is_code("Â£", "GBP");
	is_code("zÅ‚", "PLN");
}

static void a_shared_sign_tells_no_currency(void)
{
	is_code("kr", "none");
	is_code("¥", "none");
}

static void strips(const char *text, const char *expected)
{
	ASSERT_STR(currency_strip(str_of(text)), expected);
}

static void takes_signs_and_codes_off_numbers(void)
{
	strips("€10.00", "10.00");
	strips("€ 1,407.70", "1,407.70");
	strips("10.00 €", "10.00");
	strips("10.00\xc2\xa0zł", "10.00");
	strips("EUR 5", "5");
	strips("5eur", "5");
	strips("kr 100", "100");
	strips("¥100", "100");
	strips("Â£9.99", "9.99");
	strips("€.50", ".50");
	strips("€-5", "-5");
}

static void leaves_other_texts_as_they_are(void)
{
	strips("10.00", "10.00");
	strips("abc 10", "abc 10");
	strips("10 pcs", "10 pcs");
	strips("kr.100", "kr.100");
	strips("€10€", "€10€");
	strips("", "");
	strips("n/a", "n/a");
}

UNIT_SUITE(currency, UNIT(knows_codes_in_any_case), UNIT(knows_signs), UNIT(knows_what_garbling_makes_of_signs),
	UNIT(a_shared_sign_tells_no_currency), UNIT(takes_signs_and_codes_off_numbers), UNIT(leaves_other_texts_as_they_are))
