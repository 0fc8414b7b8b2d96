#include "xlsx_maker.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "qonduit/io.h"

static uint32_t crc_table[256];

static void make_crc_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		crc_table[byte] = crc;
	}
}

static uint32_t crc_of(const char *p, size_t n)
{
	uint32_t crc = 0xffffffff;
	if (!crc_table[1])
		make_crc_table();
	for (size_t i = 0; i < n; i++)
		crc = crc >> 8 ^ crc_table[(crc ^ (unsigned char)p[i]) & 0xff];
	return ~crc;
}

static void add_number(struct buf *b, uint32_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_addc(b, (char)(number >> 8 * i & 0xff));
}

/* What the local header and the entry of the directory have in common. */
static void add_common(struct buf *b, const struct xlsx_part *part, size_t n, uint32_t crc)
{
	add_number(b, 20, 2);
	add_number(b, 0x800, 2); /* names are UTF-8 */
	add_number(b, 0, 2);     /* stored */
	add_number(b, 0x5a210000, 4);
	add_number(b, crc, 4);
	add_number(b, (uint32_t)n, 4);
	add_number(b, (uint32_t)n, 4);
	add_number(b, (uint32_t)strlen(part->name), 2);
	add_number(b, 0, 2);
}

static void add_part(struct buf *b, struct buf *directory, const struct xlsx_part *part)
{
	size_t n = part->n ? part->n : strlen(part->text);
	uint32_t crc = crc_of(part->text, n), at = (uint32_t)b->n;
	buf_add(b, STR("PK\3\4"));
	add_common(b, part, n, crc);
	buf_add(b, str_of(part->name));
	buf_add(b, (struct str){ part->text, n });
	buf_add(directory, STR("PK\1\2"));
	add_number(directory, 20, 2);
	add_common(directory, part, n, crc);
	add_number(directory, 0, 2); /* no comment */
	add_number(directory, 0, 4);
	add_number(directory, 0, 4);
	add_number(directory, at, 4);
	buf_add(directory, str_of(part->name));
}

static int file_of(struct str bytes)
{
	struct err e = { 0 };
	int fd = memfd_create("workbook", MFD_CLOEXEC);
	if (fd < 0 || io_write_all(fd, bytes.p, bytes.n, "the workbook", &e) != 0)
		abort();
	return fd;
}

int xlsx_make(const struct xlsx_part *parts, size_t count)
{
	struct buf b = { 0 }, directory = { 0 };
	for (size_t i = 0; i < count; i++)
		add_part(&b, &directory, &parts[i]);
	uint32_t at = (uint32_t)b.n;
	buf_add(&b, buf_str(&directory));
	buf_add(&b, STR("PK\5\6"));
	add_number(&b, 0, 4);
	add_number(&b, (uint32_t)count, 2);
	add_number(&b, (uint32_t)count, 2);
	add_number(&b, (uint32_t)directory.n, 4);
	add_number(&b, at, 4);
	add_number(&b, 0, 2);
	int fd = file_of(buf_str(&b));
	buf_release(&b);
	buf_release(&directory);
	return fd;
}

static const struct xlsx_part usual[] = {
	{ "[Content_Types].xml", XLSX_XML "<Types " XLSX_TYPES ">"
		"<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
		"<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" "
		"ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>", 0 },
	{ "_rels/.rels", XLSX_XML "<Relationships " XLSX_RELATIONSHIPS "><Relationship Id=\"rId1\" "
		XLSX_TYPE("officeDocument") " Target=\"xl/workbook.xml\"/></Relationships>", 0 },
	{ "xl/workbook.xml", XLSX_XML "<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets>"
		"<sheet name=\"Catalog\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>", 0 },
	{ "xl/_rels/workbook.xml.rels", XLSX_XML "<Relationships " XLSX_RELATIONSHIPS ">"
		"<Relationship Id=\"rId1\" " XLSX_TYPE("worksheet") " Target=\"worksheets/sheet1.xml\"/>"
		"<Relationship Id=\"rId2\" " XLSX_TYPE("sharedStrings") " Target=\"sharedStrings.xml\"/>"
		"<Relationship Id=\"rId3\" " XLSX_TYPE("styles") " Target=\"styles.xml\"/></Relationships>", 0 },
	{ "xl/worksheets/sheet1.xml", XLSX_XML "<worksheet " XLSX_MAIN "><sheetData/></worksheet>", 0 },
};
#define USUAL (sizeof usual / sizeof *usual)

static bool has_part(const struct xlsx_part *parts, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(parts[i].name, name) == 0)
			return true;
	}
	return false;
}

int xlsx_make_book(const struct xlsx_part *parts, size_t count)
{
	struct xlsx_part all[64];
	size_t n = 0;
	if (count + USUAL > sizeof all / sizeof *all)
		abort();
	for (size_t i = 0; i < USUAL; i++) {
		if (!has_part(parts, count, usual[i].name))
			all[n++] = usual[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (parts[i].text)
			all[n++] = parts[i];
	}
	return xlsx_make(all, n);
}
