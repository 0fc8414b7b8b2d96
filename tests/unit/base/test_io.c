#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "qonduit/io.h"

static struct arena paths;

static const char *in(const char *folder, const char *name)
{
	return arena_printf(&paths, "%s/%s", folder, name).p;
}

static void put(const char *folder, const char *name, const char *content)
{
	FILE *f = fopen(in(folder, name), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(content, f);
	fclose(f);
}

static void assert_content(const char *path, const char *expected, int line)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str found = { 0 };
	io_read_file(path, 1 << 20, &a, &found, &e);
	unit_str(found, expected, __FILE__, line);
	arena_release(&a);
}

#define ASSERT_CONTENT(path, expected) assert_content((path), (expected), __LINE__)

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

static unsigned mode_of(const char *path)
{
	struct stat st = { 0 };
	stat(path, &st);
	return st.st_mode & 0777;
}

/* A failure named `file` with this text in it; clears `e`. */
static void assert_failure(struct err *e, const char *file, const char *part, int line)
{
	CU_assertImplementation(e->class == ERR_INPUT, (unsigned)line, "class is ERR_INPUT", __FILE__, "", CU_FALSE);
	unit_str(str_of(e->file), file, __FILE__, line);
	if (str_find(str_of(e->message), str_of(part)) < 0)
		unit_str(str_of(e->message), part, __FILE__, line);
	err_clear(e);
}

#define ASSERT_FAILURE(e, file, part) assert_failure((e), (file), (part), __LINE__)

static void reads_a_whole_file(void)
{
	const char *folder = unit_folder();
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str s;
	put(folder, "empty", "");
	put(folder, "five", "12345");
	CU_ASSERT_EQUAL(io_read_file(in(folder, "empty"), 10, &a, &s, &e), 0);
	ASSERT_STR(s, "");
	CU_ASSERT_EQUAL(io_read_file(in(folder, "five"), 5, &a, &s, &e), 0);
	ASSERT_STR(s, "12345");
	CU_ASSERT_EQUAL(io_read_file(in(folder, "five"), 4, &a, &s, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "five"), "larger than the 4 bytes");
	CU_ASSERT_EQUAL(io_read_file("/proc/self/status", 1 << 20, &a, &s, &e), 0);
	CU_ASSERT_TRUE(str_starts(s, STR("Name:")));
	arena_release(&a);
}

static void reads_a_file_of_many_pieces(void)
{
	const char *folder = unit_folder();
	FILE *f = fopen(in(folder, "large"), "w");
	for (int i = 0; i < 100000; i++)
		fprintf(f, "%06d\n", i);
	fclose(f);
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str s;
	CU_ASSERT_EQUAL(io_read_file(in(folder, "large"), 1 << 20, &a, &s, &e), 0);
	CU_ASSERT_EQUAL(s.n, 700000);
	CU_ASSERT_TRUE(str_ends(s, STR("099999\n")));
	CU_ASSERT_EQUAL(io_read_file(in(folder, "large"), 699999, &a, &s, &e), -1);
	arena_release(&a);
}

/* ---- a signal within a read, which the handler answers ---- */

static volatile sig_atomic_t stopped;
static int answer_to = -1; /* a pipe; -1: it is told to stop */

static void on_alarm(int number)
{
	if (answer_to < 0)
		stopped = number;
	else if (write(answer_to, "late", 4) < 0)
		stopped = -1;
}

static ssize_t read_through_alarm(int fd, char *to, size_t n, const volatile sig_atomic_t *stop)
{
	struct sigaction act = { .sa_handler = on_alarm }, before;
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, &before);
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { .tv_usec = 20000 }, .it_interval = { .tv_sec = 1 } }, NULL);
	ssize_t got = io_read(fd, to, n, stop);
	int errnum = errno;
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	sigaction(SIGALRM, &before, NULL);
	errno = errnum;
	return got;
}

static void goes_on_reading_after_a_signal_that_does_not_stop_it(void)
{
	int ends[2];
	char room[8];
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	for (int with = 0; with < 2; with++) {
		stopped = 0;
		answer_to = ends[1];
		CU_ASSERT_EQUAL(read_through_alarm(ends[0], room, sizeof room, with ? &stopped : NULL), 4);
		CU_ASSERT_EQUAL(memcmp(room, "late", 4), 0);
	}
	answer_to = -1;
	CU_ASSERT_EQUAL(read_through_alarm(ends[0], room, sizeof room, &stopped), -1);
	CU_ASSERT_EQUAL(errno, EINTR);
	CU_ASSERT_EQUAL(stopped, SIGALRM);
	CU_ASSERT_EQUAL(write(ends[1], "rest", 4), 4);
	CU_ASSERT_EQUAL(io_read(ends[0], room, 1, &stopped), -1); /* one that came before is none to miss */
	CU_ASSERT_EQUAL(io_read(ends[0], room, 1, NULL), 1);
	close(ends[0]);
	close(ends[1]);
}

static void says_what_cannot_be_read(void)
{
	const char *folder = unit_folder();
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str s;
	CU_ASSERT_EQUAL(io_read_file(in(folder, "none"), 10, &a, &s, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "none"), "No such file or directory");
	CU_ASSERT_EQUAL(io_read_file(folder, 10, &a, &s, &e), -1);
	ASSERT_FAILURE(&e, folder, "Is a directory");
	arena_release(&a);
}

static void names_the_last_part_of_a_path(void)
{
	CU_ASSERT_STRING_EQUAL(io_basename("a/b/c.csv"), "c.csv");
	CU_ASSERT_STRING_EQUAL(io_basename("c.csv"), "c.csv");
	CU_ASSERT_STRING_EQUAL(io_basename("/c.csv"), "c.csv");
	CU_ASSERT_STRING_EQUAL(io_basename("a/b/"), "b/");
	CU_ASSERT_STRING_EQUAL(io_basename("/"), "/");
	CU_ASSERT_STRING_EQUAL(io_basename(""), "");
}

static void makes_folders_for_the_owner_alone(void)
{
	const char *folder = unit_folder(), *path = in(folder, "a//b/c/");
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_make_folders(path, 0700, &e), 0);
	CU_ASSERT_EQUAL(io_make_folders(path, 0700, &e), 0);
	CU_ASSERT_EQUAL(mode_of(path), 0700);
	put(folder, "file", "x");
	CU_ASSERT_EQUAL(io_make_folders(in(folder, "file"), 0700, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "file"), "stands where a folder is needed");
	CU_ASSERT_EQUAL(io_make_folders(in(folder, "file/below"), 0700, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "file/below"), "Not a directory");
}

static void removes_a_tree_but_not_what_it_points_to(void)
{
	const char *folder = unit_folder();
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_make_folders(in(folder, "tree/deep/er"), 0700, &e), 0);
	CU_ASSERT_EQUAL(io_make_folders(in(folder, "kept"), 0700, &e), 0);
	put(folder, "kept/file", "x");
	put(folder, "tree/deep/file", "x");
	CU_ASSERT_EQUAL(symlink("../kept", in(folder, "tree/link")), 0);
	CU_ASSERT_EQUAL(symlink("kept", in(folder, "link")), 0);
	CU_ASSERT_EQUAL(io_remove_tree(in(folder, "tree"), &e), 0);
	CU_ASSERT_EQUAL(io_remove_tree(in(folder, "tree"), &e), 0);
	CU_ASSERT_EQUAL(io_remove_tree(in(folder, "link/"), &e), 0);
	CU_ASSERT_EQUAL(entries(folder), 1);
	ASSERT_CONTENT(in(folder, "kept/file"), "x");
}

static void replaces_a_file_at_once(void)
{
	const char *folder = unit_folder(), *path = in(folder, "state.json");
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_replace_file(path, STR("one"), 0600, &e), 0);
	CU_ASSERT_EQUAL(io_replace_file(path, STR("two"), 0600, &e), 0);
	ASSERT_CONTENT(path, "two");
	CU_ASSERT_EQUAL(mode_of(path), 0600);
	CU_ASSERT_EQUAL(entries(folder), 1);
	CU_ASSERT_EQUAL(io_replace_file(in(folder, "none/x"), STR("x"), 0600, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "none/x"), "No such file");
	CU_ASSERT_EQUAL(io_make_folders(in(folder, "sub"), 0700, &e), 0);
	CU_ASSERT_EQUAL(io_replace_file(in(folder, "sub"), STR("x"), 0600, &e), -1);
	ASSERT_FAILURE(&e, in(folder, "sub"), "Is a directory");
	CU_ASSERT_EQUAL(entries(folder), 2);
}

static void leaves_nothing_of_a_file_that_is_given_up(void)
{
	const char *folder = unit_folder(), *path = in(folder, "catalog.csv");
	struct err e = { 0 };
	struct replacement r;
	CU_ASSERT_EQUAL(io_replace_file(path, STR("old"), 0640, &e), 0);
	CU_ASSERT_EQUAL_FATAL(io_replace_begin(&r, path, 0640, &e), 0);
	CU_ASSERT_EQUAL(io_write_all(r.fd, "half", 4, path, &e), 0);
	ASSERT_CONTENT(path, "old");
	io_replace_abandon(&r);
	io_replace_abandon(&r);
	ASSERT_CONTENT(path, "old");
	CU_ASSERT_EQUAL(entries(folder), 1);
	CU_ASSERT_EQUAL_FATAL(io_replace_begin(&r, path, 0640, &e), 0);
	CU_ASSERT_EQUAL(io_write_all(r.fd, "whole", 5, path, &e), 0);
	CU_ASSERT_EQUAL(io_replace_commit(&r, &e), 0);
	io_replace_abandon(&r);
	ASSERT_CONTENT(path, "whole");
	CU_ASSERT_EQUAL(entries(folder), 1);
}

static void reports_a_full_disk_by_name(void)
{
	const char *folder = unit_folder();
	struct err e = { 0 };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(full >= 0);
	CU_ASSERT_EQUAL(io_write_all(full, "x", 1, "out.json", &e), -1);
	ASSERT_FAILURE(&e, "out.json", "No space left on device");
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int early = 0; early < 2; early++) {
		struct file f;
		CU_ASSERT_EQUAL(file_create(&f, dir, early ? "a.csv" : "b.csv", &e), 0);
		dup2(full, f.fd);
		static char block[300000];
		int status = file_write(&f, (struct str){ block, early ? sizeof block : 10 }, &e);
		CU_ASSERT_EQUAL(status, early ? -1 : 0);
		if (early)
			file_abandon(&f);
		else
			CU_ASSERT_EQUAL(file_close(&f, NULL, NULL, &e), -1);
		ASSERT_FAILURE(&e, early ? "a.csv" : "b.csv", "No space left on device");
	}
	close(dir);
	close(full);
}

static void creates_no_file_over_another(void)
{
	const char *folder = unit_folder();
	struct err e = { 0 };
	struct file f;
	put(folder, "taken", "x");
	CU_ASSERT_EQUAL(symlink("elsewhere", in(folder, "link")), 0);
	CU_ASSERT_EQUAL(file_create(&f, AT_FDCWD, in(folder, "taken"), &e), -1);
	ASSERT_FAILURE(&e, in(folder, "taken"), "File exists");
	file_abandon(&f);
	CU_ASSERT_EQUAL(io_write_file(AT_FDCWD, in(folder, "link"), STR("x"), &e), -1);
	ASSERT_FAILURE(&e, in(folder, "link"), "File exists");
	f = (struct file){ 0 };
	file_abandon(&f);
	CU_ASSERT_EQUAL(entries(folder), 2);
}

static void sums_a_file_on_the_way(void)
{
	const char *folder = unit_folder();
	struct err e = { 0 };
	struct file f;
	CU_ASSERT_EQUAL(file_create(&f, AT_FDCWD, in(folder, "f"), &e), 0);
	struct digest *expected = digest_new();
	for (int i = 0; i < 100000; i++) {
		char line[16];
		int n = snprintf(line, sizeof line, "%d\n", i);
		CU_ASSERT_EQUAL(file_write(&f, (struct str){ line, (size_t)n }, &e), 0);
		digest_add(expected, line, (size_t)n);
	}
	char hex[DIGEST_HEX], expected_hex[DIGEST_HEX];
	uint64_t bytes = 0;
	CU_ASSERT_EQUAL(file_close(&f, hex, &bytes, &e), 0);
	digest_end_hex(expected, expected_hex);
	CU_ASSERT_STRING_EQUAL(hex, expected_hex);
	struct stat st;
	CU_ASSERT_EQUAL(stat(in(folder, "f"), &st), 0);
	CU_ASSERT_TRUE(bytes == 588890 && st.st_size == 588890);
	struct arena a = { 0 };
	struct str s;
	CU_ASSERT_EQUAL(io_read_file(in(folder, "f"), 1 << 20, &a, &s, &e), 0);
	unsigned char sum[DIGEST_BYTES];
	digest_of(s, sum);
	digest_hex(sum, hex);
	CU_ASSERT_STRING_EQUAL(hex, expected_hex);
	arena_release(&a);
	file_abandon(&f);
}

static void shows_a_folder_only_when_it_is_whole(void)
{
	const char *folder = unit_folder(), *final = in(folder, "new/out/");
	struct err e = { 0 };
	struct folder f;
	CU_ASSERT_EQUAL(folder_begin(&f, final, false, &e), 0);
	CU_ASSERT_STRING_EQUAL(io_basename(f.final), "out");
	CU_ASSERT_TRUE(str_starts(str_of(io_basename(f.temporary)), STR(".out.")));
	CU_ASSERT_EQUAL(io_write_file(f.fd, "a.json", STR("{}"), &e), 0);
	CU_ASSERT_NOT_EQUAL(access(final, F_OK), 0);
	CU_ASSERT_EQUAL(folder_commit(&f, &e), 0);
	ASSERT_CONTENT(in(folder, "new/out/a.json"), "{}");
	CU_ASSERT_EQUAL(entries(in(folder, "new")), 1);
	folder_abandon(&f);
}

static void takes_the_place_of_an_old_folder_where_it_may(void)
{
	const char *folder = unit_folder(), *final = in(folder, "out");
	struct err e = { 0 };
	struct folder f;
	CU_ASSERT_EQUAL(mkdir(final, 0755), 0);
	for (int round = 0; round < 3; round++) {
		CU_ASSERT_EQUAL(folder_begin(&f, final, round > 0, &e), 0);
		CU_ASSERT_EQUAL(f.replace, round > 0);
		char name[] = "0.json";
		name[0] = (char)('0' + round);
		CU_ASSERT_EQUAL(io_write_file(f.fd, name, STR("{}"), &e), 0);
		CU_ASSERT_EQUAL(folder_commit(&f, &e), 0);
		CU_ASSERT_TRUE(access(in(final, name), F_OK) == 0 && entries(final) == 1 && entries(folder) == 1);
	}
	CU_ASSERT_EQUAL(folder_begin(&f, final, false, &e), -1);
	ASSERT_FAILURE(&e, final, "exists and is not empty");
	CU_ASSERT_EQUAL(folder_begin(&f, in(final, "2.json"), true, &e), -1);
	ASSERT_FAILURE(&e, in(final, "2.json"), "exists and is not a folder");
}

static void takes_the_mode_of_the_folder_before_it(void)
{
	const char *folder = unit_folder(), *final = in(folder, "out");
	static const mode_t modes[] = { 0700, 0750, 02775, 0500, 0777 };
	struct err e = { 0 };
	struct folder f;
	struct stat st;
	CU_ASSERT_EQUAL(mkdir(final, 0700), 0);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		CU_ASSERT_EQUAL(chmod(final, modes[i]), 0);
		CU_ASSERT_EQUAL(folder_begin(&f, final, true, &e), 0);
		CU_ASSERT_TRUE(fstat(f.fd, &st) == 0 && (st.st_mode & 07777) == (modes[i] | 0700));
		CU_ASSERT_EQUAL(io_write_file(f.fd, "a.json", STR("{}"), &e), 0);
		CU_ASSERT_EQUAL(folder_commit(&f, &e), 0);
		CU_ASSERT_TRUE(stat(final, &st) == 0 && (st.st_mode & 07777) == (modes[i] | 0700));
	}
}

static void replaces_what_a_symlink_points_to(void)
{
	const char *folder = unit_folder();
	struct err e = { 0 };
	struct folder f;
	CU_ASSERT_EQUAL(mkdir(in(folder, "real"), 0755), 0);
	put(folder, "real/old", "x");
	CU_ASSERT_EQUAL(symlink("real", in(folder, "link")), 0);
	CU_ASSERT_EQUAL(folder_begin(&f, in(folder, "link"), true, &e), 0);
	CU_ASSERT_EQUAL(io_write_file(f.fd, "new", STR("y"), &e), 0);
	CU_ASSERT_EQUAL(folder_commit(&f, &e), 0);
	ASSERT_CONTENT(in(folder, "link/new"), "y");
	ASSERT_CONTENT(in(folder, "real/new"), "y");
	CU_ASSERT_EQUAL(entries(folder), 2);
}

static void leaves_nothing_of_an_abandoned_folder(void)
{
	const char *folder = unit_folder(), *final = in(folder, "out");
	struct err e = { 0 };
	struct folder f;
	CU_ASSERT_EQUAL(mkdir(final, 0755), 0);
	put(final, "old", "x");
	CU_ASSERT_EQUAL(folder_begin(&f, final, true, &e), 0);
	CU_ASSERT_EQUAL(io_write_file(f.fd, "a.json", STR("{}"), &e), 0);
	folder_abandon(&f);
	folder_abandon(&f);
	CU_ASSERT_EQUAL(entries(folder), 1);
	ASSERT_CONTENT(in(final, "old"), "x");
}

static void gives_up_whole_where_another_was_first(void)
{
	const char *folder = unit_folder(), *final = in(folder, "out");
	struct err e = { 0 };
	struct folder f;
	CU_ASSERT_EQUAL(folder_begin(&f, final, false, &e), 0);
	CU_ASSERT_EQUAL(mkdir(final, 0755), 0);
	put(final, "theirs", "x");
	CU_ASSERT_EQUAL(folder_commit(&f, &e), -1);
	ASSERT_FAILURE(&e, final, "not empty");
	CU_ASSERT_EQUAL(entries(folder), 1);
	ASSERT_CONTENT(in(final, "theirs"), "x");
}

static void clears_away_what_a_dead_process_left_and_nothing_else(void)
{
	const char *folder = unit_folder();
	struct folder first = { 0 }, second = { 0 };
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_make_folders(in(folder, ".out.0123abcd/deep"), 0700, &e), 0); /* dead: nobody holds its lock */
	CU_ASSERT_EQUAL(io_make_folders(in(folder, ".other.0123abcd"), 0700, &e), 0);
	CU_ASSERT_EQUAL(io_make_folders(in(folder, ".out.mine"), 0700, &e), 0);
	CU_ASSERT_EQUAL_FATAL(folder_begin(&first, in(folder, "out"), false, &e), 0);
	CU_ASSERT_EQUAL(access(in(folder, ".out.0123abcd"), F_OK), -1);
	CU_ASSERT_EQUAL(entries(folder), 3);
	CU_ASSERT_EQUAL_FATAL(folder_begin(&second, in(folder, "out"), false, &e), 0); /* the first is alive */
	CU_ASSERT_EQUAL(entries(folder), 4);
	CU_ASSERT_EQUAL(access(first.temporary, F_OK), 0);
	folder_abandon(&second);
	CU_ASSERT_EQUAL(folder_commit(&first, &e), 0);
	CU_ASSERT_EQUAL(access(in(folder, "out"), F_OK), 0);
	CU_ASSERT_EQUAL(entries(folder), 3);
}

UNIT_SUITE(io, UNIT(clears_away_what_a_dead_process_left_and_nothing_else), UNIT(reads_a_whole_file), UNIT(reads_a_file_of_many_pieces),
	UNIT(goes_on_reading_after_a_signal_that_does_not_stop_it), UNIT(says_what_cannot_be_read),
	UNIT(names_the_last_part_of_a_path), UNIT(makes_folders_for_the_owner_alone),
	UNIT(removes_a_tree_but_not_what_it_points_to), UNIT(replaces_a_file_at_once),
	UNIT(leaves_nothing_of_a_file_that_is_given_up), UNIT(reports_a_full_disk_by_name),
	UNIT(creates_no_file_over_another), UNIT(sums_a_file_on_the_way), UNIT(shows_a_folder_only_when_it_is_whole),
	UNIT(takes_the_place_of_an_old_folder_where_it_may), UNIT(takes_the_mode_of_the_folder_before_it),
	UNIT(replaces_what_a_symlink_points_to),
	UNIT(leaves_nothing_of_an_abandoned_folder), UNIT(gives_up_whole_where_another_was_first))
