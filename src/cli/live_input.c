#include "qonduit/live_input.h"

#include <stdio.h>
#include <unistd.h>

#include "qonduit/drift.h"
#include "qonduit/io.h"
#include "qonduit/live.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"

/* The handlers as they were, for commands that do not look at the flag once the rows come. */
static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

#define NUMBERS (sizeof numbers / sizeof *numbers)

/* Whether it may begin with the name of a system: "word:…". */
static bool has_system(struct str text, struct str *name)
{
	struct str rest;
	*name = str_cut(text, ':', &rest);
	if (!rest.p || !name->n)
		return false;
	for (size_t i = 0; i < name->n; i++) {
		char c = name->p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

int live_input_is(struct options *o, const char *operand, struct systems *systems, bool *is, struct err *e)
{
	struct str text = str_of(operand), name;
	*is = false;
	if (!has_system(text, &name) || access(operand, F_OK) == 0)
		return 0;
	if (live_systems(o, systems, e) != 0)
		return -1;
	*is = wanted_is(systems, text) || live_system_near(systems, name) >= 0; /* nearly one is meant to be one */
	return 0;
}

static void say_fetched(const struct live_result *r, struct str name)
{
	char records[32], bytes[32];
	log_line(LOG_LEVEL_INFO, "fetched", "%.*s: %s %s, %s in %llu %s", STR_ARG(name),
		progress_number(r->got.records, records), r->got.records == 1 ? "record" : "records",
		progress_bytes(r->got.bytes, bytes), (unsigned long long)r->requests,
		r->requests == 1 ? "request" : "requests");
}

static int fetch_input(struct live_input *in, struct options *o, const struct systems *systems, const char *operand,
	struct err *e)
{
	struct wanted w;
	struct live_result r;
	if (wanted_parse(systems, str_of(operand), &o->arena, &w, e) != 0 || (in->fd = io_unnamed_file(e)) < 0)
		return -1;
	if (live_fetch(o, &w, in->fd, &r, e) != 0) {
		if (e->class == ERR_INPUT)
			err_at_file(e, in->name.p);
		return -1;
	}
	in->gone = r.gone;
	snprintf(in->place, sizeof in->place, "/dev/fd/%d", in->fd);
	in->path = in->place;
	say_fetched(&r, in->name);
	return 0;
}

int live_input_open(struct live_input *in, struct options *o, const char *operand, struct err *e)
{
	struct systems systems;
	struct sigaction before[NUMBERS];
	bool is;
	*in = (struct live_input){ .path = operand, .name = str_of(operand), .fd = -1 };
	if (live_input_is(o, operand, &systems, &is, e) != 0)
		return -1;
	if (!is)
		return 0;
	for (size_t i = 0; i < NUMBERS; i++)
		sigaction(numbers[i], NULL, &before[i]);
	delivery_signals();
	int result = fetch_input(in, o, &systems, operand, e);
	for (size_t i = 0; i < NUMBERS; i++)
		sigaction(numbers[i], &before[i], NULL);
	if (result == 0 && delivery_signal)
		result = -1;
	if (result != 0)
		live_input_close(in);
	return result;
}

void live_input_tell(const struct live_input *in, struct err *e)
{
	if (in->fd >= 0 && strncmp(e->file, in->name.p, sizeof e->file - 1) == 0)
		drift_tell(in->gone, e);
}

void live_input_close(struct live_input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}
