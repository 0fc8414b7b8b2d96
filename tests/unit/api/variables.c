#include "variables.h"

#include <stddef.h>
#include <string.h>

static const char *const *variables;

void variables_set(const char *const *all)
{
	variables = all;
}

const char *variables_get(const char *name)
{
	size_t n = strlen(name);
	for (const char *const *v = variables; v && *v; v++) {
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	}
	return NULL;
}
