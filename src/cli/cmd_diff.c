/* What changed between two payload folders. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diff_fields.h"
#include "diff_records.h"
#include "qonduit/job.h"
#include "qonduit/json_write.h"
#include "qonduit/ledger.h"
#include "qonduit/utf8.h"

enum { SHOWN = 60, RECORD_SHOWN = 120, OUT_STEP = 256 << 10, DIFFERENT = 1 };

struct side {
	const char *dir;
	struct manifest manifest;
	struct diff_records records;
};

struct diff {
	struct options *o;
	struct contracts contracts;
	struct side old, new;
	struct buf out;
	struct json_out w;       /* --json */
	const struct contract *contract; /* of the output under way */
	struct arena scratch;    /* of one record */
	uint64_t added, removed, changed, unchanged, files;
	bool named;              /* in text: the output under way has a heading, or needs none */
	bool failed;             /* standard output cannot be written */
};

/* --- output --- */

static int flush(struct diff *d, struct err *e)
{
	int rc = d->failed ? -1 : io_write_all(STDOUT_FILENO, d->out.p, d->out.n, "standard output", e);
	buf_clear(&d->out);
	d->failed = rc != 0;
	return rc;
}

static void put_cut(struct buf *to, struct str text, size_t most)
{
	struct str head = utf8_head(text, most);
	buf_add_visible(to, head);
	if (head.n < text.n)
		buf_add(to, STR("…"));
}

/* A line that begins with a mark; where there are several outputs, the first one of each is headed by its target. */
static void begin_line(struct diff *d, char mark)
{
	if (!d->named)
		buf_printf(&d->out, "%.*s:\n", STR_ARG(d->contract->target));
	d->named = true;
	buf_printf(&d->out, "%c ", mark);
}

/* A record by its key, or by itself where it has none. */
static void put_name(struct diff *d, struct identity id, struct str record)
{
	const struct contract *c = d->contract;
	put_cut(&d->out, id.key.n ? id.key : record, RECORD_SHOWN);
	identity_tell(&d->out, c->within, c->within_count, identity_scope(id));
}

static void put_within(struct diff *d, struct str scope)
{
	struct str value;
	json_key(&d->w, STR("within"));
	json_open(&d->w, '{');
	for (size_t i = 0; i < d->contract->within_count; i++) {
		json_key(&d->w, d->contract->within[i]);
		if (identity_next(&scope, &value))
			json_string(&d->w, value);
		else
			json_raw(&d->w, STR("null"));
	}
	json_close(&d->w, '}');
}

static void begin_change(struct diff *d, const char *change, struct identity id, struct str record)
{
	json_open(&d->w, '{');
	json_key(&d->w, STR("target"));
	json_string(&d->w, d->contract->target);
	json_key(&d->w, STR("change"));
	json_string(&d->w, str_of(change));
	json_key(&d->w, id.key.n ? STR("key") : STR("record"));
	json_string(&d->w, id.key.n ? id.key : record);
	if (id.scope)
		put_within(d, identity_scope(id));
}

static int tell_one(struct diff *d, const char *change, char mark, struct diff_records *of,
	const struct diff_entry *entry, struct err *e)
{
	struct str record;
	arena_clear(&d->scratch);
	if (diff_text(of, entry, &record, e) != 0)
		return -1;
	struct identity id = diff_identity(d->contract, record, &d->scratch);
	if (d->o->json) {
		begin_change(d, change, id, record);
		json_close(&d->w, '}');
		return 0;
	}
	begin_line(d, mark);
	put_name(d, id, record);
	buf_addc(&d->out, '\n');
	return 0;
}

/* --- fields --- */

static void put_value(struct diff *d, const struct json *j)
{
	struct buf text = { 0 };
	if (j)
		json_print(j, &text);
	put_cut(&d->out, j ? buf_str(&text) : STR("(none)"), SHOWN);
	buf_release(&text);
}

static void put_field(struct diff *d, const char *name, const struct json *j)
{
	struct buf text = { 0 };
	if (!j)
		return;
	json_print(j, &text);
	json_key(&d->w, str_of(name));
	json_raw(&d->w, buf_str(&text));
	buf_release(&text);
}

static void tell_fields(struct diff *d, const struct diff_fields *fields, struct identity id, struct str record)
{
	if (d->o->json) {
		begin_change(d, "changed", id, record);
		json_key(&d->w, STR("fields"));
		json_open(&d->w, '[');
	}
	for (size_t i = 0; i < fields->count; i++) {
		const struct diff_field *f = &fields->all[i];
		if (d->o->json) {
			json_open(&d->w, '{');
			json_key(&d->w, STR("field"));
			json_string(&d->w, f->path);
			put_field(d, "old", f->old);
			put_field(d, "new", f->new);
			json_close(&d->w, '}');
			continue;
		}
		begin_line(d, '~');
		put_name(d, id, record);
		buf_addc(&d->out, ' ');
		put_cut(&d->out, f->path, SHOWN);
		buf_add(&d->out, STR(": "));
		put_value(d, f->old);
		buf_add(&d->out, STR(" → "));
		put_value(d, f->new);
		buf_addc(&d->out, '\n');
	}
	if (d->o->json) {
		json_close(&d->w, ']');
		json_close(&d->w, '}');
	}
}

/* Both are known by the same, and have not the same text. */
static int compare_records(struct diff *d, const struct diff_entry *old_entry, const struct diff_entry *new_entry,
	struct err *e)
{
	struct str old, new;
	arena_clear(&d->scratch);
	if (diff_text(&d->old.records, old_entry, &old, e) != 0 || diff_text(&d->new.records, new_entry, &new, e) != 0)
		return -1;
	struct diff_fields fields = { 0 };
	const struct json *left = json_parse(old, "record", ERR_INPUT, &d->scratch, e);
	const struct json *right = left ? json_parse(new, "record", ERR_INPUT, &d->scratch, e) : NULL;
	if (!right)
		return -1;
	diff_fields_compare(left, right, &d->scratch, &fields);
	if (fields.count) {
		d->changed++;
		tell_fields(d, &fields, diff_identity(d->contract, new, &d->scratch), new);
	} else {
		d->unchanged++;
	}
	diff_fields_release(&fields);
	return 0;
}

/* --- outputs --- */

static int compare_all(struct diff *d, struct err *e)
{
	diff_index(&d->old.records);
	for (size_t i = 0; i < d->new.records.count; i++) {
		const struct diff_entry *new = &d->new.records.all[i], *old = diff_find(&d->old.records, new);
		int rc = 0;
		if (!old) {
			d->added++;
			rc = tell_one(d, "added", '+', &d->new.records, new, e);
		} else if (memcmp(old->content, new->content, DIFF_DIGEST) == 0) {
			d->unchanged++;
		} else {
			rc = compare_records(d, old, new, e);
		}
		if (rc != 0 || (d->out.n >= OUT_STEP && flush(d, e) != 0))
			return -1;
	}
	for (size_t i = 0; i < d->old.records.count; i++) {
		if (d->old.records.all[i].met)
			continue;
		d->removed++;
		if (tell_one(d, "removed", '-', &d->old.records, &d->old.records.all[i], e) != 0 ||
		    (d->out.n >= OUT_STEP && flush(d, e) != 0))
			return -1;
	}
	return 0;
}

static const struct payload_file *find_file(const struct manifest *m, const struct payload_file *f)
{
	for (size_t i = 0; i < m->file_count; i++) {
		if (str_eq(m->files[i].name, f->name) && str_eq(m->files[i].target, f->target))
			return &m->files[i];
	}
	return NULL;
}

static void tell_file(struct diff *d, const struct payload_file *f, const char *change, char mark)
{
	d->files++;
	if (d->o->json) {
		begin_change(d, change, (struct identity){ 0 }, f->name);
		json_close(&d->w, '}');
	} else {
		begin_line(d, mark);
		buf_add(&d->out, STR("file "));
		put_cut(&d->out, f->name, RECORD_SHOWN);
		buf_addc(&d->out, '\n');
	}
}

/* Of XML files and workbooks only the SHA-256 is compared. */
static void compare_files(struct diff *d)
{
	for (size_t i = 0; i < d->old.manifest.file_count; i++) {
		const struct payload_file *f = &d->old.manifest.files[i];
		const struct payload_file *other = find_file(&d->new.manifest, f);
		if (!str_eq(f->target, d->contract->target))
			continue;
		if (!other)
			tell_file(d, f, "removed", '-');
		else if (strcmp(f->sha256, other->sha256) != 0)
			tell_file(d, f, "changed", '~');
	}
	for (size_t i = 0; i < d->new.manifest.file_count; i++) {
		const struct payload_file *f = &d->new.manifest.files[i];
		if (str_eq(f->target, d->contract->target) && !find_file(&d->old.manifest, f))
			tell_file(d, f, "added", '+');
	}
}

static int compare_output(struct diff *d, struct str target, struct err *e)
{
	d->contract = contracts_find(&d->contracts, target);
	if (!d->contract)
		return err_set(e, ERR_INPUT, "diff.target", "there is no contract of the target \"%.*s\", expected one of the "
			"built-in ones, or one in the folder of --contracts", STR_ARG(target));
	d->named = d->o->json || (d->old.manifest.output_count == 1 && d->new.manifest.output_count == 1);
	if (!diff_can_read(d->contract->style)) {
		compare_files(d);
		return 0;
	}
	int rc = diff_records_read(d->old.dir, &d->old.manifest, d->contract, &d->old.records, e);
	if (rc == 0)
		rc = diff_records_read(d->new.dir, &d->new.manifest, d->contract, &d->new.records, e);
	if (rc == 0)
		rc = compare_all(d, e);
	diff_records_release(&d->old.records);
	diff_records_release(&d->new.records);
	return rc;
}

static bool has_output(const struct manifest *m, struct str target)
{
	for (size_t i = 0; i < m->output_count; i++) {
		if (str_eq(m->outputs[i].target, target))
			return true;
	}
	return false;
}

static int compare_outputs(struct diff *d, struct err *e)
{
	const struct manifest *old = &d->old.manifest, *new = &d->new.manifest;
	for (size_t i = 0; i < new->output_count; i++) {
		if (compare_output(d, new->outputs[i].target, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < old->output_count; i++) {
		if (!has_output(new, old->outputs[i].target) && compare_output(d, old->outputs[i].target, e) != 0)
			return -1;
	}
	return 0;
}

/* --- the command --- */

static void put_count(struct diff *d, const char *name, uint64_t n)
{
	json_key(&d->w, str_of(name));
	json_int(&d->w, (int64_t)n);
}

static void tell_sums(struct diff *d)
{
	if (d->o->json) {
		json_close(&d->w, ']');
		put_count(d, "added", d->added);
		put_count(d, "removed", d->removed);
		put_count(d, "changed", d->changed);
		put_count(d, "unchanged", d->unchanged);
		put_count(d, "files", d->files);
		json_close(&d->w, '}');
		buf_addc(&d->out, '\n');
		return;
	}
	buf_printf(&d->out, "%llu added, %llu removed, %llu changed, %llu unchanged", (unsigned long long)d->added,
		(unsigned long long)d->removed, (unsigned long long)d->changed, (unsigned long long)d->unchanged);
	if (d->files)
		buf_printf(&d->out, "; %llu file%s compared as a whole differ%s", (unsigned long long)d->files,
			d->files == 1 ? "" : "s", d->files == 1 ? "s" : "");
	buf_addc(&d->out, '\n');
}

/* A folder, or a run of the ledger, whose payload files are its spool. */
static int find_side(struct options *o, const char *name, struct side *out, struct err *e)
{
	struct stat status;
	const char *state;
	struct run_record run;
	out->dir = name;
	if (stat(name, &status) != 0 && !strchr(name, '/')) {
		if (ledger_folder(o->state, &o->arena, &state, e) != 0 || ledger_show(state, name, &o->arena, &run, e) != 0)
			return -1;
		out->dir = arena_copy(&o->arena, run.spool).p;
	}
	return manifest_read(out->dir, &o->arena, &out->manifest, e);
}

static int load(struct diff *d, struct err *e)
{
	struct options *o = d->o;
	struct faults faults;
	if (o->operands.count != 2)
		return err_set(e, ERR_USAGE, "usage", "diff takes two outputs of convert, or runs: qonduit diff OLD NEW");
	faults_init(&faults, &o->arena);
	if (contracts_load(o->contracts, &o->arena, &d->contracts, &faults) != 0) {
		*e = faults.first->what;
		return -1;
	}
	return find_side(o, o->operands.all[0], &d->old, e) == 0 ? find_side(o, o->operands.all[1], &d->new, e) : -1;
}

static int run(struct options *o, struct err *e)
{
	struct diff d = { .o = o };
	arena_init(&d.scratch, 64 << 10);
	d.w = json_out(&d.out);
	int rc = load(&d, e);
	if (rc == 0) {
		if (o->json) {
			json_open(&d.w, '{');
			json_key(&d.w, STR("changes"));
			json_open(&d.w, '[');
		}
		rc = compare_outputs(&d, e);
		if (rc == 0)
			tell_sums(&d);
		struct err second = { 0 };
		if (flush(&d, rc == 0 ? e : &second) != 0)
			rc = -1;
	}
	buf_release(&d.out);
	arena_release(&d.scratch);
	return rc != 0 ? (int)e->class : d.added + d.removed + d.changed + d.files ? DIFFERENT : 0;
}

const struct command command_diff = {
	.name = "diff",
	.synopsis = "OLD NEW",
	.summary = "what changed between two outputs of convert, or two runs: records by key, field by field",
	.text =
		"OLD and NEW are folders that convert wrote, or runs of the ledger (qonduit runs lists them): of a run all its\n"
		"records are compared, sent or not. Outputs are matched by target, records by the target's key (and\n"
		"what the contract says it is within); where it has none, by their whole content.\n"
		"\n"
		"  + KEY                      added\n"
		"  - KEY                      removed\n"
		"  ~ KEY FIELD: OLD → NEW     a field that changed; long values are cut\n"
		"\n"
		"JSON numbers are compared by value (1.0 is 1.00), and so are objects whatever the order of their members;\n"
		"strings by their bytes, lists as a whole. Of CSV files a row is a record, and so is the header. XML files and\n"
		"workbooks are compared as a whole, by their SHA-256.\n"
		"\n"
		"--json prints {\"changes\":[…],\"added\":N,\"removed\":N,\"changed\":N,\"unchanged\":N,\"files\":N},\n"
		"with whole values.\n"
		"Where there are several outputs, the name of its target stands above the changes of each.\n"
	"Exits 0 where nothing changed, 1 where something did.\n",
	.options = "contracts state json",
	.run = run,
};
