/* currency - ISO 4217 codes, the signs in front of prices, and what mojibake makes of them. */
#ifndef QONDUIT_CURRENCY_H
#define QONDUIT_CURRENCY_H

#include "qonduit/str.h"

/* "EUR", "eur", "€", "â‚¬" → "EUR"; "£", "Â£" → "GBP"; "$" → "USD"; "zł" → "PLN"; … Null where it is none or several
 * currencies share the sign (kr). The result is static. */
const char *currency_code(struct str text);
/* Takes a currency sign or code off either end of a number's text, white space with it. */
struct str currency_strip(struct str number);

#endif
