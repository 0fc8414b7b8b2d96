/* sandbox_product - Quotiza's product: its documented attributes and the checks on them. */
#ifndef QONDUIT_SANDBOX_PRODUCT_H
#define QONDUIT_SANDBOX_PRODUCT_H

#include "qonduit/sandbox_field.h"

/* In the documentation's order. */
extern const struct sandbox_field sandbox_product_fields[];

/* What is wrong with it, ", " between; nothing added where nothing is. */
void sandbox_product_check(const struct json *product, struct buf *reasons);

#endif
