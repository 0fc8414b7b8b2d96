#include "qonduit/system.h"

#include <sys/stat.h>

#include "qonduit/io.h"
#include "unit.h"

static struct arena arena;
static struct faults faults;
static struct systems systems;

static int load(const char *folder)
{
	faults_init(&faults, &arena);
	return systems_load(folder, &arena, &systems, &faults);
}

/* A folder of contracts with a system file of this text in it. */
static const char *folder_with(const char *text)
{
	const char *dir = unit_folder();
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(mkdir(arena_printf(&arena, "%s/systems", dir).p, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(io_replace_file(arena_printf(&arena, "%s/systems/x.json", dir).p, str_of(text), 0600, &e), 0);
	return dir;
}

/* Reads one system and gives back its faults, one a line. */
static struct str faults_of(const char *text)
{
	struct system s;
	struct buf all = { 0 };
	faults_init(&faults, &arena);
	int status = system_read(str_of(text), "x.json", &arena, &s, &faults);
	CU_ASSERT_EQUAL(status, faults.errors ? -1 : 0);
	for (const struct fault *f = faults.first; f; f = f->next) {
		CU_ASSERT_EQUAL(f->what.class, ERR_MAPPING);
		err_print(&f->what, &all);
		buf_addc(&all, '\n');
	}
	struct str lines = arena_copy(&arena, buf_str(&all));
	buf_release(&all);
	return lines;
}

static bool says(const char *text, const char *what)
{
	struct str found = faults_of(text);
	if (str_find(found, str_of(what)) >= 0)
		return true;
	fprintf(stderr, "\n%s\nhas not: %s\n", found.p, what);
	return false;
}

/* A system that is right but for what is put in place of the part. */
#define WITH(part) "{\"qonduit_system\":1,\"system\":\"shop\",\"title\":\"T\"" part "}"
#define RESOURCE(part) WITH(",\"resources\":{\"things\":{\"path\":\"/things/\",\"doc\":\"D\"" part "}}")

static const struct resource *resource_of(const char *system, const char *name)
{
	const struct system *s = systems_find(&systems, str_of(system));
	for (size_t i = 0; s && i < s->resource_count; i++) {
		if (str_eq(s->resources[i].name, str_of(name)))
			return &s->resources[i];
	}
	return NULL;
}

static void knows_the_shipped_systems(void)
{
	CU_ASSERT_EQUAL(load(NULL), 0);
	CU_ASSERT_EQUAL(faults.errors + faults.warnings, 0);
	ASSERT_STR(systems_names(&systems, &arena), "marketplace, qogita, quarticon or quotiza");
	static const char *const names[] = { "catalog", "orders", "order/QID", "order-lines/QID", "sales/QID", "watchlist",
		"categories", "brands", "brand/QID_OR_SLUG", "addresses", "carts", "cart-lines/QID", "allocations/QID",
		"allocation-lines/QID", "allocation-summary/QID", "offers/FID/SLUG", "search/offers", "supplier-offers/FID" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct resource *r = resource_of("qogita", names[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		CU_ASSERT(str_ends(r->path, STR("/")));
		CU_ASSERT(r->doc.n > 0 && r->documentation.n > 0);
		ASSERT_STR(r->method, "GET");
	}
	const struct system *s = systems_find(&systems, STR("qogita"));
	ASSERT_STR(s->user_variable, "QOGITA_EMAIL");
	ASSERT_STR(s->token_variable, "QOGITA_API_KEY");
	ASSERT_STR(s->base_variable, "QOGITA_BASE_URL");
	ASSERT_STR(s->account_variable, "");
	ASSERT_STR(s->login.refresh, "/auth/refresh/");
	CU_ASSERT_EQUAL(resource_of("qogita", "search/offers")->most, 10000);
	CU_ASSERT_EQUAL(resource_of("qogita", "catalog")->format, RESOURCE_CSV);
	CU_ASSERT_EQUAL(s->limits[0].requests, 5);
	CU_ASSERT_EQUAL(s->limits[0].per_ms, 900000);
	ASSERT_STR(systems_find(&systems, STR("quotiza"))->account_variable, "QUOTIZA_ACCOUNT_ID");
	CU_ASSERT_EQUAL(systems_find(&systems, STR("quotiza"))->limit_count, 5);
	ASSERT_STR(systems_find(&systems, STR("marketplace"))->base_url, "");
	ASSERT_STR(resource_of("marketplace", "products")->records, "results");
	CU_ASSERT_PTR_NULL(systems_find(&systems, STR("qogit")));
	arena_release(&arena);
}

static void takes_systems_of_a_folder_and_names_their_variables(void)
{
	const char *added = folder_with("{\"qonduit_system\":1,\"system\":\"my-shop\",\"title\":\"T\",\"account\":true,"
		"\"login\":{\"path\":\"/l\",\"user\":\"u\",\"password\":\"p\",\"token\":\"t\"}}");
	CU_ASSERT_EQUAL(load(added), 0);
	CU_ASSERT_EQUAL(systems.count, 5);
	const struct system *s = systems_find(&systems, STR("my-shop"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	ASSERT_STR(s->base_variable, "MY_SHOP_BASE_URL");
	ASSERT_STR(s->token_variable, "MY_SHOP_API_TOKEN");
	ASSERT_STR(s->user_variable, "MY_SHOP_USER");
	ASSERT_STR(s->password_variable, "MY_SHOP_PASSWORD");
	ASSERT_STR(s->account_variable, "MY_SHOP_ACCOUNT_ID");
	ASSERT_STR(s->auth_header, "Authorization: Bearer ");
	ASSERT_STR(s->read_auth_header, "");
	ASSERT_STR(systems_find(&systems, STR("marketplace"))->read_auth_header, "Authentication: Bearer ");
	ASSERT_STR(systems_find(&systems, STR("quarticon"))->auth_header, "x-api-key: ");
	CU_ASSERT_EQUAL(s->concurrency, 1);

	CU_ASSERT_EQUAL(load(folder_with("{\"qonduit_system\":1,\"system\":\"qogita\",\"title\":\"Mine\",\"anonymous\":true}")), 0);
	CU_ASSERT_EQUAL(systems.count, 4);
	s = systems_find(&systems, STR("qogita"));
	ASSERT_STR(s->title, "Mine");
	ASSERT_STR(s->token_variable, "");
	CU_ASSERT_EQUAL(load(unit_folder()), 0); /* contracts alone */
	CU_ASSERT_EQUAL(systems.count, 4);

	CU_ASSERT_EQUAL(load(folder_with("{\"qonduit_system\":1,\"system\":\"a\",\"title\":\"T\",\"titel\":1}")), -1);
	CU_ASSERT_STRING_EQUAL(faults.first->what.pointer, "/titel");
	CU_ASSERT_EQUAL(faults.first->what.line, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(faults.first->what.message, "did you mean \"title\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(faults.first->what.file, "/systems/x.json"));
	arena_release(&arena);
}

static void refuses_two_descriptions_of_a_system(void)
{
	const char *dir = folder_with(WITH(""));
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_replace_file(arena_printf(&arena, "%s/systems/y.json", dir).p, STR(WITH("")), 0600, &e), 0);
	CU_ASSERT_EQUAL(load(dir), -1);
	CU_ASSERT_STRING_EQUAL(faults.first->what.code, "system.twice");
	CU_ASSERT_PTR_NOT_NULL(strstr(faults.first->what.file, "y.json"));
	arena_release(&arena);
}

static void names_what_is_wrong_in_a_system(void)
{
	ASSERT_STR(faults_of(WITH("")), "");
	ASSERT_STR(faults_of(RESOURCE("")), "");
	CU_ASSERT(says("{}", "the key \"qonduit_system\" is missing"));
	CU_ASSERT(says("[]", "found an array, expected an object") || says("[]", "expected an object"));
	CU_ASSERT(says("{\"qonduit_system\":2,\"system\":\"a\",\"title\":\"T\"}", "found 2, expected 1: the format of systems"));
	CU_ASSERT(says("{\"qonduit_system\":1,\"system\":\"A b\",\"title\":\"T\"}", "expected small letters"));
	CU_ASSERT(says(WITH(",\"variables\":{\"token\":\"a-b\"}"), "expected the name of a variable in capitals"));
	CU_ASSERT(says(WITH(",\"variables\":{\"user\":\"U\"}"), "the system has no \"login\""));
	CU_ASSERT(says(WITH(",\"anonymous\":true,\"variables\":{\"token\":\"U\"}"), "knows no credentials"));
	CU_ASSERT(says(WITH(",\"anonymous\":true,\"auth_header\":\"x:\""), "knows no credentials"));
	CU_ASSERT(says(WITH(",\"anonymous\":true,\"read_auth_header\":\"x:\""), "knows no credentials"));
	CU_ASSERT(says(WITH(",\"auth_header\":\"Host: x\""), "not the name of a header of its own"));
	CU_ASSERT(says(WITH(",\"read_auth_header\":\"Host: x\""), "not the name of a header of its own"));
	CU_ASSERT(says(WITH(",\"auth_header\":\"a: b c\""), "at most one word"));
	CU_ASSERT(says(WITH(",\"limits\":[{\"requests\":0,\"per_ms\":1}]"), "found 0, expected a whole number from 1"));
	CU_ASSERT(says(WITH(",\"limits\":[{\"requests\":1}]"), "the key \"per_ms\" is missing"));
	CU_ASSERT(says(WITH(",\"limits\":[{\"requests\":1,\"per_ms\":1,\"scope\":\"acount\"}]"), "did you mean \"account\"?"));
	CU_ASSERT(says(WITH(",\"paging\":{\"records\":\"r\",\"next\":\"n\",\"size_asked\":5}"), "expected \"size\" beside it"));
	CU_ASSERT(says(WITH(",\"ok\":{\"path\":\"s\",\"values\":[]}"), "one word or more"));
}

static void names_what_is_wrong_in_a_resource(void)
{
	CU_ASSERT(says(RESOURCE(",\"pathh\":1"), "did you mean \"path\"?"));
	CU_ASSERT(says(WITH(",\"resources\":{\"Things\":{\"path\":\"/t\",\"doc\":\"D\"}}"), "expected words of small letters"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a/../b\":{\"path\":\"/t\",\"doc\":\"D\"}}"), "expected words of small letters"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a\":{\"path\":\"t\",\"doc\":\"D\"}}"), "a path that begins with \"/\""));
	CU_ASSERT(says(WITH(",\"resources\":{\"a/ID\":{\"path\":\"/t\",\"doc\":\"D\"}}"), "expected {ID} in it once"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a/ID\":{\"path\":\"/{ID}/{ID}\",\"doc\":\"D\"}}"), "expected {ID} in it once"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a\":{\"path\":\"/{ID}\",\"doc\":\"D\"}}"), "no other {} than"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a/ID\":{\"path\":\"/{ID}\",\"doc\":\"D\",\"arguments\":{\"DI\":{}}}}"),
		"\"DI\" is no argument in the name"));
	CU_ASSERT(says(WITH(",\"resources\":{\"a/ID\":{\"path\":\"/{ID}\",\"doc\":\"D\"},\"a/SLUG\":{\"path\":\"/{SLUG}\","
		"\"doc\":\"D\"}}"), "cannot be told from \"a/ID\""));
	CU_ASSERT(says(RESOURCE(",\"paged\":true"), "expected \"paging\" at the top"));
	CU_ASSERT(says(RESOURCE(",\"account\":\"a\""), "the system knows no account"));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a\":{\"type\":\"integr\"}}"), "did you mean \"integer\"?"));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a\":{\"minimum\":1}}"), "are for the type \"integer\""));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a\":{\"type\":\"integer\",\"values\":[\"x\"]}}"), "expected a whole number"));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a\":{\"type\":\"boolean\",\"characters\":\"x\"}}"), "for the type \"text\""));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a&b\":{}}"), "expected a name of visible ASCII"));
	CU_ASSERT(says(RESOURCE(",\"parameters\":{\"a\":{\"with\":\"bee\"},\"been\":{}}"), "did you mean \"been\"?"));
	CU_ASSERT(says(RESOURCE(",\"one_of\":[\"x\"]"), "\"x\" is no parameter of this resource"));
	CU_ASSERT(says(RESOURCE(",\"format_parameter\":\"f\",\"parameters\":{\"f\":{\"values\":[\"pdf\"]}}"),
		"its values to be of json, csv and xlsx"));
	CU_ASSERT(says(RESOURCE(",\"most\":0"), "found 0, expected a whole number from 1"));
	arena_release(&arena);
}

UNIT_SUITE(system, UNIT(knows_the_shipped_systems), UNIT(takes_systems_of_a_folder_and_names_their_variables),
	UNIT(refuses_two_descriptions_of_a_system), UNIT(names_what_is_wrong_in_a_system),
	UNIT(names_what_is_wrong_in_a_resource))
