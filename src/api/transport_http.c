#include "qonduit/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/connection.h"
#include "proxy.h"
#include "reply.h"
#include "sockets.h"

#define HEADERS_MAX ((size_t)256 << 10) /* bytes of a reply's headers, those of interim replies included */
#define SLOW_BYTES 10L                  /* a second, … */
#define NEVER INT64_MAX
#define PROGRAM "qonduit/" QONDUIT_VERSION
#define ACCEPT "Accept: "
#define SLOW_SECONDS 60                 /* … for so long: given up; half the total timeout where that is longer */

/* An exchange under way, or one that has ended well, whose handle is there for the next of its kind: to set up a new
 * one takes longer than a small request. */
struct flight {
	struct http *http;
	struct exchange *x;
	struct reply_head head;
	CURL *easy;
	CURLU *parsed;              /* `url`, while that stays the same; null: libcurl is to say what is wrong with it */
	char *url;
	struct curl_slist *headers; /* kept while they say the same */
	const char *accept, *credentials; /* of them; null: none */
	char method[16];
	bool has_body, takes;       /* `takes`: the reply's body goes to the caller as it comes */
	bool too_large, unasked;    /* the reply's body: over its maximum, compressed unasked */
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
	struct sockets sockets; /* what libcurl waits for */
	int64_t due_ms;         /* when libcurl has something to do besides (monotonic); NEVER: nothing */
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
	if (f->x->bytes == 0 && !f->head.encoded &&
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
	f->unasked = taken && f->head.encoded;
	if (f->too_large || f->unasked)
		return 0;
	if (taken)
		return o->take(o->arg, piece) ? piece.n : 0;
	buf_add(&x->body, piece);
	return piece.n;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	struct str line = { bytes, size * count };
	f->header_bytes += line.n;
	if (f->header_bytes > HEADERS_MAX)
		return 0;
	reply_line(&f->head, line);
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
	else if (f->unasked)
		snprintf(x->problem, sizeof x->problem, "the reply comes compressed, which was not asked for: whether it is "
			"whole could not be told");
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
	curl_url_cleanup(f->parsed);
	free(f->url);
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
		x->lasting = f->too_large || f->unasked;
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

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_plain(const struct connection *c)
{
	return str_starts(str_of(c->base_url), STR("http:"));
}

/* What all requests of a kind have in common. */
static CURLcode set_up(struct flight *f)
{
	const struct connection *c = f->http->connection;
	CURL *h = f->easy;
	long slow = c->timeout_ms / 2000 > SLOW_SECONDS ? (long)(c->timeout_ms / 2000) : SLOW_SECONDS;
	CURLcode rc = CURLE_OK;
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
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
	if (is_plain(c)) /* what stays on this machine does not go through a proxy elsewhere */
		SET(CURLOPT_NOPROXY, "*");
	else /* a proxy is told too */
		SET(CURLOPT_USERAGENT, PROGRAM);
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
	SET(CURLOPT_ACCEPT_ENCODING, f->takes ? NULL : "gzip"); /* libcurl may not see that it is cut */
	SET(CURLOPT_TIMEOUT_MS, f->takes ? 0L : (long)c->timeout_ms);
	return rc;
}

/* libcurl copies what it is told byte by byte, and headers of its own twice: those that stay the same are told so. The
 * token may have changed since the last request. */
static CURLcode set_headers(struct flight *f)
{
	const struct request_options *o = &f->x->options;
	const struct connection *c = f->http->connection;
	const char *credentials = o->bare ? NULL : c->header, *accept = o->accept ? o->accept : "application/json";
	bool typed = f->has_body || (c->of && c->of->content_type);
	char line[256];
	if (f->headers && is_same(f->accept, accept) && is_same(f->credentials, credentials))
		return CURLE_OK;
	snprintf(line, sizeof line, ACCEPT "%s", accept);
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	if (!add_header(f, line) || !add_header(f, "Expect:") ||
	    (is_plain(c) && !add_header(f, "User-Agent: " PROGRAM)) ||
	    !add_header(f, f->takes ? "Accept-Encoding: identity" : "Accept-Encoding: gzip") ||
	    !add_header(f, typed ? "Content-Type: application/json" : "Content-Type:") ||
	    (credentials && !add_header(f, credentials)))
		return CURLE_OUT_OF_MEMORY;
	struct curl_slist *last = f->headers;
	while (last->next)
		last = last->next;
	f->accept = f->headers->data + strlen(ACCEPT);
	f->credentials = credentials ? last->data : NULL;
	return curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
}

/* libcurl would take an address to pieces, and put it together again, for each request. */
static CURLcode set_url(struct flight *f, const char *url)
{
	CURL *h = f->easy;
	CURLcode rc = CURLE_OK;
	if (is_same(f->url, url))
		return CURLE_OK;
	SET(CURLOPT_CURLU, NULL);
	curl_url_cleanup(f->parsed);
	free(f->url);
	f->url = mem_copy(url);
	f->parsed = curl_url();
	if (f->parsed && curl_url_set(f->parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
		curl_url_cleanup(f->parsed);
		f->parsed = NULL;
	}
	SET(CURLOPT_URL, url);
	SET(CURLOPT_CURLU, f->parsed);
	return rc;
}

static CURLcode set_request(struct flight *f)
{
	const struct request *r = &f->x->request;
	CURL *h = f->easy;
	CURLcode rc = set_headers(f);
	rc = rc == CURLE_OK ? set_url(f, r->url) : rc;
	if (f->has_body || takes_body(f->method)) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		SET(CURLOPT_POSTFIELDS, f->has_body ? r->body.p : ""); /* a small one leaves in one piece with its headers */
	}
	return rc;
}

#undef SET

/* One that was used before, or a new one; null where libcurl refuses. */
static struct flight *take_flight(struct http *http, const struct exchange *x)
{
	const struct request *r = &x->request;
	bool has_body = r->body.p != NULL, takes = x->options.take != NULL;
	for (struct flight **at = &http->idle; *at; at = &(*at)->next) {
		struct flight *f = *at;
		if (f->has_body != has_body || f->takes != takes || strcmp(f->method, r->method) != 0)
			continue;
		*at = f->next;
		f->begun = 0;
		f->header_bytes = 0;
		f->too_large = f->unasked = false;
		f->reason[0] = '\0';
		return f;
	}
	struct flight *f = mem_alloc(sizeof *f);
	*f = (struct flight){ .http = http, .easy = curl_easy_init(), .has_body = has_body, .takes = takes };
	snprintf(f->method, sizeof f->method, "%s", r->method);
	if (f->easy && set_up(f) == CURLE_OK)
		return f;
	free_flight(f);
	return NULL;
}

static int http_submit(struct transport *t, struct exchange *x, struct err *e)
{
	struct http *http = (struct http *)t;
	struct flight *f = take_flight(http, x);
	reply_begin(x);
	if (f) {
		f->x = x;
		f->head = (struct reply_head){ .x = x, .cookies = http->cookies != NULL };
	}
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

/* ---- waiting ---- */

/* libcurl tells what it waits for, and how long at most. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct http *http = arg;
	int events = (what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0);
	sockets_want(&http->sockets, fd, what == CURL_POLL_REMOVE ? 0 : (short)events);
	return 0;
}

static int want_time(CURLM *multi, long ms, void *arg)
{
	struct http *http = arg;
	struct clock *clock = clock_system();
	http->due_ms = ms < 0 ? NEVER : ms == 0 ? 0 : clock->mono(clock) + ms;
	return 0;
}

/* Sockets that are ready are served, and no others are looked at. */
static void serve(struct http *http, int timeout_ms)
{
	int running;
	size_t n = sockets_wait(&http->sockets, timeout_ms);
	for (size_t i = 0; i < n; i++) {
		int seen = http->sockets.ready[i].revents;
		if (seen == 0)
			continue;
		int what = (seen & POLLIN ? CURL_CSELECT_IN : 0) | (seen & POLLOUT ? CURL_CSELECT_OUT : 0) |
			(seen & ~(POLLIN | POLLOUT) ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(http->multi, http->sockets.ready[i].fd, what, &running);
	}
}

static struct exchange *http_step(struct transport *t, int64_t timeout_ms)
{
	struct http *http = (struct http *)t;
	struct clock *clock = clock_system();
	struct exchange *x = take_ended(http); /* those that ended together are given back before more work is done */
	int64_t end = x ? 0 : clock->mono(clock) + timeout_ms;
	bool last = false;
	while (!x) {
		int running;
		int64_t now = http->due_ms == 0 ? 0 : clock->mono(clock);
		if (http->due_ms <= now) {
			http->due_ms = NEVER;
			curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
			if ((x = take_ended(http)) || last)
				break;
			now = clock->mono(clock);
		}
		int64_t next = end < http->due_ms ? end : http->due_ms;
		int64_t more = next <= now ? 0 : next - now;
		last = now >= end;
		serve(http, more > 1000 ? 1000 : (int)more);
		if ((x = take_ended(http)) || last)
			break;
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
	sockets_release(&http->sockets);
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
		.multi = curl_multi_init(), .due_ms = NEVER };
	if (c->user && c->password && (http->cookies = curl_share_init()) != NULL)
		curl_share_setopt(http->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	if (!http->multi) {
		curl_share_cleanup(http->cookies);
		free(http);
		err_set(e, ERR_INTERNAL, "transport.open", "libcurl cannot be set up");
		return NULL;
	}
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, want_time);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)c->concurrency + 1);
	return &http->base;
}

const char *transport_library(void)
{
	return curl_version();
}
