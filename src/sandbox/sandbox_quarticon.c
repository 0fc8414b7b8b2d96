/* Quarticon's Store API: products, contacts, profiles and events, one a request, all replies in an envelope. */
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/clock.h"
#include "qonduit/json_write.h"
#include "qonduit/sandbox_goods.h"
#include "qonduit/sandbox_shelf.h"
#include "qonduit/sandbox_system.h"

enum { INVALID = 405, DATE_AND_TIME = 19, RECOMMENDED = 12 };

/* Of a product and its categories the documentation calls nothing required; a product is known by its id. */
static const struct sandbox_field category_fields[] = {
	{ "id", .type = SANDBOX_INTEGER },
	{ "name", .type = SANDBOX_TEXT },
	{ 0 },
};

static const struct sandbox_field product_fields[] = {
	{ "id", .type = SANDBOX_ID, .required = true },
	{ "title", .type = SANDBOX_TEXT },
	{ "image", .type = SANDBOX_TEXT },
	{ "description", .type = SANDBOX_TEXT },
	{ "url", .type = SANDBOX_TEXT },
	{ "price", .type = SANDBOX_NUMBER },
	{ "priceOld", .type = SANDBOX_NUMBER },
	{ "custom1", .type = SANDBOX_TEXT },
	{ "custom2", .type = SANDBOX_TEXT },
	{ "custom3", .type = SANDBOX_TEXT },
	{ "status", .type = SANDBOX_BOOLEAN },
	{ "categories", .type = SANDBOX_OBJECTS, .parts = category_fields },
	{ "catalogSymbol", .type = SANDBOX_TEXT },
	{ 0 },
};

static const struct sandbox_field agreement_fields[] = {
	{ "t", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "c", .type = SANDBOX_TEXT, .required = true },
	{ "s", .type = SANDBOX_BOOLEAN, .required = true },
	{ 0 },
};

static const struct sandbox_field tag_fields[] = {
	{ "n", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "v", .type = SANDBOX_TEXT, .required = true },
	{ 0 },
};

static const struct sandbox_field contact_fields[] = {
	{ "email", .type = SANDBOX_EMAIL, .required = true },
	{ "cookie", .type = SANDBOX_TEXT },
	{ "agreements", .type = SANDBOX_OBJECTS, .parts = agreement_fields },
	{ "tags", .type = SANDBOX_OBJECTS, .parts = tag_fields },
	{ 0 },
};

static const struct sandbox_field profile_fields[] = {
	{ "userId", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "cookie", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "email", .type = SANDBOX_EMAIL },
	{ "agreement", .type = SANDBOX_BOOLEAN },
	{ 0 },
};

static const char *const event_types[] = { "eventClick", "eventProductView", "eventTransaction", NULL };

static const struct sandbox_field basket_fields[] = {
	{ "productId", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "price", .type = SANDBOX_NUMBER, .required = true },
	{ "quantity", .type = SANDBOX_INTEGER, .required = true },
	{ 0 },
};

static const struct sandbox_field event_fields[] = {
	{ "customer", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "eventType", .type = SANDBOX_CHOICE, .required = true, .choices = event_types },
	{ "userId", .type = SANDBOX_TEXT },
	{ "userEmail", .type = SANDBOX_EMAIL },
	{ "deviceId", .type = SANDBOX_TEXT },
	{ "timestamp", .type = SANDBOX_INTEGER, .required = true },
	{ "referrer", .type = SANDBOX_TEXT },
	{ "cookie", .type = SANDBOX_TEXT },
	{ "productId", .type = SANDBOX_TEXT },
	{ "trackingString", .type = SANDBOX_TEXT },
	{ "transactionId", .type = SANDBOX_TEXT, .least = 1 },
	{ "basket", .type = SANDBOX_OBJECTS, .least = 1, .parts = basket_fields },
	{ 0 },
};

/* What an eventTransaction must have besides. */
static const struct sandbox_field transaction_fields[] = {
	{ "transactionId", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "basket", .type = SANDBOX_OBJECTS, .required = true, .least = 1, .parts = basket_fields },
	{ 0 },
};

struct quarticon {
	const struct sandbox_setup *setup;
	struct sandbox_shelf products, contacts, profiles, events;
};

/* The documentation's samples have times of both kinds: seconds since 1970, and dates. */
static struct json_out begin(struct sandbox_reply *r, unsigned status, bool fine, bool date, int64_t wall)
{
	char text[25];
	struct json_out w = sandbox_begin(r, status);
	json_open(&w, '{');
	json_key(&w, STR("status"));
	json_string(&w, fine ? STR("OK") : STR("ERROR"));
	json_key(&w, STR("timestamp"));
	if (date) {
		clock_iso(wall, text);
		text[10] = ' ';
		json_string(&w, (struct str){ text, DATE_AND_TIME });
	} else {
		json_int(&w, wall / 1000);
	}
	return w;
}

static void reply_error(struct sandbox_reply *r, unsigned status, int64_t wall, struct str message)
{
	char code[32];
	int n = snprintf(code, sizeof code, "http.status.%u", status);
	struct json_out w = begin(r, status, false, false, wall);
	json_key(&w, STR("data"));
	json_open(&w, '{');
	json_key(&w, STR("error_code"));
	json_string(&w, (struct str){ code, (size_t)n });
	json_key(&w, STR("error_message"));
	json_string(&w, message);
	json_close(&w, '}');
	json_close(&w, '}');
}

static void refuse(unsigned status, int64_t wall, struct sandbox_reply *r)
{
	reply_error(r, status, wall, status == INVALID ? STR("Invalid data") : status == 401 ? STR("Unauthorized")
		: status == 500 ? STR("Unexpected error") : STR("Answered so by a fault of the sandbox"));
}

static void reply_ok(const struct sandbox_request *q, bool date, struct sandbox_reply *r)
{
	struct json_out w = begin(r, 200, true, date, q->wall);
	json_close(&w, '}');
}

static void give_reason(struct buf *reasons, struct str name, struct str what)
{
	buf_add(reasons, reasons->n ? STR(" ") : STR(""));
	buf_add(reasons, name);
	buf_add(reasons, STR(": "));
	buf_add(reasons, what);
}

static void check_fields(const struct sandbox_field *fields, const struct sandbox_request *q, struct buf *reasons)
{
	for (const struct sandbox_field *f = fields; f->name; f++) {
		struct str breach = sandbox_field_breach(f, json_get(q->json, f->name), q->arena);
		if (breach.n)
			give_reason(reasons, str_of(f->name), breach);
	}
}

static void check_object(const struct quarticon *k, const struct sandbox_field *fields, const char *key,
	const struct sandbox_request *q, struct buf *reasons)
{
	const struct json *type = json_get(q->json, "eventType");
	check_fields(fields, q, reasons);
	if (fields == event_fields && !reasons->n && str_eq(type->text, STR("eventTransaction")))
		check_fields(transaction_fields, q, reasons);
	for (const struct json *member = q->json->child; member; member = member->next) {
		if (!sandbox_field_find(fields, member->key))
			give_reason(reasons, member->key, STR("Unknown attribute."));
	}
	struct str id = json_text(json_get(q->json, key), (struct str){ 0 });
	if (!reasons->n && sandbox_is_refused(k->setup, id))
		give_reason(reasons, str_of(key), STR("Refused by the sandbox."));
}

/* False, with the reply made, where the request does not stand; `key` names the attribute that --fail-sku looks at. */
static bool check(const struct quarticon *k, const struct sandbox_field *fields, const char *key,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct buf reasons = { 0 };
	if (!sandbox_token_fits(k->setup, q->api_key)) {
		refuse(401, q->wall, r);
		return false;
	}
	if (!sandbox_is_json(q))
		buf_add(&reasons, STR("Content-Type is not application/json"));
	else if (!json_is(q->json, JSON_OBJECT))
		buf_add(&reasons, STR("the body is no JSON object"));
	else
		check_object(k, fields, key, q, &reasons);
	if (reasons.n)
		reply_error(r, INVALID, q->wall, arena_concat(q->arena, STR("Invalid data: "), buf_str(&reasons)));
	bool fine = reasons.n == 0;
	buf_release(&reasons);
	return fine;
}

static void take(const struct quarticon *k, struct sandbox_shelf *shelf, const char *key, bool date,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (!check(k, shelf->fields, key, q, r))
		return;
	sandbox_shelf_put(shelf, json_get(q->json, key)->text, q->json, q->wall);
	reply_ok(q, date, r);
}

static void answer_product(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quarticon *k = state;
	take(k, &k->products, "id", false, q, r);
}

static void answer_contact(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quarticon *k = state;
	take(k, &k->contacts, "email", true, q, r);
}

static void answer_profile(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quarticon *k = state;
	take(k, &k->profiles, "userId", true, q, r);
}

/* Every event is one more, whatever stands. */
static void answer_event(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quarticon *k = state;
	if (!check(k, event_fields, "transactionId", q, r))
		return;
	sandbox_shelf_put(&k->events, arena_printf(q->arena, "%zu", k->events.count), q->json, q->wall);
	reply_ok(q, false, r);
}

/* The email stands in the body of the GET, as documented, or in the query. */
static void answer_read_contact(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct quarticon *k = state;
	struct str email = json_text(json_get(q->json, "email"), sandbox_parameter(q, "email"));
	struct buf text = { 0 };
	if (!sandbox_token_fits(k->setup, q->api_key)) {
		refuse(401, q->wall, r);
		return;
	}
	const struct sandbox_item *item = sandbox_shelf_find(&k->contacts, email);
	if (!item) {
		reply_error(r, INVALID, q->wall, email.n ? STR("Invalid data: there is no such contact")
			: STR("Invalid data: email: This field is required."));
		return;
	}
	sandbox_item_print(&k->contacts, item, &text);
	struct json_out w = begin(r, 200, true, true, q->wall);
	json_key(&w, STR("data"));
	json_raw(&w, buf_str(&text));
	json_close(&w, '}');
	buf_release(&text);
}

/* Of every third product there is a price that was higher. */
static void print_recommended(uint64_t i, struct json_out *w)
{
	struct arena arena = { 0 };
	struct sandbox_good good;
	sandbox_good_make(i, &arena, &good);
	json_open(w, '{');
	json_member_string(w, "id", good.gtin);
	json_member_string(w, "title", good.name);
	json_member_string(w, "image", arena_printf(&arena, "https://shop.example/%.*s.jpg", STR_ARG(good.fid)));
	json_member_string(w, "description", STR(""));
	json_member_string(w, "url", arena_printf(&arena, "https://shop.example/%.*s", STR_ARG(good.slug)));
	json_member_string(w, "price", good.price);
	json_key(w, STR("priceOld"));
	json_raw(w, i % 3 ? STR("null") : arena_printf(&arena, "%.*s5", STR_ARG(good.price)));
	json_member_string(w, "custom1", good.brand);
	json_member_string(w, "custom2", STR(""));
	json_member_string(w, "custom3", STR(""));
	json_key(w, STR("status"));
	json_bool(w, true);
	json_member_string(w, "trackingString", arena_printf(&arena, "c2FuZGJveA%03llu", (unsigned long long)i));
	json_close(w, '}');
	arena_release(&arena);
}

/* No key is asked for, as documented: a shop's pages ask. */
static void answer_recommendation(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	static const char *const needed[] = { "customer", "placementId" };
	struct buf reasons = { 0 };
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (!sandbox_parameter(q, needed[i]).n)
			give_reason(&reasons, str_of(needed[i]), STR("This field is required."));
	}
	if (!sandbox_parameter(q, "cookie").n && !sandbox_parameter(q, "deviceId").n)
		give_reason(&reasons, STR("cookie"), STR("Either cookie or deviceId is required."));
	if (reasons.n) {
		reply_error(r, INVALID, q->wall, arena_concat(q->arena, STR("Invalid data: "), buf_str(&reasons)));
		buf_release(&reasons);
		return;
	}
	struct json_out w = begin(r, 200, true, false, q->wall);
	json_member_string(&w, "placementId", sandbox_parameter(q, "placementId"));
	json_member_string(&w, "qrId", STR("ad_58a19f08ce6b6"));
	json_key(&w, STR("duplicatesCount"));
	json_int(&w, 0);
	json_key(&w, STR("data"));
	json_open(&w, '[');
	for (uint64_t i = 0; i < RECOMMENDED; i++)
		print_recommended(i, &w);
	json_close(&w, ']');
	json_close(&w, '}');
}

static const struct sandbox_endpoint endpoints[] = {
	{ "POST", "/data/product", "product", answer_product, true },
	{ "POST", "/contact", "contact", answer_contact, true },
	{ "GET", "/contact", "read-contact", answer_read_contact, false },
	{ "GET", "/recommendation", "recommendation", answer_recommendation, false },
	{ "POST", "/collectprofile", "profile", answer_profile, true },
	{ "POST", "/track/event", "event", answer_event, true },
	{ 0 },
};

static void *open_quarticon(const struct sandbox_setup *setup, struct err *e)
{
	struct quarticon *k = mem_alloc(sizeof *k);
	*k = (struct quarticon){ setup, { .fields = product_fields }, { .fields = contact_fields },
		{ .fields = profile_fields }, { .fields = event_fields } };
	return k;
}

static void show(void *state, const struct sandbox_request *q, struct buf *to)
{
	const struct quarticon *k = state;
	buf_add(to, STR("{\"products\":"));
	sandbox_shelf_print(&k->products, to);
	buf_add(to, STR(",\"contacts\":"));
	sandbox_shelf_print(&k->contacts, to);
	buf_add(to, STR(",\"profiles\":"));
	sandbox_shelf_print(&k->profiles, to);
	buf_add(to, STR(",\"events\":"));
	sandbox_shelf_print_list(&k->events, to);
	buf_addc(to, '}');
}

static void close_quarticon(void *state)
{
	struct quarticon *k = state;
	sandbox_shelf_release(&k->products);
	sandbox_shelf_release(&k->contacts);
	sandbox_shelf_release(&k->profiles);
	sandbox_shelf_release(&k->events);
	free(k);
}

const struct sandbox_system sandbox_quarticon = {
	.name = "quarticon",
	.prefix = "/store",
	.endpoints = endpoints,
	.open = open_quarticon,
	.refuse = refuse,
	.invalid = INVALID,
	.page = "quarticon",
	.show = show,
	.close = close_quarticon,
};
