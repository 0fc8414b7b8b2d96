#include "book_try.h"

#include <unistd.h>

#include "unit.h"

struct err try_fault;

struct workbook *try_file(int fd, struct workbook_limits limits)
{
	err_clear(&try_fault);
	struct workbook *w = workbook_open(fd, &limits, &try_fault);
	CU_ASSERT_EQUAL(w == NULL, try_fault.class == ERR_INPUT);
	return w;
}

static struct workbook *try_once(int fd)
{
	struct workbook *w = try_file(fd, (struct workbook_limits){ 0 });
	close(fd);
	return w;
}

struct workbook *try_book(const struct xlsx_part *parts, size_t count)
{
	return try_once(xlsx_make_book(parts, count));
}

struct workbook *try_archive(const struct xlsx_part *parts, size_t count)
{
	return try_once(xlsx_make(parts, count));
}

void try_refused(struct workbook *w, const char *code, const char *sentence, int line)
{
	unit_str(str_of(try_fault.code), code, __FILE__, line);
	unit_str(str_of(try_fault.message), sentence, __FILE__, line);
	CU_ASSERT_PTR_NULL(w);
	workbook_free(w);
}
