#include "qonduit/system.h"

#include "unit.h"

#define QID "5f2b6a10-0c4e-4f6a-9d3e-7a1b2c3d4e01"

static struct arena arena;
static struct systems systems;

static void begin(void)
{
	struct faults faults;
	faults_init(&faults, &arena);
	CU_ASSERT_EQUAL_FATAL(systems_load(NULL, &arena, &systems, &faults), 0);
}

/* The request that the text leads to; of an error its sentence. */
static struct str asks(const char *text)
{
	struct wanted w;
	struct err e = { 0 };
	struct str body;
	if (wanted_parse(&systems, str_of(text), &arena, &w, &e) != 0) {
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		return arena_copy(&arena, str_of(e.message));
	}
	ASSERT_STR(w.text, text);
	const char *path = wanted_path(&w, STR("7"), &arena, &body);
	return body.p ? arena_printf(&arena, "%s %.*s", path, STR_ARG(body)) : str_of(path);
}

static struct wanted parsed(const char *text)
{
	struct wanted w;
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(wanted_parse(&systems, str_of(text), &arena, &w, &e), 0);
	return w;
}

static bool refuses(const char *text, const char *why)
{
	struct str found = asks(text);
	if (str_find(found, str_of(why)) >= 0)
		return true;
	fprintf(stderr, "\n%s: %.*s\nhas not: %s\n", text, STR_ARG(found), why);
	return false;
}

static void knows_resources_from_files(void)
{
	begin();
	CU_ASSERT(wanted_is(&systems, STR("qogita:orders")));
	CU_ASSERT(wanted_is(&systems, STR("qogita:")));
	CU_ASSERT_FALSE(wanted_is(&systems, STR("qogita")));
	CU_ASSERT_FALSE(wanted_is(&systems, STR("./qogita:orders")));
	CU_ASSERT_FALSE(wanted_is(&systems, STR("orders:x.csv")));
	CU_ASSERT_FALSE(wanted_is(&systems, STR("")));
	arena_release(&arena);
}

static void builds_the_request(void)
{
	begin();
	ASSERT_STR(asks("qogita:catalog?brand_name=Calvin Klein&brand_name=L'Or\xc3\xa9" "al&category_name=a%26b"),
		"/variants/search/download/?brand_name=Calvin%20Klein&brand_name=L%27Or%C3%A9al&category_name=a%26b");
	ASSERT_STR(asks("qogita:catalog"), "/variants/search/download/");
	ASSERT_STR(asks("qogita:catalog?"), "/variants/search/download/");
	ASSERT_STR(asks("qogita:order/" QID), "/orders/" QID "/");
	ASSERT_STR(asks("qogita:orders?status=PAID,FINANCED"), "/orders/?status=PAID,FINANCED&size=200");
	ASSERT_STR(asks("qogita:orders?status=PAID&fid=x&status=FINANCED"), "/orders/?status=PAID,FINANCED&fid=x&size=200");
	ASSERT_STR(asks("qogita:orders?size=10&status=PAID"), "/orders/?size=10&status=PAID");
	ASSERT_STR(asks("qogita:search/offers?query=a+b"), "/search/offers/?query=a%2Bb&size=200");
	ASSERT_STR(asks("qogita:offers/ab c/d%3Fe"), "/variants/ab%20c/d%3Fe/offers/");
	ASSERT_STR(asks("qogita:watchlist?format=xlsx"), "/watchlist/items/?format=xlsx");
	ASSERT_STR(asks("quotiza:orders?n_days=30&status=open"), "/orders/export?account_id=7&n_days=30&status=open");
	ASSERT_STR(asks("quotiza:import-status/12"), "/products/import_status?job_id=12&account_id=7");
	ASSERT_STR(asks("marketplace:products?attributes__colour__contains=red&created_at__gte=2026-11-21T00:00:00Z"),
		"/products/?attributes__colour__contains=red&created_at__gte=2026-11-21T00%3A00%3A00Z");
	ASSERT_STR(asks("marketplace:products?attributes__colour=red&attributes__size=1"),
		"/products/?attributes__colour=red&attributes__size=1");
	ASSERT_STR(asks("quarticon:contact?email=a@b.example"), "/contact {\"email\":\"a@b.example\"}");
	ASSERT_STR(asks("quarticon:recommendation?cookie=x&requestId=r-1&deduplicate=true"),
		"/recommendation?cookie=x&requestId=r-1&deduplicate=true");
	arena_release(&arena);
}

static void says_how_the_reply_comes(void)
{
	begin();
	struct wanted w = parsed("qogita:orders");
	CU_ASSERT(w.paged && !w.one_page);
	w = parsed("qogita:orders?page=2&size=5");
	CU_ASSERT(w.paged && w.one_page);
	CU_ASSERT_EQUAL(w.pair_count, 2);
	w = parsed("qogita:watchlist?format=xlsx&page=2");
	CU_ASSERT(!w.paged && !w.one_page);
	CU_ASSERT_EQUAL(w.format, RESOURCE_XLSX);
	CU_ASSERT_EQUAL(parsed("qogita:watchlist?format=json").format, RESOURCE_JSON);
	CU_ASSERT_EQUAL(parsed("qogita:catalog?page=2").one_page, false);
	w = parsed("qogita:offers/f/s");
	CU_ASSERT_EQUAL(w.argument_count, 2);
	ASSERT_STR(w.arguments[1], "s");
	arena_release(&arena);
}

static void names_what_is_not_there(void)
{
	begin();
	CU_ASSERT(refuses("qogta:orders", "\"qogta\" is no system; did you mean \"qogita\"?"));
	CU_ASSERT(refuses("x:orders", "expected one of marketplace, qogita"));
	CU_ASSERT(refuses("qogita:ordrs", "\"ordrs\" is no resource of qogita; did you mean \"orders\"?"));
	CU_ASSERT(refuses("qogita:ordr-lines/" QID, "did you mean \"order-lines/QID\"?"));
	CU_ASSERT(refuses("qogita:", "expected one of catalog, orders"));
	CU_ASSERT(refuses("qogita:search", "has too little behind its name; expected qogita:search/offers"));
	CU_ASSERT(refuses("qogita:order", "too little behind its name; expected qogita:order/QID"));
	CU_ASSERT(refuses("qogita:orders/", "too much behind its name; expected qogita:orders"));
	CU_ASSERT(refuses("qogita:order/" QID "/lines", "too much behind its name"));
	CU_ASSERT(refuses("qogita:catalog?brand=x", "\"brand\" is no parameter of qogita:catalog"));
	CU_ASSERT(refuses("qogita:catalog?brand_nme=x", "did you mean \"brand_name\"?"));
	CU_ASSERT(refuses("qogita:carts?x=1", "expected one of page, size"));
	CU_ASSERT(refuses("qogita:address/" QID "?x=1", "there is none"));
	CU_ASSERT(refuses("quotiza:orders?status=aproved", "\"aproved\" is no value of \"status\"; did you mean \"approved\"?"));
	CU_ASSERT(refuses("quotiza:orders?status=OPEN", "did you mean \"open\"?"));
	CU_ASSERT(refuses("marketplace:products?attributes__a__contain=x",
		"\"__contain\" is no end of \"attributes__a__contain\"; did you mean \"__contains\"?"));
	CU_ASSERT(refuses("marketplace:products?attributes__=x", "is no parameter"));
	arena_release(&arena);
}

static void names_what_is_missing_or_twice(void)
{
	begin();
	CU_ASSERT(refuses("quarticon:contact", "\"email\" is missing, expected quarticon:contact?email="));
	CU_ASSERT(refuses("quarticon:recommendation?customer=a", "needs \"cookie\" or \"deviceId\""));
	CU_ASSERT(refuses("quarticon:recommendation?cookie=a&requestId=b", "\"requestId\" needs \"deduplicate\" beside it"));
	CU_ASSERT(refuses("quotiza:orders?status=open&status=approved", "\"status\" is given twice"));
	CU_ASSERT(refuses("quotiza:orders?account_id=3", "comes from the connection"));
	CU_ASSERT(refuses("quotiza:orders?status=", "has no value, expected some text, or to be left out"));
	CU_ASSERT(refuses("quotiza:orders?status", "\"status\" has no value"));
	CU_ASSERT(refuses("quotiza:orders?&status=open", "nothing stands on one side of an &"));
	CU_ASSERT(refuses("quotiza:orders?status=open&", "nothing stands on one side of an &"));
	CU_ASSERT(refuses("qogita:orders?status=PAID,", "has no value"));
	CU_ASSERT(refuses("qogita:orders?status=,", "has no value"));
	arena_release(&arena);
}

static void refuses_values_that_are_not_of_their_type(void)
{
	static const char *const wrong[][2] = {
		{ "quotiza:orders?n_days=0", "expected a whole number from 1" },
		{ "quotiza:orders?n_days=-1", "a whole number from 1" },
		{ "quotiza:orders?n_days=7.5", "a whole number" },
		{ "quotiza:orders?n_days=1e3", "a whole number" },
		{ "quotiza:orders?n_days=99999999999999999999", "a whole number" },
		{ "quotiza:orders?n_days= 7", "a whole number" },
		{ "marketplace:product-prices?price=1,5", "a number, such as 9.90" },
		{ "marketplace:product-prices?price=.5", "a number" },
		{ "marketplace:product-prices?price_list=7", "a UUID" },
		{ "marketplace:product-prices?price_list=" QID "0", "a UUID" },
		{ "marketplace:product-prices?currency_type=CHF", "expected one of TRY" },
		{ "marketplace:products?updated_at__lt=21.11.2026", "a date or time" },
		{ "marketplace:products?updated_at__lt=2026-02-30", "a date or time" },
		{ "marketplace:products?updated_at__lt=1486987017", "a date or time" },
		{ "qogita:brands?premium=yes", "true or false" },
		{ "qogita:brands?premium=True", "true or false" },
		{ "qogita:orders?page=0", "a whole number from 1" },
		{ "quarticon:recommendation?cookie=a b", "that are allowed there" },
		{ "qogita:catalog?category_name=50%", "a percent sign is written %25" },
		{ "qogita:catalog?category_name=%zz", "a percent sign is written %25" },
		{ "qogita:catalog?category_name=%2", "a percent sign is written %25" },
		{ "qogita:catalog?category_name=a%00b", "the control character 0x00" },
		{ "qogita:catalog?category_name=a%0d%0ab", "the control character 0x0d" },
		{ "qogita:catalog?category_name=%ff", "is not UTF-8" },
		{ "qogita:order/7", "QID of qogita:order/QID is \"7\", expected a UUID" },
		{ "qogita:order/", "expected a UUID" },
		{ "qogita:cart/", "expected some text" },
		{ "qogita:cart/..", "neither . nor .." },
		{ "qogita:cart/%2e%2E", "neither . nor .." },
		{ "qogita:cart/.", "neither . nor .." },
		{ "qogita:cart/a%2fb", "no / and no" },
		{ "qogita:cart/a\\b", "no / and no" },
		{ "qogita:cart/QID", "what QID stands for" },
		{ "qogita:offers//x", "FID of qogita:offers/FID/SLUG is \"\", expected some text" },
	};
	begin();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CU_ASSERT(refuses(wrong[i][0], wrong[i][1]));
	ASSERT_STR(asks("marketplace:product-stocks?stock__gt=-5"), "/product-stocks/?stock__gt=-5");
	arena_release(&arena);
}

static void lists_what_there_is(void)
{
	begin();
	struct buf all = { 0 };
	systems_print(&systems, NULL, &all);
	CU_ASSERT(str_find(buf_str(&all), STR("  qogita:order/QID  one order")) > 0);
	CU_ASSERT(str_find(buf_str(&all), STR("open|approved|cancelled")) > 0);
	buf_clear(&all);
	systems_print(&systems, systems_find(&systems, STR("quotiza")), &all);
	CU_ASSERT(str_starts(buf_str(&all), STR("quotiza  ")));
	CU_ASSERT(str_find(buf_str(&all), STR("n_days  integer from 1: days in the past")) > 0);
	CU_ASSERT(str_find(buf_str(&all), STR("qogita")) < 0);
	buf_release(&all);
	arena_release(&arena);
}

UNIT_SUITE(system_wanted, UNIT(knows_resources_from_files), UNIT(builds_the_request), UNIT(says_how_the_reply_comes),
	UNIT(names_what_is_not_there), UNIT(names_what_is_missing_or_twice),
	UNIT(refuses_values_that_are_not_of_their_type), UNIT(lists_what_there_is))
