/* ask - a sandbox without sockets for tests: requests at times of their choosing.
 *
 *     struct ask a = { .faults = { "2@import:500" } };
 *     ask_open(&a);
 *     ask_import(&a, 0, IMPORT(PRODUCT("A")));
 *     ASSERT_STR(ask_body(&a), "…");
 *     ask_close(&a);
 *
 * Limits are 5 and 10 in 60 s, a job takes 400 ms, the first has the id 100. Requests come from 10.0.0.1 with the
 * token "t" and a body called JSON unless the fields say otherwise; each reply replaces the one before.
 */
#ifndef QONDUIT_TESTS_ASK_H
#define QONDUIT_TESTS_ASK_H

#include "qonduit/sandbox_system.h"

#define PRODUCT(sku) "{\"sku\":\"" sku "\",\"name\":\"N\",\"brand\":\"B\"}"
#define IMPORT(products) "{\"account_id\":\"1\",\"products\":[" products "]}"

struct ask {
	struct sandbox *sandbox;
	struct sandbox_setup setup;
	struct arena arena;
	struct sandbox_reply reply;
	const char *address, *authorization, *authentication, *api_key, *content_type, *cookie, *proto;
	const char *fail_sku, *faults[4];
	struct err e;
};

/* Faults and other settings may be filled in before. False, with `e` filled, where the sandbox refuses them. */
bool ask_open(struct ask *a);
void ask_close(struct ask *a);
/* The status of the reply. */
unsigned ask_any(struct ask *a, int64_t at, const char *method, const char *path, const char *query, struct str body);
unsigned ask_import(struct ask *a, int64_t at, const char *body);
unsigned ask_status(struct ask *a, int64_t at, const char *job);
unsigned ask_post(struct ask *a, const char *path, const char *body);
unsigned ask_get(struct ask *a, const char *path, const char *query);
struct str ask_body(const struct ask *a);
/* The body has the text in it. */
bool ask_says(const struct ask *a, const char *text);

#endif
