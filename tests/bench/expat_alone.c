/* expat_alone SHEET.xml - what expat takes for the XML of a sheet by itself: no namespaces, handlers that do nothing.
 * The least that a reader on top of it can take, without its unpacking. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

static void on_start(void *arg, const char *name, const char **attributes)
{
}

static void on_end(void *arg, const char *name)
{
}

static void on_text(void *arg, const char *text, int n)
{
}

int main(int argc, char **argv)
{
	static char piece[64 << 10];
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	XML_Parser parser = XML_ParserCreate(NULL);
	size_t n;
	if (!file || !parser)
		return perror("expat_alone SHEET.xml"), 1;
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	do {
		n = fread(piece, 1, sizeof piece, file);
		if (XML_Parse(parser, piece, (int)n, n == 0) != XML_STATUS_OK)
			return fprintf(stderr, "expat_alone: %s\n", XML_ErrorString(XML_GetErrorCode(parser))), 1;
	} while (n);
	XML_ParserFree(parser);
	fclose(file);
	return 0;
}
