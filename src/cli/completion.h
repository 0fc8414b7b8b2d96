/* completion - what may stand next on a command line, which the scripts for shells (completion.bash, .zsh, .fish) ask
 * for by `qonduit completion words -- WORD…`. The words are those behind the name of the program; the last one is begun,
 * perhaps empty. Operands before it may come in quotes, as they were typed.
 *
 * Commands and options come from their tables, operands from the synopsis of the command: a word in small letters and
 * the words of a list (bash|zsh|fish) stand for themselves, others (MAPPING, INPUT…) for a kind of the table in
 * completion_words.c; a bar parts alternatives. An argument of an option is a kind too, or one of its closed list.
 *
 * The answer: a line that says which files may stand there (none, folders, mappings: folders and *.json, files), then a
 * line for each word, whole ("--color=auto"), with a tab and a line of help behind it where there is one. It is for the
 * shell to leave out what does not begin as the word does.
 */
#ifndef QONDUIT_CLI_COMPLETION_H
#define QONDUIT_CLI_COMPLETION_H

#include "qonduit/options.h"

/* Later ones hold more. */
enum completion_files { COMPLETION_NONE, COMPLETION_FOLDERS, COMPLETION_MAPPINGS, COMPLETION_FILES };

struct completion {
	struct arena *arena;
	struct str begun;              /* without "--name=" */
	struct str before;             /* that stands before every word: "--name=" */
	enum completion_files files;
	const char *verb;              /* the first operand before it; null: none */
	const char *mapping;           /* the same, where it is the name of one */
	const char *state;             /* of --state; null: not given */
	struct buf words;              /* lines of the answer */
};

/* The answer. `count` is at least 1. */
void completion_tell(const char *const *words, size_t count, struct arena *arena, struct buf *to);

/* For its parts: a word, and all that a kind ("MAPPING") stands for, nothing where it is not known. */
void completion_word(struct completion *c, struct str word, struct str help);
void completion_kind(struct completion *c, struct str kind);
/* The words between bars. */
void completion_list(struct completion *c, struct str list);

#endif
