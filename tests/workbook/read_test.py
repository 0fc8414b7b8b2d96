#!/usr/bin/env python3
"""Workbooks as `cat` and `convert` read them: written by openpyxl, by LibreOffice and by hand. read_test.py PROGRAM

What is expected was written by hand, or comes from openpyxl as a reader of its own."""
import datetime
import io
import json
import os
import random
import threading
from decimal import Decimal

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import fods
import parts
from parts import MAIN, RELATION, STRICT_MAIN, STRICT_RELATION, XML, Entry, Raw, book, pack, parts_of, relationships, row, rows, sheet
from tools import WorkbookCase, main

FORMULA = '<c r="REF"><f>{}</f></c>'
HYPERLINK = FORMULA.format('HYPERLINK("https://api.qogita.com/variants/link/{0}/", "View Product")')
QOGITA = ("GTIN", "Name", "Category", "Brand", "€ Lowest Price inc. shipping", "Unit", "Lowest Priced Offer Inventory",
          "Is a pre-order?", "Estimated Delivery Time (weeks)", "Number of Offers", "Total Inventory of All Offers", "Product Link")


def saved(workbook):
    to = io.BytesIO()
    workbook.save(to)
    return to.getvalue()


class Openpyxl(WorkbookCase):
    def test_every_kind_of_cell(self):
        wb = openpyxl.Workbook()
        ws = wb.active
        ws.append(["0033000002668", 3349668566372, 1.1, 12.5, 1e-7, True, False, None, "'0000030162822"])
        ws.append([datetime.date(2026, 11, 21), datetime.datetime(2026, 11, 21, 18, 30), datetime.time(18, 0, 5),
                   datetime.timedelta(hours=26.5)])
        ws.append(["#N/A", "=1+1", '=HYPERLINK("https://shop.example/a","Shop")', " two\nlines\t", "naïve 😀 & <b>"])
        ws["D5"] = "merged"
        ws.merge_cells("D5:F6")
        ws["G5"] = "right of it"
        ws["A9"] = -0.0
        self.reads(saved(wb), {
            1: ["0033000002668", "3349668566372", "1.1", "12.5", "0.0000001", "true", "false", None, "'0000030162822"],
            2: ["2026-11-21", "2026-11-21T18:30:00", "18:00:05", "26:30:00"],
            3: ["#N/A", None, "Shop", " two\nlines\t", "naïve 😀 & <b>"],
            5: [None, None, None, "merged", None, None, "right of it"],
            9: ["0"]})

    def test_a_stored_double_is_the_shortest_text_that_gives_it_back(self):
        rng = random.Random(7)
        numbers = [rng.uniform(0, 100) for _ in range(500)] + [rng.uniform(-1, 1) * 10.0 ** rng.randrange(-12, 15) for _ in range(500)]
        numbers += [round(rng.uniform(0, 1000), 2) for _ in range(1000)] + [n / 100 for n in range(200)]
        lines = ["".join(row(i, Raw(f'<c r="REF"><v>{n!r}</v></c>'), Raw(f'<c r="REF"><v>{n:.17g}</v></c>'),
                             Raw(f'<c r="REF"><v>{n:.16e}</v></c>'))
                         for i, n in enumerate(numbers, 1))]
        found = self.raw(self.book(book("".join(lines))))
        for i, n in enumerate(numbers, 1):
            self.assertEqual({Decimal(text) for text in found[i]}, {Decimal(repr(n))}, n)
            if abs(n) > 1e-4:
                self.assertNotRegex("".join(found[i]), "[eE+]", n)

    def test_dates_are_those_of_openpyxl_in_both_epochs(self):
        rng = random.Random(3)
        for epoch, first in ((None, datetime.datetime(1900, 3, 1)), (CALENDAR_MAC_1904, datetime.datetime(1904, 1, 2))):
            wb = openpyxl.Workbook()
            if epoch:
                wb.epoch = epoch
            days = (datetime.datetime(9999, 12, 31) - first).days
            moments = [first, datetime.datetime(9999, 12, 31), datetime.datetime(2000, 2, 29)]
            moments += [first + datetime.timedelta(days=rng.randrange(days), seconds=rng.randrange(86400)) for _ in range(300)]
            for m in moments:
                wb.active.append([m, m.date()])
            file = self.book(saved(wb))
            reader = openpyxl.load_workbook(file, read_only=True, data_only=True)
            theirs = [[c.isoformat() if c.time() != datetime.time() or n == 0 else c.date().isoformat() for n, c in enumerate(r)]
                      for r in reader.active.values]
            reader.close()
            self.assertEqual(list(self.raw(file).values()), theirs)
            self.assertEqual(theirs[3:], [[m.isoformat(), m.date().isoformat()] for m in moments[3:]])

    def test_a_table_reads_as_openpyxl_reads_it(self):
        rng = random.Random(11)
        wb = openpyxl.Workbook()
        texts = ["", "0012", "a\nb", "x" * 500, "日本語", "1+1", " ", "é" * 40, "'", '"q"']
        for _ in range(400):
            wb.active.append([rng.choice([None, rng.randrange(10 ** 12), rng.randrange(10 ** 6) / 100, True, False, *texts])
                              for _ in range(12)])
        file = self.book(saved(wb))
        theirs = {}
        for n, values in enumerate(openpyxl.load_workbook(file, read_only=True).active.values, 1):
            theirs[n] = [v if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values]
        ours = self.raw(file)
        for n, values in theirs.items():
            mine = ours.get(n, [])
            self.assertEqual([v or None for v in mine] + [None] * (len(values) - len(mine)), [v or None for v in values], n)

    def test_hidden_sheets_rows_and_columns(self):
        wb = openpyxl.Workbook()
        wb.active.title = "Chart data"
        wb.active.sheet_state = "veryHidden"
        wb.active.append(["no"])
        wb.create_sheet("Old").append(["old"])
        wb["Old"].sheet_state = "hidden"
        ws = wb.create_sheet("Catalog")
        for n in range(1, 6):
            ws.append([n, n * 10])
        ws.row_dimensions[3].hidden = True
        ws.column_dimensions["B"].hidden = True
        ws.auto_filter.ref = "A1:B5"
        ws.auto_filter.add_filter_column(0, ["1"])
        wb.active = ws
        file = self.book(saved(wb))
        self.assertEqual(self.raw(file), {n: [str(n), str(n * 10)] for n in range(1, 6)})
        self.assertEqual(self.raw(file, "--sheet", "old"), {1: ["old"]})
        self.assertEqual(self.raw(file, "--sheet", "1"), {1: ["no"]})
        self.assertEqual(self.cat(file, "--sheets"), [
            {"sheet": "Chart data", "state": "very hidden", "cells": True}, {"sheet": "Old", "state": "hidden", "cells": True},
            {"sheet": "Catalog", "state": "visible", "cells": True}])

    def test_links_of_cells(self):
        wb = openpyxl.Workbook()
        wb.active.append(["SKU", "Name", "Brand", "Price", "Page"])
        wb.active.append(["K1", "N", "B", 1.5, "Shop"])
        wb.active["E2"].hyperlink = "https://shop.example/?a=1&b=ü#top"
        wb.active.append(["K2", "N", "B", 2.5])
        wb.active["E3"].hyperlink = "https://shop.example/2"
        columns = {"sku": "SKU", "page": {"header": "Page", "type": "url"}, "shown": "Page (2)"}
        del columns["shown"]
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns},
                                                   "outputs": {"file.ndjson": {"fields": {"sku": "sku", "page": "page"}}}})
        self.assertEqual(self.lines(mapping, self.book(saved(wb))), [
            {"sku": "K1", "page": "https://shop.example/?a=1&b=ü#top"}, {"sku": "K2", "page": "https://shop.example/2"}])
        self.assertEqual(self.raw(self.here.folder / "catalog.xlsx")[2][4], "Shop")


class LibreOffice(WorkbookCase):
    def test_what_it_writes(self):
        kinds = self.here.write("kinds.fods", fods.document(Kinds="".join((
            fods.row(fods.text("0033000002668"), *(fods.cell("float", n) for n in ("3349668566372", "1.1", "0.30000000000000004"))),
            fods.row(fods.cell("date", "2026-11-21", "date"), fods.cell("date", "2026-11-21T18:30:00", "moment"),
                     fods.cell("boolean", "true", "truth"), fods.cell("boolean", "false", "truth")),
            fods.row(fods.cell("float", "2", formula="1+1"), fods.text("ab", formula="&quot;a&quot;&amp;&quot;b&quot;"),
                     fods.cell("float", "", formula="1/0"), fods.cell("float", "", formula="NA()")),
            '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>',
            fods.row(fods.text("<text:a xlink:href='https://shop.example/a'>Shop</text:a>"),
                     '<table:table-cell table:number-columns-repeated="2"/>',
                     fods.text("rich <text:span>and</text:span> plain"), fods.text("two\nlines")),
            fods.row(fods.text("merged").replace("<table:table-cell", '<table:table-cell table:number-columns-spanned="2"'),
                     "<table:covered-table-cell/>", fods.text("after")),
            fods.row(fods.text("hidden")).replace("<table:table-row", '<table:table-row table:visibility="collapse"') * 2))))
        # what openpyxl writes, opened and saved again
        wb = openpyxl.Workbook()
        wb.active.append(["GTIN", "When", "Price"])
        for n in range(300):
            wb.active.append([f"{n:013}", datetime.datetime(2026, 1, 1) + datetime.timedelta(hours=n), n / 100])
        kinds, again = self.libreoffice("xlsx:Calc MS Excel 2007 XML", kinds, self.book(saved(wb), "again.xlsx"))
        self.assertEqual(self.raw(kinds), {
            1: ["0033000002668", "3349668566372", "1.1", "0.3"], 2: ["2026-11-21", "2026-11-21T18:30:00", "true", "false"],
            3: ["2", "ab", "#DIV/0!", "#N/A"], 7: ["Shop", None, None, "rich and plain", "two\nlines"], 8: ["merged", None, "after"],
            9: ["hidden"], 10: ["hidden"]})
        found = self.raw(again)
        self.assertEqual(found[1], ["GTIN", "When", "Price"])
        for n in range(300):
            when = datetime.datetime(2026, 1, 1) + datetime.timedelta(hours=n)
            self.assertEqual(found[n + 2], [f"{n:013}", when.isoformat(), str(Decimal(n) / 100) if n % 100 else str(n // 100)], n)
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"header_row": 7, "columns": {"a": {"header": "Shop"}}},
                                                   "outputs": {"file.ndjson": {"fields": {"a": "a"}}}})
        self.assertEqual(self.lines(mapping, kinds), [{"a": "merged"}, {"a": "hidden"}, {"a": "hidden"}])


class Cells(WorkbookCase):
    """By hand: what a cell is worth."""

    def test_shared_inline_and_rich_texts(self):
        strings = ('<si><t>plain</t></si><si><r><t>rich </t></r><r><rPr><b/></rPr><t xml:space="preserve">and bold</t></r></si>'
                   '<si><t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh><phoneticPr fontId="1"/></si><si/><si><t> kept </t></si>'
                   "<si><t>a_x000D_\nb_x005F_x0041__x20AC_</t></si><si><t><![CDATA[<&]]>&#233;&#x1F600;</t></si>")
        shared = row(1, *(Raw(f'<c r="REF" t="s"><v>{n}</v></c>') for n in range(7)))
        inline = row(2, *(Raw(f'<c r="REF" t="inlineStr"><is>{inside}</is></c>') for inside in (
            "<t>plain</t>", "<r><t>rich </t></r><r><t>and bold</t></r>", '<t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh>',
            "", "<t/>", "<t>x_x0009_</t>")))
        self.reads(book(shared + inline, strings=strings), [
            ["plain", "rich and bold", "課", None, " kept ", "a\r\nb_x0041_€", "<&é😀"],
            ["plain", "rich and bold", "課", None, None, "x\t"]])

    def test_ten_thousand_cdata_sections_are_one_text(self):
        inside = "<![CDATA[<é>]]>" * 10000
        self.reads(book(rows(["a"]).replace(">a<", f">{inside}<")), [["<é>" * 10000]])

    def test_numbers(self):
        cases = {"1.1": "1.1", "1.1000000000000001": "1.1", "0.30000000000000004": "0.30000000000000004",
                 "12345678901234567890": "12345678901234567890", "9007199254740993": "9007199254740993",
                 "3.349668566372E+12": "3349668566372", "1e20": "100000000000000000000", "1e300": "1E+300", "1E-7": "0.0000001",
                 "-0": "0", "1e2": "100", "+5": "5", "007": "7", "100": "100", ".5": "0.5", "2.5000": "2.5", " 7\n": "7"}
        self.reads(book(row(1, *(Raw(f'<c r="REF"><v>{n}</v></c>') for n in cases))), [list(cases.values())])

    def test_booleans_errors_and_formulas(self):
        cells = ('<c r="REF" t="b"><v>1</v></c>', '<c r="REF" t="b"><v>0</v></c>', '<c r="REF" t="e"><v>#DIV/0!</v></c>',
                 '<c r="REF" t="str"><f>A1</f><v>x</v></c>',
                 '<c r="REF"><f>1+1</f><v>2</v></c>', '<c r="REF" t="b"><f>TRUE()</f><v>1</v></c>', '<c r="REF"><f>NOW()</f></c>',
                 '<c r="REF" t="str"><f>""</f><v></v></c>', '<c r="REF" s="0"/>', '<c r="REF"><f t="shared" si="0"/><v>7</v></c>',
                 '<c r="REF" t="e"><f>NA()</f><v>#N/A</v></c>', '<c r="REF" t="s"/>', '<c r="REF" t="inlineStr"/>',
                 '<c r="REF" t="n"><v>1</v></c>')
        self.reads(book(row(1, *map(Raw, cells)), strings="<si><t>no</t></si>"), [
            ["true", "false", "#DIV/0!", "x", "2", "true", None, None, None, "7", "#N/A", None, None, "1"]])

    def test_dates_by_their_format(self):
        formats = ("yyyy-mm-dd", "dd/mm/yy hh:mm", "[h]:mm:ss", "hh:mm:ss", "mmm", '"Day "0', "[Red]#,##0.00", '0.0"yd"', 14, 22, 46,
                   "General;yyyy",
                   "[$-409]d\\-mmm\\-yy", "[h]", "mm:ss.0", "yyyy", "0.00E+00")
        serial = (46347, 46347.75, 1.1041666666666667, 0.75, 46347, 46347, 46347, 46347, 46347, 46347.5, 1.25, 46347, 46347, 2, 0.25,
                  46347, 46347)
        expected = ["2026-11-21", "2026-11-21T18:00:00", "26:30:00", "18:00:00", "2026-11-21", "46347", "46347", "46347", "2026-11-21",
                    "2026-11-21T12:00:00", "30:00:00", "46347", "2026-11-21", "48:00:00", "06:00:00", "2026-11-21", "46347"]
        cells = [Raw(f'<c r="REF" s="{n}"><v>{v}</v></c>') for n, v in enumerate(serial, 1)]
        self.reads(book(row(1, *cells), styles=parts.number_formats(*formats)), [expected])

    def test_the_two_epochs_and_the_day_that_never_was(self):
        serials = ("0.5", "1", "59", "60", "61", "46347", "2958465", "2958466", "-1")
        cells = row(1, *(Raw(f'<c r="REF" s="1"><v>{v}</v></c>') for v in serials))
        styles = parts.number_formats("yyyy-mm-dd")
        found = self.raw(self.book(book(cells, styles=styles)))[1]
        self.assertEqual(found[1:], ["1900-01-01", "1900-02-28", "1900-02-29", "1900-03-01", "2026-11-21", "9999-12-31",
                                     "2958466", "-1"])
        found = self.raw(self.book(book(cells, styles=styles, workbook='<workbookPr date1904="1"/>')))[1]
        self.assertEqual(found[1:], ["1904-01-02", "1904-02-29", "1904-03-01", "1904-03-02", "2030-11-22", "2958465", "2958466", "-1"])

    def test_dates_written_as_text(self):
        cells = ('<c r="REF" t="d"><v>2026-11-21</v></c>', '<c r="REF" t="d"><v>2026-11-21T18:00:00</v></c>')
        self.reads(book(row(1, *map(Raw, cells))), [["2026-11-21", "2026-11-21T18:00:00"]])

    def test_a_merged_value_stands_once(self):
        content = sheet(rows(["a", None, "b"], [None, None, "c"]), after='<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>')
        self.reads(book(content), [["a", None, "b"], [None, None, "c"]])


class Places(WorkbookCase):
    """By hand: where a cell stands."""

    def test_cells_without_a_place_and_rows_without_a_number(self):
        self.reads(book("<row><c><v>1</v></c><c r='D1'><v>4</v></c><c><v>5</v></c></row><row><c><v>6</v></c></row>"
                        "<row r='9'><c><v>7</v></c></row><row><c r='B10'><v>8</v></c></row>"),
                   {1: ["1", None, None, "4", "5"], 2: ["6"], 9: ["7"], 10: [None, "8"]})

    def test_cells_out_of_order(self):
        self.reads(book("<row r='3'><c r='C3'><v>3</v></c><c r='A3'><v>1</v></c><c r='b3'><v>2</v></c></row>"
                        "<row r='1'><c r='A1'><v>0</v></c></row>"),
                   {3: ["1", "2", "3"], 1: ["0"]})

    def test_a_row_that_goes_on(self):
        self.reads(book("<row r='2'><c r='A2'><v>1</v></c></row><row r='2'><c r='B2'><v>2</v></c></row>"
                        "<row r='3'/><row r='4'><c r='A4'/></row><row r='5'><c r='A5'><v>5</v></c></row>"), {2: ["1", "2"], 5: ["5"]})

    def test_the_far_corner(self):
        """Of a sheet that claims all that a sheet can have, only what is there is read."""
        content = book(sheet(row(1, "near") + f"<row r='1048576'>{parts.cell('XFD1048576', 'far')}</row>",
                             before='<dimension ref="A1:XFD1048576"/>'))
        done, used = self.measured("cat", "--raw", self.book(content))
        self.assertEqual(done.status, 0, done.text)
        near, far = map(json.loads, done.out.splitlines())
        self.assertEqual(near, {"row": 1, "cells": ["near"]})
        self.assertEqual((far["row"], len(far["cells"]), far["cells"][-1], set(far["cells"][:-1])), (1048576, 16384, "far", {None}))
        self.within_bounds(used)

    def test_a_dimension_that_is_wrong(self):
        for dimension in ("A1", "A1:B1", "Z9:A1", "nonsense", "A1:XFD1048576"):
            self.reads(book(sheet(rows(["a", "b", "c"], ["d"]), before=f'<dimension ref="{dimension}"/>')), [["a", "b", "c"], ["d"]])


class Packages(WorkbookCase):
    """By hand: where the parts are and how they are written."""
    table = [["GTIN", "Name"], ["0033000002668", "Soap"]]

    def same(self, content, *options):
        self.reads(content, self.table, *options)

    def usual(self, **more):
        return parts_of(rows(*self.table), **more)

    def test_any_prefix(self):
        worksheet = f'{XML}<q:worksheet xmlns:q="{MAIN}"><q:sheetData><q:row r="1">' + "".join(
            f'<q:c r="{c}1" t="inlineStr"><q:is><q:t>{v}</q:t></q:is></q:c>' for c, v in zip("AB", self.table[0])) + (
            '</q:row><q:row r="2"><q:c r="A2" t="inlineStr"><q:is><q:t>0033000002668</q:t></q:is></q:c>'
            '<q:c r="B2" t="str"><q:v>Soap</q:v></q:c></q:row></q:sheetData></q:worksheet>')
        workbook = (f'{XML}<a:workbook xmlns:a="{MAIN}" xmlns:b="{RELATION}"><a:sheets>'
                    '<a:sheet name="Catalog" sheetId="1" b:id="rId1"/></a:sheets></a:workbook>')
        relations = self.usual()["_rels/.rels"]
        for plain, prefixed in (("<Relationship", "<p:Relationship"), ("</Relationship", "</p:Relationship"), ("xmlns=", "xmlns:p=")):
            relations = relations.replace(plain, prefixed)
        self.same(book(sheets=[("Catalog", worksheet)], replaced={"xl/workbook.xml": workbook, "_rels/.rels": relations}))

    def test_strict(self):
        strict = {name: text.replace(MAIN, STRICT_MAIN).replace(RELATION, STRICT_RELATION)
                  for name, text in self.usual(strings="<si/>", styles="").items()}
        self.same(pack(strict))

    def test_utf_16_and_latin_1(self):
        for code in ("utf-16-le", "utf-16-be", "iso-8859-1"):
            mark = "" if code == "iso-8859-1" else "\ufeff"
            name = "utf-16" if mark else code
            coded = {part: (mark + text.replace('"UTF-8"', f'"{name}"').replace("Soap", "Séap")).encode(code)
                     for part, text in self.usual().items()}
            self.reads(pack(coded), [self.table[0], ["0033000002668", "Séap"]])

    def test_parts_are_found_by_relationships(self):
        usual = self.usual(strings="<si><t>Soap</t></si>", replaced={"xl/worksheets/sheet1.xml": None})
        worksheet = sheet(row(1, *self.table[0]) + row(2, self.table[1][0], Raw('<c r="REF" t="s"><v>0</v></c>')))
        for target, place in (("sheet.xml", "here/sheet.xml"), ("/there/of it/S.bin", "there/of it/S.bin"), ("../../s", "s"),
                              ("./x/../y.xml", "here/y.xml"),
                              ("a%20b.xml", "here/a b.xml"), ("/Up/UP.XML", "up/up.xml"), ("b\\c.xml", "here/b/c.xml")):
            moved = {"_rels/.rels": relationships(("x", "officeDocument", "/here/book")), "here/book": usual["xl/workbook.xml"],
                     "here/_rels/book.rels": relationships(("rId1", "worksheet", target), ("rId2", "sharedStrings", "/strings")),
                     "strings": usual["xl/sharedStrings.xml"], place: worksheet,
                     "[Content_Types].xml": parts.content_types(**{"here/book": "sheet.main", place: "worksheet",
                                                                   "strings": "sharedStrings"})}
            self.same(pack(moved))

    def test_content_types_that_are_wrong_or_missing(self):
        self.same(pack(self.usual(replaced={"[Content_Types].xml": None})))
        self.same(pack(self.usual(replaced={"[Content_Types].xml": parts.content_types()})))
        self.same(pack(self.usual(replaced={"_rels/.rels": None})))  # then by content types

    def test_relationships_that_loop_or_lead_outside(self):
        loop = relationships(("rId1", "worksheet", "sheet1.xml"),
                             ("rId2", "hyperlink", "https://shop.example/", 'TargetMode="External"'),
                             ("rId3", "worksheet", "../workbook.xml"),
                             ("rId4", "image", "http://127.0.0.1:9/x.png", 'TargetMode="External"'))
        self.same(pack(self.usual(replaced={"xl/worksheets/_rels/sheet1.xml.rels": loop, "xl/_rels/workbook.xml.rels": relationships(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "externalLink", "file:///etc/passwd", 'TargetMode="External"'),
            ("rId3", "officeDocument", "workbook.xml"))})))

    def test_stored_streamed_and_commented_archives(self):
        usual = self.usual()
        self.same(pack(usual, *(Entry(name, text, method=0) for name, text in usual.items())))
        self.same(pack(usual, comment=b"made by hand " * 100))
        self.same(pack(usual, *(Entry(name, text, flags=8, local_crc=0, local_packed=0, local_length=0)
                                for name, text in usual.items())))

    def test_instructions_comments_and_strangers_are_passed_over(self):
        worksheet = sheet("<!-- a --><?pi x?><row r='1' xmlns:y='urn:y' y:z='1'><y:c><y:v>9</y:v></y:c><c r='A1' t='str'>"
                          "<v>GT<!-- b -->IN</v><extLst><ext><v>8</v></ext></extLst></c><c r='B1' t='str'><v>Name</v></c></row>" +
                          row(2, *self.table[1]),
                          after="<extLst><ext uri='x'><row r='1'><c r='A1'><v>7</v></c></row></ext></extLst>")
        self.same(book(sheets=[("Catalog", worksheet)]))


class Jobs(WorkbookCase):
    """Whole conversions of workbooks."""
    products = [["0033000002668", "Soap", "Care", "Nordlys", Decimal("1.9"), 1, 10, "No", None, 2, 40,
                 Raw(HYPERLINK.format("0033000002668"))],
                ["3349668566372", "Balm", "Care", "Aurelis", Decimal("12.50"), 6, 12, "Yes", 3, 1, 12,
                 Raw(HYPERLINK.format("3349668566372"))]]
    preamble = [["Qogita Catalog"], ["Catalog As Of 2026-11-21T06-00-00"],
                ["For Illustrative Purposes Only: prices may differ in a cart."]]

    def catalog(self, *above, header=QOGITA, name="catalog.xlsx", products=None, **more):
        return self.book(book(rows(*above, header, *(products or self.products)), **more), name)

    def test_the_mailed_catalog(self):
        expected = None
        for above, header in ((self.preamble, 4), ([*self.preamble, ["Filters: max delivery 1w, MOV limit 500.00"]], 5),
                              ([["Qogita Catalog"], []], 3), ([], 1)):
            catalog = self.catalog(*above)
            self.convert("qogita-to-quotiza", catalog, "-o", f"out{header}")
            out = self.here.folder / f"out{header}"
            text = (out / "quotiza.products-00001.json").read_text()
            found = json.loads(text, parse_float=str)["products"]
            self.assertEqual([(p["sku"], p["cost"], p["base_price"], p["custom1_value"]) for p in found],
                             [("0033000002668", "1.9", "2.57", "EUR"), ("3349668566372", "12.5", "16.88", "EUR")])
            self.assertEqual((out / "quotiza.products-00001.json.rows").read_text().splitlines(),
                             [f"catalog.xlsx!Catalog!{header + 1}", f"catalog.xlsx!Catalog!{header + 2}"])
            self.assertEqual(expected or text, text)
            expected = text

    def test_the_currency_stands_in_the_header(self):
        for mark, currency in (("£", "GBP"), ("$", "USD"), ("EUR", "EUR"), ("â‚¬", "EUR")):
            header = [h.replace("€", mark) for h in QOGITA]
            found = self.lines("qogita-to-quotiza", self.catalog(*self.preamble, header=header))
            self.assertEqual({p["custom1_value"] for p in found}, {currency})

    def mapping(self, source=None, columns=None, target="file.ndjson", **more):
        columns = columns or {"sku": {"header": "SKU", "required": True}, "price": {"header": "Price", "type": "decimal"}}
        return self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns, **(source or {})},
                                                "outputs": {target: {"fields": {name: name for name in columns}}}, **more})

    def test_the_address_of_a_link_without_a_stored_value(self):
        mapping = self.mapping(columns={"gtin": {"header": "GTIN", "type": "gtin"}, "link": {"header": "Product Link", "type": "url"}})
        self.assertEqual(self.lines(mapping, self.catalog(*self.preamble)),
                         [{"gtin": g, "link": f"https://api.qogita.com/variants/link/{g}/"}
                          for g in ("0033000002668", "3349668566372")])

    def test_article_numbers_in_every_form(self):
        mapping = self.mapping(columns={"gtin": {"header": "GTIN", "type": "gtin"}})
        good = ["0033000002668", 33000002668, Decimal("3.3000002668E+10"), "'0033000002668", "\u00a00033000002668\u200b",
                "033000002668"]
        bad = ["33000002668", "3.30000E+10", "0033000002669", 33000002669, "3300000266", Decimal("33000002668.5"), True,
               Raw('<c r="REF" t="e"><v>#N/A</v></c>'), Raw(FORMULA.format("A1"))]
        file = self.book(book(rows(["GTIN"], *([g] for g in good + bad))))
        done = self.convert(mapping, file, "-o", "out", status=1)
        self.assertEqual((self.here.folder / "out/file.ndjson").read_text(), '{"gtin":"0033000002668"}\n' * len(good))
        self.assertIn(f"{len(bad)} rejected", done.text)

    def test_numbers_that_a_spreadsheet_has_rounded_are_no_ids(self):
        file = self.book(book(rows(["SKU", "Price"], [9007199254740992, 1], [9007199254740993, 1], [12345678901234567890, 1],
                                   ["12345678901234567890", 2])))
        self.assertEqual(self.lines(self.mapping(), file, status=1),
                         [{"sku": "9007199254740992", "price": 1}, {"sku": "12345678901234567890", "price": 2}])

    def test_a_sheet_by_name_number_or_by_itself(self):
        table = [["SKU", "Price"]]
        columns = {"sku": {"header": "SKU", "required": True}, "price": {"header": "Price", "type": "decimal", "required": True}}
        file = self.book(book(sheets=[
            ("Read me", rows(["SKU"], ["see Prices"])), ("Secret", rows(*table, ["S", 1]), "hidden"),
            ("Prices", rows(["as of"], *table, ["P", 2])), ("2", rows(*table, ["Two", 3])),
            ("Deep", rows(*table, ["D", 4]), "veryHidden")]))
        for source, sku in (({}, "P"), ({"sheet": "Prices"}, "P"), ({"sheet": "PRICES"}, "P"), ({"sheet": "Secret"}, "S"),
                            ({"sheet": 2}, "S"), ({"sheet": "2"}, "Two"),
                            ({"sheet": 3}, "P"), ({"sheet": "Deep"}, "D"), ({"sheet": 5}, "D")):
            self.assertEqual([r["sku"] for r in self.lines(self.mapping(source, columns), file)], [sku], source)
        for source, *words in (({"sheet": "Nope"}, "Nope", '"Prices"', '"Secret"'), ({"sheet": 6}, "6", '"Prices"'),
                               ({"sheet": "Read me"}, "Price")):
            done = self.convert(self.mapping(source), file, "-o", "out", status=4)
            for word in words:
                self.assertIn(word, done.text)
        for source in ({"sheet": 0}, {"sheet": -1}, {"sheet": 1.5}, {"sheet": True}, {"sheet": ""}):
            self.convert(self.mapping(source), file, "-o", "out", status=3)

    def test_only_hidden_sheets(self):
        file = self.book(book(sheets=[("A", rows(["SKU", "Price"], ["K", 1]), "hidden")]))
        self.assertIn("hidden", self.convert(self.mapping(), file, "-o", "-", status=4).text)
        self.assertIn("hidden", self.here.run("cat", file).text)
        self.assertEqual(len(self.lines(self.mapping({"sheet": "A"}), file)), 1)

    def test_a_header_row_that_is_fixed(self):
        file = self.book(book(rows(["SKU", "Price"], ["old", 1], [None], ["SKU", "Price"], ["new", 2])))
        self.assertEqual([r["sku"] for r in self.lines(self.mapping({"header_row": 4}), file)], ["new"])
        self.assertEqual([r["sku"] for r in self.lines(self.mapping({"header_row": 1}), file, status=1)], ["old", "new"])
        for row_number in (2, 3, 5, 99):
            self.assertIn(str(row_number), self.convert(self.mapping({"header_row": row_number}), file, "-o", "-", status=4).text)

    def test_a_header_that_is_not_there(self):
        file = self.book(book(rows(["SKU", "Prize"], ["K", 1])))
        done = self.convert(self.mapping(), file, "-o", "-", status=4)
        for word in ("catalog.xlsx", "Catalog", "Price", "Prize"):
            self.assertIn(word, done.text)

    def test_standard_input_as_a_file_and_as_a_pipe(self):
        catalog = self.catalog(*self.preamble)
        whole = self.convert("qogita-to-quotiza", catalog, "-o", "-").out
        with open(catalog, "rb") as file:
            process = self.here.start("convert", "qogita-to-quotiza", "-", "-o", "-", stdin=file)
            self.assertEqual(process.communicate(timeout=20)[0], whole)
        self.assertEqual(self.convert("qogita-to-quotiza", "-", "-o", "-", stdin=catalog.read_bytes()).out, whole)

    def test_a_named_pipe(self):
        content = book(rows(["SKU", "Price"], ["K", 1]))
        fifo = self.here.folder / "pipe.xlsx"
        os.mkfifo(fifo)
        threading.Thread(target=fifo.write_bytes, args=(content,), daemon=True).start()
        self.assertEqual(self.lines(self.mapping(), fifo), [{"sku": "K", "price": 1}])

    def test_two_inputs_of_two_sheets(self):
        one = self.book(book(sheets=[("First", rows(["SKU", "Price"], ["A", 1]))]), "one.xlsx")
        two = self.book(book(sheets=[("Empty", ""), ("Second", rows(["as of"], ["Price", "SKU"], [2, "B"], [3, "A"]))]), "two.xlsx")
        mapping = self.mapping(unique={"by": ["sku"], "prefer": {"highest": "price"}})
        self.convert(mapping, one, two, "-o", "out")
        self.assertEqual((self.here.folder / "out/file.ndjson").read_text(), '{"sku":"B","price":2}\n{"sku":"A","price":3}\n')
        self.assertEqual((self.here.folder / "out/file.ndjson.rows").read_text(), "two.xlsx!Second!3\ntwo.xlsx!Second!4\n")
        csv = self.here.write("three.csv", "SKU,Price\nA,9\n")
        self.assertEqual([r["price"] for r in self.lines(mapping, one, csv, two)], [9, 2])

    def test_unique_reads_a_workbook_twice_and_a_piped_one_too(self):
        rng = random.Random(5)
        table, best = [], {}
        for n in range(3000):
            key, price = f"G{rng.randrange(400)}", Decimal(rng.randrange(1, 6000)) / 100
            table.append([key, price])
            if key not in best or price < best[key][1]:
                best[key] = (n, price)
        file = self.book(book(rows(["SKU", "Price"], *table)))
        mapping = self.mapping(unique={"by": ["sku"], "prefer": {"lowest": "price"}})
        expected = [(k, p) for k, (n, p) in sorted(best.items(), key=lambda b: b[1][0])]
        for arguments, more in (([file], {}), (["-"], {"stdin": file.read_bytes()})):
            out = self.convert(mapping, *arguments, "-o", "-", **more).out
            found = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in out.splitlines()]
            self.assertEqual([(r["sku"], r["price"]) for r in found], expected)
        self.convert(mapping, "-", "-o", "piped", stdin=file.read_bytes())
        self.assertEqual((self.here.folder / "piped/file.ndjson").read_bytes(), out)

    def test_short_rows_are_whole_and_long_ones_ragged(self):
        file = self.book(book(rows(["SKU", "Price"], ["short"], ["whole", 1], ["long", 2, None, "x"], [None, 3])))
        done = self.convert(self.mapping(), file, "-o", "out", status=1)
        self.assertEqual((self.here.folder / "out/file.ndjson").read_text(), '{"sku":"short"}\n{"sku":"whole","price":1}\n')
        self.assertIn("2 rejected", done.text)
        self.assertEqual([r["sku"] for r in self.lines(self.mapping({"ragged": "pad"}), file, status=1)], ["short", "whole", "long"])

    def test_limit(self):
        file = self.book(book(rows(["SKU", "Price"], *([f"K{n}", n] for n in range(2000)))))
        for limit in (1, 511, 512, 513, 1999, 2000, 3000):
            self.assertEqual(len(self.lines(self.mapping(), file, "--limit", limit)), min(limit, 2000))
            self.assertEqual(len(self.cat(file, "--limit", str(limit))), min(limit, 2000))
            self.assertEqual(len(self.raw(file, "--limit", str(limit))), min(limit, 2001))

    def test_a_sheet_without_a_row_is_no_success(self):
        for content in (rows(["SKU", "Price"]), "", row(5, Raw('<c r="REF"/>'))):
            file = self.book(book(content))
            self.convert(self.mapping(), file, "-o", "-", status=4)
            self.cat(file, status=4)
        self.cat(file, "--raw", status=4)
        self.convert(self.mapping(), self.book(book(rows(["SKU", "Price"]))), "-o", "-", "--allow-empty")

    def test_rows_keyed_by_header(self):
        self.assertEqual(self.cat(self.catalog(*self.preamble))[1], {
            "GTIN": "3349668566372", "Name": "Balm", "Category": "Care", "Brand": "Aurelis", "€ Lowest Price inc. shipping": "12.5",
            "Unit": "6", "Lowest Priced Offer Inventory": "12", "Is a pre-order?": "Yes", "Estimated Delivery Time (weeks)": "3",
            "Number of Offers": "1", "Total Inventory of All Offers": "12", "Product Link": "View Product"})


if __name__ == "__main__":
    main()
