/* Mappings as texts, for the tests of the parse, the compile, the run and the loop. */
#ifndef QONDUIT_MAPPING_TEXTS_H
#define QONDUIT_MAPPING_TEXTS_H

#include "qonduit/program.h"

struct compiled {
	struct arena arena;
	struct faults faults;
	struct contracts contracts;
	struct mapping mapping;
	struct program program;
	bool compiled;
};

/* Writes the text as a file in a folder of the run and compiles it. Quotes in `text` may be written as '. */
void compile_text(struct compiled *c, const char *text, const char *const *set, size_t set_count);
void compiled_release(struct compiled *c);
/* "line:col code" of fault `n`, from 0. */
struct str fault_place(struct compiled *c, size_t n);
const char *fault_message(struct compiled *c, size_t n);

#endif
