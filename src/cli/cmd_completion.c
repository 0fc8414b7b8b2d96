/* The scripts with which shells complete, and what they ask for. */
#include <stdio.h>

#include "completion.h"
#include "qonduit/shipped.h"

static void print(struct str text)
{
	fwrite(text.p, 1, text.n, stdout);
}

static int tell(struct options *o, struct err *e)
{
	struct buf answer = { 0 };

	if (o->operands.count < 2)
		return err_set(e, ERR_USAGE, "usage", "completion words -- WORD…: there is no word"), ERR_USAGE;
	completion_tell(o->operands.all + 1, o->operands.count - 1, &o->arena, &answer);
	print(buf_str(&answer));
	buf_release(&answer);
	return 0;
}

static int run(struct options *o, struct err *e)
{
	const char *shell = o->operands.count ? o->operands.all[0] : "";
	struct str script = { 0 };

	if (strcmp(shell, "words") == 0)
		return tell(o, e);
	if (o->operands.count != 1)
		return err_set(e, ERR_USAGE, "usage", "completion takes one shell: bash, zsh or fish"), ERR_USAGE;
	if (!strchr(shell, '/'))
		script = shipped_find(arena_printf(&o->arena, "src/cli/completion.%s", shell).p);
	if (!script.p)
		return err_set(e, ERR_USAGE, "usage.shell", "found the shell \"%s\", expected bash, zsh or fish", shell),
			ERR_USAGE;
	print(script);
	return 0;
}

const struct command command_completion = {
	.name = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "prints a script with which the shell completes commands, options, files, mappings and resources",
	.text =
		"  bash   source <(qonduit completion bash)        in ~/.bashrc\n"
		"  zsh    source <(qonduit completion zsh)         in ~/.zshrc, behind compinit\n"
		"  fish   qonduit completion fish | source         in ~/.config/fish/config.fish\n"
		"\n"
		"`make install` puts the scripts where these shells look for them. They ask the program for the words, so\n"
		"that what it learns is completed without a new script.\n",
	.run = run,
};
