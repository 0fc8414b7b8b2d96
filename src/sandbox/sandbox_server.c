/* The sandbox's sockets (libmicrohttpd). Each connection has a thread of its own, so that one that hangs or drips
 * holds up no other; the sandbox behind them sees one request at a time. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qonduit/digest.h"
#include "qonduit/sandbox_system.h"

enum { CONNECTIONS_MAX = 1000, HEADERS_MAX = 128, HEADER_BYTES = 32 << 10, DRIP_MS = 1000, BIG_BODY = 64 << 20,
	ARENA_BYTES = 8 << 10 };

struct sandbox_server {
	struct sandbox *sandbox;
	struct clock *clock;
	int64_t began;
	struct MHD_Daemon *daemon;
	int stopping;           /* an eventfd, readable from the moment of sandbox_stop */
	uint16_t port;
	pthread_mutex_t lock;   /* of the sandbox and of `connections` */
	uint64_t connections;
};

/* A request on its way, from its first line to the end of its reply. */
struct exchange {
	struct sandbox_server *server;
	struct arena arena;
	struct sandbox_request request;
	struct str headers[HEADERS_MAX];
	struct buf body;
	struct digest *sum;
	char hex[DIGEST_HEX];
	bool begun, handled;
};

/* The body of a reply that goes out in an odd manner. */
struct drip {
	struct str body;
	size_t end; /* nothing is sent from here on */
	int fd, stopping;
};

/* True where the client left or the sandbox stops within the time (-1: without end). */
static bool interrupted(int fd, int stopping, int ms)
{
	struct pollfd both[] = { { .fd = fd, .events = POLLRDHUP }, { .fd = stopping, .events = POLLIN } };
	int n;
	do
		n = poll(both, 2, ms);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

static int socket_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* Sends RST. A close that lingers for no time does, but libmicrohttpd would say FIN first: so the socket is closed
 * here, by laying another one in its place, which libmicrohttpd then closes. */
static void reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	if (other >= 0) {
		dup3(other, fd, O_CLOEXEC);
		close(other);
	}
}

static void *new_exchange(void *arg, const char *uri, struct MHD_Connection *c)
{
	struct exchange *x = mem_alloc(sizeof *x);
	*x = (struct exchange){ .server = arg, .sum = digest_new() };
	buf_init(&x->body, SANDBOX_BODY_MAX);
	arena_init(&x->arena, ARENA_BYTES);
	struct str query, path = str_cut(arena_copy(&x->arena, str_of(uri)), '?', &query);
	x->request = (struct sandbox_request){ .path = path, .query = query, .headers = x->headers, .arena = &x->arena };
	return x;
}

static void note_time(struct exchange *x)
{
	struct clock *clock = x->server->clock;
	x->request.at = clock->mono(clock) - x->server->began;
	x->request.wall = clock->wall(clock);
}

static void end_sum(struct exchange *x)
{
	digest_end_hex(x->sum, x->hex);
	x->sum = NULL;
	x->request.body_sha256 = x->hex;
}

static enum MHD_Result note_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct exchange *x = arg;
	if (x->request.header_count < HEADERS_MAX)
		x->headers[x->request.header_count++] = arena_copy(&x->arena, str_of(name));
	return MHD_YES;
}

static struct str header(struct exchange *x, struct MHD_Connection *c, const char *name)
{
	return arena_copy(&x->arena, str_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name)));
}

static void begin(struct exchange *x, struct MHD_Connection *c, const char *method)
{
	struct sandbox_request *q = &x->request;
	const union MHD_ConnectionInfo *from = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *id = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	char address[INET_ADDRSTRLEN] = "";
	inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from->client_addr)->sin_addr, address,
		sizeof address);
	x->begun = true;
	q->method = arena_copy(&x->arena, str_of(method));
	q->authorization = header(x, c, MHD_HTTP_HEADER_AUTHORIZATION);
	q->authentication = header(x, c, "Authentication");
	q->api_key = header(x, c, "x-api-key");
	q->content_type = header(x, c, MHD_HTTP_HEADER_CONTENT_TYPE);
	q->host = header(x, c, MHD_HTTP_HEADER_HOST);
	q->cookie = header(x, c, MHD_HTTP_HEADER_COOKIE);
	q->proto = header(x, c, "X-Forwarded-Proto");
	q->address = arena_copy(&x->arena, str_of(address));
	q->connection = (uint64_t)(uintptr_t)id->socket_context;
	MHD_get_connection_values(c, MHD_HEADER_KIND, note_header, x);
}

static void take_body(struct exchange *x, struct str bytes)
{
	digest_add(x->sum, bytes.p, bytes.n);
	x->request.body_bytes += bytes.n;
	if (x->request.body_bytes > SANDBOX_BODY_MAX)
		buf_release(&x->body);
	else
		buf_add(&x->body, bytes);
}

static ssize_t drip_a_byte(void *arg, uint64_t at, char *to, size_t room)
{
	struct drip *d = arg;
	if (interrupted(d->fd, d->stopping, DRIP_MS))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	*to = d->body.p[at];
	return 1;
}

static ssize_t pour(void *arg, uint64_t at, char *to, size_t room)
{
	struct drip *d = arg;
	if (at >= d->end)
		return d->end < d->body.n ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	size_t n = room < d->end - at ? room : d->end - (size_t)at;
	memset(to, 'x', n);
	if (at < d->body.n)
		memcpy(to, d->body.p + at, n < d->body.n - at ? n : d->body.n - (size_t)at);
	return (ssize_t)n;
}

static struct MHD_Response *odd_response(struct exchange *x, int fd, const struct sandbox_reply *r)
{
	struct drip *d = mem_alloc(sizeof *d + r->body.n);
	char *copy = (char *)(d + 1);
	if (r->body.n)
		memcpy(copy, r->body.p, r->body.n);
	*d = (struct drip){ .body = { copy, r->body.n }, .fd = fd, .stopping = x->server->stopping };
	d->end = r->manner == MANNER_BIG ? BIG_BODY : r->manner == MANNER_CUT && r->cut < r->body.n ? r->cut : r->body.n;
	uint64_t told = r->manner == MANNER_BIG ? MHD_SIZE_UNKNOWN : r->body.n;
	return MHD_create_response_from_callback(told, 16 << 10, r->manner == MANNER_SLOW ? drip_a_byte : pour, d, free);
}

/* A stream on its way out. */
struct flow {
	struct sandbox_stream stream;
	struct buf piece;
	size_t sent; /* of the piece */
	bool slow, breaks;
	int fd, stopping;
};

static ssize_t end_flow(const struct flow *f)
{
	return f->breaks ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t flow(void *arg, uint64_t at, char *to, size_t room)
{
	struct flow *f = arg;
	if (f->stream.end && at >= f->stream.end)
		return end_flow(f);
	while (f->sent == f->piece.n) {
		f->sent = 0;
		buf_clear(&f->piece);
		if (!f->stream.more(f->stream.arg, &f->piece))
			return end_flow(f);
	}
	if (f->slow && interrupted(f->fd, f->stopping, DRIP_MS))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = f->piece.n - f->sent;
	n = f->slow ? 1 : n < room ? n : room;
	if (f->stream.end && n > f->stream.end - at)
		n = (size_t)(f->stream.end - at);
	memcpy(to, f->piece.p + f->sent, n);
	f->sent += n;
	return (ssize_t)n;
}

static void release_flow(void *arg)
{
	struct flow *f = arg;
	f->stream.close(f->stream.arg);
	buf_release(&f->piece);
	free(f);
}

/* The stream is given away. */
static struct MHD_Response *flow_response(struct exchange *x, int fd, struct sandbox_reply *r)
{
	struct flow *f = mem_alloc(sizeof *f);
	*f = (struct flow){ .stream = r->stream, .slow = r->manner == MANNER_SLOW, .breaks = r->manner == MANNER_CUT,
		.fd = fd, .stopping = x->server->stopping };
	r->stream = (struct sandbox_stream){ 0 };
	if (f->breaks)
		f->stream.end = r->cut ? r->cut : 1;
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 << 10, flow, f, release_flow);
}

static void add_header(struct MHD_Response *m, const char *name, const char *value)
{
	if (value && *value)
		MHD_add_response_header(m, name, value);
}

/* The body as it is, which is given away: it may be a journal of many megabytes. */
static struct MHD_Response *plain_response(struct sandbox_reply *r)
{
	struct MHD_Response *m = MHD_create_response_from_buffer(r->body.n, r->body.p, MHD_RESPMEM_MUST_FREE);
	if (m)
		r->body = (struct buf){ 0 };
	return m;
}

static enum MHD_Result send_reply(struct exchange *x, struct MHD_Connection *c, struct sandbox_reply *r)
{
	int fd = socket_of(c);
	if (r->manner == MANNER_RESET) {
		reset(fd);
		return MHD_NO;
	}
	if (r->manner == MANNER_HANG) {
		interrupted(fd, x->server->stopping, -1);
		return MHD_NO;
	}
	struct MHD_Response *m = r->stream.more ? flow_response(x, fd, r)
		: r->manner == MANNER_SEND ? plain_response(r) : odd_response(x, fd, r);
	if (!m)
		return MHD_NO;
	struct str location = arena_copy(&x->arena, r->location);
	add_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, r->type ? r->type : "application/json");
	add_header(m, MHD_HTTP_HEADER_RETRY_AFTER, r->retry_after);
	add_header(m, MHD_HTTP_HEADER_LOCATION, location.p);
	add_header(m, MHD_HTTP_HEADER_ALLOW, r->allow);
	add_header(m, MHD_HTTP_HEADER_SET_COOKIE, r->cookie.p);
	enum MHD_Result done = MHD_queue_response(c, r->status, m);
	MHD_destroy_response(m);
	return done;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
	const char *version, const char *bytes, size_t *n, void **context)
{
	struct exchange *x = *context;
	if (!x->begun) {
		begin(x, c, method);
		return MHD_YES;
	}
	if (*n) {
		take_body(x, (struct str){ bytes, *n });
		*n = 0;
		return MHD_YES;
	}
	struct sandbox_reply r = { 0 };
	end_sum(x);
	x->handled = true;
	x->request.body = buf_str(&x->body);
	x->request.too_large = x->request.body_bytes > SANDBOX_BODY_MAX;
	pthread_mutex_lock(&x->server->lock);
	note_time(x);
	sandbox_handle(x->server->sandbox, &x->request, &r);
	pthread_mutex_unlock(&x->server->lock);
	enum MHD_Result done = send_reply(x, c, &r);
	sandbox_stream_close(&r);
	buf_release(&r.body);
	return done;
}

static void end_exchange(void *arg, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *context;
	if (!x)
		return;
	if (!x->handled) {
		end_sum(x);
		pthread_mutex_lock(&x->server->lock);
		note_time(x);
		sandbox_cut_off(x->server->sandbox, &x->request);
		pthread_mutex_unlock(&x->server->lock);
	}
	buf_release(&x->body);
	arena_release(&x->arena);
	free(x);
	*context = NULL;
}

static void count_connection(void *arg, struct MHD_Connection *c, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct sandbox_server *server = arg;
	if (what != MHD_CONNECTION_NOTIFY_STARTED)
		return;
	pthread_mutex_lock(&server->lock);
	*context = (void *)(uintptr_t)++server->connections;
	pthread_mutex_unlock(&server->lock);
}

/* A socket that listens on loopback; *port is filled with the one it got. */
static int listen_on(uint16_t *port, struct err *e)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof here;
	const int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (struct sockaddr *)&here, sizeof here) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &n) != 0) {
		err_sys(e, ERR_USAGE, "sandbox.listen", errno, "cannot listen on 127.0.0.1:%u", *port);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(here.sin_port);
	return fd;
}

struct sandbox_server *sandbox_serve(struct sandbox *s, uint16_t port, struct clock *clock, struct err *e)
{
	int fd = listen_on(&port, e);
	if (fd < 0)
		return NULL;
	struct sandbox_server *server = mem_alloc(sizeof *server);
	*server = (struct sandbox_server){ .sandbox = s, .clock = clock, .began = clock->mono(clock), .port = port,
		.stopping = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	pthread_mutex_init(&server->lock, NULL);
	server->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, port,
		NULL, NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_URI_LOG_CALLBACK, new_exchange, server,
		MHD_OPTION_NOTIFY_COMPLETED, end_exchange, server,
		MHD_OPTION_NOTIFY_CONNECTION, count_connection, server,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
		MHD_OPTION_END);
	if (server->stopping < 0 || !server->daemon) {
		err_set(e, ERR_INTERNAL, "sandbox.start", "cannot start the sandbox: want of descriptors, threads or memory");
		if (!server->daemon)
			close(fd);
		sandbox_stop(server);
		return NULL;
	}
	return server;
}

uint16_t sandbox_port(const struct sandbox_server *server)
{
	return server->port;
}

void sandbox_stop(struct sandbox_server *server)
{
	if (server->stopping >= 0)
		eventfd_write(server->stopping, 1);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	if (server->stopping >= 0)
		close(server->stopping);
	pthread_mutex_destroy(&server->lock);
	free(server);
}
