#include "qonduit/shipped.h"

struct str shipped_find(const char *name)
{
	for (const struct shipped_file *f = shipped_files; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return (struct str){ f->from, (size_t)(f->to - f->from) };
	}
	return (struct str){ 0 };
}
