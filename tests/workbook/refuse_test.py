#!/usr/bin/env python3
"""What is no workbook, is damaged, or was made to hurt: refused with a sentence that names it, within 2 seconds of work and 64 MiB, and
without a file or a socket touched; never a crash, never an empty success. refuse_test.py PROGRAM"""
import io
import random
import socket
import struct
import zipfile

import parts
from parts import MAIN, XML, Entry, Raw, archive, book, end_record, ole, pack, parts_of, relationships, repeated, row, rows, sheet
from tools import WorkbookCase, main

TABLE = rows(["GTIN", "Name"], ["0033000002668", "Soap"])
SHEET = "xl/worksheets/sheet1.xml"
OPEN, CLOSE = f'<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"
CONNECTED = {"QUOTIZA_API_TOKEN": "made-up-4711", "QUOTIZA_ACCOUNT_ID": "1", "QUOTIZA_BASE_URL": "http://127.0.0.1:9/api/v1"}
DOCTYPES = ("<!DOCTYPE worksheet>", '<!DOCTYPE worksheet [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE worksheet SYSTEM "{address}">',
            '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE worksheet [<!ENTITY % p SYSTEM "{address}"> %p;]>')


def with_sheet(text, **more):
    return book(text if text.startswith("<?xml") else XML + text, **more)


def bomb(head, block, times, tail, name=SHEET, whole=False, **more):
    return pack(parts_of(TABLE, **more), Entry(name, **repeated(head, block, times, tail, whole)))


class RefuseCase(WorkbookCase):
    def setUp(self):
        super().setUp()
        self.scratch = self.here.folder / "scratch"
        self.scratch.mkdir()
        self.here.environment["TMPDIR"] = str(self.scratch)

    def refused(self, content, *words, options=(), name="catalog.xlsx", status=4, bounds=True):
        """By `cat --raw`, with one sentence in which all words stand."""
        file = self.book(content, name)
        before = sorted(self.here.files())
        done, used = self.measured("cat", "--raw", file, *options)
        self.assertEqual(done.status, status, (done.text, done.out[:300]))
        lines = done.text.splitlines()
        self.assertEqual(len(lines), 1, done.text[:2000])
        self.assertLess(len(lines[0]), 600)
        self.assertTrue(lines[0].startswith("qonduit: ") and name in lines[0], lines[0])
        for word in words:
            self.assertIn(word, lines[0])
        if bounds:
            self.within_bounds(used)
        self.assertEqual(sorted(self.here.files()), before)
        return done, used

    def read(self, content, *options, rows=2):
        done, used = self.measured("cat", "--raw", self.book(content), *options)
        self.assertEqual((done.status, done.out.count(b"\n")), (0, rows), done.text)
        return done, used


class OtherFiles(RefuseCase):
    """Under the name of a workbook."""

    def test_protected_by_a_password(self):
        self.refused(ole("EncryptionInfo", "EncryptedPackage"), "protected by a password")
        self.refused(ole("\x06DataSpaces", "EncryptionInfo", "Workbook", "EncryptedPackage"), "protected by a password")

    def test_an_old_workbook(self):
        self.refused(ole("Workbook"), "old Excel workbook (.xls)", ".xlsx")
        self.refused(ole("\x05SummaryInformation", "\x05DocumentSummaryInformation", "CompObj", "Book"), "old Excel workbook (.xls)")
        self.refused(ole("Workbook"), "old Excel workbook (.xls)", name="catalog.xls")
        self.refused(ole("WordDocument"), "Word")
        self.refused(ole("Other"), "OLE")

    def test_a_damaged_ole_file(self):
        whole = ole("\x05SummaryInformation", "CompObj", "EncryptionInfo", "EncryptedPackage")
        rng = random.Random(2)
        for size in [8, 9, 511, 512, 1024, 1500]:
            self.refused(whole[:size])
        for _ in range(40):
            damaged = bytearray(whole)
            for _ in range(4):
                damaged[rng.randrange(8, len(damaged))] = rng.choice((0, 1, 255, rng.randrange(256)))
            done = self.here.run("cat", self.book(bytes(damaged)))
            self.assertEqual((done.status, done.out), (4, b""), done.text)

    def test_a_binary_workbook(self):
        types = XML + (f'<Types xmlns="{parts.PACKAGE}/content-types">'
                       '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>')
        root = relationships(("rId1", "officeDocument", "xl/workbook.bin"))
        self.refused(pack({"[Content_Types].xml": types, "_rels/.rels": root, "xl/workbook.bin": b"\x83\x01\x00"}),
                     "binary workbook (.xlsb)")

    def test_documents_of_other_programs(self):
        for kind, word in (("wordprocessingml.document", "Word"), ("presentationml.presentation", "presentation")):
            types = XML + (f'<Types xmlns="{parts.PACKAGE}/content-types"><Override PartName="/x/main.xml" '
                           f'ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>')
            self.refused(pack({"[Content_Types].xml": types, "_rels/.rels": relationships(("a", "officeDocument", "x/main.xml")),
                               "x/main.xml": "<x/>"}), word)

    def test_a_spreadsheet_of_libreoffice(self):
        csv = self.here.write("table.csv", "GTIN,Name\n0033000002668,Soap\n")
        ods, old = self.libreoffice("ods", csv)[0], self.libreoffice("xls:MS Excel 97", csv)[0]
        self.refused(ods.read_bytes(), "OpenDocument spreadsheet (.ods)")
        self.refused(ods.read_bytes(), "OpenDocument spreadsheet (.ods)", name="table.ods")
        self.refused(old.read_bytes(), "old Excel workbook (.xls)")

    def test_text_under_another_name(self):
        self.refused(b"GTIN,Name\n0033000002668,Soap\n", "not a workbook", "CSV")
        self.refused(b"<html><body><table><tr><td>GTIN</td></tr></table></body></html>", "web page")
        self.refused(b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "the input is XML",
                     "workbook")
        self.refused(b"", "")
        self.refused(b"PK", "not a workbook")
        self.refused(b"GTIN,Name\n1,Soap\n", "not a workbook", options=["--format", "xlsx"], name="catalog.csv")
        self.refused(book(TABLE), "csv", options=["--format", "csv"], bounds=False)

    def test_archives(self):
        def zipped(**files):
            to = io.BytesIO()
            with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive_:
                for name, content in files.items():
                    archive_.writestr(name, content)
            return to.getvalue()
        self.refused(zipped(), "ZIP archive without a workbook")
        self.refused(zipped(**{"readme.txt": "hello"}), "ZIP archive without a workbook")
        self.refused(zipped(**{"download/catalog.xlsx": book(TABLE)}), "holds download/catalog.xlsx", "unpack")
        self.refused(zipped(**{"catalog.csv": "GTIN\n"}), "holds catalog.csv")

    def test_an_entry_with_a_password(self):
        usual = parts_of(TABLE)
        self.refused(pack(usual, Entry(SHEET, usual[SHEET], flags=1)), SHEET, "protected by a password")
        self.refused(pack(usual, Entry(SHEET, usual[SHEET], method=99)), SHEET, "method 99")

    def test_on_standard_input_and_by_every_command(self):
        protected = ole("EncryptionInfo", "EncryptedPackage")
        file = self.book(protected)
        self.here.environment.update(CONNECTED)
        for arguments in (["cat", file], ["cat", "--sheets", file], ["inspect", file],
                          ["convert", "qogita-to-quotiza", file, "-o", "out"],
                          ["check", "qogita-to-quotiza", "--sample", file], ["push", "qogita-to-quotiza", file, "--state", "state"]):
            done = self.here.run(*arguments)
            self.assertEqual(done.status, 4, (arguments, done.text))
            self.assertIn("protected by a password", done.text)
        self.assertFalse((self.here.folder / "out").exists())
        for content, word in ((protected, "protected by a password"), (book(TABLE)[:900], "cut short"), (ole("Workbook"), ".xls")):
            done = self.here.run("cat", "-", stdin=content)
            self.assertEqual(done.status, 4)
            self.assertIn(word, done.text)


class Damage(RefuseCase):
    products = [[f"{n:013}", Raw('<c r="REF" t="s"><v>0</v></c>'), Raw(f'<c r="REF" s="1"><v>{46347 + n}</v></c>')] for n in range(40)]
    whole = book(rows(["GTIN", "Name", "Day"], *products), strings="<si><t>Soap</t></si>", styles=parts.number_formats("yyyy-mm-dd"))

    def outcome(self, content, expected):
        """Refused in a sentence, or read as what it was: what stands on standard output then is what the whole file gives, or its beginning
        where the fault comes later."""
        done = self.here.run("cat", "--raw", self.book(content))
        self.assertIn(done.status, (0, 4), done.text)
        if done.status == 0:  # a text that is not there is a fault of its cell
            self.assertEqual(done.out.replace(b'"#N/A"', b'"Soap"'), expected)
        else:
            self.assertRegex(done.text, r"^qonduit: \S*catalog\.xlsx.{10,600}\n$")
            self.assertTrue(expected.startswith(done.out), done.out[-300:])
        return done.status

    def test_cut_off_anywhere(self):
        expected = self.here.run("cat", "--raw", self.book(self.whole)).out
        sizes = set(range(0, len(self.whole), 20)) | set(range(len(self.whole) - 30, len(self.whole)))
        for size in sorted(sizes):
            self.assertEqual(self.outcome(self.whole[:size], expected), 4, size)
        self.assertEqual(self.outcome(self.whole, expected), 0)

    def test_flipped_bits(self):
        expected = self.here.run("cat", "--raw", self.book(self.whole)).out
        rng, refused = random.Random(17), 0
        directory = self.whole.index(b"PK\1\2")
        for n in range(300):
            damaged = bytearray(self.whole)
            at = rng.randrange(directory, len(damaged)) if n % 2 else rng.randrange(len(damaged))
            damaged[at] ^= 1 << rng.randrange(8)
            refused += self.outcome(bytes(damaged), expected) == 4
        self.assertGreater(refused, 100)

    def test_each_letter_of_each_name_in_the_directory(self):
        """A part that goes by another name is not found: what is written with it must not be read without it."""
        expected = self.here.run("cat", "--raw", self.book(self.whole)).out
        at = self.whole.index(b"PK\1\2")
        while self.whole[at:at + 4] == b"PK\1\2":
            size = struct.unpack_from("<H", self.whole, at + 28)[0]
            for n in (0, size // 2, size - 1):
                damaged = bytearray(self.whole)
                damaged[at + 46 + n] ^= 1
                self.outcome(bytes(damaged), expected)
            at += 46 + size

    def test_overwritten_stretches(self):
        expected = self.here.run("cat", "--raw", self.book(self.whole)).out
        rng = random.Random(23)
        for _ in range(60):
            at, size = rng.randrange(len(self.whole)), rng.randrange(1, 200)
            damaged = self.whole[:at] + rng.choice((b"\0", b"\xff", b"PK\1\2"))[:size] * size + self.whole[at + size:]
            self.outcome(damaged[:len(self.whole)], expected)

    def test_parts_that_are_missing(self):
        self.refused(book(TABLE, replaced={SHEET: None}), "worksheets/sheet1.xml", "Catalog", "missing")
        self.refused(book(TABLE, replaced={"xl/workbook.xml": None}), "xl/workbook.xml", "missing")
        self.refused(book(TABLE, replaced={"xl/_rels/workbook.xml.rels": None}), "Catalog")
        outside = relationships(("rId1", "worksheet", "file:///etc/hostname", 'TargetMode="External"'))
        self.refused(book(TABLE, replaced={"xl/_rels/workbook.xml.rels": outside}), "Catalog", "missing")

    def test_a_part_that_is_not_what_it_should_be(self):
        self.refused(with_sheet("<chartsheet xmlns='x'/>"), "<chartsheet>")
        self.refused(with_sheet(f'<worksheet xmlns="{MAIN}"><sheetData>' + TABLE), "not well-formed")
        self.refused(with_sheet(OPEN + "<row><c><v>1</c></row>" + CLOSE), "not well-formed", "line 2")
        self.refused(book(sheets=[("Catalog", b"")]), "not well-formed")
        self.refused(book(sheets=[("Catalog", (XML + OPEN + TABLE.replace("Soap", "Séap") + CLOSE).encode("latin-1"))]),
                     "not well-formed")
        self.refused(book(TABLE, replaced={"xl/workbook.xml": XML + "<html/>"}), "<html>")
        self.refused(book(TABLE, replaced={"[Content_Types].xml": "no XML", "_rels/.rels": None}), "[Content_Types].xml")

    def test_a_workbook_that_reads_as_nothing(self):
        self.refused(book(""), "no row")
        self.refused(book(row(1, Raw('<c r="REF"/>'), Raw('<c r="REF" t="inlineStr"/>'))), "no row")
        self.refused(book(TABLE, replaced={"xl/workbook.xml": XML + f'<workbook xmlns="{MAIN}"><sheets/></workbook>'}), "no sheet")
        self.refused(book(sheets=[("Catalog", TABLE, "hidden")]), "hidden")
        # another namespace: what is in it is not ours, and a sheet of nothing else is no success
        self.refused(with_sheet(f"<worksheet xmlns='urn:x'><sheetData>{TABLE}</sheetData></worksheet>"), "worksheet")
        self.refused(with_sheet(f'<worksheet xmlns="{MAIN}"><sheetData xmlns="urn:x">{TABLE}</sheetData></worksheet>'), "no row")


class Archives(RefuseCase):
    """That lie about themselves."""
    usual = parts_of(TABLE)

    def lie(self, *words, **said):
        self.refused(pack(self.usual, Entry(SHEET, self.usual[SHEET], **said)), *words)

    def test_lengths_are_promises(self):
        self.lie(SHEET, length=0)
        self.lie(SHEET, length=len(self.usual[SHEET]) - 1)
        self.lie(SHEET, length=len(self.usual[SHEET]) + 1)
        self.lie(SHEET, "4294967294 bytes long", length=0xFFFFFFFE)
        huge = struct.pack("<HHQQ", 1, 16, 2 ** 64 - 1, len(Entry(SHEET, self.usual[SHEET]).data))
        self.lie(SHEET, length=0xFFFFFFFF, packed=0xFFFFFFFF, extra=huge)
        self.lie("overlap", packed=10 ** 6)
        self.lie(SHEET, packed=10)

    def test_headers_that_disagree(self):
        self.lie(SHEET, "CRC", crc=1)
        self.lie(SHEET, "header", local_name=b"xl/worksheets/sheet2.xml")
        self.lie(SHEET, local_length=1)
        self.lie(SHEET, local_crc=1)
        self.lie(SHEET, local_method=0)

    def test_names(self):
        """Nothing is ever written to disk, so that no name can lead anywhere; but no two may be one."""
        nasty = ("../../evil.xml", "/etc/cron.d/evil", "..\\..\\more.evil.xml", "C:\\evil", "a\0b", "evil/", "~/.profile",
                 "\x1b[2J.xml", "x" * 3000)
        self.read(pack(self.usual, *(Entry(name, "evil") for name in nasty), Entry("link", "/etc/passwd", attributes=0o120777 << 16)))
        self.assertEqual([p.name for p in self.here.folder.iterdir() if "evil" in p.name or p.name == "link"], [])
        for twin in (SHEET, SHEET.upper(), SHEET.replace("/", "\\"), "xl/worksheets/Sheet1.xml"):
            entries = [Entry(name, text) for name, text in self.usual.items()] + [Entry(twin, sheet(rows(["other"])))]
            self.refused(archive(entries), "sheet1.xml" if twin == SHEET else twin[:10])

    def test_a_sheet_whose_target_climbs_out(self):
        outside = relationships(("rId1", "worksheet", "../../../../etc/hostname"))
        self.refused(book(TABLE, replaced={"xl/_rels/workbook.xml.rels": outside}), "missing")

    def test_overlapping_parts(self):
        """Many names for one piece of data: how 42 kB become 5 GB."""
        entries = [Entry(name, text) for name, text in self.usual.items()]
        at = archive(entries).index(b"PK\1\2")  # where the next one begins
        kernel = Entry("xl/media/0", **repeated("", " " * 65536, 4000, ""))
        same = [Entry(f"xl/media/{n}", kernel.data, is_packed=True, at=at, length=kernel.central["length"]) for n in range(1, 1500)]
        self.refused(archive([*entries, kernel, *same]), "overlap")
        self.refused(archive([*entries[:-1], Entry(SHEET, "", at=0, packed=100)]), "overlap")

    def test_two_directories(self):
        other = pack(parts_of(rows(["other"])))
        whole = pack(self.usual)
        self.refused(whole + other)
        first = whole.index(b"PK\1\2")
        second = whole[first:-22]
        doubled = whole[:first] + second + end_record(len(self.usual), len(second), first) + second
        self.refused(doubled + end_record(len(self.usual), len(second), len(doubled) - len(second)), "two directories")

    def test_bytes_before_and_behind(self):
        self.refused(pack(self.usual) + b"more", "4 bytes behind")
        self.refused(b"MZ" + pack(self.usual), "not a workbook")
        self.refused(b"PK\3\4" + pack(self.usual), "before the archive")

    def test_a_hundred_thousand_parts(self):
        at = 0
        entries = [Entry(name, text) for name, text in self.usual.items()]
        many = archive(entries + [Entry(f"x{n}", method=0, at=at) for n in range(60000)])
        self.refused(many, "parts", "2000")
        count = 100000
        directory = b"".join(Entry(f"{n}", method=0).directory(0) for n in range(count))
        record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), 0)
        locator = struct.pack("<IIQI", 0x07064B50, 0, len(directory), 1)
        self.refused(directory + record + locator + end_record(count, len(directory), 0), "not a workbook")
        head = Entry("first", b"x", method=0)
        lead = head.header() + head.data
        record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), len(lead))
        locator = struct.pack("<IIQI", 0x07064B50, 0, len(lead) + len(directory), 1)
        self.refused(lead + directory + record + locator + end_record(count, len(directory), len(lead)), "100000 parts", "2000")


class Bombs(RefuseCase):
    def test_a_cell_of_half_a_gigabyte(self):
        head, tail = OPEN + "<row><c t='inlineStr'><is><t>", "</t></is></c></row>" + CLOSE
        self.refused(bomb(head, "x" * (1 << 20), 512, tail), "A1", "--max-cell")
        self.refused(bomb(head.replace("inlineStr", "str").replace("<is><t>", "<v>"), "x" * (1 << 20), 512,
                          tail.replace("</t></is>", "</v>")), "A1", "--max-cell")
        self.refused(bomb(OPEN + "<row><c><f>", "(" * (1 << 20), 512, "</f></c></row>" + CLOSE), "A1", "--max-cell")

    def test_a_shared_string_of_half_a_gigabyte(self):
        self.refused(bomb(f'<sst xmlns="{MAIN}"><si><t>', "x" * (1 << 20), 512, "</t></si></sst>", "xl/sharedStrings.xml", strings=""),
                     "--max-cell")

    def test_shared_strings_without_end(self):
        content = bomb(f'<sst xmlns="{MAIN}">', "<si><t>abcdefgh</t></si>" * 4096, 2000, "</sst>", "xl/sharedStrings.xml", strings="")
        self.refused(content, "--max-strings", options=["--max-strings", "16m"])

    def test_a_gigabyte_of_blanks(self):
        for head, tail in ((OPEN, CLOSE), (f'<worksheet xmlns="{MAIN}">', "<sheetData/></worksheet>"),
                           (OPEN + "<row><c>", "<v>1</v></c></row>" + CLOSE),
                           (OPEN + TABLE, CLOSE)):
            self.refused(bomb(head, " " * (1 << 20), 1000, tail), "blanks", bounds=True)
        self.refused(bomb(OPEN + TABLE, "<!-- -->" * (1 << 17), 1000, CLOSE), "comments")
        for name in ("xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"):
            self.refused(bomb(XML, " " * (1 << 20), 1000, "<x/>", name, strings="", styles=""), name, "blanks")
            self.refused(bomb(XML, "<!-- -->" * (1 << 17), 1000, "<x/>", name, strings="", styles=""), name, "comments")

    def test_more_than_a_gigabyte(self):
        self.refused(bomb(OPEN, "<row/>" * 65536, 3000, CLOSE), "1073741824")

    def test_rows_and_cells_of_nothing_without_end(self):
        self.refused(bomb(OPEN, "<row/>" * 65536, 400, CLOSE), "last one that a sheet can have")
        self.refused(bomb(OPEN + "<row r='1'>", "<c/>" * 65536, 400, "</row>" + CLOSE), "XFD")
        self.refused(bomb(OPEN, "<row r='1'><c r='A1'/></row>" * 4096, 100, CLOSE, whole=True), "no row")

    def test_document_types(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.settimeout(0)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"
            for doctype in DOCTYPES:
                text = XML + doctype.replace("{address}", address) + OPEN + "<row><c><v>1</v></c></row>" + CLOSE
                self.refused(book(sheets=[("Catalog", text)]), "DOCTYPE")
                self.refused(book(sheets=[("Catalog", text.replace('"UTF-8"', '"UTF-16"').encode("utf-16"))]), "DOCTYPE")
            for name, root in (("xl/workbook.xml", "workbook"), ("xl/sharedStrings.xml", "sst"), ("xl/styles.xml", "styleSheet"),
                               ("[Content_Types].xml", "Types"),
                               ("_rels/.rels", "Relationships"), ("xl/_rels/workbook.xml.rels", "Relationships")):
                usual = parts_of(TABLE, strings="", styles="")
                text = usual[name].replace(XML, XML + DOCTYPES[2].replace("worksheet", root).replace("{address}", address))
                self.refused(pack({**usual, name: text}), name, "DOCTYPE")
            with self.assertRaises(BlockingIOError):
                listener.accept()

    def test_a_billion_laughs(self):
        entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        self.refused(with_sheet(f"<!DOCTYPE worksheet [{entities}]>{OPEN}<row><c t='str'><v>&l9;</v></c></row>{CLOSE}"), "DOCTYPE")
        self.refused(with_sheet(f"{OPEN}<row><c t='str'><v>&l9;</v></c></row>{CLOSE}"), "not well-formed")

    def test_elements_within_each_other(self):
        self.refused(with_sheet(OPEN + "<a>" * 10 ** 6 + "</a>" * 10 ** 6 + CLOSE), "elements within each other", "64")
        self.refused(bomb(OPEN, "<a>" * 65536, 1000, CLOSE), "elements within each other")
        self.read(with_sheet(OPEN + TABLE + "<a>" * 60 + "</a>" * 60 + CLOSE))

    def test_attributes(self):
        many = " ".join(f'a{n}=""' for n in range(10 ** 6))
        self.refused(with_sheet(f"{OPEN}<row {many}/>{CLOSE}"), "")
        self.refused(with_sheet(f"{OPEN}<row {' '.join(f'a{n}=' + chr(34) * 2 for n in range(257))}/>{CLOSE}"), "256 attributes")
        self.refused(bomb(OPEN + '<row r="', "1" * (1 << 20), 100, '"/>' + CLOSE), "tag")
        self.refused(bomb(OPEN + '<row a="', "x" * (1 << 20), 100, '"/>' + CLOSE), "tag")
        self.refused(bomb(OPEN + "<!--", "x" * (1 << 20), 100, "-->" + CLOSE), "comment")
        self.refused(bomb(OPEN + "<", "x" * (1 << 20), 100, "/>" + CLOSE), "tag")
        self.refused(with_sheet(OPEN.replace("xmlns", " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(1000)) + " xmlns") + CLOSE),
                     "namespaces")
        self.read(with_sheet(f"{OPEN.replace('<sheetData>', '<sheetData a=' + chr(34) + 'x' * 900000 + chr(34) + '>')}{TABLE}{CLOSE}"))

    def test_many_different_names(self):
        """Plain ones are read without being remembered; expat, which reads on behind a comment, keeps every name."""
        names = "".join(f"<n{n}/>" for n in range(1000000))
        done, used = self.read(with_sheet(OPEN + names + TABLE + CLOSE))
        self.within_bounds(used)
        self.refused(with_sheet(OPEN + "<!-- -->" + names + TABLE + CLOSE), "names")


class Cells(RefuseCase):
    def test_places_that_no_sheet_has(self):
        for ref in ("AAAAAAAAA1", "A-1", "$B$1", "XFE1", "A0", "A1048577", "A4294967297", "1A", "A", "1", "", "A1:B2", "Sheet!A1", "А1",
                    "A01", "R1C1", " A1"):
            self.refused(book(f"<row r='1'><c r='{ref}'><v>1</v></c></row>"), "Catalog", "XFD1048576")
        for number in ("0", "-1", "1048577", "4294967297", "18446744073709551617", "x", "", "1.5"):
            self.refused(book(f"<row r='{number}'><c><v>1</v></c></row>"), "1048576")
        self.refused(book("<row r='1048576'><c><v>1</v></c></row><row><c><v>2</v></c></row>"), "last one that a sheet can have")
        self.refused(book("<row r='1'><c r='XFD1'><v>1</v></c><c><v>2</v></c></row>"), "XFD")

    def test_rows_that_contradict_each_other(self):
        self.refused(book("<row r='2'><c r='A3'><v>1</v></c></row>"), "A3", "another row")
        self.refused(book(row(1, "a") + row(2, "b") + row(1, None, "c")), "row 1", "second time")

    def test_values_that_are_none(self):
        for cell in ("<c><v>abc</v></c>", "<c><v>1,5</v></c>", "<c><v>1e</v></c>", "<c><v>NaN</v></c>", "<c><v>0x10</v></c>",
                     "<c t='b'><v>yes</v></c>", "<c t='s'><v>x</v></c>",
                     "<c t='zzz'><v>1</v></c>", "<c s='-1'><v>1</v></c>", "<c><v>1 2</v></c>", "<c><v>INF</v></c>"):
            self.refused(book(row(3, "first") + f"<row r='4'><c r='A4'><v>1</v></c>{cell}</row>"), "Catalog", "B4")

    def test_a_shared_string_that_is_not_there_is_a_fault_of_its_row(self):
        table = row(1, "SKU", "Name") + "".join(row(n, f"K{n}", Raw(f'<c r="REF" t="s"><v>{index}</v></c>')) for n, index in enumerate(
            (0, 1, 2, 4294967296, -1, 18446744073709551616), 2))
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": {"sku": "SKU", "name": "Name"}},
                                                   "outputs": {"file.ndjson": {"fields": {"sku": "sku", "name": "name"}}}})
        for strings, good in (("<si><t>one</t></si><si><t>two</t></si>", ['{"sku":"K2","name":"one"}', '{"sku":"K3","name":"two"}']),
                              (None, [])):
            done = self.here.run("convert", mapping, self.book(book(table, strings=strings)), "-o", "-")
            self.assertEqual((done.status, done.out.decode().splitlines()), (1, good), done.text)
            self.assertIn(f"{6 - len(good)} rejected", done.text)
            for n in range(2 + len(good), 8):
                self.assertRegex(done.text, rf"catalog\.xlsx!Catalog!B{n}: .*shared string")


class Limits(RefuseCase):
    """Each is an option; what is above it is refused, what is not is read."""

    def test_of_a_part(self):
        content = book(rows(*([f"{n:05}"] for n in range(2000))))
        size = len(parts_of(rows(*([f"{n:05}"] for n in range(2000))))[SHEET].encode())
        self.refused(content, SHEET, options=["--max-part", str(size - 1)])
        self.refused(content, SHEET, options=["--max-part", "64k"])
        for limit in (str(size), "1M", "1g"):
            self.read(content, "--max-part", limit, rows=2000)

    def test_of_parts(self):
        content = pack(parts_of(TABLE), *(Entry(f"x{n}", "") for n in range(1995)))
        self.read(content)
        more = pack(parts_of(TABLE), *(Entry(f"x{n}", "") for n in range(1996)))
        self.refused(more, "2001 parts", "2000")
        self.read(more, "--max-parts", "2001")
        self.refused(content, "parts", options=["--max-parts", "1999"])

    def test_of_strings(self):
        strings = "".join(f"<si><t>{n:08}{'x' * 92}</t></si>" for n in range(20000))
        content = book(rows(["a"], ["b"]), strings=strings)
        self.refused(content, "--max-strings", options=["--max-strings", "1M"])
        self.read(content, "--max-strings", "4M")
        self.read(content)

    def test_of_a_cell(self):
        content = book(rows(["a", "x" * 5000], ["b"]), strings="<si><t>" + "y" * 4000 + "</t></si>")
        self.refused(content, "B1", "--max-cell", options=["--max-cell", "4999"])
        self.refused(content, "shared string", "--max-cell", options=["--max-cell", "3999"])
        self.read(content, "--max-cell", "5000")
        self.read(book(rows(["x" * (1 << 20)], ["b"])))
        big = book(rows(["x" * ((1 << 20) + 1)], ["b"]))
        self.refused(big, "A1", "--max-cell")
        self.read(big, "--max-cell", "2M")

    def test_of_every_command_that_reads(self):
        file = self.book(book(rows(["GTIN", "x" * 5000], ["b"])))
        self.here.environment.update(CONNECTED)
        for command in (["cat", file], ["inspect", file], ["convert", "qogita-to-quotiza", file, "-o", "out"],
                        ["push", "qogita-to-quotiza", file],
                        ["check", "qogita-to-quotiza", "--sample", file]):
            done = self.here.run(*command, "--max-cell", "100")
            self.assertEqual(done.status, 4, (command, done.text))
            self.assertIn("--max-cell", done.text)
        for value in ("0", "-1", "x", "1T", ""):
            self.assertEqual(self.here.run("cat", file, "--max-cell", value).status, 2)


if __name__ == "__main__":
    main()
