/* Reads what stands on a command line and says what may follow. */
#include "completion.h"

#include <stdlib.h>

/* The words before the one that is begun, as options_parse would take them. */
struct line {
	const struct command *command;
	const char *const *words;      /* behind the command */
	size_t count;
	struct string_list operands;
	struct string_list given;      /* names of options */
	struct option_told open;       /* the option whose argument is next; no name: none is */
	const char *state;             /* argument of --state; null: not given */
	bool ended;                    /* behind "--" */
};

/* A word of a synopsis, without what stands around it. */
struct token {
	struct str text;
	bool opens, closes, many;      /* "[X", "X]", "X…" */
};

static bool next_token(struct str *rest, struct token *t)
{
	*t = (struct token){ 0 };
	t->text = str_cut(*rest, ' ', rest);
	if (str_starts(t->text, STR("["))) {
		t->opens = true;
		t->text = str_from(t->text, 1);
	}
	if (str_ends(t->text, STR("…"))) {
		t->many = true;
		t->text.n -= strlen("…");
	}
	if (str_ends(t->text, STR("]"))) {
		t->closes = true;
		t->text.n--;
	}
	return t->text.n > 0;
}

/* By "--name" or, where one is given, by letter. */
static bool find_option(const struct command *c, struct str name, char letter, struct option_told *out)
{
	for (size_t at = 0; options_next(c, &at, out);)
		if (letter ? out->letter == letter : str_eq(name, str_of(out->name)))
			return true;
	*out = (struct option_told){ 0 };
	return false;
}

/* The option that a word such as "--output=", "-o" of a synopsis means. */
static bool option_of(const struct command *c, struct str word, struct option_told *out)
{
	struct str value;

	if (str_starts(word, STR("--")))
		return find_option(c, str_cut(str_from(word, 2), '=', &value), 0, out);
	return word.n > 1 && word.p[0] == '-' && find_option(c, (struct str){ 0 }, word.p[1], out);
}

/* ---- the words that are there ---- */

static void list_add(struct string_list *l, const char *text)
{
	l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof *l->all);
	l->all[l->count++] = text;
}

/* "-qo": each letter; the first that takes an argument takes the rest of the word, or the next one. */
static void read_letters(struct line *l, const char *letters)
{
	struct option_told o;

	for (; *letters && find_option(l->command, (struct str){ 0 }, *letters, &o); letters++) {
		list_add(&l->given, o.name);
		if (!o.argument)
			continue;
		if (!letters[1])
			l->open = o;
		return;
	}
}

static void take_argument(struct line *l, const struct option_told *o, const char *argument)
{
	if (strcmp(o->name, "state") == 0)
		l->state = argument;
}

static void read_option(struct line *l, const char *word)
{
	struct option_told o;
	const char *equals = strchr(word, '=');

	if (word[1] != '-') {
		read_letters(l, word + 1);
	} else if (option_of(l->command, str_of(word), &o)) {
		list_add(&l->given, o.name);
		if (o.argument && equals)
			take_argument(l, &o, equals + 1);
		else if (o.argument)
			l->open = o;
	}
}

static void read_line(struct line *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const char *word = l->words[i];

		if (l->open.name) {
			take_argument(l, &l->open, word);
			l->open = (struct option_told){ 0 };
		} else if (!l->ended && strcmp(word, "--") == 0) {
			l->ended = true;
		} else if (l->ended || word[0] != '-' || !word[1]) {
			list_add(&l->operands, word);
		} else {
			read_option(l, word);
		}
	}
}

static bool is_given(const struct line *l, const char *name)
{
	for (size_t i = 0; i < l->given.count; i++)
		if (strcmp(l->given.all[i], name) == 0)
			return true;
	return false;
}

/* ---- what may follow ---- */

static void add_options(struct completion *c, const struct command *command)
{
	struct option_told o;

	for (size_t at = 0; options_next(command, &at, &o);) {
		if (o.letter)
			completion_word(c, arena_printf(c->arena, "-%c", o.letter), str_of(o.help));
		completion_word(c, arena_printf(c->arena, "--%s", o.name), str_of(o.help));
	}
	completion_word(c, STR("--help"), STR("what the command does, and its options"));
}

/* The argument's kind, as the command's synopsis calls it or else the table: "-o FILE". */
static void add_argument(struct completion *c, const struct command *command, const struct option_told *o)
{
	struct str rest = str_of(command->synopsis), kind = str_of(o->argument);
	struct option_told other;
	struct token t;

	if (o->words) {
		completion_list(c, kind);
		return;
	}
	while (next_token(&rest, &t))
		if (option_of(command, t.text, &other) && strcmp(other.name, o->name) == 0 && next_token(&rest, &t))
			kind = t.text;
	completion_kind(c, kind);
}

/* A walk through a synopsis. */
struct walk {
	struct str rest;
	struct token token;
	size_t at, before;             /* operands passed; where the bracket began */
	bool fits, fitted;             /* what stands on the line is as this alternative says; where the bracket began */
	bool inside;                   /* a bracket */
	bool any;                      /* there may be an operand next */
};

static bool stands_for_itself(struct str text)
{
	return (text.p[0] >= 'a' && text.p[0] <= 'z') || memchr(text.p, '|', text.n);
}

static bool is_one_of(struct str list, struct str word)
{
	while (list.n)
		if (str_eq(str_cut(list, '|', &list), word))
			return true;
	return false;
}

static void take_operand(struct completion *c, const struct line *l, struct walk *w)
{
	size_t at = w->at++, count = l->operands.count;
	struct str text = w->token.text;
	bool word = stands_for_itself(text);

	if (word && at < count && !is_one_of(text, str_of(l->operands.all[at])))
		w->fits = false;
	if (!w->fits || at > count || (at < count && !w->token.many))
		return;
	w->any = true;
	if (word)
		completion_list(c, text);
	else
		completion_kind(c, text);
}

/* Passes over an option and its argument. An alternative that begins with one is meant where that is given, and then
 * it alone. */
static void take_option(struct completion *c, const struct line *l, const struct option_told *o, struct walk *w)
{
	if (!w->inside && w->at == 0) {
		w->fits = is_given(l, o->name);
		if (w->fits) {
			buf_clear(&c->words);
			c->files = COMPLETION_NONE;
		}
	}
	if (o->argument)
		next_token(&w->rest, &w->token);
}

/* The operands that the synopsis has next; false where it has none. */
static bool add_operands(struct completion *c, const struct line *l)
{
	struct walk w = { .rest = str_of(l->command->synopsis), .fits = true };
	struct option_told o;

	while (next_token(&w.rest, &w.token)) {
		if (w.token.opens) {
			w.inside = true;
			w.before = w.at;
			w.fitted = w.fits;
		}
		if (str_eq(w.token.text, STR("|"))) {
			w.at = w.inside ? w.before : 0;
			w.fits = w.inside ? w.fitted : true;
		} else if (option_of(l->command, w.token.text, &o)) {
			take_option(c, l, &o, &w);
		} else {
			take_operand(c, l, &w);
		}
		if (w.token.closes) {
			w.inside = false;
			w.fits = w.fitted;
		}
	}
	return w.any;
}

static void tell_command(struct completion *c, const struct line *l)
{
	const char *equals = strchr(c->begun.p, '=');
	struct option_told o;

	c->state = l->state;
	c->verb = l->operands.count ? l->operands.all[0] : NULL;
	c->mapping = str_starts(str_of(l->command->synopsis), STR("MAPPING")) ? c->verb : NULL;
	if (l->open.name) {
		add_argument(c, l->command, &l->open);
	} else if (l->ended || c->begun.p[0] != '-') {
		if (!add_operands(c, l) && !l->ended)
			add_options(c, l->command);
	} else if (str_starts(c->begun, STR("--")) && equals) {
		c->before = str_head(c->begun, (size_t)(equals - c->begun.p) + 1);
		if (option_of(l->command, c->begun, &o) && o.argument) {
			c->begun = str_from(c->begun, c->before.n);
			add_argument(c, l->command, &o);
		}
	} else {
		add_options(c, l->command);
	}
}

static void add_commands(struct completion *c)
{
	for (size_t i = 0; commands[i]; i++)
		completion_word(c, str_of(commands[i]->name), str_of(commands[i]->summary));
}

static void tell_first(struct completion *c)
{
	if (c->begun.n && c->begun.p[0] == '-') {
		completion_list(c, STR("--help|--version"));
		return;
	}
	add_commands(c);
	completion_word(c, STR("help"), STR("the commands, or what one of them does"));
	completion_word(c, STR("version"), STR("the version"));
}

static void tell_help(struct completion *c)
{
	add_commands(c);
	completion_word(c, STR("steps"), STR("every step of the mapping language"));
}

static void tell_operands(struct completion *c, const char *const *words, size_t count)
{
	struct line l = { .words = words + 1, .count = count - 2 };

	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, words[0]) == 0)
			l.command = commands[i];
	if (!l.command)
		return;
	read_line(&l);
	tell_command(c, &l);
	free(l.operands.all);
	free(l.given.all);
}

void completion_tell(const char *const *words, size_t count, struct arena *arena, struct buf *to)
{
	static const char *const files[] = { "none", "folders", "mappings", "files" };
	struct completion c = { .arena = arena, .begun = str_of(words[count - 1]) };

	if (count == 1)
		tell_first(&c);
	else if (count == 2 && strcmp(words[0], "help") == 0)
		tell_help(&c);
	else
		tell_operands(&c, words, count);
	buf_printf(to, "%s\n", files[c.files]);
	buf_add(to, buf_str(&c.words));
	buf_release(&c.words);
}
