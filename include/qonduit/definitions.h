/* definitions - JSON files that describe things by name, contracts and systems: those that are part of the program, and
 * those of a folder of the user's, which may add to them and replace them. In a folder no two have the same name.
 */
#ifndef QONDUIT_DEFINITIONS_H
#define QONDUIT_DEFINITIONS_H

#include "qonduit/err.h"

struct definition {
	struct str name;
	const void *thing;
};

struct definition_kind {
	const char *shipped;   /* "mappings/contracts/" */
	const char *plural;    /* "contracts" */
	const char *thing;     /* that has the name: "the target" */
	const char *code_folder, *code_twice; /* of errors */
	bool optional;         /* the folder need not be there */
	/* Reads one; null where it has a fault, which is told. */
	const void *(*read)(void *arg, struct str text, const char *file, struct str *name);
	void *arg;
};

#define DEFINITION_FILE_MAX ((size_t)4 << 20)

/* In order of name, in the arena; `folder` may be null. -1 where there is any error. */
int definitions_load(const struct definition_kind *kind, const char *folder, struct arena *arena,
	struct definition **out, size_t *count, struct faults *faults);

#endif
