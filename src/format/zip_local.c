#include "zip_directory.h"

#include <stdlib.h>

uint64_t zip_local_size(const struct zip_bytes *f, const struct zip_entry *entry)
{
	char p[ZIP_LOCAL_SIZE];
	if (zip_bytes_read(f, entry->header, p, sizeof p) != sizeof p || zip_u32(p) != ZIP_LOCAL)
		return ZIP_LOCAL_SIZE + entry->name.n; /* zip_local_check refuses it */
	return ZIP_LOCAL_SIZE + (uint64_t)zip_u16(p + 26) + zip_u16(p + 28);
}

static int differ(const struct zip_entry *entry, const char *what, uint64_t found, uint64_t expected, struct err *e)
{
	struct str name = str_head(entry->name, ZIP_NAME_SHOWN);
	if (found == expected)
		return 0;
	return err_set(e, ERR_INPUT, "zip.header", "the header of part \"%.*s\" says %s %llu, the directory %llu",
		STR_ARG(name), what, (unsigned long long)found, (unsigned long long)expected);
}

static int compare_name(const struct zip_entry *entry, struct str found, struct err *e)
{
	struct str name = str_head(entry->name, ZIP_NAME_SHOWN), other = str_head(found, ZIP_NAME_SHOWN);
	if (str_eq(entry->name, found))
		return 0;
	return err_set(e, ERR_INPUT, "zip.header", "the header of part \"%.*s\" calls it \"%.*s\"", STR_ARG(name),
		STR_ARG(other));
}

/* A header that leaves lengths and CRC to what stands behind the data says nothing of them. */
static int compare(const struct zip_entry *entry, const char *p, struct str name, struct str extra, struct err *e)
{
	uint64_t packed = zip_u32(p + 18), length = zip_u32(p + 22);
	uint16_t flags = zip_u16(p + 6);
	zip_extra64(extra, (uint64_t *const[]){ &length, &packed }, 2);
	if (compare_name(entry, name, e) || differ(entry, "method", zip_u16(p + 8), entry->method, e) ||
		differ(entry, "encryption", flags & ZIP_ENCRYPTED, entry->flags & ZIP_ENCRYPTED, e))
		return -1;
	if ((flags | entry->flags) & ZIP_DESCRIPTOR)
		return 0;
	return differ(entry, "CRC", zip_u32(p + 14), entry->crc, e) ||
		differ(entry, "packed length", packed, entry->packed, e) ||
		differ(entry, "length", length, entry->length, e) ? -1 : 0;
}

int zip_local_check(const struct zip_bytes *f, const struct zip_entry *entry, uint64_t *data, struct err *e)
{
	struct str shown = str_head(entry->name, ZIP_NAME_SHOWN);
	char p[ZIP_LOCAL_SIZE];
	if (zip_bytes_get(f, entry->header, p, sizeof p, e))
		return -1;
	if (zip_u32(p) != ZIP_LOCAL)
		return err_set(e, ERR_INPUT, "zip.header", "part \"%.*s\" has no header at byte %llu, where the directory says "
			"that it begins", STR_ARG(shown), (unsigned long long)entry->header);
	size_t name = zip_u16(p + 26), extra = zip_u16(p + 28);
	char *behind = mem_alloc(name + extra + 1);
	int status = zip_bytes_get(f, entry->header + sizeof p, behind, name + extra, e);
	if (status == 0)
		status = compare(entry, p, (struct str){ behind, name }, (struct str){ behind + name, extra }, e);
	free(behind);
	*data = entry->header + sizeof p + name + extra;
	return status;
}
