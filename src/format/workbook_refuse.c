#include "workbook_parts.h"

#include "qonduit/io.h"

/* ---- OLE: [MS-CFB], the container of old Office documents and of those with a password ---- */

#define OLE_HEADER 512
#define OLE_ENTRY 128           /* of the directory */
#define OLE_NAME 64             /* bytes of a name in UTF-16LE, its end included */
#define OLE_SECTORS_MAX 4096    /* of the directory that are looked at */
#define OLE_HEADER_TABLES 109   /* sectors of the allocation table that the header names; lists of more follow */
#define OLE_SECTOR_MAX 4096u

static const struct str ole_magic = { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 };

struct ole {
	int fd;
	unsigned char header[OLE_HEADER];
	uint32_t sector_size;
};

/* What a stream in the directory tells of the file; where several are there, the first of these. */
static const struct {
	const char *stream, *code, *what;
} ole_streams[] = {
	{ "EncryptedPackage", "workbook.password", "protected by a password: open it and save it without one" },
	{ "WordDocument", "workbook.format", "an old Word document (.doc), expected a workbook (.xlsx)" },
	{ "PowerPoint Document", "workbook.format", "an old PowerPoint presentation (.ppt), expected a workbook (.xlsx)" },
	{ "__properties_version1.0", "workbook.format", "an Outlook message (.msg): save the file that is attached to it" },
	{ "Workbook", "workbook.format", "an old Excel workbook (.xls): open it and save it as .xlsx" },
	{ "Book", "workbook.format", "an old Excel workbook (.xls): open it and save it as .xlsx" },
};
#define OLE_STREAMS (sizeof ole_streams / sizeof *ole_streams)

static uint32_t little_32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool read_at(int fd, void *to, size_t n, uint64_t offset)
{
	return io_read_at(fd, to, n, (off_t)offset) == (ssize_t)n;
}

static uint64_t sector_offset(const struct ole *o, uint32_t sector)
{
	return ((uint64_t)sector + 1) * o->sector_size;
}

/* The number that stands as the `at`th in a sector. */
static bool read_number(const struct ole *o, uint32_t sector, uint32_t at, uint32_t *number)
{
	unsigned char bytes[4];
	if (!read_at(o->fd, bytes, sizeof bytes, sector_offset(o, sector) + 4 * (uint64_t)at))
		return false;
	*number = little_32(bytes);
	return true;
}

/* The sector that follows in a chain: the allocation table says it, lists of sectors say where that table is. */
static bool next_sector(const struct ole *o, uint32_t *sector)
{
	uint32_t in_sector = o->sector_size / 4, table = *sector / in_sector, at = *sector % in_sector;
	if (table < OLE_HEADER_TABLES)
		return read_number(o, little_32(o->header + 76 + 4 * (size_t)table), at, sector);
	uint32_t list = little_32(o->header + 68);
	for (table -= OLE_HEADER_TABLES; table >= in_sector - 1; table -= in_sector - 1) {
		if (!read_number(o, list, in_sector - 1, &list))
			return false;
	}
	return read_number(o, list, table, &table) && read_number(o, table, at, sector);
}

/* The index of the stream in ole_streams, or OLE_STREAMS. */
static size_t known_stream(const unsigned char *entry)
{
	for (size_t i = 0; i < OLE_STREAMS; i++) {
		const char *name = ole_streams[i].stream;
		size_t n = 0;
		while (n < OLE_NAME / 2 && entry[2 * n + 1] == 0 && entry[2 * n] == (unsigned char)name[n] && name[n])
			n++;
		if (n < OLE_NAME / 2 && name[n] == '\0' && entry[2 * n] == 0 && entry[2 * n + 1] == 0)
			return i;
	}
	return OLE_STREAMS;
}

static size_t find_stream(const struct ole *o)
{
	unsigned char sector[OLE_SECTOR_MAX];
	uint32_t at = little_32(o->header + 48);
	size_t best = OLE_STREAMS;
	for (unsigned i = 0; i < OLE_SECTORS_MAX && best > 0; i++) {
		if (!read_at(o->fd, sector, o->sector_size, sector_offset(o, at)))
			break;
		for (size_t entry = 0; entry < o->sector_size; entry += OLE_ENTRY) {
			size_t found = known_stream(sector + entry);
			best = found < best ? found : best;
		}
		if (!next_sector(o, &at))
			break;
	}
	return best;
}

int workbook_refuse_ole(int fd, struct err *e)
{
	struct ole o = { .fd = fd };
	if (!read_at(fd, o.header, ole_magic.n, 0) || memcmp(o.header, ole_magic.p, ole_magic.n) != 0)
		return 0;
	if (!read_at(fd, o.header, OLE_HEADER, 0))
		return err_set(e, ERR_INPUT, "workbook.format", "the input is an old Office document that is cut short");
	o.sector_size = o.header[30] == 12 ? OLE_SECTOR_MAX : 512;
	size_t found = find_stream(&o);
	if (found < OLE_STREAMS)
		return err_set(e, ERR_INPUT, ole_streams[found].code, "the input is %s", ole_streams[found].what);
	return err_set(e, ERR_INPUT, "workbook.format", "the input is an old Office document or another OLE file without a "
		"workbook in it, expected a workbook (.xlsx)");
}

/* ---- other packages ---- */

int refuse_kind(enum package_kind kind, struct err *e)
{
	static const char *const what[PACKAGE_KINDS] = {
		[PACKAGE_BINARY] = "a binary workbook (.xlsb): open it and save it as .xlsx",
		[PACKAGE_DOCUMENT] = "a Word document, expected a workbook (.xlsx)",
		[PACKAGE_PRESENTATION] = "a presentation, expected a workbook (.xlsx)",
	};
	return what[kind] ? err_set(e, ERR_INPUT, "workbook.format", "the input is %s", what[kind]) : 0;
}

/* What a small part begins with. */
static int part_head(struct zip_reader *z, size_t part, char *to, size_t room, struct str *out, struct err *e)
{
	struct str piece = { 0 };
	struct zip_part *p = zip_part_open(z, part, e);
	int result = p ? zip_part_next(p, &piece, e) : -1;
	*out = (struct str){ to, piece.n < room ? piece.n : room };
	if (out->n)
		memcpy(to, piece.p, out->n);
	zip_part_close(p);
	return result;
}

int refuse_opendocument(struct zip_reader *z, struct err *e)
{
	static const struct str family = { "application/vnd.oasis.opendocument.", 35 };
	char room[128];
	struct str type;
	int part = zip_reader_find(z, STR("mimetype"));
	if (part < 0)
		return 0;
	if (part_head(z, (size_t)part, room, sizeof room, &type, e))
		return -1;
	if (!str_starts(type, family))
		return 0;
	type = str_trim(str_from(type, family.n));
	if (str_starts(type, STR("spreadsheet")))
		return err_set(e, ERR_INPUT, "workbook.format",
			"the input is an OpenDocument spreadsheet (.ods): open it and save it as .xlsx");
	return err_set(e, ERR_INPUT, "workbook.format",
		"the input is an OpenDocument file (%.*s), expected a workbook (.xlsx)", STR_ARG(type));
}

static bool is_table(struct str name)
{
	static const struct str ends[] = { { ".xlsx", 5 }, { ".xlsm", 5 }, { ".csv", 4 }, { ".xls", 4 }, { ".xlsb", 5 },
		{ ".ods", 4 } };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (name.n > ends[i].n && str_eq_nocase(str_from(name, name.n - ends[i].n), ends[i]))
			return true;
	}
	return false;
}

int refuse_archive(const struct zip_reader *z, struct err *e)
{
	if (zip_reader_find(z, STR("Index/Document.iwa")) >= 0 || zip_reader_find(z, STR("Index.zip")) >= 0)
		return err_set(e, ERR_INPUT, "workbook.format",
			"the input is a document of Apple Numbers or its like: export it as an Excel workbook");
	for (size_t i = 0; i < zip_reader_count(z); i++) {
		struct str name = zip_reader_name(z, i);
		if (is_table(name) && !str_starts(name, STR("__MACOSX/")))
			return err_set(e, ERR_INPUT, "workbook.archive",
				"the input is a ZIP archive that holds %.*s: unpack it first", STR_ARG(str_head(name, 200)));
	}
	return err_set(e, ERR_INPUT, "workbook.archive", "the input is a ZIP archive without a workbook in it");
}
