/* Files put on disk beside the work that makes them: whole, in order, and no failure is lost. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/scribe.h"
#include "unit.h"

#define FILES 40

static const char *folder;
static int dirfd;

static void begin(void)
{
	folder = unit_folder();
	dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(dirfd >= 0);
}

static int put(struct scribe *s, struct arena *a, int number, struct buf *body, struct buf *rows, struct err *e)
{
	buf_printf(body, "body %d", number);
	buf_printf(rows, "f:%d\n", number);
	return scribe_put(s, (struct payload_file){ .name = arena_printf(a, "t-%05d.json", number), .records = (uint64_t)number }, body, rows, e);
}

struct helpers {
	struct scribe *scribe;
	atomic_bool over;
	pthread_t thread[2];
};

static void *help(void *arg)
{
	struct helpers *h = arg;
	while (!atomic_load(&h->over))
		scribe_work(h->scribe);
	return NULL;
}

static void helpers_begin(struct helpers *h, struct scribe *s)
{
	*h = (struct helpers){ .scribe = s };
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&h->thread[i], NULL, help, h), 0);
}

static void helpers_end(struct helpers *h)
{
	atomic_store(&h->over, true);
	for (int i = 0; i < 2; i++)
		pthread_join(h->thread[i], NULL);
}

static void come_out_whole(bool helped)
{
	struct payload_file *files = NULL;
	size_t count = 0, cap = 0;
	struct buf body = { 0 }, rows = { 0 };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct helpers helpers;

	arena_init(&a, 4096);
	begin();
	struct scribe *s = scribe_new(dirfd);
	if (helped)
		helpers_begin(&helpers, s);
	for (int i = 1; i <= FILES; i++)
		CU_ASSERT_EQUAL(put(s, &a, i, &body, &rows, &e), 0);
	if (helped)
		helpers_end(&helpers);
	CU_ASSERT_EQUAL(scribe_end(s, &files, &count, &cap, &e), 0);
	CU_ASSERT_EQUAL_FATAL(count, FILES);
	for (int i = 1; i <= FILES; i++) {
		struct str expected = arena_printf(&a, "body %d", i), found = { 0 };
		struct str path = arena_printf(&a, "%s/%s", folder, files[i - 1].name.p), origins = arena_printf(&a, "%s.rows", path.p);
		unsigned char sum[DIGEST_BYTES];
		char hex[DIGEST_HEX];
		CU_ASSERT_EQUAL(files[i - 1].records, (uint64_t)i);
		CU_ASSERT_EQUAL(files[i - 1].bytes, expected.n);
		digest_of(expected, sum);
		digest_hex(sum, hex);
		CU_ASSERT_STRING_EQUAL(files[i - 1].sha256, hex);
		CU_ASSERT_EQUAL(io_read_file(path.p, 100, &a, &found, &e), 0);
		ASSERT_STR(found, expected.p);
		CU_ASSERT_EQUAL(io_read_file(origins.p, 100, &a, &found, &e), 0);
		ASSERT_STR(found, arena_printf(&a, "f:%d\n", i).p);
	}
	free(files);
	buf_release(&body);
	buf_release(&rows);
	arena_release(&a);
	close(dirfd);
}

static void files_come_out_whole_and_in_order(void)
{
	come_out_whole(false);
	come_out_whole(true);
}

/* A name that is taken: the failure is told by a later put or by the end, whichever comes first. */
static void a_failure_is_told(void)
{
	for (int taken = 1; taken <= 6; taken++) {
		struct payload_file *files = NULL;
		size_t count = 0, cap = 0;
		struct buf body = { 0 }, rows = { 0 };
		struct arena a = { 0 };
		struct err e = { 0 };
		char name[32];
		int result = 0;

		arena_init(&a, 4096);
		begin();
		snprintf(name, sizeof name, "t-%05d.json%s", taken, taken % 2 ? "" : ".rows");
		close(openat(dirfd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		struct scribe *s = scribe_new(dirfd);
		for (int i = 1; i <= 6 && result == 0; i++)
			result = put(s, &a, i, &body, &rows, &e);
		if (result == 0)
			result = scribe_end(s, &files, &count, &cap, &e);
		else
			scribe_abandon(s);
		CU_ASSERT_EQUAL(result, -1);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		CU_ASSERT_STRING_EQUAL(e.file, name);
		free(files);
		buf_release(&body);
		buf_release(&rows);
		arena_release(&a);
		close(dirfd);
	}
}

UNIT_SUITE(scribe, UNIT(files_come_out_whole_and_in_order), UNIT(a_failure_is_told))
