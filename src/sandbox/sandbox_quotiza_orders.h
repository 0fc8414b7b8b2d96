/* Quotiza's orders export. For sandbox_quotiza.c alone. */
#ifndef QONDUIT_SANDBOX_QUOTIZA_ORDERS_H
#define QONDUIT_SANDBOX_QUOTIZA_ORDERS_H

#include "qonduit/sandbox_records.h"

struct quotiza_orders {
	struct sandbox_records all;
	int64_t newest; /* created_at, ms since 1970: n_days go back from there, so that replies do not hang on the day */
};

int quotiza_orders_open(const struct sandbox_setup *setup, struct arena *arena, struct quotiza_orders *out,
	struct err *e);
/* Token and account have been looked at. */
void quotiza_export(const struct quotiza_orders *orders, const struct sandbox_request *q, struct sandbox_reply *r);

#endif
