#!/usr/bin/python3
"""`inspect`: the table, the JSON and drafts that pass `check` and convert the very file they were made from. inspect_test.py PROGRAM"""
import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, SANITIZED, Case, main  # noqa: E402

SAMPLES = sorted((ROOT / "samples").glob("*.csv")) + sorted((ROOT / "samples").glob("*.xlsx"))
TARGETS = [json.loads(p.read_text())["target"] for p in sorted((ROOT / "mappings/contracts").glob("*.json"))]


class Inspect(Case):
    def setUp(self):
        self.here = self.place()

    def inspect(self, *arguments, status=0, **more):
        done = self.here.run("inspect", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return done

    def profile(self, content, *arguments, name="in.csv"):
        if content is not None:
            self.here.write(name, content)
        return json.loads(self.inspect(name, "--json", *arguments).out)

    def draft(self, source, target, *arguments):
        """The draft as a file, which passes `check`."""
        text = self.inspect(source, "--draft", target, *arguments).out
        path = self.here.write("draft.json", text)
        checked = self.here.run("check", path)
        self.assertEqual(checked.status, 0, checked.text + text.decode())
        return path, json.loads(text)


class Profile(Inspect):
    def test_what_a_file_is(self):
        found = self.profile(b"\xef\xbb\xbfTitle;;\n;;\nGTIN;Price;Note\n3349668566372;1,50;\n4006381333931;2,00;x\n")
        self.assertEqual({k: v for k, v in found.items() if k != "columns"},
                         {"file": "in.csv", "format": "csv", "encoding": "UTF-8", "byte_order_mark": True, "delimiter": ";", "sheets": [],
                          "sheet": None, "header_row": 3, "rows": 2, "ragged": 0})
        self.assertEqual(found["columns"], [
            {"letter": "A", "header": "GTIN", "type": "gtin", "empty": 0, "filled": 2, "examples": ["3349668566372", "4006381333931"]},
            {"letter": "B", "header": "Price", "type": "decimal", "empty": 0, "filled": 2, "examples": ["1,50", "2,00"], "note": '"decimal_mark": ","'},
            {"letter": "C", "header": "Note", "type": "text", "empty": 1, "filled": 1, "examples": ["x"]}])

    def test_the_samples(self):
        for sample in SAMPLES:
            found = json.loads(self.inspect(sample, "--json").out)
            self.assertEqual([c["header"] for c in found["columns"][:4]], ["GTIN", "Name", "Category", "Brand"], sample.name)
            types = {c["header"]: c["type"] for c in found["columns"]}
            self.assertEqual((types["Unit"], types["Is a pre-order?" if "Is a pre-order?" in types else "Has Extended Delivery Time"]),
                             ("integer", "boolean"), sample.name)
            if sample.name != "qogita-catalog.csv":
                price = next(h for h in types if h.endswith("rice inc. shipping"))
                self.assertEqual((types["GTIN"], types[price]), ("gtin", "decimal"), sample.name)
                self.assertEqual(found["rows"], 10)
            for column in found["columns"]:
                self.assertEqual(column["empty"] + column["filled"], found["rows"])

    def test_bad_cells_are_counted(self):
        found = {c["header"]: c for c in json.loads(self.inspect(ROOT / "samples/qogita-catalog.csv", "--json").out)["columns"]}
        self.assertEqual((found["GTIN"]["type"], found["GTIN"]["note"]), ("text", "gtin but for 10 cells, the first in row 61"))

    def test_the_table_says_the_same(self):
        self.here.write("in.csv", "GTIN,Név,Link\n3349668566372,Árvíztűrő tükörfúrógép és még sok minden más is,\n4006381333931,\x1b[31mred,\n")
        text = self.inspect("in.csv").out.decode()
        self.assertRegex(text, r"(?m)^file +in\.csv$")
        self.assertRegex(text, r"(?m)^delimiter +,$")
        self.assertRegex(text, r"(?m)^header row +1$")
        self.assertRegex(text, r"(?m)^rows +2$")
        self.assertRegex(text, r"(?m)^A    GTIN    gtin +0 %  3349668566372 · 4006381333931$")
        self.assertRegex(text, r"(?m)^B    Név     text +0 %  Árvíztűrő tükörfúrógép és még sok minde… · \\x1b\[31mred$")
        self.assertRegex(text, r"(?m)^C    Link    text +100 %$\n +empty$")

    def test_columns_of_the_table_stand_below_each_other(self):
        self.here.write("in.csv", "a,žluťoučký kůň,日\n1,2,3\n")
        lines = [line for line in self.inspect("in.csv").out.decode().splitlines() if re.match("[ABC] ", line)]
        self.assertEqual({line.index("integer") for line in lines}, {lines[0].index("integer")})

    def test_rows_of_another_width_are_counted(self):
        self.assertEqual(self.profile("a,b\n1,2\n1\n1,2,3\n")["ragged"], 2)
        self.assertRegex(self.inspect("in.csv").out.decode(), r"(?m)^rows +3, 2 of them with more or fewer cells than the header$")

    def test_a_declared_form(self):
        found = self.profile(b"a~b\nc~d\ncaf\xe9~1\n", "--delimiter", "~", "--encoding", "windows-1252", "--header-row", "2")
        self.assertEqual((found["delimiter"], found["encoding"], found["header_row"]), ("~", "windows-1252", 2))
        self.assertEqual(found["columns"][0]["examples"], ["café"])

    def test_a_header_alone_is_no_fault(self):
        found = self.profile("a,b\n")
        self.assertEqual((found["rows"], [c["note"] for c in found["columns"]]), (0, ["empty", "empty"]))

    def test_inputs_that_cannot_be_read(self):
        for content in ("", "\n\n", "PK\x03\x04", '{"a": 1}', 'a,b\n1,"x\n'):
            self.here.write("in.csv", content)
            self.assertEqual(self.inspect("in.csv", status=4).out, b"", content)

    def test_memory_does_not_grow(self):
        if SANITIZED:
            return
        self.here.write("in.csv", "a,b,c\n" + "some text,1234,1.5\n" * 1000000)
        command = ["sh", "-c", 'ulimit -v 100000 && exec "$@" >/dev/null', "sh", PROGRAM, "inspect", "in.csv"]
        self.assertEqual(subprocess.run(command, cwd=self.here.folder, timeout=60).returncode, 0)

    def test_usage(self):
        self.here.write("in.csv", "a\n1\n")
        for arguments in ((), ("in.csv", "in.csv"), ("in.csv", "--json", "--draft", "file.csv"), ("in.csv", "--sheet", "1")):
            self.inspect(*arguments, status=2)


class Workbooks(Inspect):
    def workbook(self):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Catalog"
        for row in (["Report"], [], ["EAN", "Price", "Since", "Page", "Bad"],
                    [30162822, 1.1, "=1+1", "View", "#N/A"], ["3349668566372", 2, None, "View", "x"]):
            sheet.append(row)
        sheet["C4"].value = __import__("datetime").date(2026, 11, 21)
        sheet["D4"].hyperlink, sheet["D5"].hyperlink = "https://a.example/1", "https://a.example/2"
        book.create_sheet("Old").sheet_state = "hidden"
        book["Old"].append(["x"])
        book["Old"].append([5])
        book.save(self.here.folder / "in.xlsx")

    def test_what_a_workbook_is(self):
        self.workbook()
        found = self.profile(None, name="in.xlsx")
        self.assertEqual({k: v for k, v in found.items() if k != "columns"},
                         {"file": "in.xlsx", "format": "xlsx", "encoding": None, "byte_order_mark": False, "delimiter": None,
                          "sheets": [{"sheet": "Catalog", "state": "visible", "cells": True}, {"sheet": "Old", "state": "hidden", "cells": True}],
                          "sheet": "Catalog", "header_row": 3, "rows": 2, "ragged": 0})
        self.assertEqual([(c["header"], c["type"], c.get("note")) for c in found["columns"]], [
            ("EAN", "gtin", None), ("Price", "decimal", None), ("Since", "date", None),
            ("Page", "url", "the addresses behind the cells"), ("Bad", "text", "1 with an error in place of a value")])
        self.assertEqual(found["columns"][3]["examples"], ["https://a.example/1", "https://a.example/2"])
        self.assertRegex(self.inspect("in.xlsx").out.decode(), r"(?m)^sheets +Catalog \(this one\), Old \(hidden\)$")

    def test_small_numbers_are_no_gtin(self):
        book = openpyxl.Workbook()
        for row in (["Unit", "EAN"], [24, 30162822], [17, 30162822]):  # 24 and 17 have right check digits
            book.active.append(row)
        book.save(self.here.folder / "in.xlsx")
        self.assertEqual([c["type"] for c in self.profile(None, name="in.xlsx")["columns"]], ["integer", "gtin"])

    def test_a_sheet_by_its_name(self):
        self.workbook()
        found = self.profile(None, "--sheet", "Old", name="in.xlsx")
        self.assertEqual((found["sheet"], found["columns"][0]["type"]), ("Old", "integer"))
        path, draft = self.draft("in.xlsx", "file.ndjson", "--sheet", "2")
        self.assertEqual(draft["source"]["sheet"], "Old")
        self.assertEqual(json.loads(self.here.run("convert", path, "in.xlsx", "-o", "-").out), {"x": 5})


class Draft(Inspect):
    def test_a_draft_of_each_sample_converts_it(self):
        for sample in SAMPLES:
            for target in TARGETS:
                path, draft = self.draft(sample, target)
                done = self.here.run("convert", path, sample, "-o", f"{sample.name}-{target}")
                self.assertIn(done.status, (0, 1), done.text)
                if target == "quotiza.products":
                    fields = draft["outputs"][target]["fields"]
                    wanted = {"sku", "name", "brand", "cost", "upc", "base_price", "category", "active", "sales_unit", "custom2_value"}
                    self.assertEqual(wanted - set(fields), set(), sample.name)
                    self.assertEqual((fields["sku"], fields["upc"]), ("gtin", "gtin"))

    def test_a_draft_gives_the_products_of_the_shipped_mapping(self):
        sample = ROOT / "samples/qogita-supplier.csv"
        path, _ = self.draft(sample, "quotiza.products")
        for mapping, out in ((path, "draft"), ("qogita-to-quotiza", "shipped")):
            self.assertEqual(self.here.run("convert", mapping, sample, "-o", out).status, 0)
        ours, theirs = (json.loads((self.here.folder / d / "quotiza.products-00001.json").read_text())["products"] for d in ("draft", "shipped"))
        for product in theirs:  # the currency stands in the header
            del product["custom1_name"], product["custom1_value"]
        self.assertEqual(ours, theirs)

    def test_every_column_of_a_file_goes_into_a_file(self):
        source = 'Name,Größe,"a ""b""",7\n"x, y",5,-,1.50\n,6,+,2\n'
        self.here.write("in.csv", source)
        path, _ = self.draft("in.csv", "file.csv")
        self.assertEqual(self.here.run("convert", path, "in.csv", "-o", "out").status, 0)
        self.assertEqual((self.here.folder / "out/file.csv").read_text(), source)

    def test_what_is_missing_is_marked(self):
        self.here.write("in.csv", "Article;Text\n1;x\n")
        _, draft = self.draft("in.csv", "quotiza.products")
        fields = draft["outputs"]["quotiza.products"]["fields"]
        self.assertEqual(set(fields), {"sku", "name", "brand"})
        self.assertTrue(all(f["$comment"].startswith("todo: ") for f in fields.values()))

    def test_lines_stay_short_enough_to_be_edited(self):
        text = self.inspect(ROOT / "samples/qogita-older.csv", "--draft", "quotiza.products").out.decode()
        self.assertTrue(text.startswith('{\n  "qonduit": 1,\n  "description": "draft: qogita-older.csv to quotiza.products",\n'))
        self.assertTrue(text.endswith("\n}\n"))
        self.assertLess(max(map(len, text.splitlines())), 170)

    def test_an_unknown_target(self):
        self.here.write("in.csv", "a\n1\n")
        done = self.inspect("in.csv", "--draft", "quotiza.product", status=2)
        self.assertIn('did you mean "quotiza.products"?', done.text)
        self.assertEqual(done.out, b"")

    def test_a_target_of_ones_own(self):
        self.here.write("contracts/shop.json", {"qonduit_contract": 1, "target": "shop.prices", "title": "Shop", "key": "sku", "fields": {
            "sku": {"type": "string", "required": True}, "price": {"type": "number", "required": True, "places": 2}},
            "file": {"style": "array", "extension": "json"}})
        self.here.write("in.csv", "SKU,Price\n007,1.999\n008,2\n007,3\n")
        text = self.inspect("in.csv", "--draft", "shop.prices", "--contracts", "contracts").out
        path = self.here.write("draft.json", text)
        self.assertEqual(json.loads(text)["unique"], {"by": ["sku"]})
        done = self.here.run("convert", path, "in.csv", "-o", "-", "--contracts", "contracts")
        self.assertEqual((done.status, done.out), (0, b'{"sku":"007","price":2.00}\n{"sku":"008","price":2.00}\n'), done.text)


if __name__ == "__main__":
    main()
