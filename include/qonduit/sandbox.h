/* sandbox - a stand-in of the APIs on loopback, to try a mapping without an account and to test deliveries against.
 *
 * It plays four systems as their documentation has them. What that leaves open is decided here.
 *
 * QUOTIZA's products import: both endpoints, with and without /api/v1; the error bodies word for word; 5 imports a
 * minute for an address and again for an account, 10 requests a minute for an address (moving windows; a refused
 * request takes no place in them); the checks on each product; jobs that go from pending over processing to completed.
 *
 *   - Limits are looked at first, then the token, the body, account_id, the account, the products, their number.
 *   - A product fails with "Validation failed: " and the reasons, when sku, name or brand is missing, blank or no
 *     string, when a value is not of the documented type (null is not), or when it has an attribute that is not
 *     documented.
 *   - Products stand as soon as the import is accepted. An import updates what it names; other attributes stay.
 *   - `line` counts products of the import from 1. A job is pending for the first quarter of its time.
 *   - Job ids begin at the wall clock's milliseconds, so that a sandbox begun later does not give the same ones.
 *   - The orders export: 5 a minute for an address and for an account, counted apart from the imports. The days of
 *     n_days go back from the newest order, not from today, so that equal requests have equal replies. An n_days that is
 *     no positive integer is the error; the documentation calls it the default of 7, too.
 *
 * The MARKETPLACE, below /api/i1: product prices and product stocks (upserts of one record, lists in pages), products
 * and product offers (lists; DELETE makes an offer passive).
 *
 *   - The token is looked at first, then the Content-Type, the body. Reads may carry the token as Authentication too.
 *   - Required are sku, price_list, price and currency_type of a price; sku, stock_list and stock of a stock. The list
 *     is part of the key. A key keeps its id; an upsert updates what it names. Attributes that are not documented pass
 *     unseen.
 *   - Types are taken as documented: a stock of "5" or 5.0 is no integer. Decimals are strings or numbers of at most 2
 *     places as they are written, of any size and sign; 10.000 has 3. The sku is a string.
 *   - Lists have `limit` records a page (10 unless asked otherwise, 1000 at most), those that the documented parameters
 *     choose; numbers and times are compared by value. Decimals in them have two places, what was never given is null.
 *   - A body that is no JSON, or has a key twice, is 400 "parse_error"; one that is no object has non_field_errors. A
 *     path without its final slash is not there.
 *
 * QUARTICON's Store API, below /store: product, contact, profile and event, one a request; the contact, and
 * recommendations, to be read. A contact is asked for by its email in the body, as documented, or in the query; one that
 * is not known is 405. Recommendations need no key, but customer, placementId, and cookie or deviceId.
 *
 *   - x-api-key is looked at first, then the body. Data that is not valid is 405 "Invalid data: " and the reasons; so
 *     are another Content-Type than JSON and attributes that are not documented.
 *   - Required of a product is its id. Prices may be numbers or strings that are some. An eventTransaction must have
 *     transactionId and a basket with something in it. Every tag is known.
 *   - A product, contact or profile updates the one with its id, email, userId; every event is one more. `timestamp` of
 *     replies is a date for contacts and profiles, a number otherwise, as in the samples.
 *
 * QOGITA's buyer API, without a prefix; every path ends with a slash.
 *
 *   - A login takes any email; it answers with accessToken, accessExp (when it ends, ms since 1970), signature and user,
 *     which has email and activeCartQid, and with the cookie refreshToken (HttpOnly). A refresh with that cookie gives
 *     another token and another cookie; the cookie before is good no more, the token before stays good for its time.
 *     With --token, the password must be it, and the token itself and those that logins issue are taken; without it,
 *     any that has not expired: --token-life says after how many milliseconds one does. 5 logins and refreshes a window
 *     for each address.
 *   - The carts' lines are at /carts/active/lines/ and at that qid; there is no other cart. A line must have gtin or
 *     offerQid. One that stands already is not made again: quantities add up. A watched GTIN stays one. Every GTIN is
 *     known and there is enough of it. Changing a line sets its quantity.
 *   - The catalog: CSV, all columns of today's download, or with cart_allocation_qid those of one supplier's; sent in
 *     chunks as it is made, however long. category_name is a name or its slug. 5 downloads in 15 windows for an address.
 *   - /search/offers/ gives 10,000 records at most, whatever its count.
 *   - `format=xlsx` of an order has its lines, of a cart and the watchlist theirs; a column for each member.
 *   - Lists have `size` records a page (10 unless asked otherwise, 1000 at most), in the order that `order` says.
 *     Addresses of other pages begin with http, or with what X-Forwarded-Proto says. Shapes that are documented nowhere
 *     (order lines, carts, allocation lines and summary, checkouts, addresses) are decided here.
 *
 * WHAT THERE IS TO BE READ is invented and always the same (sandbox_goods.h): 200 products (--products), 25 Qogita
 * orders, 25 Quotiza orders, and so on; or files of --data DIR (`help sandbox` names them). Prices, stocks, the cart and
 * the watchlist are empty at first.
 *
 * Of all: replies are JSON, also for paths and methods that are not there; only what is no HTTP gets another page.
 * Numbers are at most 63 characters long, bodies nested at most 100 deep. --fail-sku refuses the record with that sku,
 * id, email, userId, transactionId or gtin.
 *
 * Besides the APIs, outside limits and journal:
 *   GET /sandbox/products?account_id=A   {"SKU":{…},…} with numbers as they were sent; without account_id {"A":{…},…}
 *   GET /sandbox/marketplace             {"prices":{"SKU/PRICE_LIST":{…},…},"stocks":{"SKU/STOCK_LIST":{…},…}}, values
 *                                        as they were sent
 *   GET /sandbox/quarticon               {"products":{"ID":{…},…},"contacts":{"EMAIL":{…},…},
 *                                        "profiles":{"USER":{…},…},"events":[{…},…]}
 *   GET /sandbox/qogita                  {"cart":{"GTIN":{…},…},"watchlist":{"GTIN":{…},…}}; a line with an offer
 *                                        stands as OFFER or GTIN/OFFER
 *   GET /sandbox/journal                 the journal as a JSON array
 *
 * THE JOURNAL has an entry for every request, written before its reply goes out:
 *   n             from 1
 *   at, wall      milliseconds since the sandbox began, and since 1970
 *   method, path, query
 *   status        null where no reply was sent
 *   bytes, sha256 of the body as received
 *   account, products, job   where they are known, else null; job also where the client was not told; products are 1
 *                 where the body is one record of another system
 *   connection, address      connections count from 1
 *   headers       their names
 *   token_sha256  of the bearer token or x-api-key, null without one; the token itself is nowhere
 *   fault         what was done to it, or null
 *   whole         false where the client left before the end of the request (nothing was done then)
 *
 * FAULTS are written [N@]ROUTE:WHAT. ROUTE is one of those that the systems' tables of endpoints name (`help sandbox`
 * lists them), or any. N says which requests of that route, counted from 1: 3, 1,4,7, 2-4, 5- (and all after), every/3;
 * without it, all. Requests count for the limits all the same. Where several say what the reply is, the first one given
 * counts. WHAT is one of
 *
 *   400…599           that status instead; 502, 503 and 504 with a gateway's HTML page
 *   429=SECONDS       429 with Retry-After: any number, a negative one too; 429 alone: without the header
 *   429=date          … with a date 2 seconds ahead; 429=past: with one a minute ago; 429=garbage: with a word
 *   redirect=URL      307 to URL; 301=URL, 302=URL, 303=URL, 308=URL
 *   html              200 with a page, empty: 200 with nothing, garbage: 200 with bytes that are no JSON
 *   error-200         200 with what the system says of invalid data
 *   big               200 with 64 MiB, in chunks
 *   reset             the connection is reset (RST) after the request was read
 *   hang              no answer, until the client goes
 * of which the system sees nothing: the request is not done; and of which it does:
 *   reset-after       done, then reset
 *   hang-after        done, then no answer
 *   truncate          the reply's body cut in half
 *   cut               the whole length told (of a stream: none), half of it sent, connection closed; cut=BYTES: so many
 *   slow              a byte a second
 *   no-job-id         202 with {}; number-job-id: 202 with a number; same-job-id: with the id of the job before (of an
 *                     import only)
 * and those of a job, which stick to the one that an import begins or a status request asks about, from there on:
 *   stuck             processing for ever, half done; half of the products stand
 *   fail-job          ends as failed, with nothing done and no errors; fail-job=MESSAGE: with one that names no product
 *   unknown-state     the first answer, and all until it ends, with a state that is not documented
 *   regress           the first answer says processing, half done, the second pending; once completed was told, every
 *                     second answer says processing
 *   lost-job          not done; job_not_found
 *   bad-counts        successes and failures do not add up to the total
 *   no-sku-errors     errors without sku; wrong-sku-errors: with one that was never sent;
 *   nasty-errors      errors with HTML, terminal escapes and 5000 letters in the message (use these with --fail-sku)
 * and those of what is read, which change nothing but that one reply:
 *   expire-token      Qogita: 401; a token that a login issued is expired from then on
 *   next-loops        `next` is the address of the page itself; next-other-host: of another host; next-http, next-https:
 *                     of that scheme
 *   count-lies        the count is one too high
 *   page-repeats      the records of the page before, from the second page on
 *   page-shrinks      from the second page on as if the first record had gone: one is never given, the count is one less
 *   page-grows        from the second page on as if a record had come: one is given twice, the count is one more
 *   page-short        the last record of the page is missing
 *   header-renamed    the first column of the catalog, or the first member of each record of a list, is NAME_renamed
 *   cut-csv           the catalog ends behind a comma in its middle; the reply is whole
 */
#ifndef QONDUIT_SANDBOX_H
#define QONDUIT_SANDBOX_H

#include "qonduit/clock.h"
#include "qonduit/err.h"

struct sandbox;
struct sandbox_server;
struct sandbox_request;
struct sandbox_reply;

enum { SANDBOX_BODY_MAX = 32 << 20 }; /* bytes of a request body; more is answered 413 */
enum { SANDBOX_PRODUCTS = 200 };

/* Must outlive the sandbox, with all that it points to. */
struct sandbox_setup {
	int64_t window_ms;
	int64_t job_ms;
	uint64_t import_limit, request_limit; /* 0: none; also of exports */
	uint64_t catalog_limit;               /* downloads in 15 windows; 0: none */
	uint64_t login_limit;                 /* logins and refreshes in a window; 0: none */
	int64_t token_life_ms;                /* of a token that a login issued; 0: without end */
	const char *data;                     /* folder of the data; null: the built-in ones */
	uint64_t products;                    /* of the built-in ones; 0: SANDBOX_PRODUCTS */
	const char *token, *account;          /* null: any */
	const char *const *fail_sku;
	size_t fail_sku_count;
	const char *const *fault;
	size_t fault_count;
	const char *log_file;                 /* null: none */
	int64_t first_job;
};

/* Null where a fault is malformed (ERR_USAGE), the log cannot be opened or the data cannot be read (ERR_INPUT). */
struct sandbox *sandbox_open(const struct sandbox_setup *setup, struct err *e);
/* One whole request at its time (sandbox_system.h): decides and journals. `r` is zeroed; its body is the caller's to
 * release; slices in it live as long as the request's arena. */
void sandbox_handle(struct sandbox *s, struct sandbox_request *q, struct sandbox_reply *r);
/* One that the client did not finish: journals. */
void sandbox_cut_off(struct sandbox *s, struct sandbox_request *q);
void sandbox_close(struct sandbox *s);

/* Listens on 127.0.0.1 and answers in threads of its own until sandbox_stop; signals that are to end the program must
 * be blocked before. Port 0: a free one. Null where it cannot listen (ERR_USAGE). */
struct sandbox_server *sandbox_serve(struct sandbox *s, uint16_t port, struct clock *clock, struct err *e);
uint16_t sandbox_port(const struct sandbox_server *server);
/* Ends all connections, those that hang too. The sandbox itself stays. */
void sandbox_stop(struct sandbox_server *server);

#endif
