#include "qonduit/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/connection.h"
#include "qonduit/log.h"
#include "proxy.h"

#define HEADERS_MAX ((size_t)256 << 10) /* bytes of a reply's headers, those of interim replies included */
#define SLOW_BYTES 10L                  /* a second, … */
#define SLOW_SECONDS 60                 /* … for so long: given up; half the total timeout where that is longer */

/* An exchange under way, or one that has ended well, whose handle is there for the next of its kind: to set up a new
 * one takes longer than a small request. */
struct flight {
	struct http *http;
	struct exchange *x;
	CURL *easy;
	struct curl_slist *headers;
	char method[16];
	bool has_body;
	bool encoded, too_large; /* the reply's body */
	unsigned begun;     /* how often it was about to leave, on a connection that stands, behind a proxy's tunnel:
	                     * a second time is stopped */
	size_t header_bytes;
	char reason[CURL_ERROR_SIZE];
	struct flight *next;
};

struct http {
	struct transport base;
	const struct connection *connection;
	CURLM *multi;
	CURLSH *cookies;    /* null: none are kept */
	struct flight *flights;
	struct flight *idle;
};

/* Asked on a connection, before a request leaves on it. Where a kept one died with the request on its way, libcurl
 * would send it once more on another. */
static int leave_once(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct flight *f = arg;
	return f->begun++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static uint64_t reply_max(const struct request_options *o, bool taken)
{
	return o->reply_max ? o->reply_max : taken ? UINT64_MAX : TRANSPORT_REPLY_MAX;
}

/* What the reply says of its length is that of the body where it does not come compressed. */
static void note_length(struct flight *f)
{
	curl_off_t length = -1;
	if (f->x->bytes == 0 && !f->encoded &&
	    curl_easy_getinfo(f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK && length > 0)
		f->x->expected = (uint64_t)length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	struct exchange *x = f->x;
	const struct request_options *o = &x->options;
	struct str piece = { bytes, size * count };
	long status = 0;
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	bool taken = o->take && status >= 200 && status < 300;
	note_length(f);
	x->status = (int)status;
	x->bytes += piece.n;
	f->too_large = x->bytes > reply_max(o, taken);
	if (f->too_large)
		return 0;
	if (taken)
		return o->take(o->arg, piece) ? piece.n : 0;
	buf_add(&x->body, piece);
	return piece.n;
}

static void keep_header(struct str line, const char *name, char *to, size_t room)
{
	struct str value, key = str_cut(line, ':', &value);
	if (str_eq_nocase(key, str_of(name))) {
		value = str_trim(value);
		snprintf(to, room, "%.*s", (int)(value.n < room ? value.n : room - 1), value.p);
	}
}

/* What a cookie holds is as good as a token. */
static void hide_cookie(struct str line)
{
	struct str value, key = str_cut(line, ':', &value);
	if (!str_eq_nocase(key, STR("Set-Cookie")))
		return;
	str_cut(str_cut(value, ';', &value), '=', &value);
	log_secret(str_trim(value));
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	struct exchange *x = f->x;
	struct str line = { bytes, size * count };
	char encoding[2] = "";
	f->header_bytes += line.n;
	if (f->header_bytes > HEADERS_MAX)
		return 0;
	if (str_starts(line, STR("HTTP/"))) { /* a new reply: what an interim one said is void */
		x->retry_after[0] = x->date[0] = x->location[0] = x->type[0] = '\0';
		f->encoded = false;
		return line.n;
	}
	keep_header(line, "Retry-After", x->retry_after, sizeof x->retry_after);
	keep_header(line, "Date", x->date, sizeof x->date);
	keep_header(line, "Location", x->location, sizeof x->location);
	keep_header(line, "Content-Type", x->type, sizeof x->type);
	keep_header(line, "Content-Encoding", encoding, sizeof encoding);
	f->encoded = f->encoded || encoding[0];
	if (f->http->cookies)
		hide_cookie(line);
	return line.n;
}

static bool hopeless(CURLcode rc)
{
	switch (rc) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR: case CURLE_SSL_CRL_BADFILE: case CURLE_FAILED_INIT:
		return true;
	default:
		return false;
	}
}

/* The URL's host and path are the caller's to name; here only what happened. */
static void say_problem(struct flight *f, CURLcode rc)
{
	struct exchange *x = f->x;
	const char *reason = f->reason[0] ? f->reason : curl_easy_strerror(rc);
	if (f->too_large)
		snprintf(x->problem, sizeof x->problem, "the reply is larger than %llu MiB",
			(unsigned long long)(reply_max(&x->options, x->options.take != NULL) >> 20));
	else if (f->begun > 1)
		snprintf(x->problem, sizeof x->problem, "the connection was closed before a reply came");
	else if (f->header_bytes > HEADERS_MAX || (rc == CURLE_OUT_OF_MEMORY && f->begun)) /* of one, libcurl says so */
		snprintf(x->problem, sizeof x->problem, "the headers of the reply are larger than %zu KiB", HEADERS_MAX >> 10);
	else
		snprintf(x->problem, sizeof x->problem, "%.*s", (int)sizeof x->problem - 1, reason);
}

static void free_flight(struct flight *f)
{
	curl_slist_free_all(f->headers);
	curl_easy_cleanup(f->easy);
	free(f);
}

static void end_flight(struct flight *f, bool well)
{
	struct http *http = f->http;
	curl_multi_remove_handle(http->multi, f->easy);
	struct flight **at = &http->flights;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (!well) {
		free_flight(f);
		return;
	}
	f->next = http->idle;
	http->idle = f;
}

static struct exchange *finish(struct flight *f, CURLcode rc)
{
	struct exchange *x = f->x;
	long status = 0, sent = 0;
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &sent);
	x->status = (int)status;
	if (rc == CURLE_OK && status >= 200) {
		x->end = EXCHANGE_REPLY;
	} else {
		x->end = sent > 0 && f->begun ? EXCHANGE_UNKNOWN : hopeless(rc) ? EXCHANGE_REFUSED : EXCHANGE_UNSENT;
		say_problem(f, rc);
	}
	end_flight(f, rc == CURLE_OK);
	return x;
}

static bool add_header(struct flight *f, const char *text)
{
	struct curl_slist *more = curl_slist_append(f->headers, text);
	if (more)
		f->headers = more;
	return more != NULL;
}

#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(h, option, value))

/* Without one they say so, with Content-Length: 0. */
static bool takes_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

/* What all requests of a kind have in common. */
static CURLcode set_up(struct flight *f)
{
	const struct connection *c = f->http->connection;
	CURL *h = f->easy;
	bool plain = str_starts(str_of(c->base_url), STR("http:"));
	long slow = c->timeout_ms / 2000 > SLOW_SECONDS ? (long)(c->timeout_ms / 2000) : SLOW_SECONDS;
	CURLcode rc = CURLE_OK;
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_USERAGENT, "qonduit/" QONDUIT_VERSION);
	SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* a proxy does not see them */
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, slow);
	SET(CURLOPT_ERRORBUFFER, f->reason);
	SET(CURLOPT_PRIVATE, (void *)f);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, (void *)f);
	SET(CURLOPT_PREREQFUNCTION, leave_once);
	SET(CURLOPT_PREREQDATA, (void *)f);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, (void *)f);
	if (plain) /* what stays on this machine does not go through a proxy elsewhere */
		SET(CURLOPT_PROXY, "");
	if (c->ca_file)
		SET(CURLOPT_CAINFO, c->ca_file);
	if (f->http->cookies) {
		SET(CURLOPT_SHARE, f->http->cookies);
		SET(CURLOPT_COOKIEFILE, ""); /* read from nowhere, kept in memory */
	}
	if (f->has_body || takes_body(f->method))
		SET(CURLOPT_POST, 1L);
	if (strcmp(f->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	if (!f->has_body) { /* polls are few and far between: a connection of its own is sure to be alive */
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_FORBID_REUSE, 1L);
	}
	if (f->has_body || (strcmp(f->method, "GET") != 0 && strcmp(f->method, "HEAD") != 0))
		SET(CURLOPT_CUSTOMREQUEST, f->method);
	return rc;
}

/* The token may have changed since the last request. */
static CURLcode set_headers(struct flight *f)
{
	const struct request_options *o = &f->x->options;
	const char *credentials = o->bare ? NULL : f->http->connection->header;
	char accept[256];
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	snprintf(accept, sizeof accept, "Accept: %s", o->accept ? o->accept : "application/json");
	if (!add_header(f, accept) || !add_header(f, "Expect:") || (credentials && !add_header(f, credentials)) ||
	    !add_header(f, f->has_body ? "Content-Type: application/json" : "Content-Type:"))
		return CURLE_OUT_OF_MEMORY;
	return curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
}

static CURLcode set_request(struct flight *f)
{
	const struct request *r = &f->x->request;
	CURL *h = f->easy;
	CURLcode rc = set_headers(f);
	SET(CURLOPT_URL, r->url);
	SET(CURLOPT_ACCEPT_ENCODING, f->x->options.take ? "identity" : ""); /* libcurl may not see that gzip is cut */
	SET(CURLOPT_TIMEOUT_MS, f->x->options.take ? 0L : (long)f->http->connection->timeout_ms);
	if (f->has_body || takes_body(f->method)) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		SET(CURLOPT_POSTFIELDS, f->has_body ? r->body.p : ""); /* a small one leaves in one piece with its headers */
	}
	return rc;
}

#undef SET

/* One that was used before, or a new one; null where libcurl refuses. */
static struct flight *take_flight(struct http *http, const struct request *r)
{
	bool has_body = r->body.p != NULL;
	for (struct flight **at = &http->idle; *at; at = &(*at)->next) {
		struct flight *f = *at;
		if (f->has_body != has_body || strcmp(f->method, r->method) != 0)
			continue;
		*at = f->next;
		f->begun = 0;
		f->header_bytes = 0;
		f->encoded = f->too_large = false;
		f->reason[0] = '\0';
		return f;
	}
	struct flight *f = mem_alloc(sizeof *f);
	*f = (struct flight){ .http = http, .easy = curl_easy_init(), .has_body = has_body };
	snprintf(f->method, sizeof f->method, "%s", r->method);
	if (f->easy && set_up(f) == CURLE_OK)
		return f;
	free_flight(f);
	return NULL;
}

static int http_submit(struct transport *t, struct exchange *x, struct err *e)
{
	struct http *http = (struct http *)t;
	struct flight *f = take_flight(http, &x->request);
	x->end = EXCHANGE_UNKNOWN;
	x->status = 0;
	x->bytes = x->expected = 0;
	x->retry_after[0] = x->date[0] = x->location[0] = x->type[0] = x->problem[0] = '\0';
	buf_clear(&x->body);
	if (f)
		f->x = x;
	CURLcode rc = f ? set_request(f) : CURLE_OUT_OF_MEMORY;
	if (rc != CURLE_OK || curl_multi_add_handle(http->multi, f->easy) != CURLM_OK) {
		if (f)
			free_flight(f);
		return err_set(e, ERR_INTERNAL, "transport.submit", "the request cannot be set up: %s", curl_easy_strerror(rc));
	}
	f->next = http->flights;
	http->flights = f;
	return 0;
}

/* One that has ended, as libcurl knows already. */
static struct exchange *take_ended(struct http *http)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(http->multi, &left));) {
		char *f = NULL;
		CURLcode rc = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &f);
		return finish((struct flight *)(void *)f, rc);
	}
	return NULL;
}

static struct exchange *http_step(struct transport *t, int64_t timeout_ms)
{
	struct http *http = (struct http *)t;
	struct clock *clock = clock_system();
	int64_t end = clock->mono(clock) + timeout_ms;
	struct exchange *x = take_ended(http); /* those that ended together are given back before more work is done */
	while (!x) {
		int running;
		curl_multi_perform(http->multi, &running);
		if ((x = take_ended(http)))
			break;
		int64_t more = end - clock->mono(clock);
		if (more <= 0)
			return NULL;
		curl_multi_poll(http->multi, NULL, 0, more > 1000 ? 1000 : (int)more, NULL);
	}
	return x;
}

static void http_cancel(struct transport *t, struct exchange *x)
{
	struct http *http = (struct http *)t;
	for (struct flight *f = http->flights; f; f = f->next) {
		if (f->x == x) {
			end_flight(f, false);
			return;
		}
	}
}

static void http_close(struct transport *t)
{
	struct http *http = (struct http *)t;
	for (struct flight *f = http->flights, *next; f; f = next) {
		next = f->next;
		curl_multi_remove_handle(http->multi, f->easy);
		free_flight(f);
	}
	for (struct flight *f = http->idle, *next; f; f = next) {
		next = f->next;
		free_flight(f);
	}
	curl_multi_cleanup(http->multi);
	curl_share_cleanup(http->cookies);
	free(http);
}

void exchange_release(struct exchange *x)
{
	buf_release(&x->body);
}

struct transport *transport_http_open(const struct connection *c, struct err *e)
{
	static bool ready;
	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_INTERNAL, "transport.open", "libcurl cannot be set up");
		return NULL;
	}
	ready = true;
	proxy_keep_secrets(getenv);
	if (c->ca_file && access(c->ca_file, R_OK) != 0) {
		err_sys(e, ERR_USAGE, "connection.ca_file", errno, "the CA file %s cannot be read", c->ca_file);
		return NULL;
	}
	struct http *http = mem_alloc(sizeof *http);
	*http = (struct http){ .base = { http_submit, http_step, http_cancel, http_close }, .connection = c,
		.multi = curl_multi_init() };
	if (c->user && c->password && (http->cookies = curl_share_init()) != NULL)
		curl_share_setopt(http->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	if (!http->multi) {
		curl_share_cleanup(http->cookies);
		free(http);
		err_set(e, ERR_INTERNAL, "transport.open", "libcurl cannot be set up");
		return NULL;
	}
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)c->concurrency + 1);
	return &http->base;
}
