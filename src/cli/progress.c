#include "qonduit/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/log.h"
#include "qonduit/utf8.h"

#define REDRAW_MS 100

/* A terminal has one foot. */
static struct {
	bool on, drawn;
	int64_t last_ms;
	char line[400];
} foot;

static void wipe(void *arg)
{
	(void)arg;
	if (foot.drawn)
		fputs("\r\x1b[K", stderr);
}

static void draw(void *arg)
{
	(void)arg;
	if (foot.drawn)
		fputs(foot.line, stderr);
	fflush(stderr);
}

void progress_begin(const struct options *o)
{
	const char *term = getenv("TERM");
	bool dumb = term && strcmp(term, "dumb") == 0; /* it cannot take a line back */
	foot.on = !o->no_progress && !o->quiet && strcmp(o->log_format, "text") == 0 && !dumb && isatty(STDERR_FILENO);
	foot.drawn = false;
	foot.last_ms = 0;
	if (foot.on)
		log_aside(wipe, draw, NULL);
}

void progress_show(const char *format, ...)
{
	struct clock *c = clock_system();
	struct winsize size = { 0 };
	va_list args;

	if (!foot.on || (foot.last_ms && c->mono(c) - foot.last_ms < REDRAW_MS))
		return;
	foot.last_ms = c->mono(c);
	va_start(args, format);
	vsnprintf(foot.line, sizeof foot.line, format, args);
	va_end(args);
	size_t most = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 8 ? (size_t)size.ws_col - 1 : 79;
	foot.line[utf8_head(str_of(foot.line), most).n] = '\0';
	wipe(NULL);
	foot.drawn = true;
	draw(NULL);
}

void progress_end(void)
{
	if (!foot.on)
		return;
	wipe(NULL);
	fflush(stderr);
	foot.on = foot.drawn = false;
	log_aside(NULL, NULL, NULL);
}

const char *progress_number(uint64_t n, char *to)
{
	char digits[24];
	int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	char *at = to;

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return to;
}

const char *progress_duration(int64_t ms, char *to)
{
	int64_t s = (ms + 999) / 1000;

	if (s < 60)
		snprintf(to, 48, "%lld s", (long long)s);
	else if (s < 3600)
		snprintf(to, 48, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
	else
		snprintf(to, 48, "%lld h %lld min", (long long)(s / 3600), (long long)(s / 60 % 60));
	return to;
}

const char *progress_bytes(uint64_t n, char *to)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (n < unit) {
		snprintf(to, 32, "%llu %s", (unsigned long long)n, n == 1 ? "byte" : "bytes");
		return to;
	}
	for (; n / unit >= 1000 && i + 1 < sizeof units / sizeof *units; i++)
		unit *= 1000;
	snprintf(to, 32, "%llu.%u %s", (unsigned long long)(n / unit), (unsigned)(n % unit / (unit / 10)), units[i]);
	return to;
}
