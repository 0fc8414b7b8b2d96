/* options - the command line as data: a table of options, a table of commands, one struct that a command is given.
 *
 * A command is one file (src/cli/cmd_NAME.c) and one row in commands[]; an option is one row in the table; both stand
 * in options.c, from which parsing, --help and completion come. Every command also takes the common options marked so.
 * Errors are ERR_USAGE and say what is near ("did you mean").
 */
#ifndef QONDUIT_OPTIONS_H
#define QONDUIT_OPTIONS_H

#include "qonduit/err.h"

struct string_list {
	const char **all;
	size_t count, cap;
};

struct options {
	struct arena arena;
	const char *program, *command;
	struct string_list operands;    /* what is not an option */

	const char *output;             /* -o */
	struct string_list set;         /* --set NAME=VALUE, as given */
	uint64_t limit;                 /* --limit N; 0: none */
	struct { uint64_t index, count; } shard; /* --shard I/N; 0/0: not given */
	uint64_t row;                   /* preview --row N; 0: none */
	uint64_t threads;               /* --threads N; 0: not given */
	bool has_max_rejects;
	uint64_t max_rejects;           /* --max-rejects N */
	uint32_t max_rejects_percent;   /* --max-rejects P%, in hundredths of a per cent; 0: none given */
	bool has_allow_shrink;
	uint32_t allow_shrink;          /* --allow-shrink P%, in hundredths of a per cent */
	bool changed_only;              /* --changed-only, or not: --full; the last one holds */
	bool refuse_suspect;            /* --refuse-suspect */
	bool force, allow_empty, dry_run, no_wait, json, quiet, verbose, no_progress;
	const char *contracts;          /* --contracts DIR */
	const char *state, *config, *env_file;
	const char *log_format;         /* text, json */
	const char *color;              /* auto, always, never */
	int64_t max_wait_ms;            /* --max-wait; default 900000 */
	const char *metrics;            /* --metrics FILE */
	struct string_list sample;      /* check --sample INPUT */

	/* of a source; job_source reads them */
	const char *format, *encoding, *delimiter; /* null: auto */
	const char *sheet;              /* --sheet NAME, or a number; null: none given */
	const char *records;            /* --records PATH, which may be empty; null: none given */
	uint64_t header_row;            /* 0: auto */
	uint64_t max_part, max_parts, max_strings, max_cell; /* limits of a workbook; 0: the default */
	bool raw, sheets;               /* cat */
	const char *draft;              /* inspect --draft TARGET */

	bool list;                      /* fetch --list */

	/* api */
	struct string_list query;       /* --query NAME=VALUE, as given */
	const char *body;               /* --body FILE */
	bool yes;                       /* --yes */

	/* runs prune */
	uint64_t keep;                  /* --keep N; UINT64_MAX: not given */
	int64_t older_than_ms;          /* --older-than; negative: not given */
	bool stopped;                   /* --stopped */

	/* sandbox */
	uint64_t port, window_ms, job_ms, import_limit, request_limit, catalog_limit, login_limit, token_life_ms, products;
	const char *data;
	const char *log_file, *token, *account;
	struct string_list fail_sku, fault;
};

struct command {
	const char *name;
	const char *synopsis;           /* "MAPPING INPUT… -o DIR" */
	const char *summary;            /* one line for `help` */
	const char *text;               /* paragraphs for `help NAME`; null: none */
	const char *options;            /* names of the options it takes besides the common ones, blanks between */
	/* Returns the exit status; fills `e` where the reason has not been said yet. */
	int (*run)(struct options *o, struct err *e);
};

extern const struct command command_convert, command_push, command_check, command_runs, command_diff, command_sandbox,
	command_preview, command_cat, command_inspect, command_fetch, command_api, command_completion,
	command_schema;
/* Every command, ended by a null pointer. */
extern const struct command *const commands[];

/* Fills `o` with defaults and what argv says for the command. Behind the first error it goes on reading, so that what
 * says how to report it (--log-format, --metrics, -q) holds wherever it stands. */
int options_parse(struct options *o, const struct command *c, int argc, char **argv, struct err *e);
/* Text of --help for a command, or of all for null. */
void options_help(const struct command *c, struct buf *to);
void options_release(struct options *o);

/* An option as completion tells it. */
struct option_told {
	const char *name;
	char letter;                    /* 0: none */
	const char *argument;           /* null: it takes none */
	bool words;                     /* `argument` is the words that are taken, with bars between */
	const char *help;
};

/* The next option that the command takes; *at is 0 before the first. False behind the last. */
bool options_next(const struct command *c, size_t *at, struct option_told *out);

/* "15m", "90s", "500ms", "2h", or plain seconds, as milliseconds. */
bool duration_parse(struct str text, int64_t *ms);
/* "512M", "64k", "2G" (of 1024), or plain bytes; at least 1. */
bool size_parse(struct str text, uint64_t *bytes);

#endif
