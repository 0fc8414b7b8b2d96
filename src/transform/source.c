#include "qonduit/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/charset.h"
#include "qonduit/utf8.h"

#define HEAD_SIZE ((size_t)16 << 10)
#define DRAIN_SIZE ((size_t)256 << 10)
#define WAIT_MS 200             /* for input, between looks at whether to go on */
#define SUM_BESIDE 4            /* threads that fill batches, from which on the sum of the input holds them up */
#define HEADERS_SHOWN 20
#define HEADER_BYTES_SHOWN 40

/* Of two that are equally sure the first is taken. */
static const struct source_kind *const kinds[] = { &source_xlsx, &source_json, &source_csv };

/* What people hand over in place of a table. */
static const struct {
	struct str begins;
	const char *what, *instead;
} foreign[] = {
	{ { "%PDF", 4 }, "a PDF document", "expected CSV, JSON or a workbook" },
	{ { "\x1f\x8b", 2 }, "compressed by gzip", "unpack it first" },
	{ { "BZh9", 4 }, "compressed by bzip2", "unpack it first" },
	{ { "\xfd" "7zXZ", 5 }, "compressed by xz", "unpack it first" },
	{ { "\x28\xb5\x2f\xfd", 4 }, "compressed by zstd", "unpack it first" },
	{ { "7z\xbc\xaf", 4 }, "a 7z archive", "unpack it first" },
	{ { "Rar!", 4 }, "a RAR archive", "unpack it first" },
	{ { "SQLite format 3\0", 16 }, "an SQLite database", "expected CSV, JSON or a workbook" },
	{ { "\x89PNG", 4 }, "a picture", "expected CSV, JSON or a workbook" },
	{ { "\xff\xd8\xff", 3 }, "a picture", "expected CSV, JSON or a workbook" },
}, foreign_text[] = { /* unless it is said to be CSV */
	{ { "<!DOCTYPE", 9 }, "a web page", "expected CSV, JSON or a workbook" },
	{ { "<html", 5 }, "a web page", "expected CSV, JSON or a workbook" },
	{ { "<?xml", 5 }, "XML", "expected CSV, JSON or a workbook" },
};

static bool is_stdin(const struct source *s)
{
	return strcmp(s->path, "-") == 0;
}

/* --- what is handed over --- */

static int open_input(struct source *s, struct err *e)
{
	struct stat st;
	s->fd = is_stdin(s) ? STDIN_FILENO : open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return err_sys(e, ERR_INPUT, "source.open", errno, "the file cannot be opened");
	if (fstat(s->fd, &st) != 0)
		return err_sys(e, ERR_INPUT, "source.open", errno, "the file cannot be looked at");
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_INPUT, "source.folder", "found a folder, expected a file");
	if (S_ISBLK(st.st_mode))
		return err_set(e, ERR_INPUT, "source.device", "found a block device, expected a file");
	s->size = S_ISREG(st.st_mode) && !is_stdin(s) ? (uint64_t)st.st_size : 0;
	return 0;
}

static int end_input(struct source *s, struct err *e)
{
	s->ended = true;
	summer_end_hex(s->sum, s->sha256);
	s->sum = NULL;
	if (s->size && s->size != s->bytes)
		return err_set(e, ERR_INPUT, "source.changed",
			"the file had %llu bytes when it was opened and %llu when it was read: it is being written",
			(unsigned long long)s->size, (unsigned long long)s->bytes);
	return 0;
}

/* Whether nobody wants more, so that a wait for input is to end. */
static bool is_stopped(const struct source *s)
{
	return (s->stop && __atomic_load_n(s->stop, __ATOMIC_RELAXED)) || atomic_load(&s->given_up);
}

/* read(2). Of what may keep it waiting it looks up now and then: a signal wakes one thread only, and none where it came
 * right before the wait. */
static ssize_t read_bytes(const struct source *s, char *to, size_t room)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };
	while (!s->size || s->ahead || s->threads > 1) {
		if (is_stopped(s)) { /* whoever waits for rows cannot look */
			errno = EINTR;
			return -1;
		}
		int ready = s->size ? 1 : poll(&fd, 1, WAIT_MS);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			break;
	}
	return read(s->fd, to, room);
}

static int read_input(struct source *s, char *to, size_t room, size_t *got, struct err *e)
{
	ssize_t n = 0;
	while (!s->ended && (n = read_bytes(s, to, room)) < 0) {
		if (errno != EINTR || is_stopped(s))
			return err_sys(e, ERR_INPUT, "source.read", errno, "the file cannot be read");
	}
	*got = (size_t)n;
	s->bytes += (uint64_t)n;
	if (!s->ahead)
		s->behind = s->bytes;
	if (n)
		summer_add(s->sum, (struct str){ to, *got });
	else if (!s->ended)
		return end_input(s, e);
	return 0;
}

/* As many bytes as recognising takes, however small the pieces are in which they come. */
static int read_head(struct source *s, struct err *e)
{
	s->head = mem_alloc(HEAD_SIZE);
	for (size_t got = 1; got && s->head_n < HEAD_SIZE; s->head_n += got) {
		if (read_input(s, s->head + s->head_n, HEAD_SIZE - s->head_n, &got, e))
			return -1;
	}
	return 0;
}

static int refuse_empty(const struct source *s, struct err *e)
{
	bool json = s->kind == &source_json;
	err_set(e, ERR_INPUT, "source.empty", "the input is empty, expected %s", json ? "a document" : "a header and rows");
	err_at_line(e, json, json);
	return -1;
}

static int refuse_foreign(struct str head, bool declared, struct err *e)
{
	size_t mark;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		if (str_starts(head, foreign[i].begins))
			return err_set(e, ERR_INPUT, "source.format", "the input is %s: %s", foreign[i].what,
				foreign[i].instead);
	}
	charset_bom(head, &mark);
	struct str text = str_trim(str_from(head, mark));
	for (size_t i = 0; !declared && i < sizeof foreign_text / sizeof *foreign_text; i++) {
		struct str begins = foreign_text[i].begins;
		if (str_eq_nocase(str_head(text, begins.n), begins))
			return err_set(e, ERR_INPUT, "source.format",
				"the input is %s: %s (if it is CSV, declare \"format\": \"csv\")",
				foreign_text[i].what, foreign_text[i].instead);
	}
	return 0;
}

/* A header that rejects.c wrote: rejects of a JSON source are CSV, to be mended and run again by the same mapping. */
static bool is_rejects_csv(struct str head)
{
	static const struct str own[] = { { "_source", 7 }, { "_column", 7 }, { "_value", 6 }, { "_reason", 7 } };
	struct str line = str_cut(head, '\n', &(struct str){ 0 });
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		if (str_find(line, own[i]) < 0)
			return false;
	}
	return source_json.recognise(head, "") == 0;
}

/* The format that is asked for, or null where it is to be found out. */
static const char *declared_format(const struct source *s)
{
	const char *declared = s->options->format;
	if (!declared || strcmp(declared, "auto") == 0)
		return NULL;
	if (strcmp(declared, "ndjson") == 0)
		declared = "json";
	return strcmp(declared, "json") == 0 && is_rejects_csv((struct str){ s->head, s->head_n }) ? "csv" : declared;
}

static int choose_kind(struct source *s, struct err *e)
{
	const char *declared = declared_format(s);
	struct str head = { s->head, s->head_n };
	int best = 0;
	if (refuse_foreign(head, declared != NULL, e))
		return -1;
	if (declared && strcmp(declared, "xlsx") != 0 && source_xlsx.recognise(head, "") == 2)
		return err_set(e, ERR_INPUT, "source.format",
			"the input is a workbook or another archive, though \"format\" says \"%s\"", s->options->format);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		int sure = declared ? strcmp(declared, kinds[i]->name) == 0 : kinds[i]->recognise(head, s->path);
		if (sure > best) {
			best = sure;
			s->kind = kinds[i];
		}
	}
	if (s->kind)
		return 0;
	return err_set(e, ERR_INPUT, "source.format",
		"found a source of format \"%s\", expected \"csv\", \"xlsx\", \"json\" or \"ndjson\"", declared);
}

/* --- the header --- */

static void add_faults(struct buf *to, const struct faults *faults)
{
	for (const struct fault *f = faults->first; f; f = f->next)
		buf_printf(to, "%s%s", f == faults->first ? ": " : "; ", f->what.message);
}

static void add_headers(struct buf *to, const struct source *s)
{
	buf_printf(to, "; it has");
	for (size_t i = 0; i < s->width && i < HEADERS_SHOWN; i++) {
		struct str shown = utf8_head(s->header[i], HEADER_BYTES_SHOWN);
		buf_printf(to, "%s \"%.*s%s\"", i ? "," : "", STR_ARG(shown), shown.n < s->header[i].n ? "…" : "");
	}
	if (s->width > HEADERS_SHOWN)
		buf_printf(to, " and %zu more", s->width - HEADERS_SHOWN);
}

static int refuse_header(struct source *s, const struct faults *faults, bool wanted, struct err *e)
{
	struct buf text = { 0 };
	unsigned long long row = s->header_row;
	if (wanted)
		buf_printf(&text, "the header in row %llu does not fit the mapping", row);
	else if (s->options->header_row)
		buf_printf(&text, "row %llu (\"header_row\") is not the mapping's header", row);
	else
		buf_printf(&text, "none of the first %d rows is the mapping's header; row %llu comes nearest",
			SOURCE_HEADER_ROWS, row);
	add_faults(&text, faults);
	add_headers(&text, s);
	if (source_json.recognise((struct str){ s->head, s->head_n }, "") == 2)
		buf_add(&text, STR("; the input looks like JSON, though \"format\" says \"csv\""));
	err_set(e, ERR_INPUT, wanted ? "source.header" : "source.no_header", "%s", buf_text(&text));
	buf_release(&text);
	return -1;
}

/* --- interface --- */

int source_bind(struct source *s, const struct batch *b, size_t row, bool wanted, struct err *e)
{
	struct faults faults;
	faults_init(&faults, &s->arena);
	s->width = b->row[row].width;
	s->header_row = b->row[row].number;
	s->header = ARENA_ARRAY(&s->arena, s->width, struct str);
	for (size_t i = 0; i < s->width; i++)
		s->header[i] = arena_copy(&s->arena, cell_str(batch_get(b, row, i)));
	columns_bind(s->options->columns, s->options->column_count, b, row, &s->arena, &s->binding, &faults);
	if (wanted && faults.errors == 0)
		return 0;
	err_at_line(e, wanted || s->options->header_row ? b->row[row].line : 0, 0);
	return refuse_header(s, &faults, wanted, e);
}

bool source_match_row(const struct source *s, const struct batch *b, size_t row, struct source_match *best)
{
	struct arena scratch;
	struct binding binding;
	arena_init(&scratch, 0);
	size_t missing = columns_bind(s->options->columns, s->options->column_count, b, row, &scratch, &binding, NULL);
	struct source_match here = { missing == 0 && binding.found, binding.found, b->row[row].width };
	arena_release(&scratch);
	bool nearer = here.wanted || here.found > best->found || (here.found == best->found && here.width > best->width);
	if (nearer)
		*best = here;
	return nearer;
}

int source_read(struct source *s, char *to, size_t room, size_t *got, struct err *e)
{
	size_t left = s->head_n - s->head_given;
	if (left == 0)
		return read_input(s, to, room, got, e);
	*got = left < room ? left : room;
	memcpy(to, s->head + s->head_given, *got);
	s->head_given += *got;
	return 0;
}

int source_drain(struct source *s, struct err *e)
{
	char *room = mem_alloc(DRAIN_SIZE);
	size_t got = 1;
	int result = 0;
	if (s->kind->settle)
		s->kind->settle(s);
	atomic_store(&s->given_up, false);
	s->ahead = false;
	while (result == 0 && got)
		result = source_read(s, room, DRAIN_SIZE, &got, e);
	free(room);
	return result;
}

void source_give_up(struct source *s)
{
	atomic_store(&s->given_up, true);
}

int source_open(struct source *s, const char *path, struct str name, const struct source_options *options,
	struct err *e)
{
	*s = (struct source){ .stop = s->stop, .threads = s->threads, .options = options, .path = path, .fd = -1,
		.sum = summer_new() };
	arena_init(&s->arena, 0);
	batch_init(&s->preamble);
	s->name = arena_copy(&s->arena, name);
	if (open_input(s, e)) { /* what is not there is looked for by its path */
		err_at_file(e, path);
		return -1;
	}
	if (read_head(s, e) || choose_kind(s, e) || (s->head_n == 0 ? refuse_empty(s, e) : s->kind->open(s, e))) {
		err_at_file(e, s->name.p);
		return -1;
	}
	if (!s->ahead && !s->ended && s->threads > 1 && s->threads < SUM_BESIDE)
		summer_alone(s->sum);
	return 0;
}

int source_fill(struct source *s, struct batch *b, struct err *e)
{
	batch_clear(b);
	if (s->kind->fill(s, b, e)) {
		err_at_file(e, s->name.p);
		return -1;
	}
	return 0;
}

void source_close(struct source *s)
{
	if (!s->path)
		return;
	if (s->kind)
		s->kind->close(s);
	if (s->fd >= 0 && !is_stdin(s))
		close(s->fd);
	summer_free(s->sum);
	batch_release(&s->preamble);
	buf_release(&s->unseen);
	arena_release(&s->arena);
	free(s->head);
	*s = (struct source){ 0 };
}
