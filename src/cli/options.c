/* The table of options, and the parser and the help that come from it. */
#include "qonduit/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define SHARDS_MAX 10000

enum option_kind { OPTION_FLAG, OPTION_OFF, OPTION_TEXT, OPTION_ANY, OPTION_LIST, OPTION_NUMBER, OPTION_COUNT,
	OPTION_DURATION, OPTION_REJECTS, OPTION_SHRINK, OPTION_SHARD, OPTION_WORD, OPTION_SIZE };

static const struct option {
	const char *name;
	char letter;
	bool common;          /* every command takes it */
	enum option_kind kind;
	size_t target;        /* in struct options */
	const char *argument; /* for help; of a word: the words that are taken */
	const char *help;
} table[] = {
#define AT(member) offsetof(struct options, member)
	{ "output", 'o', false, OPTION_TEXT, AT(output), "DIR",
		"where the payload files go (fetch, schema: the file); - writes to standard output" },
	{ "set", 0, false, OPTION_LIST, AT(set), "NAME=VALUE", "gives a parameter of the mapping its value" },
	{ "limit", 0, false, OPTION_COUNT, AT(limit), "N", "reads no more than N rows" },
	{ "shard", 0, false, OPTION_SHARD, AT(shard), "I/N",
		"takes the I-th of N shards of the rows; rows with one key are in one of them, and all of them are the whole" },
	{ "row", 0, false, OPTION_COUNT, AT(row), "N",
		"shows this row alone, field by field; as a spreadsheet counts, records of JSON from 1" },
	{ "threads", 0, false, OPTION_COUNT, AT(threads), "N",
		"works on rows with N threads (default: the cores, at most 8; 1: all in turn)" },
	{ "max-rejects", 0, false, OPTION_REJECTS, AT(max_rejects), "N|P%",
		"stops, with nothing written or sent, when more rows than that are rejected" },
	{ "allow-shrink", 0, false, OPTION_SHRINK, AT(allow_shrink), "P%",
		"stops, with nothing sent, where the records are fewer by more than that than in the last run that was "
		"delivered to its end" },
	{ "refuse-suspect", 0, false, OPTION_FLAG, AT(refuse_suspect), NULL,
		"stops, with nothing written or sent, where a field is in all records what its contract calls suspect, such as "
		"stock 0 (default: a warning)" },
	{ "allow-empty", 0, false, OPTION_FLAG, AT(allow_empty), NULL,
		"takes an input without any row; push: also where no record is left to send" },
	{ "force", 0, false, OPTION_FLAG, AT(force), NULL, "replaces an earlier output of ours" },
	{ "raw", 0, false, OPTION_FLAG, AT(raw), NULL, "every row as it stands, with its number and without a header" },
	{ "sheet", 0, false, OPTION_TEXT, AT(sheet), "NAME",
		"the sheet of a workbook, or its number (default: the first visible one with rows)" },
	{ "sheets", 0, false, OPTION_FLAG, AT(sheets), NULL, "lists the sheets of a workbook instead" },
	{ "records", 0, false, OPTION_ANY, AT(records), "PATH",
		"where the records of JSON are: \"orders[].lines[]\", or \".\" for the document (default: the likely place)" },
	{ "draft", 0, false, OPTION_TEXT, AT(draft), "TARGET", "prints a draft mapping from this input to TARGET" },
	{ "format", 0, false, OPTION_WORD, AT(format), "auto|csv|xlsx|json|ndjson", "what the input is (default auto)" },
	{ "delimiter", 0, false, OPTION_TEXT, AT(delimiter), "C",
		"one character, or tab, that parts the cells of a CSV file (default auto)" },
	{ "encoding", 0, false, OPTION_TEXT, AT(encoding), "NAME",
		"of CSV or JSON, such as windows-1252 (default auto: a byte order mark, else UTF-8)" },
	{ "header-row", 0, false, OPTION_COUNT, AT(header_row), "N",
		"the row of the header (default: the first that is as wide as most rows, passing over titles)" },
	{ "max-part", 0, false, OPTION_SIZE, AT(max_part), "SIZE",
		"most bytes of a workbook's part, unpacked; with k, M or G (default 1G)" },
	{ "max-parts", 0, false, OPTION_COUNT, AT(max_parts), "N", "most parts of a workbook (default 2000)" },
	{ "max-strings", 0, false, OPTION_SIZE, AT(max_strings), "SIZE",
		"most memory for a workbook's shared strings (default 512M)" },
	{ "max-cell", 0, false, OPTION_SIZE, AT(max_cell), "SIZE", "most bytes of a workbook's cell (default 1M)" },
	{ "contracts", 0, false, OPTION_TEXT, AT(contracts), "DIR", "reads the contracts of further targets from DIR" },
	{ "sample", 0, false, OPTION_LIST, AT(sample), "INPUT",
		"checks against the header and the first rows of INPUT too" },
	{ "list", 0, false, OPTION_FLAG, AT(list), NULL, "lists the resources, with their parameters" },
	{ "query", 0, false, OPTION_LIST, AT(query), "NAME=VALUE", "a parameter of the request; may be given again" },
	{ "body", 0, false, OPTION_TEXT, AT(body), "FILE", "JSON that is sent; - reads standard input" },
	{ "yes", 0, false, OPTION_FLAG, AT(yes), NULL, "does not ask before a request that may change something" },
	{ "dry-run", 0, false, OPTION_FLAG, AT(dry_run), NULL,
		"says what would be sent and how long it takes at least; sends nothing (prune: says what would go)" },
	{ "changed-only", 0, false, OPTION_FLAG, AT(changed_only), NULL,
		"leaves out records that were last accepted with the same content, and packs the others into fewer requests" },
	{ "full", 0, false, OPTION_OFF, AT(changed_only), NULL,
		"sends every record (the default); the last one of --changed-only and --full holds" },
	{ "no-wait", 0, false, OPTION_FLAG, AT(no_wait), NULL,
		"ends at once where another delivery to the same target and account is under way" },
	{ "max-wait", 0, false, OPTION_DURATION, AT(max_wait_ms), "15m",
		"ends as resumable where a server asks for a longer wait" },
	{ "state", 0, false, OPTION_TEXT, AT(state), "DIR", "the ledger and the spool (default $XDG_STATE_HOME/qonduit)" },
	{ "config", 0, false, OPTION_TEXT, AT(config), "FILE",
		"default ./qonduit.json, then $XDG_CONFIG_HOME/qonduit/config.json" },
	{ "env-file", 0, false, OPTION_TEXT, AT(env_file), "FILE",
		"secrets and addresses (default .env.local where it exists); others may not read it" },
	{ "metrics", 0, false, OPTION_TEXT, AT(metrics), "FILE",
		"writes how the run ended for Prometheus, as a .prom file of node_exporter's textfile collector" },
	{ "keep", 0, false, OPTION_NUMBER, AT(keep), "N", "prune: the N newest stay" },
	{ "older-than", 0, false, OPTION_DURATION, AT(older_than_ms), "90d", "prune: what began later stays" },
	{ "stopped", 0, false, OPTION_FLAG, AT(stopped), NULL,
		"prune: runs that stopped may go too, and cannot be gone on with then" },
	{ "json", 0, false, OPTION_FLAG, AT(json), NULL,
		"prints the summary (inspect: the profile) as one JSON object on standard output" },
	{ "port", 0, false, OPTION_NUMBER, AT(port), "N", "port on 127.0.0.1 (default: a free one)" },
	{ "window-ms", 0, false, OPTION_NUMBER, AT(window_ms), "60000", "length of the rate windows" },
	{ "import-limit", 0, false, OPTION_NUMBER, AT(import_limit), "5",
		"imports in a window, for each address and each account" },
	{ "request-limit", 0, false, OPTION_NUMBER, AT(request_limit), "10", "requests in a window, for each address" },
	{ "catalog-limit", 0, false, OPTION_NUMBER, AT(catalog_limit), "5",
		"downloads of the catalog in 15 windows, for each address" },
	{ "login-limit", 0, false, OPTION_NUMBER, AT(login_limit), "5",
		"logins and refreshes in a window, for each address" },
	{ "token-life", 0, false, OPTION_NUMBER, AT(token_life_ms), "MS",
		"a token that a login gave is refused after so many milliseconds (default: never)" },
	{ "data", 0, false, OPTION_TEXT, AT(data), "DIR", "what there is to be read, in place of the built-in data" },
	{ "products", 0, false, OPTION_COUNT, AT(products), "200", "how many the built-in catalog has" },
	{ "job-ms", 0, false, OPTION_NUMBER, AT(job_ms), "400", "how long an import job takes" },
	{ "token", 0, false, OPTION_TEXT, AT(token), "TOKEN", "takes this bearer token only (made up: never a real one)" },
	{ "account", 0, false, OPTION_TEXT, AT(account), "ID", "knows this account only" },
	{ "fail-sku", 0, false, OPTION_LIST, AT(fail_sku), "SKU", "refuses this product; may be given again" },
	{ "fault", 0, false, OPTION_LIST, AT(fault), "SPEC", "misbehaves; may be given again" },
	{ "log", 0, false, OPTION_TEXT, AT(log_file), "FILE", "appends a line for each request" },
	{ "quiet", 'q', true, OPTION_FLAG, AT(quiet), NULL, "says nothing but warnings and errors" },
	{ "verbose", 'v', true, OPTION_FLAG, AT(verbose), NULL, "says more" },
	{ "no-progress", 0, true, OPTION_FLAG, AT(no_progress), NULL, "draws no progress on a terminal" },
	{ "log-format", 0, true, OPTION_WORD, AT(log_format), "text|json", "how lines on standard error are written" },
	{ "color", 0, true, OPTION_WORD, AT(color), "auto|always|never", "colours on a terminal; NO_COLOR is heeded" },
#undef AT
};

const struct command *const commands[] = {
	&command_convert, &command_push, &command_check, &command_preview, &command_inspect, &command_cat,
	&command_fetch, &command_runs, &command_diff,
	&command_api, &command_schema,
	&command_sandbox,
	&command_completion, NULL,
};

#define TABLE_COUNT (sizeof table / sizeof *table)

bool duration_parse(struct str text, int64_t *ms)
{
	static const struct {
		struct str unit;
		int64_t ms;
	} units[] = { { STR("ms"), 1 }, { STR("s"), 1000 }, { STR("m"), 60000 }, { STR("h"), 3600000 },
		{ STR("d"), 86400000 }, { STR(""), 1000 } };
	size_t digits = 0;
	uint64_t number;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!str_to_u64(str_head(text, digits), &number) || number > 1000000000)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_eq(str_from(text, digits), units[i].unit)) {
			*ms = (int64_t)number * units[i].ms;
			return true;
		}
	return false;
}

bool size_parse(struct str text, uint64_t *bytes)
{
	static const struct {
		struct str unit;
		uint64_t bytes;
	} units[] = { { STR("k"), 1 << 10 }, { STR("m"), 1 << 20 }, { STR("g"), 1 << 30 }, { STR(""), 1 } };
	size_t digits = 0;
	uint64_t number;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!str_to_u64(str_head(text, digits), &number) || number == 0)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_eq_nocase(str_from(text, digits), units[i].unit))
			return !__builtin_mul_overflow(number, units[i].bytes, bytes);
	return false;
}

static void list_add(struct string_list *l, const char *text)
{
	l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof *l->all);
	l->all[l->count++] = text;
}

/* Whether the command takes the option. */
static bool takes(const struct command *c, const struct option *o)
{
	size_t n = strlen(o->name);

	if (o->common)
		return true;
	for (const char *p = c->options; p && *p; p += *p == ' ') {
		const char *end = strchrnul(p, ' ');
		if ((size_t)(end - p) == n && strncmp(p, o->name, n) == 0)
			return true;
		p = end;
	}
	return false;
}

static int bad_argument(const struct option *o, const char *text, const char *expected, struct err *e)
{
	return err_set(e, ERR_USAGE, "usage.argument", "--%s: found \"%s\", expected %s", o->name, text, expected);
}

/* "30", "2.5" or "0.25", up to 100, in hundredths. */
static bool share_parse(struct str s, uint32_t *hundredths)
{
	struct str places, digits = str_cut(s, '.', &places);
	uint64_t whole, part = 0;

	if (!str_to_u64(digits, &whole) || whole > 100 || (places.p && (places.n > 2 || !str_to_u64(places, &part))))
		return false;
	*hundredths = (uint32_t)(whole * 100 + (places.n == 1 ? part * 10 : part));
	return *hundredths <= 10000;
}

/* N, or P% with up to two places. */
static int set_rejects(const struct option *o, struct options *to, const char *text, struct err *e)
{
	struct str s = str_of(text);

	if (!str_ends(s, STR("%"))) {
		if (!str_to_u64(s, &to->max_rejects))
			return bad_argument(o, text, "a number of rows, or a share such as 5%", e);
		to->has_max_rejects = true;
		return 0;
	}
	if (!share_parse(str_head(s, s.n - 1), &to->max_rejects_percent))
		return bad_argument(o, text, "a share from 0% to 100%", e);
	if (!to->max_rejects_percent)
		to->has_max_rejects = true;
	return 0;
}

/* P%, or P. */
static int set_shrink(const struct option *o, struct options *to, const char *text, struct err *e)
{
	struct str s = str_of(text);

	if (!share_parse(str_head(s, s.n - str_ends(s, STR("%"))), &to->allow_shrink))
		return bad_argument(o, text, "a share from 0% to 100%", e);
	to->has_allow_shrink = true;
	return 0;
}

/* I/N */
static int set_shard(const struct option *o, struct options *to, const char *text, struct err *e)
{
	struct str count, index = str_cut(str_of(text), '/', &count);

	if (!str_to_u64(index, &to->shard.index) || !str_to_u64(count, &to->shard.count) || to->shard.index < 1 ||
		to->shard.index > to->shard.count || to->shard.count > SHARDS_MAX)
		return bad_argument(o, text, "I/N, such as 2/4: the I-th of N shards, of at most 10000", e);
	return 0;
}

static int set_word(const struct option *o, const char **target, const char *text, struct err *e)
{
	for (const char *p = o->argument; *p; p += *p == '|') {
		const char *end = strchrnul(p, '|');
		if ((size_t)(end - p) == strlen(text) && strncmp(p, text, strlen(text)) == 0) {
			*target = text;
			return 0;
		}
		p = end;
	}
	return bad_argument(o, text, o->argument, e);
}

static int set_option(const struct option *o, struct options *to, const char *text, struct err *e)
{
	void *target = (char *)to + o->target;

	switch (o->kind) {
	case OPTION_FLAG:
	case OPTION_OFF:
		*(bool *)target = o->kind == OPTION_FLAG;
		return 0;
	case OPTION_TEXT:
		if (!*text)
			return bad_argument(o, text, o->argument, e);
		*(const char **)target = text;
		return 0;
	case OPTION_ANY:
		*(const char **)target = text;
		return 0;
	case OPTION_LIST:
		list_add(target, text);
		return 0;
	case OPTION_NUMBER:
		if (!str_to_u64(str_of(text), target))
			return bad_argument(o, text, "a whole number", e);
		return 0;
	case OPTION_COUNT:
		if (!str_to_u64(str_of(text), target) || !*(uint64_t *)target)
			return bad_argument(o, text, "a whole number from 1", e);
		return 0;
	case OPTION_DURATION:
		if (!duration_parse(str_of(text), target))
			return bad_argument(o, text, "a duration such as 90s, 15m or 2h", e);
		return 0;
	case OPTION_SIZE:
		if (!size_parse(str_of(text), target))
			return bad_argument(o, text, "a number of bytes such as 65536, 64k, 512M or 2G", e);
		return 0;
	case OPTION_REJECTS:
		return set_rejects(o, to, text, e);
	case OPTION_SHRINK:
		return set_shrink(o, to, text, e);
	case OPTION_SHARD:
		return set_shard(o, to, text, e);
	case OPTION_WORD:
		return set_word(o, target, text, e);
	}
	return 0;
}

static const struct option *find(const struct command *c, struct str name, char letter, struct err *e)
{
	struct str names[TABLE_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (!takes(c, &table[i]))
			continue;
		if (letter ? table[i].letter == letter : str_eq(name, str_of(table[i].name)))
			return &table[i];
		names[count++] = str_of(table[i].name);
	}
	if (letter) {
		err_set(e, ERR_USAGE, "usage.option", "%s has no option -%c", c->name, letter);
		return NULL;
	}
	int near = str_nearest(name, names, count);
	err_set(e, ERR_USAGE, "usage.option", "%s has no option --%.*s%s%s%s", c->name, STR_ARG(name),
		near < 0 ? "" : ", did you mean --", near < 0 ? "" : names[near].p, near < 0 ? "" : "?");
	return NULL;
}

/* One option at argv[*i], with its argument behind "=", in the same word, or in the next. */
static int parse_one(struct options *to, const struct command *c, int argc, char **argv, int *i, struct err *e)
{
	const char *word = argv[*i], *text = NULL;
	const struct option *o;

	if (word[1] == '-') {
		struct str value, name = str_cut(str_of(word + 2), '=', &value);
		o = find(c, name, 0, e);
		text = value.p;
	} else {
		o = find(c, (struct str){ 0 }, word[1], e);
		text = word[2] ? word + 2 : NULL;
	}
	if (!o)
		return -1;
	if (o->kind == OPTION_FLAG || o->kind == OPTION_OFF) {
		if (!text)
			return set_option(o, to, NULL, e);
		if (word[1] == '-')
			return err_set(e, ERR_USAGE, "usage.argument", "--%s takes no argument", o->name);
		argv[*i]++; /* -qv: the next letter */
		argv[*i][0] = '-';
		(*i)--;
		return set_option(o, to, NULL, e);
	}
	if (!text) {
		if (*i + 1 >= argc)
			return err_set(e, ERR_USAGE, "usage.argument", "--%s needs an argument: %s", o->name, o->argument);
		text = argv[++*i];
	}
	return set_option(o, to, text, e);
}

int options_parse(struct options *o, const struct command *c, int argc, char **argv, struct err *e)
{
	int rc = 0;

	*o = (struct options){ .program = "qonduit", .command = c->name, .log_format = "text", .color = "auto",
		.max_wait_ms = 900000, .keep = UINT64_MAX, .older_than_ms = -1, .window_ms = 60000,
		.job_ms = 400, .import_limit = 5, .request_limit = 10, .catalog_limit = 5,
		.login_limit = 5, .products = 200 };
	arena_init(&o->arena, 16 << 10);
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			for (i++; i < argc; i++)
				list_add(&o->operands, argv[i]);
		} else if (argv[i][0] != '-' || !argv[i][1]) {
			list_add(&o->operands, argv[i]);
		} else if (parse_one(o, c, argc, argv, &i, e) != 0) {
			rc = -1;
		}
	}
	return rc;
}

static void help_option(const struct option *o, struct buf *to)
{
	char left[64];

	snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		o->letter ? "," : " ", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
	buf_printf(to, "  %-34s %s\n", left, o->help);
}

void options_help(const struct command *c, struct buf *to)
{
	if (!c) {
		buf_printf(to, "qonduit moves product data from Qogita exports to the systems that sell it.\n\n"
			"usage: qonduit COMMAND [options] …\n\n");
		for (size_t i = 0; commands[i]; i++)
			buf_printf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
		buf_printf(to, "  %-10s %s\n  %-10s %s\n\nqonduit help COMMAND tells the options of a command.\n",
			"help", "this page, or that of a command", "version", "the version");
		return;
	}
	buf_printf(to, "usage: qonduit %s %s\n\n%s\n", c->name, c->synopsis, c->summary);
	if (c->text)
		buf_printf(to, "\n%s", c->text);
	buf_printf(to, "\nOptions:\n");
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (takes(c, &table[i]) && !table[i].common)
			help_option(&table[i], to);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].common)
			help_option(&table[i], to);
}

bool options_next(const struct command *c, size_t *at, struct option_told *out)
{
	while (*at < TABLE_COUNT) {
		const struct option *o = &table[(*at)++];

		if (takes(c, o)) {
			*out = (struct option_told){ o->name, o->letter, o->argument, o->kind == OPTION_WORD, o->help };
			return true;
		}
	}
	return false;
}

void options_release(struct options *o)
{
	free(o->operands.all);
	free(o->set.all);
	free(o->sample.all);
	free(o->query.all);
	free(o->fail_sku.all);
	free(o->fault.all);
	arena_release(&o->arena);
}
