#include "qonduit/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/connection.h"
#include "proxy.h"
#include "sockets.h"
#include "transport_parts.h"

#define NEVER INT64_MAX

struct http {
	struct transport base;
	const struct connection *connection;
	CURLM *multi;
	CURLSH *cookies;        /* null: none are kept */
	struct flight *flights; /* under way */
	struct flight *idle;
	struct sockets sockets; /* what libcurl waits for */
	int64_t due_ms;         /* when libcurl has something to do besides (monotonic); NEVER: nothing */
};

/* One that was used before, or a new one; null where libcurl refuses. */
static struct flight *take_flight(struct http *http, const struct exchange *x)
{
	for (struct flight **at = &http->idle; *at; at = &(*at)->next) {
		struct flight *f = *at;
		if (flight_suits(f, x)) {
			*at = f->next;
			return f;
		}
	}
	return flight_new(http->connection, http->cookies, x);
}

static int http_submit(struct transport *t, struct exchange *x, struct err *e)
{
	struct http *http = (struct http *)t;
	struct flight *f = take_flight(http, x);
	reply_begin(x);
	CURLcode rc = f ? flight_load(f, x) : CURLE_OUT_OF_MEMORY;
	if (rc != CURLE_OK || curl_multi_add_handle(http->multi, f->easy) != CURLM_OK) {
		if (f)
			flight_free(f);
		return err_set(e, ERR_INTERNAL, "transport.submit", "the request cannot be set up: %s", curl_easy_strerror(rc));
	}
	f->next = http->flights;
	http->flights = f;
	return 0;
}

/* One that ended well is kept. */
static void land(struct http *http, struct flight *f, bool well)
{
	curl_multi_remove_handle(http->multi, f->easy);
	struct flight **at = &http->flights;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (!well) {
		flight_free(f);
		return;
	}
	f->next = http->idle;
	http->idle = f;
}

/* One that has ended, as libcurl knows already. */
static struct exchange *take_ended(struct http *http)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(http->multi, &left));) {
		char *private = NULL;
		CURLcode rc = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
		struct flight *f = (struct flight *)(void *)private;
		struct exchange *x = f->x;
		flight_end(f, rc);
		land(http, f, rc == CURLE_OK);
		return x;
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
			land(http, f, false);
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
		flight_free(f);
	}
	for (struct flight *f = http->idle, *next; f; f = next) {
		next = f->next;
		flight_free(f);
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
