/* Quotiza: limits, accounts; the products import with its jobs. The orders export is sandbox_quotiza_orders.c. */
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/json_write.h"
#include "qonduit/sandbox_product.h"
#include "qonduit/sandbox_shelf.h"
#include "qonduit/sandbox_system.h"
#include "qonduit/sandbox_window.h"
#include "sandbox_quotiza_orders.h"

enum { PRODUCTS_MAX = 1000, NASTY_LETTERS = 5000 };

struct account {
	struct str name;
	struct sandbox_shelf shelf;
	struct account *next;
};

struct failure {
	size_t line;
	struct str sku; /* JSON text */
	struct str message;
	struct failure *next;
};

struct job {
	const struct account *account;
	int64_t began;
	size_t total;
	struct arena arena; /* of the failures */
	struct failure *failures;
	unsigned traits;
	struct str failed_because;
	uint64_t asked;          /* status requests so far */
	uint64_t told_completed; /* of these, since it was completed */
};

struct quotiza {
	const struct sandbox_setup *setup;
	/* Imports and exports are counted apart; both have the import limit. */
	struct sandbox_window imports_of_address, imports_of_account, exports_of_address, exports_of_account;
	struct sandbox_window all_of_address;
	struct arena arena; /* of the accounts and the orders */
	struct quotiza_orders orders;
	struct account *accounts, **last;
	struct job *jobs; /* the first has the id setup->first_job */
	size_t job_count, job_cap;
};

enum state { PENDING, PROCESSING, COMPLETED, FAILED, UNKNOWN };

static const char *const state_words[] = { "pending", "processing", "completed", "failed", "reticulating" };

struct progress {
	enum state state;
	size_t processed;
};

static struct account *find_account(const struct quotiza *z, struct str name)
{
	struct account *a = z->accounts;
	while (a && !str_eq(a->name, name))
		a = a->next;
	return a;
}

static struct account *need_account(struct quotiza *z, struct str name)
{
	struct account *a = find_account(z, name);
	if (!a) {
		a = ARENA_NEW(&z->arena, struct account);
		a->name = arena_copy(&z->arena, name);
		a->shelf.fields = sandbox_product_fields;
		*z->last = a;
		z->last = &a->next;
	}
	return a;
}

/* A parameter of a status request may stand in the query or in the body. */
static struct str status_parameter(const struct sandbox_request *q, const char *name)
{
	struct str value = sandbox_parameter(q, name);
	return value.n ? value : json_text(json_get(q->json, name), (struct str){ 0 });
}

/* The account of an import: a string, as documented. */
static struct str account_of(const struct sandbox_request *q)
{
	const struct json *account = json_get(q->json, "account_id");
	return json_is(account, JSON_STRING) ? account->text : (struct str){ 0 };
}

static bool check_token(const struct quotiza *z, const struct sandbox_request *q, struct sandbox_reply *r)
{
	bool fine = sandbox_token_fits(z->setup, sandbox_bearer(q->authorization));
	if (!fine)
		sandbox_error(r, 401, "unauthorized", "Authentication token is missing or invalid");
	return fine;
}

static bool check_account(const struct quotiza *z, struct str account, struct sandbox_reply *r)
{
	if (str_trim(account).n == 0)
		sandbox_error(r, 400, "missing_account_id", "account_id is required");
	else if (z->setup->account && !str_eq(account, str_of(z->setup->account)))
		sandbox_error(r, 404, "account_not_found", "Account not found");
	return r->status == 0;
}

static bool are_products(const struct json *products)
{
	if (!json_is(products, JSON_ARRAY) || products->count == 0)
		return false;
	for (const struct json *p = products->child; p; p = p->next) {
		if (!json_is(p, JSON_OBJECT))
			return false;
	}
	return true;
}

static bool check_products(const struct json *products, struct sandbox_reply *r)
{
	if (!are_products(products))
		sandbox_error(r, 400, "invalid_products_data", "Invalid products data");
	else if (products->count > PRODUCTS_MAX)
		sandbox_error(r, 413, "too_many_products", "Too many products. Maximum allowed is 1000.");
	return r->status == 0;
}

static void reply_throttled(struct sandbox_reply *r, int64_t wait_ms)
{
	char message[80];
	long long seconds = (wait_ms + 999) / 1000;
	snprintf(message, sizeof message, "Rate limit exceeded. Try again in %lld seconds.", seconds);
	sandbox_error(r, 429, "throttle_limit_reached", message);
	sandbox_retry_after(r, wait_ms);
}

static void check_against_list(const struct quotiza *z, const struct json *product, struct buf *reasons)
{
	struct str sku = json_text(json_get(product, "sku"), (struct str){ 0 });
	if (sandbox_is_refused(z->setup, sku)) {
		buf_add(reasons, reasons->n ? STR(", ") : STR(""));
		buf_add(reasons, STR("Sku was refused by the sandbox"));
	}
}

static struct failure *new_failure(struct job *job, size_t line, const struct json *product, struct str reasons)
{
	struct failure *f = ARENA_NEW(&job->arena, struct failure);
	struct buf sku = { 0 };
	const struct json *value = json_get(product, "sku");
	if (value)
		json_print(value, &sku);
	f->line = line;
	f->sku = arena_copy(&job->arena, value ? buf_str(&sku) : STR("null"));
	f->message = arena_concat(&job->arena, STR("Validation failed: "), reasons);
	buf_release(&sku);
	return f;
}

/* So many products of a job, from its first, are put on the shelf. */
static size_t done_at_most(const struct job *job)
{
	return job->traits & (TRAIT_FAILS | TRAIT_LOST) ? 0 : job->traits & TRAIT_STUCK ? job->total / 2 : job->total;
}

static void import(const struct quotiza *z, struct account *account, struct job *job, const struct sandbox_request *q)
{
	const struct json *products = json_get(q->json, "products");
	struct buf reasons = { 0 };
	struct failure **last = &job->failures;
	size_t line = 1;
	for (const struct json *product = products->child; product; product = product->next, line++) {
		buf_clear(&reasons);
		sandbox_product_check(product, &reasons);
		check_against_list(z, product, &reasons);
		if (reasons.n) {
			*last = new_failure(job, line, product, buf_str(&reasons));
			last = &(*last)->next;
		} else if (line <= done_at_most(job)) {
			sandbox_shelf_put(&account->shelf, json_get(product, "sku")->text, product, q->wall);
		}
	}
	buf_release(&reasons);
}

static struct str job_id(const struct quotiza *z, size_t index, struct arena *arena)
{
	return arena_printf(arena, "%lld", (long long)z->setup->first_job + (long long)index);
}

static void answer_import(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quotiza *z = state;
	const struct json *products = json_get(q->json, "products");
	if (!check_token(z, q, r))
		return;
	if (!json_is(q->json, JSON_OBJECT)) {
		sandbox_error(r, 400, "invalid_products_data", "Invalid products data");
		return;
	}
	if (!check_account(z, r->account, r) || !check_products(products, r))
		return;
	struct account *account = need_account(z, r->account);
	size_t index = z->job_count++;
	z->jobs = mem_grow(z->jobs, &z->job_cap, z->job_count, sizeof *z->jobs);
	struct job *job = &z->jobs[index];
	*job = (struct job){ .account = account, .began = q->at, .total = products->count, .traits = q->traits,
		.failed_because = q->trait_message };
	arena_init(&job->arena, 1024);
	import(z, account, job, q);
	r->status = 202;
	r->job = job_id(z, q->traits & TRAIT_SAME_ID && index ? index - 1 : index, q->arena);
	buf_printf(&r->body, "{\"job_id\":\"%.*s\"}", STR_ARG(r->job));
}

static struct job *find_job(const struct quotiza *z, struct str id, struct str account)
{
	uint64_t number;
	if (!str_to_u64(id, &number) || number - (uint64_t)z->setup->first_job >= z->job_count)
		return NULL;
	struct job *job = &z->jobs[number - (uint64_t)z->setup->first_job];
	return str_eq(job->account->name, account) ? job : NULL;
}

static struct progress by_the_clock(const struct quotiza *z, const struct job *job, int64_t now)
{
	int64_t ms = z->setup->job_ms, gone = now - job->began, quarter = ms / 4;
	if (gone >= ms)
		return (struct progress){ COMPLETED, job->total };
	if (gone < quarter)
		return (struct progress){ PENDING, 0 };
	return (struct progress){ PROCESSING, job->total * (size_t)(gone - quarter) / (size_t)(ms - quarter) };
}

/* How far the job is said to be at the asked-th request for it, its traits considered. */
static struct progress progress_told(const struct quotiza *z, struct job *job, int64_t now)
{
	const struct progress half = { PROCESSING, job->total / 2 }, nothing = { PENDING, 0 };
	struct progress p = by_the_clock(z, job, now);
	job->asked++;
	if (job->traits & TRAIT_STUCK)
		return p.processed > half.processed ? half : p;
	if (job->traits & TRAIT_FAILS && p.state == COMPLETED)
		return (struct progress){ FAILED, 0 };
	if (job->traits & TRAIT_UNKNOWN_STATE && (job->asked == 1 || p.state != COMPLETED))
		return (struct progress){ UNKNOWN, p.state == COMPLETED ? 0 : p.processed };
	if (job->traits & TRAIT_REGRESS && job->asked <= 2)
		return job->asked == 1 ? half : nothing;
	if (job->traits & TRAIT_REGRESS && p.state == COMPLETED && job->told_completed++ % 2)
		return half;
	return p;
}

static void print_message(struct json_out *w, const struct job *job, struct str message)
{
	struct buf text = { 0 };
	if (job->traits & TRAIT_NASTY_ERRORS) {
		buf_add(&text, STR("<script>alert(1)</script>\x1b[2J\x1b]0;title\a\r\n=HYPERLINK(\"http://example.com\") "));
		for (size_t i = 0; i < NASTY_LETTERS; i++)
			buf_addc(&text, 'x');
		buf_addc(&text, ' ');
	}
	buf_add(&text, message);
	json_string(w, buf_str(&text));
	buf_release(&text);
}

static void print_failure(struct json_out *w, const struct job *job, const struct failure *f)
{
	json_open(w, '{');
	json_key(w, STR("line"));
	json_int(w, (int64_t)f->line);
	if (job->traits & TRAIT_WRONG_SKU) {
		char sku[40];
		snprintf(sku, sizeof sku, "NEVER-SENT-%zu", f->line);
		json_key(w, STR("sku"));
		json_string(w, str_of(sku));
	} else if (!(job->traits & TRAIT_NO_SKU)) {
		json_key(w, STR("sku"));
		json_raw(w, f->sku);
	}
	json_key(w, STR("message"));
	print_message(w, job, f->message);
	json_close(w, '}');
}

static void print_errors(struct json_out *w, const struct job *job, struct progress p)
{
	json_key(w, STR("errors"));
	json_open(w, '[');
	if (p.state == FAILED && job->failed_because.n) {
		json_open(w, '{');
		json_key(w, STR("message"));
		print_message(w, job, job->failed_because);
		json_close(w, '}');
	}
	for (const struct failure *f = job->failures; f && f->line <= p.processed; f = f->next)
		print_failure(w, job, f);
	json_close(w, ']');
}

static void print_job(const struct job *job, struct str id, struct progress p, struct buf *to)
{
	size_t failures = 0;
	for (const struct failure *f = job->failures; f && f->line <= p.processed; f = f->next)
		failures++;
	size_t successes = p.processed - failures;
	struct json_out w = json_out(to);
	json_open(&w, '{');
	json_key(&w, STR("job_id"));
	json_string(&w, id);
	json_key(&w, STR("status"));
	json_string(&w, str_of(state_words[p.state]));
	json_member_int(&w, "total", job->total);
	json_member_int(&w, "processed", p.processed);
	json_member_int(&w, "successes", job->traits & TRAIT_BAD_COUNTS && successes ? successes - 1 : successes);
	json_member_int(&w, "failures", failures);
	print_errors(&w, job, p);
	json_close(&w, '}');
}

static void answer_status(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quotiza *z = state;
	if (!check_token(z, q, r) || !check_account(z, r->account, r))
		return;
	struct job *job = find_job(z, r->job, r->account);
	if (job)
		job->traits |= q->traits;
	if (job && q->traits & TRAIT_FAILS)
		job->failed_because = q->trait_message;
	if (!job || job->traits & TRAIT_LOST) {
		sandbox_error(r, 404, "job_not_found", "Job not found");
		return;
	}
	r->status = 200;
	print_job(job, r->job, progress_told(z, job, q->at), &r->body);
}

static void answer_export(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct quotiza *z = state;
	if (check_token(z, q, r) && check_account(z, r->account, r))
		quotiza_export(&z->orders, q, r);
}

static const struct sandbox_endpoint endpoints[] = {
	{ "POST", "/products/import", "import", answer_import, false },
	{ "GET", "/products/import_status", "status", answer_status, false },
	{ "GET", "/orders/export", "export", answer_export, false },
	{ 0 },
};

static void close_quotiza(void *state)
{
	struct quotiza *z = state;
	sandbox_window_release(&z->imports_of_address);
	sandbox_window_release(&z->imports_of_account);
	sandbox_window_release(&z->exports_of_address);
	sandbox_window_release(&z->exports_of_account);
	sandbox_window_release(&z->all_of_address);
	for (struct account *a = z->accounts; a; a = a->next)
		sandbox_shelf_release(&a->shelf);
	for (size_t i = 0; i < z->job_count; i++)
		arena_release(&z->jobs[i].arena);
	free(z->jobs);
	arena_release(&z->arena);
	free(z);
}

static void *open_quotiza(const struct sandbox_setup *setup, struct err *e)
{
	const struct sandbox_window few = { .limit = setup->import_limit, .ms = setup->window_ms };
	struct quotiza *z = mem_alloc(sizeof *z);
	*z = (struct quotiza){
		.setup = setup,
		.imports_of_address = few,
		.imports_of_account = few,
		.exports_of_address = few,
		.exports_of_account = few,
		.all_of_address = { .limit = setup->request_limit, .ms = setup->window_ms },
	};
	z->last = &z->accounts;
	if (quotiza_orders_open(setup, &z->arena, &z->orders, e) == 0)
		return z;
	close_quotiza(z);
	return NULL;
}

/* What the journal wants to know of a request whatever becomes of it. */
static void note(const struct sandbox_request *q, bool is_import, struct sandbox_reply *r)
{
	const struct json *products = is_import ? json_get(q->json, "products") : NULL;
	r->account = is_import ? account_of(q) : status_parameter(q, "account_id");
	r->job = is_import ? (struct str){ 0 } : status_parameter(q, "job_id");
	r->has_records = json_is(products, JSON_ARRAY);
	r->records = r->has_records ? products->count : 0;
}

/* A window that a request counts in, and for whom. */
struct count {
	struct sandbox_window *window;
	struct str key;
};

static size_t windows_of(struct quotiza *z, const struct sandbox_endpoint *to, const struct sandbox_request *q,
	struct str account, struct count out[3])
{
	bool is_import = to->answer == answer_import, is_export = to->answer == answer_export;
	size_t n = 0;
	out[n++] = (struct count){ &z->all_of_address, q->address };
	if (is_import || is_export)
		out[n++] = (struct count){ is_import ? &z->imports_of_address : &z->exports_of_address, q->address };
	if ((is_import || is_export) && account.n)
		out[n++] = (struct count){ is_import ? &z->imports_of_account : &z->exports_of_account, account };
	return n;
}

static bool admit(void *state, const struct sandbox_endpoint *to, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	struct quotiza *z = state;
	struct count counts[3];
	int64_t longest = 0;
	note(q, to->answer == answer_import, r);
	size_t n = windows_of(z, to, q, r->account, counts);
	for (size_t i = 0; i < n; i++) {
		int64_t wait = sandbox_window_wait(counts[i].window, counts[i].key, q->at);
		longest = wait > longest ? wait : longest;
	}
	if (longest > 0) {
		reply_throttled(r, longest);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		sandbox_window_take(counts[i].window, counts[i].key, q->at);
	return true;
}

static void show(void *state, const struct sandbox_request *q, struct buf *to)
{
	struct quotiza *z = state;
	struct str name = sandbox_parameter(q, "account_id");
	const struct account *one = find_account(z, name);
	if (name.n) {
		sandbox_shelf_print(one ? &one->shelf : &(struct sandbox_shelf){ 0 }, to);
		return;
	}
	buf_addc(to, '{');
	for (const struct account *a = z->accounts; a; a = a->next) {
		json_escape(to, a->name);
		buf_addc(to, ':');
		sandbox_shelf_print(&a->shelf, to);
		if (a->next)
			buf_addc(to, ',');
	}
	buf_addc(to, '}');
}

const struct sandbox_system sandbox_quotiza = {
	.name = "quotiza",
	.prefix = "/api/v1",
	.bare = true,
	.endpoints = endpoints,
	.open = open_quotiza,
	.admit = admit,
	.invalid = 400,
	.page = "products",
	.show = show,
	.close = close_quotiza,
};
