#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/log.h"
#include "qonduit/rate.h"
#include "unit.h"

#define MINUTE 60000
#define START 1795284600000

static const struct rate_rule quotiza[] = {
	{ { "/products/import", 16 }, 5, MINUTE, false },
	{ { "/products/import", 16 }, 5, MINUTE, true },
	{ { "", 0 }, 10, MINUTE, false },
};

static const struct rate_request import = { .path = { "/products/import", 16 } };

/* A clock that goes when it is told to. */
struct hand {
	struct clock clock;
	int64_t now, wall;
};

static int64_t hand_wall(struct clock *c)
{
	return ((struct hand *)c)->wall;
}

static int64_t hand_mono(struct clock *c)
{
	return ((struct hand *)c)->now;
}

static struct hand hand(void)
{
	return (struct hand){ .clock = { hand_wall, hand_mono, NULL }, .now = 1000, .wall = START };
}

static void move(struct hand *h, int64_t ms)
{
	h->now += ms;
	h->wall += ms;
}

static struct rate *open_rate(const char *state, struct hand *h, const char *account)
{
	struct err e = { 0 };
	struct rate *r;
	CU_ASSERT_EQUAL_FATAL(
		rate_open(state, STR("shop.example"), str_of(account), quotiza, 3, MINUTE, &h->clock, &r, &e), 0);
	return r;
}

static int64_t take(struct rate *r, const struct rate_request *q, uint64_t *id)
{
	struct err e = { 0 };
	int64_t wait;
	CU_ASSERT_EQUAL_FATAL(rate_take(r, q, id, &wait, &e), 0);
	return wait;
}

static void done(struct rate *r, uint64_t id)
{
	struct err e = { 0 };
	CU_ASSERT_EQUAL(rate_done(r, id, &e), 0);
}

static void covers_whole_segments_only(void)
{
	const struct rate_rule rule = { { "/products/import", 16 }, 1, 1, false }, all = { { "", 0 }, 1, 1, false };
	CU_ASSERT_TRUE(rate_covers(&rule, STR("/products/import")));
	CU_ASSERT_TRUE(rate_covers(&rule, STR("/products/import/7")));
	CU_ASSERT_TRUE(rate_covers(&rule, STR("/products/import?x=1")));
	CU_ASSERT_FALSE(rate_covers(&rule, STR("/products/import_status")));
	CU_ASSERT_FALSE(rate_covers(&rule, STR("/products")));
	CU_ASSERT_TRUE(rate_covers(&all, STR("/anything")));
}

static void lets_five_imports_through_and_then_waits_a_minute(void)
{
	struct hand h = hand();
	struct rate *r = open_rate(unit_folder(), &h, "1");
	uint64_t id;
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(take(r, &import, &id), 0);
		done(r, id);
		move(&h, 1000);
	}
	CU_ASSERT_EQUAL(take(r, &import, &id), 55001);
	CU_ASSERT_EQUAL(id, 0);
	move(&h, 55001);
	CU_ASSERT_EQUAL(take(r, &import, &id), 0);
	rate_close(r);
}

static void counts_a_request_from_the_time_of_its_reply(void)
{
	struct hand h = hand();
	struct rate *r = open_rate(unit_folder(), &h, "1");
	uint64_t id[5], next;
	for (int i = 0; i < 5; i++)
		take(r, &import, &id[i]);
	CU_ASSERT_EQUAL(take(r, &import, &next), 2 * MINUTE + 1); /* all under way: as long as they can live */
	move(&h, 20000);
	for (int i = 0; i < 5; i++)
		done(r, id[i]);
	CU_ASSERT_EQUAL(take(r, &import, &next), MINUTE + 1);
	rate_close(r);
}

static void shares_a_window_between_processes_and_survives_a_restart(void)
{
	struct hand h = hand();
	const char *state = unit_folder();
	struct rate *a = open_rate(state, &h, "1"), *b = open_rate(state, &h, "1");
	uint64_t id;
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(take(i % 2 ? a : b, &import, &id), 0);
		done(i % 2 ? a : b, id);
	}
	CU_ASSERT_EQUAL(take(a, &import, &id), MINUTE + 1);
	rate_close(a);
	rate_close(b);
	move(&h, 10000);
	a = open_rate(state, &h, "1");
	CU_ASSERT_EQUAL(take(a, &import, &id), 50001);
	rate_close(a);
	struct stat st;
	char path[300];
	snprintf(path, sizeof path, "%s/limits/shop.example", state);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(st.st_size, 5 * RATE_LINE);
}

static void keeps_the_limit_of_an_account_apart_from_that_of_the_address(void)
{
	struct hand h = hand();
	const char *state = unit_folder();
	static const struct rate_rule rules[] = { { { "", 0 }, 3, MINUTE, false }, { { "", 0 }, 2, MINUTE, true } };
	struct rate *one, *two;
	struct err e = { 0 };
	uint64_t id;
	rate_open(state, STR("h"), STR("1"), rules, 2, MINUTE, &h.clock, &one, &e);
	rate_open(state, STR("h"), STR("2"), rules, 2, MINUTE, &h.clock, &two, &e);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(take(one, &import, &id), 0);
		done(one, id);
	}
	CU_ASSERT_TRUE(take(one, &import, &id) > 0);
	CU_ASSERT_EQUAL(take(two, &import, &id), 0);
	done(two, id);
	CU_ASSERT_TRUE(take(two, &import, &id) > 0);
	rate_close(one);
	rate_close(two);
}

static void keeps_slots_spare_where_asked_to(void)
{
	struct hand h = hand();
	struct rate *r = open_rate(unit_folder(), &h, "1");
	struct rate_request poll = { .path = STR("/products/import_status"), .low = true, .spare = 4 };
	uint64_t id;
	int polls;
	for (polls = 0; take(r, &poll, &id) == 0; polls++)
		done(r, id);
	CU_ASSERT_EQUAL(polls, 6);
	for (poll.spare = 0; take(r, &poll, &id) == 0; polls++)
		done(r, id);
	CU_ASSERT_EQUAL(polls, 10);
	rate_close(r);

	r = open_rate(unit_folder(), &h, "1"); /* more than there are: one at a time */
	poll.spare = 100;
	CU_ASSERT_EQUAL(take(r, &poll, &id), 0);
	done(r, id);
	CU_ASSERT_TRUE(take(r, &poll, &id) > 0);
	rate_close(r);
}

static void leaves_room_for_imports_when_polling(void)
{
	struct hand h = hand();
	struct rate *r = open_rate(unit_folder(), &h, "1");
	struct rate_request poll = {
		.path = STR("/products/import_status"), .low = true, .pending_path = STR("/products/import"), .pending = 100
	};
	uint64_t id;
	int polls = 0;
	while (take(r, &poll, &id) == 0) {
		done(r, id);
		polls++;
	}
	CU_ASSERT_EQUAL(polls, 5);
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(take(r, &import, &id), 0);
		done(r, id);
	}
	CU_ASSERT_TRUE(take(r, &poll, &id) > 0);
	rate_close(r);

	r = open_rate(unit_folder(), &h, "1"); /* nothing is to come: polls may use all */
	poll.pending = 0;
	for (polls = 0; take(r, &poll, &id) == 0; polls++)
		done(r, id);
	CU_ASSERT_EQUAL(polls, 10);
	rate_close(r);

	r = open_rate(unit_folder(), &h, "1"); /* two are to come and three have just gone */
	poll.pending = 2;
	for (int i = 0; i < 3; i++) {
		take(r, &import, &id);
		done(r, id);
	}
	for (polls = 0; take(r, &poll, &id) == 0; polls++)
		done(r, id);
	CU_ASSERT_EQUAL(polls, 5);
	rate_close(r);
}

static void does_not_trust_a_clock_that_went_back(void)
{
	struct hand h = hand();
	const char *state = unit_folder();
	struct rate *r = open_rate(state, &h, "1");
	uint64_t id;
	for (int i = 0; i < 5; i++) {
		take(r, &import, &id);
		done(r, id);
	}
	h.wall -= 86400000; /* within a process only the monotonic clock counts */
	CU_ASSERT_EQUAL(take(r, &import, &id), MINUTE + 1);
	rate_close(r);
	r = open_rate(state, &h, "1"); /* for the next process those slots lie a day ahead: they count as taken now */
	CU_ASSERT_EQUAL(take(r, &import, &id), MINUTE + 1);
	move(&h, MINUTE + 1);
	CU_ASSERT_EQUAL(take(r, &import, &id), 0);
	rate_close(r);
}

static void takes_a_file_that_it_cannot_understand_for_full(void)
{
	struct hand h = hand();
	const char *state = unit_folder();
	char path[300];
	uint64_t id;
	struct rate *r = open_rate(state, &h, "1");
	snprintf(path, sizeof path, "%s/limits/shop.example", state);
	FILE *f = fopen(path, "w");
	fputs("this is no list of slots", f);
	fclose(f);
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false);
	CU_ASSERT_EQUAL(take(r, &import, &id), MINUTE + 1);
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	move(&h, MINUTE + 1);
	CU_ASSERT_EQUAL(take(r, &import, &id), 0);
	rate_close(r);
}

/* One line of the file, as it was written, with `bytes` in it at `at`. */
static void takes_for_full(off_t at, const char *bytes)
{
	struct hand h = hand();
	const char *state = unit_folder();
	char path[300];
	uint64_t id;
	struct rate *r = open_rate(state, &h, "1");
	CU_ASSERT_EQUAL(take(r, &import, &id), 0);
	snprintf(path, sizeof path, "%s/limits/shop.example", state);
	int fd = open(path, O_WRONLY);
	CU_ASSERT_EQUAL(pwrite(fd, bytes, strlen(bytes), at), (ssize_t)strlen(bytes));
	close(fd);
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false);
	if (take(r, &import, &id) != MINUTE + 1)
		CU_FAIL(bytes);
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	rate_close(r);
}

static void takes_a_line_of_which_a_byte_is_wrong_for_a_full_file(void)
{
	takes_for_full(0, "-");                /* the time: 13 digits, */
	takes_for_full(0, "x");
	takes_for_full(13, "0");
	takes_for_full(14, "g");               /* the slot's number and the account: 16 digits each, */
	takes_for_full(31, "G");
	takes_for_full(20, " ");
	takes_for_full(48, "lows");            /* the word, */
	takes_for_full(48, "HIGH");
	takes_for_full(127, " ");              /* and the end of the line */
	takes_for_full(128, "\n");
}

static int opened(const char *state, struct err *e)
{
	struct hand h = hand();
	struct rate *r;
	int rc = rate_open(state, STR("shop.example"), STR("1"), quotiza, 3, MINUTE, &h.clock, &r, e);
	CU_ASSERT_EQUAL(rc == 0, r != NULL);
	rate_close(r);
	return rc;
}

static void sends_nothing_where_the_times_cannot_be_kept(void)
{
	const char *state = unit_folder();
	char path[300], other[300];
	struct err e = { 0 }, link = { 0 };
	snprintf(path, sizeof path, "%s/limits", state);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	CU_ASSERT_EQUAL(opened(state, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.file, "/limits"));
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/limits/shop.example", state);
	snprintf(other, sizeof other, "%s/other", state);
	CU_ASSERT_EQUAL(symlink(other, path), 0);
	CU_ASSERT_EQUAL(opened(state, &link), -1);
	CU_ASSERT_EQUAL(link.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(link.code, "rate.file");
	CU_ASSERT_EQUAL(access(other, F_OK), -1); /* nothing was made where the link leads */
}

static void knows_the_least_time(void)
{
	const struct rate_load ten[] = { { STR("/products/import"), 10 }, { STR("/products/import_status"), 10 } };
	CU_ASSERT_EQUAL(rate_least(quotiza, 3, ten, 2), MINUTE);
	const struct rate_load hundred[] = { { STR("/products/import"), 100 }, { STR("/products/import_status"), 101 } };
	CU_ASSERT_EQUAL(rate_least(quotiza, 3, hundred, 2), 20 * MINUTE);
	CU_ASSERT_EQUAL(rate_least(quotiza, 3, hundred, 1), 19 * MINUTE);
	CU_ASSERT_EQUAL(rate_least(quotiza, 3, hundred, 0), 0);
}

/* ---- simulated hours: clients with random latency, and the windows as the server sees them ---- */

struct seen {
	int64_t at;
	bool import;
};

struct client {
	struct rate *rate;
	struct hand hand;      /* its own clock, all go alike */
	int64_t next, seen_at; /* when it acts next; when the server sees what is under way */
	uint64_t id;
	bool import;
};

static int by_time(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	return (x->at > y->at) - (x->at < y->at);
}

/* No window of `per` holds more than `most` of the requests. */
static bool within(const struct seen *all, size_t n, bool imports_only, size_t most, int64_t per)
{
	int64_t last[16];
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		if (imports_only && !all[i].import)
			continue;
		if (count >= most && all[i].at - last[count % most] < per)
			return false;
		last[count++ % most] = all[i].at;
	}
	return true;
}

static size_t simulate(
	int clients, int64_t latency, int64_t hours, unsigned seed, bool steady, struct seen *all, size_t *imports)
{
	struct client c[4] = { 0 };
	const char *state = unit_folder();
	size_t n = 0;
	int64_t now = 0, end = hours * 3600000;
	srandom(seed);
	for (int i = 0; i < clients; i++) {
		c[i].hand = hand();
		c[i].rate = open_rate(state, &c[i].hand, "1");
	}
	*imports = 0;
	while (now < end) {
		struct client *next = &c[0];
		for (int i = 1; i < clients; i++)
			next = c[i].next < next->next ? &c[i] : next;
		now = next->next;
		next->hand.now = 1000 + now;
		next->hand.wall = START + now;
		if (next->id) { /* its reply comes */
			done(next->rate, next->id);
			all[n++] = (struct seen){ next->seen_at, next->import };
			*imports += next->import;
			next->id = 0;
			next->next = now + (steady ? 0 : random() % 9000);
			continue;
		}
		struct rate_request poll = {
			.path = STR("/products/import_status"), .low = true, .pending_path = STR("/products/import"), .pending = 1000
		};
		int64_t wait = take(next->rate, &import, &next->id), poll_wait = 0;
		next->import = next->id != 0;
		if (!next->id)
			poll_wait = take(next->rate, &poll, &next->id);
		if (next->id) {
			int64_t takes = 1 + random() % latency;
			next->seen_at = now + random() % (takes + 1);
			next->next = now + takes;
		} else {
			next->next = now + (wait < poll_wait ? wait : poll_wait);
		}
	}
	for (int i = 0; i < clients; i++)
		rate_close(c[i].rate);
	qsort(all, n, sizeof *all, by_time);
	return n;
}

static void never_shows_the_server_more_than_its_limits(void)
{
	static struct seen all[20000];
	size_t imports;
	for (unsigned seed = 1; seed <= 12; seed++) {
		size_t n = simulate(1 + (int)(seed % 4), seed % 3 ? 500 : 30000, 2, seed, seed % 2, all, &imports);
		CU_ASSERT_TRUE(n > 100);
		CU_ASSERT_TRUE(within(all, n, true, 5, MINUTE));
		CU_ASSERT_TRUE(within(all, n, false, 10, MINUTE));
	}
}

static void uses_nearly_all_of_its_limits(void)
{
	static struct seen all[20000];
	size_t imports;
	size_t n = simulate(2, 400, 3, 99, true, all, &imports);
	CU_ASSERT_TRUE(imports >= 3 * 300 * 95 / 100);
	CU_ASSERT_TRUE(n >= 3 * 600 * 95 / 100);
}

UNIT_SUITE(rate, UNIT(covers_whole_segments_only), UNIT(lets_five_imports_through_and_then_waits_a_minute),
	UNIT(counts_a_request_from_the_time_of_its_reply), UNIT(shares_a_window_between_processes_and_survives_a_restart),
	UNIT(keeps_the_limit_of_an_account_apart_from_that_of_the_address), UNIT(leaves_room_for_imports_when_polling),
	UNIT(keeps_slots_spare_where_asked_to),
	UNIT(does_not_trust_a_clock_that_went_back), UNIT(takes_a_file_that_it_cannot_understand_for_full),
	UNIT(takes_a_line_of_which_a_byte_is_wrong_for_a_full_file), UNIT(sends_nothing_where_the_times_cannot_be_kept),
	UNIT(knows_the_least_time), UNIT(never_shows_the_server_more_than_its_limits), UNIT(uses_nearly_all_of_its_limits))
