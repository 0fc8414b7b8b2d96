/* sandbox_goods - the products that the sandbox invents: the i-th is always the same one, for all systems.
 *
 * Article numbers begin with 211, which no product on sale does. Names have what real ones have: letters beyond ASCII,
 * commas, quotes. Every fortieth is out of stock, every seventeenth can be ordered only before it arrives.
 */
#ifndef QONDUIT_SANDBOX_GOODS_H
#define QONDUIT_SANDBOX_GOODS_H

#include "qonduit/arena.h"

enum { SANDBOX_GOODS_MAX = 100000000 };

struct sandbox_good {
	struct str gtin, name, category, brand, price, fid, slug;
	uint64_t unit, inventory, offers, total;
	bool ahead; /* pre-order */
};

/* `i` from 0. Texts are in the arena, or static. */
void sandbox_good_make(uint64_t i, struct arena *arena, struct sandbox_good *out);
/* As in an address: ASCII letters and digits in lower case, all else a hyphen. */
struct str sandbox_slug(struct str text, struct arena *arena);
/* Null behind the last. */
const char *sandbox_good_brand(size_t i);
const char *sandbox_good_category(size_t i);

#endif
