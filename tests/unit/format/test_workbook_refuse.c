#include "unit.h"

#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "book_try.h"
#include "qonduit/io.h"

/* ---- packages ---- */

static void a_fault_of_xml_names_its_part(void)
{
	REFUSED(TRY({ "xl/workbook.xml", "<workbook " XLSX_MAIN "><sheets></workbook>", 0 }), "xml.malformed",
		"xl/workbook.xml: the XML at line 1, column 87 is not well-formed (mismatched tag)");
	REFUSED(TRY({ "xl/styles.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", 0 }), "xml.doctype",
		"xl/styles.xml: the XML at line 1, column 13 has a document type declaration (DOCTYPE), which no workbook "
		"needs");
	REFUSED(TRY({ "[Content_Types].xml", "", 0 }), "xml.malformed",
		"[Content_Types].xml: the XML at line 1, column 1 is not well-formed (no element found)");
	REFUSED(TRY({ "xl/sharedStrings.xml", "<sst " XLSX_MAIN "><si>", 0 }), "xml.malformed",
		"xl/sharedStrings.xml: the XML at line 1, column 76 is not well-formed (no element found)");
	REFUSED(TRY({ "_rels/.rels", "<?xml version='1.0' encoding='koi8-r'?><a/>", 0 }), "xml.encoding",
		"_rels/.rels: the XML at line 1, column 1 is encoded in \"koi8-r\", expected UTF-8, UTF-16, "
		"ISO-8859-1 or US-ASCII");
}

/* A package whose relationships lead to "main" with that content, which its types know as `type`. */
static struct workbook *try_main(const char *content, const char *type)
{
	char types[300];
	snprintf(types, sizeof types, TRY_TYPES(TRY_TYPE("/main", "%s")), type);
	return TRY({ "_rels/.rels", TRY_RELATIONS(TRY_RELATION("a", "officeDocument", "main")), 0 }, { "main", content, 0 },
		{ "[Content_Types].xml", types, 0 });
}

static void documents_and_presentations_are_named(void)
{
	static const char document[] = "the input is a Word document, expected a workbook (.xlsx)";
	static const char presentation[] = "the input is a presentation, expected a workbook (.xlsx)";
	REFUSED(try_main("<x/>", "openxmlformats-officedocument.wordprocessingml.document.main+xml"), "workbook.format",
		document);
	REFUSED(try_main("<document xmlns='x'/>", "x"), "workbook.format", document);
	REFUSED(try_main("<x/>", "openxmlformats-officedocument.presentationml.presentation.main+xml"), "workbook.format",
		presentation);
	REFUSED(try_main("<x:presentation xmlns:x='y'/>", "x"), "workbook.format", presentation);
	REFUSED(TRY({ "_rels/.rels", NULL, 0 }, { "p.xml", "<x/>", 0 }, { "[Content_Types].xml",
		TRY_TYPES(TRY_TYPE("/p.xml", "ms-powerpoint.presentation.macroEnabled.main+xml")), 0 }), "workbook.format",
		presentation);
}

static void binary_workbooks_are_named(void)
{
	static const char sentence[] = "the input is a binary workbook (.xlsb): open it and save it as .xlsx";
	static const char rels[] = TRY_RELATIONS(TRY_RELATION("a", "officeDocument", "xl/workbook.bin"));
	REFUSED(TRY({ "_rels/.rels", rels, 0 }, { "xl/workbook.bin", "\x83\1", 0 }), "workbook.format", sentence);
	REFUSED(try_main("\x83\1", "ms-excel.sheet.binary.macroEnabled.main"), "workbook.format", sentence);
}

static void opendocument_files_are_named(void)
{
	REFUSED(TRY_ARCHIVE({ "mimetype", "application/vnd.oasis.opendocument.spreadsheet", 0 }), "workbook.format",
		"the input is an OpenDocument spreadsheet (.ods): open it and save it as .xlsx");
	REFUSED(TRY_ARCHIVE({ "mimetype", "application/vnd.oasis.opendocument.text", 0 }), "workbook.format",
		"the input is an OpenDocument file (text), expected a workbook (.xlsx)");
}

static void archives_are_named_with_what_they_hold(void)
{
	static const char nothing[] = "the input is a ZIP archive without a workbook in it";
	REFUSED(TRY_ARCHIVE({ "readme.txt", "x", 0 }, { "__MACOSX/._Catalog.XLSX", "x", 0 },
		{ "july/Catalog.XLSX", "PK", 0 }), "workbook.archive",
		"the input is a ZIP archive that holds july/Catalog.XLSX: unpack it first");
	REFUSED(TRY_ARCHIVE({ "catalog.csv", "GTIN", 0 }), "workbook.archive",
		"the input is a ZIP archive that holds catalog.csv: unpack it first");
	REFUSED(TRY_ARCHIVE({ "photo.jpg", "x", 0 }), "workbook.archive", nothing);
	REFUSED(TRY_ARCHIVE({ "mimetype", "text/plain", 0 }, { "[Content_Types].xml", TRY_TYPES(""), 0 }),
		"workbook.archive", nothing);
	REFUSED(TRY_ARCHIVE({ "Index/Document.iwa", "x", 0 }), "workbook.format",
		"the input is a document of Apple Numbers or its like: export it as an Excel workbook");
}

/* ---- OLE ---- */

static int file_of(const char *bytes, size_t n)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct err e = { 0 };
	CU_ASSERT_FATAL(fd >= 0 && io_write_all(fd, bytes, n, "the input", &e) == 0);
	return fd;
}

static void put_u32(char *at, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(number >> 8 * i & 0xff);
}

#define PROTECTED "the input is protected by a password: open it and save it without one"
#define OLD "the input is an old Excel workbook (.xls): open it and save it as .xlsx"
#define OTHER "the input is an old Office document or another OLE file without a workbook in it, " \
	"expected a workbook (.xlsx)"

#define OLE_MOST 24 /* sectors */
#define OLE_END 0xfffffffe

struct ole_file {
	char bytes[512 + OLE_MOST * 4096];
	size_t sector;
};

static char *ole_sector(struct ole_file *f, uint32_t n)
{
	return f->bytes + ((size_t)n + 1) * f->sector;
}

/* A file whose directory begins at sector 2 and whose allocation table is sector 0. */
static void ole_begin(struct ole_file *f, unsigned shift)
{
	*f = (struct ole_file){ .sector = (size_t)1 << shift };
	memcpy(f->bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	f->bytes[30] = (char)shift;
	put_u32(f->bytes + 48, 2);
	put_u32(f->bytes + 68, OLE_END);
	put_u32(f->bytes + 76, 0);
	put_u32(ole_sector(f, 0) + 8, OLE_END);
}

static void ole_entry(struct ole_file *f, uint32_t sector, size_t at, const char *name)
{
	for (size_t i = 0; name[i]; i++)
		ole_sector(f, sector)[at * 128 + 2 * i] = name[i];
}

static struct workbook *ole_open(const struct ole_file *f)
{
	int fd = file_of(f->bytes, sizeof f->bytes);
	struct workbook *w = try_file(fd, (struct workbook_limits){ 0 });
	struct err e = { 0 };
	CU_ASSERT_EQUAL(workbook_refuse_ole(fd, &e), -1);
	ASSERT_STR(str_of(e.message), try_fault.message);
	close(fd);
	return w;
}

static struct ole_file ole;

static void old_and_protected_files_are_named(void)
{
	static const char *const cases[][3] = {
		{ "EncryptedPackage", "workbook.password", PROTECTED },
		{ "Workbook", "workbook.format", OLD },
		{ "Book", "workbook.format", OLD },
		{ "WordDocument", "workbook.format", "the input is an old Word document (.doc), expected a workbook (.xlsx)" },
		{ "PowerPoint Document", "workbook.format",
			"the input is an old PowerPoint presentation (.ppt), expected a workbook (.xlsx)" },
		{ "__properties_version1.0", "workbook.format",
			"the input is an Outlook message (.msg): save the file that is attached to it" },
		{ "Workbooks", "workbook.format", OTHER }, { "workbook", "workbook.format", OTHER },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (unsigned shift = 9; shift <= 12; shift += 3) {
			ole_begin(&ole, shift);
			ole_entry(&ole, 2, 0, "Root Entry");
			ole_entry(&ole, 2, 3, cases[i][0]);
			REFUSED(ole_open(&ole), cases[i][1], cases[i][2]);
		}
	}
}

static void the_whole_directory_is_searched(void)
{
	ole_begin(&ole, 9);
	ole_entry(&ole, 2, 0, "Root Entry");
	ole_entry(&ole, 2, 1, "Workbook");
	put_u32(ole_sector(&ole, 0) + 8, 5);
	put_u32(ole_sector(&ole, 0) + 20, 3);
	put_u32(ole_sector(&ole, 0) + 12, OLE_END);
	ole_entry(&ole, 3, 2, "EncryptedPackage");
	REFUSED(ole_open(&ole), "workbook.password", PROTECTED);
	put_u32(ole_sector(&ole, 0) + 20, OLE_END);
	REFUSED(ole_open(&ole), "workbook.format", OLD);
}

static void tables_of_large_files_are_followed(void)
{
	static char big[14200 * 512];
	memset(big, 0, sizeof big);
	ole_begin(&ole, 9);
	memcpy(big, ole.bytes, 512);
	char *list = big + 7 * 512, *table = big + 8 * 512, *directory = big + 14002 * 512; /* sectors 6, 7 and 14001 */
	put_u32(big + 48, 14001);
	put_u32(big + 68, 6);
	put_u32(list, 7);                                 /* table 109: sectors 13952 on */
	put_u32(table + 4 * (14001 - 13952), 14003);
	put_u32(table + 4 * (14003 - 13952), OLE_END);
	memcpy(directory, "R\0o\0", 4);
	memcpy(directory + 2 * 512 + 128, "B\0o\0o\0k\0", 8);
	int fd = file_of(big, sizeof big);
	REFUSED(try_file(fd, (struct workbook_limits){ 0 }), "workbook.format", OLD);
	close(fd);
}

static void damaged_ole_files_are_refused_in_no_time(void)
{
	clock_t from = clock();
	for (uint32_t seed = 1; seed < 60; seed++) {
		uint32_t random = seed * 2654435761u;
		ole_begin(&ole, seed % 2 ? 9 : 12);
		for (size_t i = 32; i < 4096; i += 4, random = random * 1664525u + 1013904223u)
			put_u32(ole.bytes + i, random >> 28 ? random >> 16 & 15 : random);
		workbook_free(ole_open(&ole));
		CU_ASSERT_TRUE(strncmp(try_fault.code, "workbook.", 9) == 0);
	}
	ole_begin(&ole, 9);
	put_u32(ole_sector(&ole, 0) + 8, 2); /* the directory leads to itself */
	workbook_free(ole_open(&ole));
	for (size_t n = 8; n < 600; n += 100) {
		int fd = file_of(ole.bytes, n);
		workbook_free(try_file(fd, (struct workbook_limits){ 0 }));
		ASSERT_STR(str_of(try_fault.code), "workbook.format");
		close(fd);
	}
	CU_ASSERT_TRUE((double)(clock() - from) / CLOCKS_PER_SEC < 2);
}

UNIT_SUITE(workbook_refuse, UNIT(a_fault_of_xml_names_its_part), UNIT(documents_and_presentations_are_named),
	UNIT(binary_workbooks_are_named), UNIT(opendocument_files_are_named), UNIT(archives_are_named_with_what_they_hold),
	UNIT(old_and_protected_files_are_named), UNIT(the_whole_directory_is_searched),
	UNIT(tables_of_large_files_are_followed), UNIT(damaged_ole_files_are_refused_in_no_time))
