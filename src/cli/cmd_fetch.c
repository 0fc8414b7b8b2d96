/* All of a resource into a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/live.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"
#include "qonduit/summary.h"
#include "output_file.h"

#define COPY_STEP ((size_t)256 << 10)

struct job {
	struct options *o;
	const char *text;          /* the resource as given */
	struct systems systems;
	struct wanted wanted;
	struct output_file file;   /* not where the output is standard output */
	struct live_result result;
};

/* ---- what is told in the end ---- */

static void print_json(const struct job *j, int status, const struct err *e)
{
	const struct fetched *got = &j->result.got;
	struct buf text = { 0 }, shown = { 0 };
	struct json_out w = json_out(&text);
	char seconds[32];
	buf_add_visible(&shown, str_of(j->text));
	snprintf(seconds, sizeof seconds, "%lld.%03d", (long long)(j->result.ms / 1000), (int)(j->result.ms % 1000));
	json_open(&w, '{');
	json_key(&w, STR("command"));
	json_string(&w, STR("fetch"));
	json_key(&w, STR("resource"));
	json_string(&w, buf_str(&shown));
	json_key(&w, STR("status"));
	json_string(&w, status == 0 ? STR("done") : STR("stopped"));
	json_member_int(&w, "bytes", got->bytes);
	json_member_int(&w, "pages", got->pages);
	json_member_int(&w, "records", got->records);
	json_member_int(&w, "count", got->count);
	json_member_int(&w, "missing", got->missing);
	json_member_int(&w, "requests", j->result.requests);
	json_key(&w, STR("seconds"));
	json_raw(&w, str_of(seconds));
	json_member_int(&w, "exit", (uint64_t)status);
	if (e->class)
		summary_error(e, &w);
	json_close(&w, '}');
	buf_addc(&text, '\n');
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	buf_release(&shown);
}

static void counted(struct buf *to, uint64_t n, const char *one, const char *many)
{
	char count[32];
	buf_printf(to, "%s %s, ", progress_number(n, count), n == 1 ? one : many);
}

static void print_text(const struct job *j)
{
	const struct fetched *got = &j->result.got;
	struct buf text = { 0 };
	char bytes[32];
	buf_add(&text, STR("fetch "));
	buf_add_visible(&text, str_of(j->text));
	buf_add(&text, STR(": "));
	if (j->wanted.format != RESOURCE_XLSX)
		counted(&text, got->records, "record", "records");
	if (got->missing)
		counted(&text, got->missing, "missing", "missing");
	if (j->wanted.paged)
		counted(&text, got->pages, "page", "pages");
	buf_printf(&text, "%s, ", progress_bytes(got->bytes, bytes));
	counted(&text, j->result.requests, "request", "requests");
	buf_printf(&text, "%lld.%d s\n", (long long)(j->result.ms / 1000), (int)(j->result.ms % 1000 / 100));
	log_text("summary", buf_str(&text));
	buf_release(&text);
}

/* ---- the file ---- */

/* An empty list where records are wanted is as a rule a wrong parameter, and must not take the place of a good file. */
static int check_empty(const struct job *j, struct err *e)
{
	if (j->result.got.records || j->wanted.format == RESOURCE_XLSX || j->o->allow_empty)
		return 0;
	return err_set(e, ERR_INPUT, "fetch.empty", "%.*s: there is no record (--allow-empty takes that)",
		STR_ARG(j->wanted.text));
}

static int fetch_whole(struct job *j, int fd, struct err *e)
{
	return live_fetch(j->o, &j->wanted, fd, &j->result, e) != 0 || check_empty(j, e) != 0 ? -1 : 0;
}

static int to_file(struct job *j, struct err *e)
{
	struct replacement r;
	if (io_replace_begin(&r, j->file.path, j->file.mode, e) != 0)
		return -1;
	if (fetch_whole(j, r.fd, e) != 0 || delivery_signal) {
		io_replace_abandon(&r);
		return -1;
	}
	return output_file_commit(&j->file, &r, e);
}

static int copy_out(int fd, struct err *e)
{
	char *room = mem_alloc(COPY_STEP);
	int result = 0;
	ssize_t got = 1;
	for (off_t at = 0; result == 0 && got && !delivery_signal; at += got) {
		got = io_read_at(fd, room, COPY_STEP, at);
		if (got < 0)
			result = err_sys(e, ERR_INPUT, "fetch.copy", errno, "what was fetched cannot be read again");
		else
			result = io_write_all(STDOUT_FILENO, room, (size_t)got, "standard output", e);
	}
	free(room);
	return result == 0 && !delivery_signal ? 0 : -1;
}

/* Nothing of a reply that is not whole reaches whoever reads. */
static int to_stdout(struct job *j, struct err *e)
{
	int fd = io_unnamed_file(e);
	if (fd < 0)
		return -1;
	int result = fetch_whole(j, fd, e) != 0 || copy_out(fd, e) != 0 ? -1 : 0;
	close(fd);
	return result;
}

/* ---- the command ---- */

static int list(struct options *o, struct err *e)
{
	const struct system *only = NULL;
	struct systems systems;
	struct buf text = { 0 };
	if (o->operands.count > 1)
		return err_set(e, ERR_USAGE, "usage", "--list takes one system: qonduit fetch --list [SYSTEM]"), ERR_USAGE;
	if (live_systems(o, &systems, e) != 0)
		return (int)e->class;
	if (o->operands.count && !(only = live_system(o, &systems, o->operands.all[0], e)))
		return (int)e->class;
	systems_print(&systems, only, &text);
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	return 0;
}

static int check_usage(const struct options *o, struct err *e)
{
	if (o->operands.count != 1)
		return err_set(e, ERR_USAGE, "usage",
			"fetch takes one resource: qonduit fetch RESOURCE -o FILE; qonduit fetch --list tells them");
	if (!o->output)
		return err_set(e, ERR_USAGE, "usage", "fetch needs -o FILE, or -o - for standard output");
	if (o->json && strcmp(o->output, "-") == 0)
		return err_set(e, ERR_USAGE, "usage.stdout", "-o - and --json both write to standard output");
	return 0;
}

static int fetch_one(struct job *j, struct err *e)
{
	struct options *o = j->o;
	if (live_systems(o, &j->systems, e) != 0 ||
	    wanted_parse(&j->systems, str_of(j->text), &o->arena, &j->wanted, e) != 0)
		return -1;
	if (strcmp(o->output, "-") == 0)
		return to_stdout(j, e);
	return output_file_find(&j->file, j->o->output, &j->o->arena, e) != 0 ? -1 : to_file(j, e);
}

static int run(struct options *o, struct err *e)
{
	struct job j = { .o = o };
	if (o->list)
		return list(o, e);
	if (check_usage(o, e) != 0)
		return (int)e->class;
	j.text = o->operands.all[0];
	delivery_signals();
	int status = fetch_one(&j, e) == 0 ? 0 : live_status(e);
	if (o->json)
		print_json(&j, status, e);
	else if (status == 0)
		print_text(&j);
	return status;
}

const struct command command_fetch = {
	.name = "fetch",
	.synopsis = "RESOURCE -o FILE | --list [SYSTEM]",
	.summary = "downloads all of what an API has: a catalog, orders, …",
	.text =
		"RESOURCE is SYSTEM:NAME with parameters behind a question mark, such as 'qogita:orders?status=PAID'; --list\n"
		"tells them. Parameters are checked before any request is sent. All pages of a list come as one document.\n"
		"FILE appears whole or not at all. It takes the place of an earlier one, which stays where the download fails.\n"
		"No record at all ends with status 4, unless --allow-empty is given.\n"
		"Wherever a command reads an INPUT, it takes a RESOURCE too.\n",
	.options = "output list allow-empty contracts max-wait state config env-file json",
	.run = run,
};
