/* csv_driver - csv_read for an outside judge: tables on standard input, their rows as JSON lines on standard output.
 *
 * A request is "DELIMITER QUOTE SPLIT LENGTH\n" (byte, byte, offset, bytes: all as numbers) and LENGTH bytes, which are fed in two
 * pieces, cut at SPLIT. The answer is a line for each row, {"row":1,"line":1,"cells":["…"]}, a line {"fault":"…","line":1} where there
 * is a fault, and an empty line.
 */
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/csv_read.h"

static void print_text(struct str s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_rows(const struct batch *b)
{
	for (size_t r = 0; r < b->rows; r++) {
		printf("{\"row\":%llu,\"line\":%llu,\"cells\":[", (unsigned long long)b->row[r].number, (unsigned long long)b->row[r].line);
		for (size_t i = 0; i < b->row[r].width; i++) {
			if (i)
				putchar(',');
			print_text(cell_str(batch_get(b, r, i)));
		}
		puts("]}");
	}
}

static void answer(char delimiter, char quote, struct str text, size_t split)
{
	struct csv_reader *reader = csv_reader_open(delimiter, quote);
	struct batch b;
	struct err e = { 0 };
	batch_init(&b);
	if (csv_reader_feed(reader, str_head(text, split), &b, &e) == 0 && csv_reader_feed(reader, str_from(text, split), &b, &e) == 0)
		csv_reader_end(reader, &b, &e);
	print_rows(&b);
	if (e.class) {
		printf("{\"fault\":\"%s\",\"line\":%llu}\n", e.code, (unsigned long long)e.line);
	}
	putchar('\n');
	fflush(stdout);
	batch_release(&b);
	csv_reader_close(reader);
}

int main(void)
{
	int delimiter, quote;
	size_t split, length;
	while (scanf("%d %d %zu %zu", &delimiter, &quote, &split, &length) == 4 && getchar() == '\n') {
		char *text = mem_alloc(length);
		if (fread(text, 1, length, stdin) != length)
			return 1;
		answer((char)delimiter, (char)quote, (struct str){ text, length }, split);
		free(text);
	}
	return 0;
}
