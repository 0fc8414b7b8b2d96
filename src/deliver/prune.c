#include "qonduit/prune.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ledger_parts.h"

#define GONE ".gone" /* a run that is being removed is called .ID.gone */

static bool is_over(const struct prune *p, enum run_status s)
{
	return s == RUN_DONE || s == RUN_SUPERSEDED || (p->stopped && s == RUN_STOPPED);
}

/* Whether one of the runs before `r`, which are newer, was delivered to its end to the same place, with the same shard. */
static bool has_later(const struct run_record *newest, const struct run_record *r, const struct run_output *o)
{
	for (const struct run_record *n = newest; n < r; n++) {
		bool counts = n->status == RUN_DONE && str_eq(n->shard, r->shard);
		for (size_t i = 0; counts && i < n->output_count; i++) {
			const struct run_output *other = &n->outputs[i];
			if (str_eq(other->target, o->target) && str_eq(other->host, o->host) &&
			    str_eq(other->account, o->account))
				return true;
		}
	}
	return false;
}

/* It is the last one of its shard that was delivered to its end, to one place at least. */
static bool is_last(const struct run_record *newest, const struct run_record *r)
{
	for (size_t i = 0; r->status == RUN_DONE && i < r->output_count; i++) {
		if (r->outputs[i].host.n && !has_later(newest, r, &r->outputs[i]))
			return true;
	}
	return false;
}

/* The beginning of the id of a run that begins at that time. */
static void stamp(int64_t wall_ms, char to[16])
{
	time_t seconds = wall_ms > 0 ? (time_t)(wall_ms / 1000) : 0;
	struct tm t = { 0 };
	gmtime_r(&seconds, &t);
	strftime(to, 16, "%Y%m%d-%H%M%S", &t);
}

/* ---- removing one ---- */

/* Under its lock: whether it still is as it was listed. Another process may have gone on with it. */
static bool still_over(const char *state, const char *folder, const struct prune *p, const struct run_record *r)
{
	struct arena arena = { 0 };
	struct run_record now;
	struct err ignored = { 0 };
	struct db *db = NULL;
	char *path = run_join(folder, "run.db");
	bool over = db_open(path, DB_READ, RUN_DB_VERSION, "", &db, &ignored) == 0 &&
		record_read(db, state, r->id.p, false, &arena, &now, &ignored) == 0 && is_over(p, now.status);
	db_close(db);
	free(path);
	arena_release(&arena);
	return over;
}

/* 1: it is gone, 0: another process has it, or -1. */
static int remove_run(
	const char *state, const char *runs, const struct prune *p, const struct run_record *r, struct err *e)
{
	struct buf name = { 0 };
	char *folder = run_join(runs, r->id.p), *lock_path = run_join(folder, "lock"), holder[HOLDER_SIZE];
	int lock = -1, rc = lock_file(lock_path, "being pruned", &lock, holder, e);
	if (rc < 0 && access(folder, F_OK) != 0) { /* another one prunes too */
		err_clear(e);
		rc = 0;
	}
	if (rc == 1 && !still_over(state, folder, p, r))
		rc = 0;
	buf_printf(&name, "%s/.%s" GONE, runs, r->id.p);
	if (rc == 1 && rename(folder, buf_text(&name)) != 0) {
		rc = err_sys(e, ERR_INPUT, "ledger.prune", errno, "the run cannot be removed");
		err_at_file(e, folder);
	}
	if (rc == 1 && io_remove_tree(buf_text(&name), e) != 0)
		rc = -1;
	if (lock >= 0)
		close(lock);
	buf_release(&name);
	free(lock_path);
	free(folder);
	return rc;
}

/* What an earlier removal left behind. */
static int clear_rest(const char *runs, struct err *e)
{
	DIR *dir = opendir(runs);
	int rc = 0;
	if (!dir)
		return 0;
	for (struct dirent *entry; rc == 0 && (entry = readdir(dir));) {
		if (entry->d_name[0] != '.' || !str_ends(str_of(entry->d_name), STR(GONE)))
			continue;
		char *path = run_join(runs, entry->d_name);
		rc = io_remove_tree(path, e);
		free(path);
	}
	closedir(dir);
	return rc;
}

int ledger_prune(const char *state, const struct prune *p, struct arena *arena, struct pruned *out, struct err *e)
{
	struct run_record *all;
	size_t count;
	uint64_t over = 0;
	char limit[16];
	*out = (struct pruned){ 0 };
	if (ledger_list(state, arena, &all, &count, e) != 0)
		return -1;
	char *runs = run_join(state, "runs");
	int rc = p->dry_run ? 0 : clear_rest(runs, e);
	stamp(p->now_ms - p->older_than_ms, limit);
	out->gone = ARENA_ARRAY(arena, count, struct run_record);
	for (size_t i = 0; i < count; i++) {
		struct run_record *r = &all[i];
		int gone = 0;
		if (rc == 0 && is_over(p, r->status) && ++over > p->keep && !is_last(all, r) &&
		    (p->older_than_ms == 0 || str_cmp(r->id, str_of(limit)) < 0))
			gone = p->dry_run ? 1 : remove_run(state, runs, p, r, e);
		if (gone == 1)
			out->gone[out->count++] = *r;
		rc = gone < 0 ? -1 : rc;
	}
	out->left = count - out->count;
	free(runs);
	return rc;
}
