/* sandbox_product - Quotiza's product: its documented attributes, the checks, and the shelf of what stands.
 *
 * A shelf holds products found by sku, in the order in which they came first. sandbox_shelf_put updates: attributes
 * that are not named stay. Values are kept as JSON text, numbers as they were written. A zeroed shelf is an empty
 * one.
 */
#ifndef QONDUIT_SANDBOX_PRODUCT_H
#define QONDUIT_SANDBOX_PRODUCT_H

#include "qonduit/json_doc.h"

struct sandbox_product;

struct sandbox_shelf {
	struct sandbox_product **all;
	size_t count, cap;
	struct sandbox_product **slots; /* by hash of the sku */
	size_t slot_count;              /* a power of two */
};

/* What is wrong with it, ", " between; nothing added where nothing is. */
void sandbox_product_check(const struct json *product, struct buf *reasons);

/* The product must have passed the check. */
void sandbox_shelf_put(struct sandbox_shelf *s, const struct json *product);
/* {"SKU":{"sku":"SKU",…},…}, attributes in the documentation's order. */
void sandbox_shelf_print(const struct sandbox_shelf *s, struct buf *to);
void sandbox_shelf_release(struct sandbox_shelf *s);

#endif
