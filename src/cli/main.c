/* qonduit COMMAND [options] … */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "qonduit/db.h"
#include "qonduit/deflate.h"
#include "qonduit/log.h"
#include "qonduit/metrics.h"
#include "qonduit/options.h"
#include "qonduit/reference.h"
#include "qonduit/transport.h"
#include "qonduit/xml_read.h"

/* What is no command of the table, but has a page of `help`. */
static const struct page {
	const char *name, *text;
} pages[] = {
	{ "help", "usage: qonduit help [COMMAND|steps]\n\nthe commands, the options of one, or the steps of mappings\n" },
	{ "version", "usage: qonduit version\n\nthe version, and those of the libraries that it stands on\n" },
	{ "steps", NULL },
};
enum { PAGES = sizeof pages / sizeof *pages };

static const struct command *find_command(const char *name, struct err *e)
{
	struct str names[32];
	size_t count = 0;

	for (; commands[count]; count++) {
		if (strcmp(commands[count]->name, name) == 0)
			return commands[count];
		names[count] = str_of(commands[count]->name);
	}
	for (size_t i = 0; pages[i].text; i++)
		names[count++] = str_of(pages[i].name);
	int near = str_nearest(str_of(name), names, count);
	err_set(e, ERR_USAGE, "usage.command", "there is no command \"%s\"%s%s%s (qonduit help lists them)", name,
		near < 0 ? "" : ", did you mean \"", near < 0 ? "" : names[near].p, near < 0 ? "" : "\"?");
	return NULL;
}

static int print_help(const struct command *c)
{
	struct buf text = { 0 };

	options_help(c, &text);
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	return 0;
}

static int print_steps(void)
{
	struct buf text = { 0 };

	reference_steps(&text);
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	return 0;
}

static int print_version(void)
{
	printf("qonduit %s\n%s, zlib %s, sqlite %s, %s\n", QONDUIT_VERSION, xml_library(), deflate_library(), db_library(),
		transport_library());
	return 0;
}

/* `words`: those behind "help". */
static int help(int count, char **words, struct err *e)
{
	const char *name = count > 0 && words[0][0] != '-' ? words[0] : NULL;

	if (count > 1)
		return err_set(e, ERR_USAGE, "usage", "help takes one command at most, found \"%s\" behind it", words[1]),
			ERR_USAGE;
	for (size_t i = 0; name && i < PAGES; i++) {
		if (strcmp(pages[i].name, name) != 0)
			continue;
		if (!pages[i].text)
			return print_steps();
		fputs(pages[i].text, stdout);
		return 0;
	}
	const struct command *c = name ? find_command(name, e) : NULL;
	return e->class ? ERR_USAGE : print_help(c);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* What a reader of a summary looks for. */
static const struct log_word told[] = {
	{ "done", LOG_GOOD }, { "stopped", LOG_BAD }, { "superseded", LOG_BAD }, { "rejected", LOG_NOTED },
	{ "refused", LOG_NOTED }, { "still to be sent", LOG_NOTED }, { 0 },
};

static bool wants_color(const char *when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!when || strcmp(when, "auto") != 0)
		return when && strcmp(when, "always") == 0;
	return isatty(STDERR_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* The mapping, where the command line says which: push of a folder and runs resume go by what they deliver. */
static const char *mapping_of(const struct options *o)
{
	bool given = strcmp(o->command, "convert") == 0 ? o->operands.count > 0
		: strcmp(o->command, "push") == 0 && o->operands.count > 1;
	return given ? o->operands.all[0] : NULL;
}

static enum log_format format_of(const char *name)
{
	return name && strcmp(name, "json") == 0 ? LOG_JSON : LOG_TEXT;
}

/* Where the command is not known, its options are not read, but what is said of it follows --log-format. */
static void say_unknown_as_wanted(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--log-format=json") == 0 ||
			(i && strcmp(argv[i - 1], "--log-format") == 0 && strcmp(argv[i], "json") == 0))
			log_setup(LOG_LEVEL_INFO, LOG_JSON, false);
}

static int run_command(const struct command *c, int argc, char **argv, struct err *e)
{
	struct options o;
	int status;

	if (wants_help(argc, argv))
		return print_help(c);
	status = options_parse(&o, c, argc, argv, e) == 0 ? 0 : ERR_USAGE;
	log_setup(o.verbose ? LOG_LEVEL_DEBUG : o.quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		format_of(o.log_format), wants_color(o.color));
	log_words(told);
	/* a dry run is not a run of the job */
	if (o.metrics && !o.dry_run && metrics_begin(o.metrics, c->name, status ? NULL : mapping_of(&o), e) != 0)
		status = ERR_USAGE;
	if (status == 0)
		status = c->run(&o, e);
	options_release(&o);
	return status;
}

static int dispatch(int argc, char **argv, struct err *e)
{
	const char *name = argc > 1 ? argv[1] : "help";

	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0)
		return wants_help(argc - 2, argv + 2) ? help(1, (char *[]){ (char[]){ "version" } }, e) : print_version();
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return argc > 1 ? help(argc - 2, argv + 2, e) : (print_help(NULL), ERR_USAGE);
	const struct command *c = find_command(name, e);
	if (!c)
		say_unknown_as_wanted(argc - 2, argv + 2);
	return c ? run_command(c, argc - 2, argv + 2, e) : ERR_USAGE;
}

/* A descriptor that is closed at the start would be taken by the first file that is opened. */
static void hold_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };

	hold_descriptors();
	prctl(PR_SET_DUMPABLE, 0); /* secrets go into no core file */
	signal(SIGXFSZ, SIG_IGN);  /* a file that may not grow is an error of the write, as on a full disk */
	int status = dispatch(argc, argv, &e);
	if (e.class) {
		log_err(&e);
		if (status == 0 || status == ERR_ROWS)
			status = (int)e.class;
	}
	if ((fflush(stdout) != 0 || ferror(stdout)) && !e.class) {
		log_line(LOG_LEVEL_ERROR, "output", "standard output cannot be written: %s", strerror(errno));
		status = status ? status : ERR_INPUT;
	}
	status = metrics_finish(status);
	log_release();
	return status;
}
