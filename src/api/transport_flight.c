#include "transport_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/connection.h"

#define HEADERS_MAX ((size_t)256 << 10) /* bytes of a reply's headers, those of interim replies included */
#define SLOW_BYTES 10L                  /* a second, … */
#define SLOW_SECONDS 60                 /* … for so long: given up; half the total timeout where that is longer */
#define PROGRAM "qonduit/" QONDUIT_VERSION
#define ACCEPT "Accept: "

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

void flight_end(struct flight *f, CURLcode rc)
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

static bool reads(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
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
	const struct connection *c = f->connection;
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
	if (f->cookies) {
		SET(CURLOPT_SHARE, f->cookies);
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
	if (f->has_body || !reads(f->method))
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
	const struct connection *c = f->connection;
	const char *credentials = o->bare ? NULL : c->header;
	const char *second = credentials && reads(f->method) ? c->read_header : NULL;
	const char *accept = o->accept ? o->accept : "application/json";
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
	    (second && !add_header(f, second)) || (credentials && !add_header(f, credentials)))
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

CURLcode flight_load(struct flight *f, struct exchange *x)
{
	f->x = x;
	f->head = (struct reply_head){ .x = x, .cookies = f->cookies != NULL };
	f->begun = 0;
	f->header_bytes = 0;
	f->too_large = f->unasked = false;
	f->reason[0] = '\0';
	return set_request(f);
}

bool flight_suits(const struct flight *f, const struct exchange *x)
{
	return f->has_body == (x->request.body.p != NULL) && f->takes == (x->options.take != NULL) &&
		strcmp(f->method, x->request.method) == 0;
}

struct flight *flight_new(const struct connection *c, CURLSH *cookies, const struct exchange *x)
{
	struct flight *f = mem_alloc(sizeof *f);
	*f = (struct flight){ .connection = c, .cookies = cookies, .easy = curl_easy_init(),
		.has_body = x->request.body.p != NULL, .takes = x->options.take != NULL };
	snprintf(f->method, sizeof f->method, "%s", x->request.method);
	if (f->easy && set_up(f) == CURLE_OK)
		return f;
	flight_free(f);
	return NULL;
}

void flight_free(struct flight *f)
{
	curl_slist_free_all(f->headers);
	curl_easy_cleanup(f->easy);
	curl_url_cleanup(f->parsed);
	free(f->url);
	free(f);
}
