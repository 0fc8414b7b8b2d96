/* Any bytes as a mapping: read, compiled, its tests run. What is wrong with it must be told, with a class that says so,
 * a code, and a sentence that is UTF-8; a mapping without an error must print.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qonduit/program.h"
#include "qonduit/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct contracts *shipped(void)
{
	static struct arena arena;
	static struct contracts all;
	struct faults faults;
	if (all.count)
		return &all;
	faults_init(&faults, &arena);
	if (contracts_load(NULL, &arena, &all, &faults) != 0)
		abort();
	return &all;
}

/* The bytes as a file. */
static const char *file_of(const uint8_t *bytes, size_t n)
{
	static char name[40];
	static int fd = -1;
	if (fd < 0) {
		fd = memfd_create("mapping", MFD_CLOEXEC);
		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, n, 0) != (ssize_t)n)
		abort();
	return name;
}

static void judge(const struct faults *faults)
{
	size_t errors = 0;
	for (const struct fault *f = faults->first; f; f = f->next) {
		const struct err *e = &f->what;
		errors += f->severity == FAULT_ERROR;
		if (!e->code[0] || !e->message[0] || (e->class != ERR_MAPPING && e->class != ERR_USAGE && e->class != ERR_INPUT))
			abort();
		if (utf8_invalid_at(str_of(e->message)) != strlen(e->message))
			abort();
	}
	if (errors != faults->errors)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena arena;
	struct faults faults;
	struct mapping m;
	struct program p = { 0 };
	struct buf text = { 0 };
	arena_init(&arena, 1 << 16);
	faults_init(&faults, &arena);
	bool read = mapping_read(&m, file_of(bytes, n), &faults) == 0;
	if (read != (faults.errors == 0))
		abort();
	if (m.root && (read || m.source.column_count)) { /* as check does, to tell all */
		program_compile(&p, &m, shipped(), NULL, 0, true, &faults);
		if (faults.errors == 0) {
			program_print(&p, &text);
			program_test(&p, shipped(), &faults);
		}
		program_release(&p);
	}
	judge(&faults);
	mapping_release(&m);
	buf_release(&text);
	arena_release(&arena);
	return 0;
}
