/* Answers one line for each line "OPERATION A [B]": the result as text, or the word of the failure. For
 * decimal_oracle.py. */
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/decimal.h"

static const char *const modes[] = { "half_up", "half_even", "up", "down" };

static int mode_of(struct str word)
{
	for (int i = 0; i < 4; i++) {
		if (str_eq(word, str_of(modes[i])))
			return i;
	}
	fputs("decimal_driver: unknown rounding mode\n", stderr);
	exit(2);
}

static struct decimal operand(struct str text)
{
	struct decimal d;
	if (decimal_parse(text, &d) != DECIMAL_OK) {
		fprintf(stderr, "decimal_driver: operand \"%.*s\" is no decimal\n", STR_ARG(text));
		exit(2);
	}
	return d;
}

/* "round:half_up A places", "step:up A step", "add A B", ...; compare prints -1, 0 or 1. */
static enum decimal_status run(struct str op, struct str a, struct str b, struct decimal *out)
{
	struct str mode;
	struct str name = str_cut(op, ':', &mode);
	if (str_eq(name, STR("parse")))
		return decimal_parse(a, out);
	struct decimal x = operand(a), y = operand(b);
	int64_t whole;
	if (str_eq(name, STR("add")))
		return decimal_add(x, y, out);
	if (str_eq(name, STR("subtract")))
		return decimal_subtract(x, y, out);
	if (str_eq(name, STR("multiply")))
		return decimal_multiply(x, y, out);
	if (str_eq(name, STR("divide")))
		return decimal_divide(x, y, out);
	if (str_eq(name, STR("round")) && decimal_to_i64(y, &whole))
		return decimal_round(x, (int)whole, (enum rounding)mode_of(mode), out);
	if (str_eq(name, STR("step")))
		return decimal_round_step(x, y, (enum rounding)mode_of(mode), out);
	if (str_eq(name, STR("compare"))) {
		int order = decimal_compare(x, y);
		*out = decimal_of((order > 0) - (order < 0));
		return DECIMAL_OK;
	}
	fputs("decimal_driver: unknown operation\n", stderr);
	exit(2);
}

int main(void)
{
	static const char *const words[] = { "", "syntax", "overflow", "by_zero" };
	char *line = NULL;
	size_t room = 0;
	for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
		struct str rest = { line, (size_t)n - (line[n - 1] == '\n') };
		struct str op = str_cut(rest, ' ', &rest), a = str_cut(rest, ' ', &rest), b = rest;
		struct decimal result = { 0, 0 };
		enum decimal_status status = run(op, a, b, &result);
		char text[DECIMAL_TEXT_MAX];
		if (status == DECIMAL_OK)
			printf("%.*s\n", (int)decimal_print(result, text), text);
		else
			puts(words[status]);
	}
	free(line);
	return 0;
}
