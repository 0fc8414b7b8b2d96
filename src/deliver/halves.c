/* Where a body is refused for its size, its halves are sent as bodies of their own, down to a single record. */
#include "qonduit/log.h"
#include "deliver_parts.h"

void bodies_slice(const struct payload_lines *part, struct payload_body *all, struct arena *arena)
{
	size_t first = (size_t)part->first, last = first + (size_t)part->records - 1, end = all->records - 1;
	if (part->records == 0 || part->records == all->records)
		return;
	const char *begin = all->texts[0].p, *behind = all->texts[end].p + all->texts[end].n;
	struct str head = { all->text.p, (size_t)(begin - all->text.p) };
	struct str tail = str_from(all->text, (size_t)(behind - all->text.p));
	const char *from = all->texts[first].p;
	struct str records = { from, (size_t)(all->texts[last].p + all->texts[last].n - from) };
	all->text = arena_concat(arena, arena_concat(arena, head, records), tail);
	all->records = (size_t)part->records;
	all->keys += first;
	all->scopes += all->scopes ? first : 0;
	all->origins += first;
	all->texts += first;
}

/* Right behind `t`. */
static void add_task(struct bodies *b, const struct task *t, struct task *more)
{
	size_t at = 0;
	while (b->tasks[at] != t)
		at++;
	b->tasks = mem_grow(b->tasks, &b->task_room, b->task_count + 1, sizeof *b->tasks);
	for (size_t i = b->task_count++; i > at + 1; i--)
		b->tasks[i] = b->tasks[i - 1];
	b->tasks[at + 1] = more;
}

int bodies_halve(struct bodies *b, struct task *t, const struct judgement *j)
{
	struct task *other = ARENA_NEW(&b->c.arena, struct task);
	log_line(LOG_LEVEL_INFO, "halved", "%.*s: %.*s; its %llu records are sent in two halves",
		STR_ARG(t->parcel.file.name), STR_ARG(j->message), (unsigned long long)t->parcel.part.records);
	if (run_halve(b->c.d->run, &t->parcel, &other->parcel, b->c.e) != 0)
		return -1;
	t->errand.tries = 0;
	t->errand.next_ms = 0;
	add_task(b, t, other);
	return 0;
}
