#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "qonduit/options.h"
#include "qonduit/sandbox.h"
#include "qonduit/sandbox_goods.h"

static const char text[] =
	"Plays the APIs on 127.0.0.1 as their documentation has them, to try a mapping without an account: Quotiza's\n"
	"products import and orders export, the marketplace, Quarticon's Store API, Qogita's buyer API. Point\n"
	"QUOTIZA_BASE_URL at the address on the first line of standard output; the lines after it are the settings of\n"
	"the others. Any token, key, login and account will do; with --token only that one, as bearer token, x-api-key\n"
	"and Qogita's password. --fail-sku names a product by sku, id or gtin, a contact by email, a profile by userId,\n"
	"an event by transactionId. Limits of 0 are none. Ends on SIGINT or SIGTERM.\n"
	"\n"
	"What there is to be read is built in and always the same: --products N for a catalog of another length, or\n"
	"--data DIR with files in place of it, such as the folder samples/: qogita-catalog.csv, qogita-supplier.csv;\n"
	"qogita- with orders, order, order-lines, sales, watchlist, addresses, categories, brands, allocations or\n"
	"allocation-lines, .json; quotiza-orders.json; marketplace- with products, offers, prices or stocks, .json.\n"
	"A file that is not there leaves the built-in data. Files are lists of records, or replies that have one.\n"
	"\n"
	"More pages: GET /sandbox/products?account_id=A, /sandbox/marketplace, /sandbox/quarticon and /sandbox/qogita\n"
	"show what stands, GET /sandbox/journal every request so far; --log FILE appends the journal to a file, one JSON\n"
	"object a line.\n"
	"\n"
	"--fault [N@]ROUTE:WHAT makes it misbehave. N says which requests of that route, counted from 1: 3, 1,4,7, 2-4,\n"
	"5- (and all after), every/3; without it, all. ROUTE is any, or\n"
	"  import status export\n"
	"  prices stocks list-prices list-stocks products product-offers delete-offer\n"
	"  product contact profile event read-contact recommendation\n"
	"  login refresh catalog search supplier-offers offers orders order order-lines sales addresses address\n"
	"  categories category brands brand carts read-cart cart list-cart change-line delete-line allocations\n"
	"  allocation-lines allocation-summary empty optimize checkout change-checkout validate complete\n"
	"  watchlist list-watchlist clear-watchlist change-watched delete-watched\n"
	"WHAT is\n"
	"  400 to 599         that status (502, 503, 504 with a gateway's page)\n"
	"  429=SECONDS        with Retry-After; 429 alone without; 429=date, 429=past, 429=garbage\n"
	"  redirect=URL       307; 301=URL, 302=URL, 303=URL, 307=URL, 308=URL\n"
	"  html empty garbage 200 with a page, with nothing, with bytes that are no JSON\n"
	"  error-200          200 with what the system says of invalid data\n"
	"  big                200 with 64 MiB\n"
	"  reset hang         the connection is reset; no answer, until the client goes\n"
	"with nothing done, or, the request being done,\n"
	"  reset-after hang-after\n"
	"  truncate cut       half of the body; the connection closed after half of it (cut=BYTES: after so many)\n"
	"  slow               a byte a second\n"
	"  no-job-id number-job-id same-job-id   (of an import)\n"
	"or of the import's job that the request begins or asks about\n"
	"  stuck              processing for ever\n"
	"  fail-job           failed, without errors; fail-job=MESSAGE: with one\n"
	"  unknown-state      a state that is not documented, then as usual\n"
	"  regress            falls back, also from completed\n"
	"  lost-job           not found afterwards, nothing done\n"
	"  bad-counts         successes and failures do not add up\n"
	"  no-sku-errors wrong-sku-errors nasty-errors   (with --fail-sku)\n"
	"or of what is read\n"
	"  expire-token       Qogita's token is refused, and from then on\n"
	"  next-loops next-other-host next-http next-https   where a page's next leads: to itself, elsewhere\n"
	"  count-lies         one more record is counted than there is\n"
	"  page-repeats       a page has the records of the one before\n"
	"  page-shrinks page-grows   a record went, or came, since the first page: one is missing, or there twice\n"
	"  page-short         the last record of a page is missing\n"
	"  header-renamed     the first column of the catalog, the first member of records, is called NAME_renamed\n"
	"  cut-csv            the catalog ends in the middle of a row, and the reply as usual\n";

/* A year: what is longer is a slip, and times are added to it. */
static const uint64_t ms_max = 366ULL * 24 * 3600 * 1000;

static const sigset_t *ending_signals(void)
{
	static sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return &set;
}

/* The first line is Quotiza's, for whoever knows no other; the others name the variable to set. */
static void print_addresses(unsigned port)
{
	static const struct { const char *variable, *path; } others[] = {
		{ "MARKETPLACE_BASE_URL", "/api/i1" },
		{ "QUARTICON_BASE_URL", "/store" },
		{ "QOGITA_BASE_URL", "" },
	};
	printf("listening on http://127.0.0.1:%u/api/v1\n", port);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		printf("%s=http://127.0.0.1:%u%s\n", others[i].variable, port, others[i].path);
}

static int serve(struct sandbox *s, uint16_t port, struct err *e)
{
	struct sandbox_server *server = sandbox_serve(s, port, clock_system(), e);
	int signal;
	if (!server)
		return -1;
	print_addresses(sandbox_port(server));
	if (fflush(stdout) != 0)
		err_sys(e, ERR_INPUT, "sandbox.output", errno, "cannot write the address to standard output");
	else
		sigwait(ending_signals(), &signal);
	sandbox_stop(server);
	return e->class ? -1 : 0;
}

static int run(struct options *o, struct err *e)
{
	const struct sandbox_setup setup = {
		.window_ms = (int64_t)o->window_ms,
		.job_ms = (int64_t)o->job_ms,
		.import_limit = o->import_limit,
		.request_limit = o->request_limit,
		.catalog_limit = o->catalog_limit,
		.login_limit = o->login_limit,
		.token_life_ms = (int64_t)o->token_life_ms,
		.data = o->data,
		.products = o->products,
		.token = o->token,
		.account = o->account,
		.fail_sku = o->fail_sku.all,
		.fail_sku_count = o->fail_sku.count,
		.fault = o->fault.all,
		.fault_count = o->fault.count,
		.log_file = o->log_file,
		.first_job = clock_system()->wall(clock_system()),
	};
	if (o->port > UINT16_MAX)
		err_set(e, ERR_USAGE, "sandbox.port", "--port %llu: expected 0 to 65535", (unsigned long long)o->port);
	else if (o->operands.count)
		err_set(e, ERR_USAGE, "sandbox.operand", "\"%s\": sandbox takes options only", o->operands.all[0]);
	else if (o->window_ms == 0 || o->window_ms > ms_max || o->job_ms > ms_max || o->token_life_ms > ms_max)
		err_set(e, ERR_USAGE, "sandbox.ms", "expected --window-ms from 1, --job-ms and --token-life from 0, at most "
			"%llu each", (unsigned long long)ms_max);
	else if (o->products > SANDBOX_GOODS_MAX)
		err_set(e, ERR_USAGE, "sandbox.products", "--products %llu: expected at most %d",
			(unsigned long long)o->products, SANDBOX_GOODS_MAX);
	if (e->class)
		return (int)e->class;
	struct sandbox *s = sandbox_open(&setup, e);
	if (!s)
		return (int)e->class;
	pthread_sigmask(SIG_BLOCK, ending_signals(), NULL);
	serve(s, (uint16_t)o->port, e);
	sandbox_close(s);
	return (int)e->class;
}

const struct command command_sandbox = {
	.name = "sandbox",
	.synopsis = "[--port N] [--log FILE] [--fault SPEC]…",
	.summary = "a local stand-in of the APIs on loopback, to try a mapping without an account",
	.text = text,
	.options = "port window-ms job-ms import-limit request-limit catalog-limit login-limit token-life token account "
		"data products fail-sku fault log",
	.run = run,
};
