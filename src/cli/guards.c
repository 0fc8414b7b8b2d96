#include "qonduit/guards.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/delivery.h"
#include "qonduit/log.h"
#include "qonduit/summary.h"
#include "qonduit/transform.h"

/* What a target had when it was last delivered to its end. */
struct last {
	const struct payload_output *output;
	struct str host, account;
	struct str run; /* "": not found yet */
	uint64_t records;
};

struct shrink {
	struct options *o;
	const char *state;
	struct str shard;
	struct last *all;
	size_t count, open; /* open: those without a run */
};

/* "33.34" of 3334, "60" of 6000 */
static const char *share(uint64_t hundredths, char to[32])
{
	int n = snprintf(to, 32, "%llu.%02u", (unsigned long long)(hundredths / 100), (unsigned)(hundredths % 100));

	while (to[n - 1] == '0')
		to[--n] = '\0';
	if (to[n - 1] == '.')
		to[--n] = '\0';
	return to;
}

static void look_at(struct shrink *s, const struct run_record *r)
{
	if (!str_eq(s->shard, r->shard))
		return;
	for (size_t i = 0; i < r->output_count; i++) {
		const struct run_output *o = &r->outputs[i];
		for (size_t k = 0; k < s->count; k++) {
			struct last *l = &s->all[k];
			if (l->run.n || !str_eq(l->output->target, o->target) || !str_eq(l->host, o->host) ||
				!str_eq(l->account, o->account))
				continue;
			l->run = arena_copy(&s->o->arena, r->id);
			l->records = o->records;
			s->open--;
		}
	}
}

static int later_first(const void *a, const void *b)
{
	return -strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_ids(struct shrink *s, struct string_list *ids)
{
	DIR *dir = opendir(arena_printf(&s->o->arena, "%s/runs", s->state).p);

	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		ids->all = mem_grow(ids->all, &ids->cap, ids->count + 1, sizeof *ids->all);
		ids->all[ids->count++] = arena_copy(&s->o->arena, str_of(entry->d_name)).p;
	}
	closedir(dir);
	if (ids->count)
		qsort(ids->all, ids->count, sizeof *ids->all, later_first);
}

/* From the newest run back, no further than needed: as a rule one or two. */
static void find_last(struct shrink *s)
{
	struct string_list ids = { 0 };
	struct arena arena = { 0 };

	list_ids(s, &ids);
	for (size_t i = 0; i < ids.count && s->open; i++) {
		struct run_record r;
		struct err failed = { 0 };
		arena_clear(&arena);
		if (ledger_show(s->state, ids.all[i], &arena, &r, &failed) != 0)
			log_line(LOG_LEVEL_WARNING, "run_unreadable", "run %s cannot be read: %s", ids.all[i], failed.message);
		else if (r.status == RUN_DONE)
			look_at(s, &r);
	}
	arena_release(&arena);
	free(ids.all);
}

static int judge(const struct options *o, struct str shard, const struct last *l, struct err *e)
{
	uint64_t now = l->output->records, least = o->allow_shrink;
	char fewer[32], allowed[32];

	if (l->run.n == 0) {
		log_line(LOG_LEVEL_INFO, "shrink_unknown",
			"--allow-shrink: nothing to compare with, as no run of the ledger%s%.*s "
			"was delivered to its end to %.*s at %.*s", shard.n ? " with --shard " : "", STR_ARG(shard),
			STR_ARG(l->output->target), STR_ARG(l->host));
		return 0;
	}
	if (now >= l->records)
		return 0;
	unsigned __int128 part = (unsigned __int128)(l->records - now) * 10000;
	if (part <= (unsigned __int128)l->records * least)
		return 0;
	return err_set(e, ERR_GUARD, "guard.allow_shrink",
		"%.*s: found %llu records, the last run%s%.*s that was delivered to its end, %.*s, had %llu: %s %% fewer, "
		"allowed %s %% (--allow-shrink); nothing is sent",
		STR_ARG(l->output->target), (unsigned long long)now, shard.n ? " of shard " : "", STR_ARG(shard),
		STR_ARG(l->run), (unsigned long long)l->records,
		share((uint64_t)((part + l->records - 1) / l->records), fewer), share(least, allowed));
}

/* The outputs that are sent, with the place where they go. */
static int list_outputs(struct shrink *s, const struct manifest *m, const struct contracts *contracts, struct err *e)
{
	s->all = ARENA_ARRAY(&s->o->arena, m->output_count, struct last);
	for (size_t i = 0; i < m->output_count; i++) {
		const struct contract *c = contracts_find(contracts, m->outputs[i].target);
		struct connection place = { 0 };
		if (!c || !c->has_wire)
			continue;
		if (delivery_connection(s->o, c, CONNECTION_SETTINGS, &place, e) != 0)
			return -1;
		if (!place.host || (c->account.n && !place.account.n)) {
			log_line(LOG_LEVEL_INFO, "shrink_unknown",
				"--allow-shrink: nothing to compare with, as the %s of %.*s is not known yet",
				place.host ? "account" : "address", STR_ARG(m->outputs[i].target));
			continue;
		}
		s->all[s->count++] = (struct last){ .output = &m->outputs[i], .host = str_of(place.host),
			.account = place.account };
	}
	s->open = s->count;
	return 0;
}

int guard_shrink(
	struct options *o, const char *state, const struct manifest *m, const struct contracts *contracts, struct err *e)
{
	struct shrink s = { .o = o, .state = state, .shard = m->shard };

	if (!o->has_allow_shrink)
		return 0;
	if (list_outputs(&s, m, contracts, e) != 0)
		return -1;
	find_last(&s);
	for (size_t i = 0; i < s.count; i++)
		if (judge(o, m->shard, &s.all[i], e) != 0)
			return -1;
	return 0;
}

int guard_rejects(const struct options *o, const struct payload_counts *rows, struct err *e)
{
	if (!(o->has_max_rejects && rows->rejected > o->max_rejects) && !payload_rejects_over(rows, o->max_rejects_percent))
		return 0;
	return err_set(e, ERR_GUARD, "guard.max_rejects", "%llu of %llu rows are rejected, more than --max-rejects allows: nothing was "
		"sent", (unsigned long long)rows->rejected, (unsigned long long)rows->read);
}

int guard_suspect(const struct options *o, const struct manifest *m, struct err *e)
{
	return o->refuse_suspect ? payload_refuse_suspects(m, ": nothing was sent", e) : 0;
}

void guard_warn(const struct manifest *m)
{
	for (size_t i = 0; i < m->output_count; i++) {
		for (size_t k = 0; k < m->outputs[i].suspect_count; k++) {
			struct buf what = { 0 };
			payload_suspect_print(&m->outputs[i], &m->outputs[i].suspects[k], &what);
			log_line(LOG_LEVEL_WARNING, "suspect", "%s, as where an export has failed; --refuse-suspect stops there",
				buf_text(&what));
			buf_release(&what);
		}
	}
}

int guard_stopped(const struct run_record *run, const struct transform_seen *seen, const struct manifest *m, bool json,
	const struct err *e)
{
	struct err failed = { 0 };
	struct summary s = { .run = *run, .exit = ERR_GUARD, .error = e, .payload = m, .rejected = seen->rejected,
		.rejected_count = seen->rejected_count, .so_far = !seen->all };
	s.run.status = RUN_STOPPED;
	s.run.rows = m->rows;
	s.run.shard = m->shard;
	if (summary_print(&s, json, &failed) != 0)
		log_err(&failed);
	return ERR_GUARD;
}
