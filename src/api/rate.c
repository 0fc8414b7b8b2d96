#include "qonduit/rate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/log.h"

#define MARGIN_MS 1 /* what rounding to milliseconds can hide at the edge of a window */

struct rate {
	const struct rate_rule *rules;
	size_t rule_count;
	uint64_t account;
	int64_t life_ms, keep_ms;   /* keep_ms: the longest window */
	struct clock *clock;
	int64_t wall_start, mono_start;
	char *name;
	int fd;                     /* -1: no rules */
	struct rate_slot *slots;    /* as the file has them, line by line */
	size_t count, cap;
};

/* ---- the limits themselves ---- */

bool rate_covers(const struct rate_rule *rule, struct str path)
{
	struct str under = rule->path;
	while (under.n && under.p[under.n - 1] == '/')
		under.n--;
	return str_starts(path, under) && (path.n == under.n || path.p[under.n] == '/' || path.p[under.n] == '?');
}

static bool counts(const struct rate_rule *rule, const struct rate_slot *s, uint64_t account)
{
	return (!rule->per_account || s->account == account) && rate_covers(rule, str_of(s->path));
}

/* The first moment from `now` on whose window holds fewer than `most` of the slots (of those of low priority, where
 * `low_only`). Slots leave the window one after the other, the oldest first, and few of them must. */
static int64_t room_at(const struct rate_rule *rule, const struct rate_slot *slots, size_t n, uint64_t account,
	bool low_only, uint32_t most, int64_t now)
{
	int64_t start = now - rule->per_ms - MARGIN_MS, at = now;
	for (;;) {
		uint32_t within = 0;
		int64_t oldest = INT64_MAX;
		for (size_t i = 0; i < n; i++) {
			if (slots[i].at <= start || (low_only && !slots[i].low) || !counts(rule, &slots[i], account))
				continue;
			within++;
			if (slots[i].at < oldest)
				oldest = slots[i].at;
		}
		if (within < most)
			return at;
		start = oldest;
		at = oldest + rule->per_ms + MARGIN_MS;
	}
}

/* How many requests to `path` the other rules let through in a window of `rule`. */
static uint64_t most_within(const struct rate_rule *rule, const struct rate_rule *rules, size_t count, struct str path)
{
	uint64_t most = rule->requests;
	for (size_t i = 0; i < count; i++) {
		if (&rules[i] == rule || !rate_covers(&rules[i], path))
			continue;
		uint64_t windows = (uint64_t)((rule->per_ms + rules[i].per_ms - 1) / rules[i].per_ms);
		if (windows * rules[i].requests < most)
			most = windows * rules[i].requests;
	}
	return most;
}

/* What is left of a rule for low priority: all but what the pending requests can use within its window. */
static uint32_t left_for_low(const struct rate_rule *rule, const struct rate_rule *rules, size_t rule_count,
	const struct rate_slot *slots, size_t n, uint64_t account, const struct rate_request *r, int64_t now)
{
	if (r->pending == 0 || !rate_covers(rule, r->pending_path))
		return rule->requests;
	uint64_t use = r->pending, most = most_within(rule, rules, rule_count, r->pending_path);
	for (size_t i = 0; i < n; i++)
		use += !slots[i].low && slots[i].at > now - rule->per_ms - MARGIN_MS && counts(rule, &slots[i], account);
	if (use > most)
		use = most;
	return use >= rule->requests ? 0 : rule->requests - (uint32_t)use;
}

int64_t rate_when(const struct rate_rule *rules, size_t rule_count, const struct rate_slot *slots, size_t slot_count,
	uint64_t account, const struct rate_request *r, int64_t now)
{
	int64_t when = now;
	for (size_t i = 0; i < rule_count; i++) {
		if (!rate_covers(&rules[i], r->path))
			continue;
		uint32_t spare = r->spare < rules[i].requests ? r->spare : rules[i].requests - 1;
		int64_t at = room_at(&rules[i], slots, slot_count, account, false, rules[i].requests - spare, now);
		if (at > when)
			when = at;
		if (!r->low)
			continue;
		uint32_t left = left_for_low(&rules[i], rules, rule_count, slots, slot_count, account, r, now);
		if (left == 0)
			return RATE_NEVER;
		at = room_at(&rules[i], slots, slot_count, account, true, left, now);
		if (at > when)
			when = at;
	}
	return when;
}

int64_t rate_least(const struct rate_rule *rules, size_t rule_count, const struct rate_load *loads, size_t load_count)
{
	int64_t least = 0;
	for (size_t i = 0; i < rule_count; i++) {
		uint64_t count = 0;
		for (size_t j = 0; j < load_count; j++)
			count += rate_covers(&rules[i], loads[j].path) ? loads[j].count : 0;
		if (count == 0)
			continue;
		uint64_t windows = (count - 1) / rules[i].requests;
		int64_t time = windows > (uint64_t)(INT64_MAX / rules[i].per_ms)
			? INT64_MAX : (int64_t)windows * rules[i].per_ms;
		if (time > least)
			least = time;
	}
	return least;
}

/* ---- the file that processes share ---- */

static int64_t time_now(struct rate *r)
{
	return r->wall_start + (r->clock->mono(r->clock) - r->mono_start);
}

static int file_error(struct rate *r, struct err *e)
{
	err_sys(e, ERR_DELIVERY, "rate.file", errno, "the request times of the rate limits cannot be kept");
	err_at_file(e, r->name);
	return -1;
}

static void print_line(const struct rate_slot *s, char out[RATE_LINE + 1])
{
	snprintf(out, RATE_LINE + 1, "%013lld %016llx %016llx %-4s %-74s", (long long)s->at, (unsigned long long)s->id,
		(unsigned long long)s->account, s->low ? "low" : "high", s->path);
	out[RATE_LINE - 1] = '\n';
}

static bool parse_hex(struct str s, uint64_t *out)
{
	uint64_t value = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	*out = value;
	return s.n == 16;
}

static bool parse_line(struct str line, struct rate_slot *out)
{
	uint64_t at;
	struct str rest = line, path;
	*out = (struct rate_slot){ 0 };
	if (line.n != RATE_LINE || line.p[RATE_LINE - 1] != '\n' || !str_to_u64(str_cut(rest, ' ', &rest), &at) ||
		at > INT64_MAX / 2)
		return false;
	if (!parse_hex(str_cut(rest, ' ', &rest), &out->id) || !parse_hex(str_cut(rest, ' ', &rest), &out->account))
		return false;
	out->at = (int64_t)at;
	out->low = str_starts(rest, STR("low  "));
	if (!out->low && !str_starts(rest, STR("high ")))
		return false;
	path = str_trim(str_from(rest, 5));
	if (path.n >= RATE_PATH)
		return false;
	memcpy(out->path, path.p, path.n);
	return true;
}

static int put_slot(struct rate *r, size_t line, struct err *e)
{
	char text[RATE_LINE + 1];
	print_line(&r->slots[line], text);
	ssize_t n;
	do
		n = pwrite(r->fd, text, RATE_LINE, (off_t)(line * RATE_LINE));
	while (n < 0 && errno == EINTR);
	if (n == RATE_LINE)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	return file_error(r, e);
}

static uint64_t new_id(void)
{
	uint64_t id = 0;
	while (id == 0) {
		ssize_t n = getrandom(&id, sizeof id, 0);
		(void)n; /* whatever came is as good as any, 0 excepted */
	}
	return id;
}

static struct rate_slot *add_slot(struct rate *r)
{
	r->slots = mem_grow(r->slots, &r->cap, r->count + 1, sizeof *r->slots);
	r->slots[r->count] = (struct rate_slot){ 0 };
	return &r->slots[r->count++];
}

/* What the file said is lost: every limit counts as used up just now. */
static int fill_up(struct rate *r, int64_t now, struct err *e)
{
	log_line(LOG_LEVEL_WARNING, "rate_file", "%s cannot be understood: every rate limit counts as used up now",
		r->name);
	r->count = 0;
	if (ftruncate(r->fd, 0) != 0)
		return file_error(r, e);
	for (size_t i = 0; i < r->rule_count; i++) {
		for (uint32_t n = 0; n < r->rules[i].requests; n++) {
			struct rate_slot *s = add_slot(r);
			*s = (struct rate_slot){ .at = now, .id = new_id(), .account = r->account };
			snprintf(s->path, sizeof s->path, "%.*s", STR_ARG(r->rules[i].path));
			if (put_slot(r, r->count - 1, e) != 0)
				return -1;
		}
	}
	return 0;
}

/* Reads the file and puts right what a clock that went back has left. */
static int load(struct rate *r, int64_t now, struct err *e)
{
	struct buf text = { 0 };
	char piece[RATE_LINE * 64];
	ssize_t n = 0;
	int rc = 0;
	bool good = true;
	for (off_t at = 0; (n = io_read_at(r->fd, piece, sizeof piece, at)) > 0; at += n)
		buf_add(&text, (struct str){ piece, (size_t)n });
	r->count = 0;
	if (n < 0)
		rc = file_error(r, e);
	for (size_t i = 0; rc == 0 && good && i < text.n; i += RATE_LINE) {
		struct rate_slot *s = add_slot(r);
		good = parse_line(str_head(str_from(buf_str(&text), i), RATE_LINE), s);
		if (good && s->at > now + r->life_ms) {
			s->at = now;
			rc = put_slot(r, r->count - 1, e);
		}
	}
	buf_release(&text);
	return rc == 0 && !good ? fill_up(r, now, e) : rc;
}

static int lock(struct rate *r, struct err *e)
{
	while (flock(r->fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			return file_error(r, e);
	}
	return 0;
}

static int take_locked(struct rate *r, const struct rate_request *q, uint64_t *id, int64_t *wait_ms, struct err *e)
{
	int64_t now = time_now(r);
	if (load(r, now, e) != 0)
		return -1;
	int64_t when = rate_when(r->rules, r->rule_count, r->slots, r->count, r->account, q, now);
	*wait_ms = when == RATE_NEVER ? RATE_NEVER : when - now;
	if (*wait_ms > 0)
		return 0;
	size_t line = 0;
	while (line < r->count && r->slots[line].at > now - r->keep_ms - MARGIN_MS)
		line++;
	if (line == r->count)
		add_slot(r);
	struct rate_slot *s = &r->slots[line];
	*s = (struct rate_slot){ .at = now + r->life_ms, .id = new_id(), .account = r->account, .low = q->low };
	snprintf(s->path, sizeof s->path, "%.*s", STR_ARG(q->path));
	if (put_slot(r, line, e) != 0)
		return -1;
	*id = s->id;
	return 0;
}

static int done_locked(struct rate *r, uint64_t id, struct err *e)
{
	int64_t now = time_now(r);
	if (load(r, now, e) != 0)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		if (r->slots[i].id == id) {
			r->slots[i].at = now;
			return put_slot(r, i, e);
		}
	}
	return 0;
}

int rate_open(const char *state, struct str host, struct str account, const struct rate_rule *rules, size_t count,
	int64_t life_ms, struct clock *clock, struct rate **out, struct err *e)
{
	struct rate *r = mem_alloc(sizeof *r);
	*r = (struct rate){ .rules = rules, .rule_count = count, .account = str_hash(account), .life_ms = life_ms,
		.clock = clock, .fd = -1 };
	r->wall_start = clock->wall(clock);
	r->mono_start = clock->mono(clock);
	*out = r;
	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (rules[i].per_ms > r->keep_ms)
			r->keep_ms = rules[i].per_ms;
	}
	struct buf path = { 0 };
	buf_printf(&path, "%s/limits", state);
	int rc = io_make_folders(buf_text(&path), 0700, e);
	buf_printf(&path, "/%.*s", STR_ARG(host));
	r->name = mem_copy(buf_text(&path));
	buf_release(&path);
	if (rc == 0) {
		r->fd = open(r->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (r->fd < 0)
			rc = file_error(r, e);
	}
	if (rc != 0) {
		rate_close(r);
		*out = NULL;
	}
	return rc;
}

int rate_take(struct rate *r, const struct rate_request *q, uint64_t *id, int64_t *wait_ms, struct err *e)
{
	*id = 0;
	*wait_ms = 0;
	if (r->fd < 0) {
		*id = 1;
		return 0;
	}
	if (lock(r, e) != 0)
		return -1;
	int rc = take_locked(r, q, id, wait_ms, e);
	flock(r->fd, LOCK_UN);
	return rc;
}

int rate_done(struct rate *r, uint64_t id, struct err *e)
{
	if (r->fd < 0)
		return 0;
	if (lock(r, e) != 0)
		return -1;
	int rc = done_locked(r, id, e);
	flock(r->fd, LOCK_UN);
	return rc;
}

void rate_close(struct rate *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->slots);
	free(r->name);
	free(r);
}
