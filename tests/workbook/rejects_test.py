#!/usr/bin/env python3
"""rejects.xlsx as a person finds it: the cells as they were, those at fault coloured and commented; mended it is an input like any other.
rejects_test.py PROGRAM"""
import datetime
import json
import time

import openpyxl

import parts
from parts import Raw, book, row, rows
from tools import WorkbookCase, main

OWN = ["_source", "_column", "_value", "_reason"]
HEADER = ["SKU", "Name", "Price", "Day", "New", "Page", "Note"]
COLUMNS = {"sku": {"header": "SKU", "required": True}, "name": {"header": "Name", "required": True},
           "price": {"header": "Price", "type": "decimal"},
           "day": {"header": "Day", "type": "date"}, "new": {"header": "New", "type": "boolean"},
           "page": {"header": "Page", "type": "url"}}
STYLES = parts.number_formats("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0.00")


def date(serial, style=1):
    return Raw(f'<c r="REF" s="{style}"><v>{serial}</v></c>')


def link(address, text="Shop"):
    return Raw(f'<c r="REF"><f>HYPERLINK("{address}","{text}")</f></c>')


ERROR = Raw('<c r="REF" t="e"><v>#DIV/0!</v></c>')
FORMULA = Raw('<c r="REF"><f>B2*2</f></c>')


class Rejects(WorkbookCase):
    def mapping(self, columns=None, source=None, **more):
        columns = columns or COLUMNS
        return self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns, **(source or {})},
                                                "outputs": {"file.ndjson": {"fields": {name: name for name in columns}}}, **more})

    def rejects(self, out="out", name="rejects.xlsx"):
        return openpyxl.load_workbook(self.here.folder / out / name)

    def values(self, *arguments, **more):
        return [[c.value for c in r] for r in self.rejects(*arguments, **more).active]

    def good(self, out):
        text = (self.here.folder / out / "file.ndjson").read_text()
        return [json.loads(line, parse_float=str) for line in text.splitlines()]


class Content(Rejects):
    def setUp(self):
        super().setUp()
        self.catalog = self.book(book(rows(
            HEADER,
            ["0001", "Soap", "n/a", date(46347), True, link("https://shop.example/?a=1&amp;b=2"), date(46347.75, 2)],
            ["K0", "fine", 1, date(1), False],
            [3349668566372, "Balm", 1.5, "soon", False, "https://shop.example/plain", ERROR],
            ["K3", None, 2, date(46348), "perhaps", None, "=1+1"],
            ["K4", ERROR, FORMULA, date(60), True, "no address", None]), styles=STYLES))

    def test_cells_as_they_were(self):
        self.convert(self.mapping(), self.catalog, "-o", "out", status=1)
        wb = self.rejects()
        self.assertEqual(wb.sheetnames, ["Rejects"])
        ws = wb.active
        table = [[c.value for c in r] for r in ws]
        self.assertEqual(table[0], HEADER + OWN)
        day = datetime.datetime(2026, 11, 21)
        self.assertEqual(table[1][:7], ["0001", "Soap", "n/a", day, True, "Shop", day.replace(hour=18)])
        self.assertEqual(table[2][:7], [3349668566372, "Balm", 1.5, "soon", False, "https://shop.example/plain", "#DIV/0!"])
        self.assertEqual(table[3][:7], ["K3", None, 2, day + datetime.timedelta(1), "perhaps", None, "=1+1"])
        self.assertEqual(table[4][:7], ["K4", "#DIV/0!", "#N/A", "1900-02-29", True, "no address", None])
        self.assertEqual([c.data_type for c in ws[2]][:7], ["s", "s", "s", "d", "b", "s", "d"])
        self.assertEqual([c.data_type for c in ws[3]][:7], ["n", "s", "n", "s", "b", "s", "e"])
        self.assertEqual(ws["F2"].hyperlink.target, "https://shop.example/?a=1&b=2")
        self.assertEqual((ws["G4"].data_type, ws["B5"].data_type, ws["C5"].data_type), ("s", "e", "e"))
        self.assertTrue(all(c.font.bold for c in ws[1]))
        self.assertEqual(ws.freeze_panes, "A2")

    def test_the_four_columns(self):
        self.convert(self.mapping(), self.catalog, "-o", "out", status=1)
        own = [r[7:] for r in self.values()[1:]]
        self.assertEqual([r[:3] for r in own], [
            ["catalog.xlsx!Catalog!C2", "price", "n/a"], ["catalog.xlsx!Catalog!D4", "day", "soon"],
            ["catalog.xlsx!Catalog!B5; catalog.xlsx!Catalog!E5", "name; new", "perhaps"],
            ["; ".join(f"catalog.xlsx!Catalog!{c}6" for c in "BCDF"), "name; price; day; page",
             "#DIV/0!; B2*2; 1900-02-29; no address"]])
        for reason, words in zip((r[3] for r in own),
                                 (["not a decimal number"], ["date"], ["required", "perhaps"],
                                  ["error", "formula", "1900-02-29", "http"])):
            for word in words:
                self.assertIn(word, reason)

    def test_the_cell_at_fault_is_coloured_and_says_why(self):
        self.convert(self.mapping(), self.catalog, "-o", "out", status=1)
        ws = self.rejects().active
        marked = {c.coordinate: c.comment.text for r in ws for c in r if c.comment}
        self.assertEqual(sorted(marked), ["B4", "B5", "C2", "C5", "D3", "D5", "E4", "F5"])
        self.assertEqual(sorted(c.coordinate for r in ws for c in r if c.fill.fill_type), sorted(marked))
        self.assertIn('"n/a" is not a decimal number', marked["C2"])
        self.assertIn("required", marked["B4"])
        for r in ws.iter_rows(min_row=2):
            for c in r:
                if c.comment:
                    self.assertIn(c.comment.text, ws.cell(c.row, 11).value)

    def test_a_run_of_what_was_not_mended_gives_the_same_rejects(self):
        self.convert(self.mapping(), self.catalog, "-o", "one", status=1)
        first = self.here.folder / "one/rejects.xlsx"
        before, generations = self.values("one"), []
        for n in range(3):
            out = f"again{n}"
            self.convert(self.mapping(), first, "-o", out, status=1)
            first = self.here.folder / out / "rejects.xlsx"
            generations.append(first.read_bytes())
            again = self.values(out)
            self.assertEqual([r[:7] for r in again], [r[:7] for r in before])
            self.assertEqual([r[8] for r in again], [r[8] for r in before])
            self.assertEqual([r[7].replace("catalog.xlsx!Catalog", "")[-2:-1] for r in again[1:]], [r[7][-2:-1] for r in before[1:]])
            self.assertEqual([len(r) for r in again], [11] * 5)
            self.assertEqual(self.good(out), [])
        self.assertEqual(generations[1], generations[2])

    def test_equal_runs_give_equal_bytes(self):
        self.convert(self.mapping(), self.catalog, "-o", "one", status=1)
        time.sleep(2.1)  # a ZIP tells times of two seconds apart
        self.here.environment.update(TZ="Asia/Tokyo", LANG="tr_TR.UTF-8", USER="another")
        self.convert(self.mapping(), self.catalog, "-o", "two", status=1)
        for name in ("rejects.xlsx", "manifest.json", "file.ndjson", "file.ndjson.rows"):
            self.assertEqual((self.here.folder / "one" / name).read_bytes(), (self.here.folder / "two" / name).read_bytes(), name)

    def test_no_rejects_no_file(self):
        self.convert(self.mapping(), self.book(book(rows(HEADER, ["K", "N", 1])), "fine.xlsx"), "-o", "out")
        self.assertEqual([p.name for p in (self.here.folder / "out").glob("rejects*")], [])

    def test_the_manifest_knows_it(self):
        self.convert(self.mapping(), self.catalog, "-o", "out", status=1)
        files = {f["name"]: f for f in json.loads((self.here.folder / "out/manifest.json").read_text())["files"]}
        self.assertEqual(files["rejects.xlsx"]["records"], 4)
        self.assertEqual(files["rejects.xlsx"]["bytes"], (self.here.folder / "out/rejects.xlsx").stat().st_size)


class Mended(Rejects):
    """Each way of mending gives what would have stood there at once."""
    table = [["SKU", "Name", "Price", "Day", "New", "Page", "Note"],
             ["0001", "Soap", "n/a", date(46347), True, link("https://shop.example/1"), "x"],
             ["K2", "Balm", 1.1, "soon", False], ["K3", None, 2, date(46348), True, "https://shop.example/3", ERROR]]
    mended = [{"sku": "0001", "name": "Soap", "price": "2.5", "day": "2026-11-21", "new": True, "page": "https://shop.example/1"},
              {"sku": "K2", "name": "Balm", "price": "1.1", "day": "2026-12-24", "new": False},
              {"sku": "K3", "name": "Oil", "price": 2, "day": "2026-11-22", "new": True, "page": "https://shop.example/3"}]

    def catalog(self, above=(), name="catalog.xlsx", **more):
        return self.book(book(sheets=[("Notes", rows(["nothing"])), ("Catalog", rows(*above, *self.table))], styles=STYLES, **more),
                         name)

    def mend(self, out, at=2):
        wb = self.rejects(out)
        ws = wb.active
        ws[f"C{at}"], ws[f"D{at + 1}"], ws[f"B{at + 2}"] = 2.5, datetime.date(2026, 12, 24), "Oil"
        wb.save(self.here.folder / out / "rejects.xlsx")
        return self.here.folder / out / "rejects.xlsx"

    def test_with_openpyxl(self):
        mapping = self.mapping()
        self.convert(mapping, self.catalog(), "-o", "out", status=1)
        self.assertEqual(self.lines(mapping, self.mend("out")), self.mended)

    def test_whatever_sheet_and_header_row_the_mapping_names(self):
        above = [["Qogita Catalog"], ["As Of", date(46347)], []]
        for n, source in enumerate(({"sheet": "Catalog"}, {"sheet": 2}, {"header_row": 4}, {"sheet": "Catalog", "header_row": 4},
                                    {"sheet": 2, "header_row": 4})):
            mapping = self.mapping(source=source)
            self.convert(mapping, self.catalog(above), "-o", f"out{n}", status=1)
            ws = self.rejects(f"out{n}").active
            at = 4 if "header_row" in source else 1
            self.assertEqual([c.value for c in ws[at]], HEADER + OWN)
            if at == 4:
                self.assertEqual((ws["A1"].value, ws["B2"].value, ws.freeze_panes),
                                 ("Qogita Catalog", datetime.datetime(2026, 11, 21), "A5"))
            again = self.convert(mapping, self.here.folder / f"out{n}/rejects.xlsx", "-o", f"again{n}", status=1)
            self.assertIn("3 rejected", again.text)
            self.assertEqual(self.lines(mapping, self.mend(f"out{n}", at + 1)), self.mended, source)

    def test_with_libreoffice(self):
        """Opened by LibreOffice, mended in its own format, saved as a workbook again."""
        mapping = self.mapping()
        self.convert(mapping, self.catalog(), "-o", "out", status=1)
        opened = self.libreoffice("fods", self.here.folder / "out/rejects.xlsx")[0]
        text = opened.read_text()
        for old, new in (("n/a", ' office:value-type="float" office:value="2.5">2.5'),
                         ("soon", ' office:value-type="date" office:date-value="2026-12-24">2026-12-24')):
            at = text.index(f"<text:p>{old}</text:p>")
            cell = text.rindex("<table:table-cell", 0, at)
            end = text.index("</table:table-cell>", at)
            style = text[cell:text.index(">", cell)].split('table:style-name="')[1].split('"')[0]
            text = (text[:cell] + f'<table:table-cell table:style-name="{style}"' + new.replace(">", "><text:p>") + "</text:p>" +
                    text[end:])
        at = text.index("<text:p>Balm</text:p>")
        following = text.index("<table:table-row", at)
        cell = text.index("</table:table-cell>", text.index("<text:p>K3</text:p>", following)) + len("</table:table-cell>")
        old = text[cell:text.index("</table:table-cell>", cell)]
        self.assertIn("required", old)  # the comment
        text = text[:cell] + '<table:table-cell office:value-type="string"><text:p>Oil</text:p>' + text[cell + len(old):]
        mended = self.here.write("mended.fods", text)
        self.assertEqual(self.lines(mapping, self.libreoffice("xlsx:Calc MS Excel 2007 XML", mended)[0]), self.mended)


class Several(Rejects):
    columns = {"sku": {"header": "SKU", "required": True}, "price": {"header": "Price", "type": "decimal"}}

    def test_inputs_of_different_headers(self):
        one = self.book(book(rows(["SKU", "Price"], ["A", "x"], ["B", 1])), "one.xlsx")
        two = self.book(book(rows(["Price", "SKU"], ["y", "C"], [1, "D"])), "two.xlsx")
        three = self.book(book(rows(["SKU", "Price"], ["E", "z"])), "three.xlsx")
        self.convert(self.mapping(self.columns), one, two, three, "-o", "out", status=1)
        self.assertEqual([r[:3] for r in self.values()],
                         [["SKU", "Price", "_source"], ["A", "x", "one.xlsx!Catalog!B2"], ["E", "z", "three.xlsx!Catalog!B2"]])
        self.assertEqual([r[:3] for r in self.values(name="rejects-2.xlsx")],
                         [["Price", "SKU", "_source"], ["y", "C", "two.xlsx!Catalog!A2"]])
        self.assertEqual([r["sku"] for r in self.good("out")], ["B", "D"])

    def test_text_and_workbooks_in_one_run(self):
        csv = self.here.write("old.csv", "SKU,Price\nA,x\nB,1\n")
        file = self.book(book(rows(["SKU", "Price"], ["C", "y"], ["D", 1])))
        self.convert(self.mapping(self.columns), csv, file, "-o", "out", status=1)
        self.assertEqual([r[:3] for r in self.values()], [["SKU", "Price", "_source"], ["C", "y", "catalog.xlsx!Catalog!B2"]])
        self.assertEqual((self.here.folder / "out/rejects.csv").read_text().splitlines()[1][:15], "A,x,old.csv:2,p")
        both = self.convert(self.mapping(self.columns), self.here.folder / "out/rejects.csv", self.here.folder / "out/rejects.xlsx",
                            "-o", "again", status=1)
        self.assertIn("2 rejected", both.text)
        self.assertEqual(sorted(p.name for p in (self.here.folder / "again").glob("rejects*")), ["rejects.csv", "rejects.xlsx"])

    def test_hostile_texts_stay_texts(self):
        texts = ["=1+1", "+1", "-1", "@x", "=HYPERLINK(\"http://evil.example\")", "\tx", "a\r\nb", "_x000D_", "'", "x" * 32767,
                 "{=1}", "#N/A", "TRUE", "1e5"]
        file = self.book(book(rows(["SKU", "Price", "Note"], *([f"K{n}", "bad", t] for n, t in enumerate(texts)))))
        self.convert(self.mapping(self.columns), file, "-o", "out", status=1)
        ws = self.rejects().active
        self.assertEqual([ws.cell(n + 2, 3).data_type for n in range(len(texts))], ["s"] * len(texts))
        first = [r[2] for n, r in self.raw(file).items() if n > 1]
        self.assertEqual([r[2] for n, r in self.raw(self.here.folder / "out/rejects.xlsx").items() if n > 1], first)

    def test_ten_thousand_rejects(self):
        file = self.book(book("".join([row(1, "SKU", "Price"), *(row(n, f"K{n}", "bad") for n in range(2, 10002))])))
        done, used = self.measured("convert", self.mapping(self.columns), file, "-o", "out")
        self.assertEqual(done.status, 1, done.text)
        self.within_bounds(used, seconds=4)
        found = self.raw(self.here.folder / "out/rejects.xlsx")
        self.assertEqual((len(found), found[10001][:3]), (10001, ["K10001", "bad", "catalog.xlsx!Catalog!B10001"]))


if __name__ == "__main__":
    main()
