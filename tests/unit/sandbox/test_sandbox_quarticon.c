#include "ask.h"
#include "unit.h"

#define EVENT(more) "{\"customer\":\"q\",\"eventType\":\"eventTransaction\",\"timestamp\":1482840417" more "}"
#define BASKET "[{\"productId\":\"101\",\"price\":9.5,\"quantity\":2}]"
#define ERROR(message) "{\"status\":\"ERROR\",\"timestamp\":1800000000,\"data\":{\"error_code\":\"http.status.405\"," \
	"\"error_message\":\"" message "\"}}"

static const char product[] = "/store/data/product", contact[] = "/store/contact", profile[] = "/store/collectprofile",
	event[] = "/store/track/event";

static void open_with_key(struct ask *a)
{
	ask_open(a);
	a->authorization = "";
	a->api_key = "k";
}

/* The documentation's own. */
static void the_samples_are_taken(void)
{
	struct ask a = { 0 };
	open_with_key(&a);
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":2,\"title\":\"Title example\",\"image\":\"http:\\/\\/e.com\\/a.jpg\","
		"\"description\":\"Lorem\",\"url\":\"http:\\/\\/e.com\\/8\",\"price\":\"99.00\",\"priceOld\":199.00,\"custom1\":\"\","
		"\"status\":true,\"categories\":[{\"id\":1,\"name\":\"Category1\"}],\"catalogSymbol\":\"\"}"), 200);
	ASSERT_STR(ask_body(&a), "{\"status\":\"OK\",\"timestamp\":1800000000}");
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":\"3\",\"categories\":[{\"name\":\"Category2\"},{\"id\":2}]}"), 200);
	CU_ASSERT_EQUAL(ask_post(&a, contact, "{\"cookie\":\"c\",\"email\":\"email@test.com\",\"agreements\":[{\"t\":\"term\","
		"\"c\":\"content\",\"s\":true}],\"tags\":[{\"n\":\"firstname\",\"v\":\"T\"}]}"), 200);
	ASSERT_STR(ask_body(&a), "{\"status\":\"OK\",\"timestamp\":\"2027-01-15 08:00:00\"}");
	CU_ASSERT_EQUAL(ask_post(&a, profile, "{\"userId\":\"u\",\"cookie\":\"c\",\"email\":\"valid@email.com\","
		"\"agreement\":true}"), 200);
	ASSERT_STR(ask_body(&a), "{\"status\":\"OK\",\"timestamp\":\"2027-01-15 08:00:00\"}");
	CU_ASSERT_EQUAL(ask_post(&a, event, "{\"customer\":\"q\",\"eventType\":\"eventClick\",\"userId\":\"1\","
		"\"userEmail\":\"test@example.com\",\"deviceId\":\"android-12\",\"timestamp\":1482840417,\"referrer\":\"http://f.com/\","
		"\"cookie\":\"8sj\",\"productId\":\"101\",\"trackingString\":\"ew0\"}"), 200);
	ASSERT_STR(ask_body(&a), "{\"status\":\"OK\",\"timestamp\":1800000000}");
	ask_close(&a);
}

static void what_stands_is_shown(void)
{
	struct ask a = { 0 };
	open_with_key(&a);
	ask_post(&a, product, "{\"id\":\"A-1\",\"price\":1.50,\"status\":true}");
	ask_post(&a, product, "{\"id\":\"A-1\",\"status\":false}");
	ask_post(&a, product, "{\"id\":2}");
	ask_post(&a, contact, "{\"email\":\"a@b.pl\"}");
	ask_post(&a, profile, "{\"userId\":\"u\",\"cookie\":\"c\"}");
	ask_post(&a, event, EVENT(",\"transactionId\":\"T\",\"basket\":" BASKET));
	ask_post(&a, event, EVENT(",\"transactionId\":\"T\",\"basket\":" BASKET));
	ask_get(&a, "/sandbox/quarticon", "");
#define SENT "{\"customer\":\"q\",\"eventType\":\"eventTransaction\",\"timestamp\":1482840417,\"transactionId\":\"T\"," \
	"\"basket\":" BASKET "}"
	ASSERT_STR(ask_body(&a), "{\"products\":{\"A-1\":{\"id\":\"A-1\",\"price\":1.50,\"status\":false},\"2\":{\"id\":2}},"
		"\"contacts\":{\"a@b.pl\":{\"email\":\"a@b.pl\"}},\"profiles\":{\"u\":{\"userId\":\"u\",\"cookie\":\"c\"}},"
		"\"events\":[" SENT "," SENT "]}");
	ask_close(&a);
}

static void data_that_is_not_valid_is_405_with_reasons(void)
{
	static const struct { const char *path, *body, *reply; } cases[] = {
		{ product, "{}", ERROR("Invalid data: id: This field is required.") },
		{ product, "{\"id\":\"a b\"}", ERROR("Invalid data: id: Allowed characters are [a-z0-9A-Z-_].") },
		{ product, "{\"id\":1,\"status\":1,\"price\":\"x\"}",
			ERROR("Invalid data: price: A valid number is required. status: Must be a valid boolean.") },
		{ product, "{\"id\":1,\"categories\":[{\"id\":\"1\",\"name\":\"C\"}]}",
			ERROR("Invalid data: categories: Item 1: id: A valid integer is required.") },
		{ product, "{\"id\":1,\"Price\":1}", ERROR("Invalid data: Price: Unknown attribute.") },
		{ product, "[]", ERROR("Invalid data: the body is no JSON object") },
		{ product, "", ERROR("Invalid data: the body is no JSON object") },
		{ product, "{\"id\":1,\"id\":2}", ERROR("Invalid data: the body is no JSON object") },
		{ product, "{\"id\":\"BAD\"}", ERROR("Invalid data: id: Refused by the sandbox.") },
		{ contact, "{\"email\":\"nobody\"}", ERROR("Invalid data: email: Enter a valid email address.") },
		{ contact, "{\"email\":\"a@b.pl\",\"agreements\":[{\"t\":\"x\",\"c\":\"\",\"s\":\"true\"}],\"tags\":[{\"n\":\"n\"}]}",
			ERROR("Invalid data: agreements: Item 1: s: Must be a valid boolean. tags: Item 1: v: This field is required.") },
		{ profile, "{\"userId\":\"u\"}", ERROR("Invalid data: cookie: This field is required.") },
		{ profile, "{\"userId\":\"BAD\",\"cookie\":\"c\"}", ERROR("Invalid data: userId: Refused by the sandbox.") },
		{ event, "{}", ERROR("Invalid data: customer: This field is required. eventType: This field is required. "
			"timestamp: This field is required.") },
		{ event, "{\"customer\":\"q\",\"eventType\":\"click\",\"timestamp\":1}",
			ERROR("Invalid data: eventType: \\\"click\\\" is not a valid choice.") },
		{ event, "{\"customer\":\"q\",\"eventType\":\"eventClick\",\"timestamp\":\"1\"}",
			ERROR("Invalid data: timestamp: A valid integer is required.") },
		{ event, EVENT(""), ERROR("Invalid data: transactionId: This field is required. basket: This field is required.") },
		{ event, EVENT(",\"transactionId\":\"T\",\"basket\":[]"), ERROR("Invalid data: basket: This list may not be empty.") },
		{ event, EVENT(",\"transactionId\":\"T\",\"basket\":[{\"productId\":\"1\",\"price\":1,\"quantity\":1.5}]"),
			ERROR("Invalid data: basket: Item 1: quantity: A valid integer is required.") },
		{ event, EVENT(",\"transactionId\":\"BAD\",\"basket\":" BASKET),
			ERROR("Invalid data: transactionId: Refused by the sandbox.") },
	};
	struct ask a = { .fail_sku = "BAD" };
	open_with_key(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_post(&a, cases[i].path, cases[i].body), 405);
		ASSERT_STR(ask_body(&a), cases[i].reply);
	}
	a.content_type = "application/x-www-form-urlencoded";
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 405);
	ask_get(&a, "/sandbox/quarticon", "");
	ASSERT_STR(ask_body(&a), "{\"products\":{},\"contacts\":{},\"profiles\":{},\"events\":[]}");
	ask_close(&a);
}

static void a_key_must_be_there_and_be_the_one(void)
{
	struct ask a = { .setup = { .token = "k" } };
	ask_open(&a);
	a.authorization = "Bearer k";
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 401);
	ASSERT_STR(ask_body(&a), "{\"status\":\"ERROR\",\"timestamp\":1800000000,"
		"\"data\":{\"error_code\":\"http.status.401\",\"error_message\":\"Unauthorized\"}}");
	a.api_key = "x";
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 401);
	a.api_key = "k";
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 200);
	ask_close(&a);
}

static void the_journal_has_the_sum_of_the_key(void)
{
	struct ask a = { 0 };
	open_with_key(&a);
	a.api_key = "canary-token";
	ask_post(&a, product, "{\"id\":1}");
	ask_get(&a, "/sandbox/journal", "");
	CU_ASSERT(ask_says(&a, "\"token_sha256\":\"4b598de5faa6a2208f99f7b8a6b61378ac7d7a36d9524056e9be61c17c37667f\""));
	CU_ASSERT(ask_says(&a, "\"products\":1"));
	CU_ASSERT(!ask_says(&a, "canary"));
	ask_close(&a);
}

static void a_success_may_be_none(void)
{
	struct ask a = { .faults = { "1@product:error-200", "2@product:405", "3@product:500", "4@product:429" } };
	open_with_key(&a);
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 200);
	ASSERT_STR(ask_body(&a), ERROR("Invalid data"));
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 405);
	ASSERT_STR(ask_body(&a), ERROR("Invalid data"));
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 500);
	CU_ASSERT(ask_says(&a, "\"http.status.500\",\"error_message\":\"Unexpected error\""));
	CU_ASSERT_EQUAL(ask_post(&a, product, "{\"id\":1}"), 429);
	CU_ASSERT(ask_says(&a, "\"http.status.429\""));
	ask_get(&a, "/sandbox/quarticon", "");
	CU_ASSERT(ask_says(&a, "{\"products\":{},"));
	ask_close(&a);
}

static void paths_are_below_store_only(void)
{
	struct ask a = { 0 };
	open_with_key(&a);
	CU_ASSERT_EQUAL(ask_post(&a, "/data/product", "{\"id\":1}"), 404);
	CU_ASSERT_EQUAL(ask_post(&a, "/store/data/product/", "{\"id\":1}"), 404);
	CU_ASSERT_EQUAL(ask_get(&a, product, ""), 405);
	ask_close(&a);
}

UNIT_SUITE(sandbox_quarticon, UNIT(the_samples_are_taken), UNIT(what_stands_is_shown),
	UNIT(data_that_is_not_valid_is_405_with_reasons), UNIT(a_key_must_be_there_and_be_the_one),
	UNIT(the_journal_has_the_sum_of_the_key), UNIT(a_success_may_be_none), UNIT(paths_are_below_store_only))
