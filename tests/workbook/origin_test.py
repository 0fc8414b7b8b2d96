#!/usr/bin/env python3
"""Where a row of a workbook came from, wherever it is said: beside the records, in rejects, in warnings, by the server's refusals. A row is
`catalog.xlsx!Catalog!17`, a cell at fault `catalog.xlsx!Catalog!E17`. origin_test.py PROGRAM"""
import json

import openpyxl

from parts import Raw, book, rows
from tools import WorkbookCase, main

HEADER = ["SKU", "Name", "Brand", "Price"]
TABLE = [["Prices of today"], [], HEADER, ["K1", "Soap", "B", 1.5], ["K2", "Balm", "B", "n/a"], ["K3", None, "B", True],
         ["K4", "Oil", "B", 2, "more"],
         ["K1", "Soap", "B", 3], ["K5", "Wax", "B", Raw('<c r="REF" t="e"><v>#N/A</v></c>')], ["K6", "Tea", "B", 4]]
# by row: the cells at fault, and the columns
FAULTS = {5: ("!D5", "price"), 6: ("!B6; catalog.xlsx!Prices!D6", "name; price"), 7: ("!7", None), 8: ("!8", "sku"),
          9: ("!D9", "price")}


class Origins(WorkbookCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.book(book(sheets=[("Read me", rows(["hello"])), ("Prices", rows(*TABLE))]))
        self.mapping = self.here.mapping()

    def test_of_records(self):
        self.convert(self.mapping, self.catalog, "-o", "out", status=1)
        self.assertEqual((self.here.folder / "out/quotiza.products-00001.json.rows").read_text(),
                         "catalog.xlsx!Prices!4\ncatalog.xlsx!Prices!10\n")

    def test_of_rejects(self):
        self.convert(self.mapping, self.catalog, "-o", "out", status=1)
        found = self.cat(self.here.folder / "out/rejects.xlsx")
        self.assertEqual([(r["_source"], r["_column"]) for r in found],
                         [("catalog.xlsx!Prices" + cell, column) for cell, column in FAULTS.values()])
        self.assertIn("from catalog.xlsx!Prices!4", found[3]["_reason"])

    def test_of_warnings(self):
        expected = ["Prices!D5: price: ", "Prices!B6: name: ", "Prices!D6: price: ", "Prices!7: the row has 5 cells", "Prices!8: sku: ",
                    "Prices!D9: price: "]
        for command, wanted in ((["convert", self.mapping, self.catalog, "-o", "-"], expected),
                                (["check", self.mapping, "--sample", self.catalog], [w for w in expected if "!8" not in w])):
            done = self.here.run(*command)
            self.assertEqual(done.status, 1, done.text)
            lines = [line for line in done.text.splitlines() if "catalog.xlsx!" in line]
            self.assertEqual(len(lines), len(wanted), done.text)
            for line, words in zip(lines, wanted):
                self.assertIn("catalog.xlsx!" + words, line)

    def test_of_errors(self):
        done = self.convert(self.mapping, self.book(book(rows(HEADER, ["K1", "Soap", "B", Raw("<c r='REF'><v>abc</v></c>")])),
                                                    "bad.xlsx"), "-o", "-", status=4)
        for word in ("bad.xlsx", "Catalog", "D2", "abc"):
            self.assertIn(word, done.text)
        self.assertEqual(done.out, b"")

    def test_after_a_delivery(self):
        sandbox = self.sandbox("--fail-sku", "K6")
        place = self.place(sandbox)
        catalog = place.write("catalog.xlsx", self.catalog.read_bytes())
        done = place.push(place.mapping(), catalog)
        self.ended(done, 1)
        self.assertEqual(done.summary["rows"], {"read": 7, "filtered": 0, "duplicates": 0, "rejected": 5, "written": 2})
        shown = place.show(done.summary["run"])
        self.assertEqual([(r["key"], r["origin"]) for r in shown["refused"]], [("K6", "catalog.xlsx!Prices!10")])
        self.assertEqual([(r["origin"], r["column"] or None) for r in shown["rejected"]],
                         [("catalog.xlsx!Prices" + c, n) for c, n in FAULTS.values()])
        self.assertEqual([r["value"] for r in shown["rejected"]][:1], ["n/a"])
        people = place.run("runs", "show", done.summary["run"], "--state", place.state).out.decode()
        for origin in ("catalog.xlsx!Prices!10", "catalog.xlsx!Prices!D5", "catalog.xlsx!Prices!D9"):
            self.assertIn(origin, people)

    def test_of_several_inputs_and_of_a_pipe(self):
        table = rows(HEADER, ["K1", "Soap", "B", "n/a"], ["K2", "Oil", "B", 1])
        first, second = self.book(book(table), "a/catalog.xlsx"), self.book(book(sheets=[("Sheet 1!'", table)]), "b/catalog.xlsx")
        csv = self.here.write("old.csv", "SKU,Name,Brand,Price\nK9,Tea,B,x\nK8,Tea,B,1\n")
        mapping = self.here.mapping("file.ndjson")
        self.convert(mapping, "a/catalog.xlsx", csv, "b/catalog.xlsx", "-o", "out", status=1)
        self.assertEqual((self.here.folder / "out/file.ndjson.rows").read_text().splitlines(),
                         ["a/catalog.xlsx!Catalog!3", "old.csv:3", "b/catalog.xlsx!Sheet 1!'!3"])
        sources = [r["_source"] for r in self.cat(self.here.folder / "out/rejects.xlsx") +
                   self.cat(self.here.folder / "out/rejects.csv")]
        self.assertEqual(sources, ["a/catalog.xlsx!Catalog!D2", "b/catalog.xlsx!Sheet 1!'!D2", "old.csv:2"])
        self.convert(mapping, "-", "-o", "piped", stdin=first.read_bytes(), status=1)
        name = json.loads((self.here.folder / "piped/manifest.json").read_text())["inputs"][0]["name"]
        self.assertEqual((self.here.folder / "piped/file.ndjson.rows").read_text(), f"{name}!Catalog!3\n")
        self.assertEqual([p.name for p in (first, second)], ["catalog.xlsx"] * 2)

    def test_columns_far_out_have_letters_too(self):
        header = [f"c{n}" for n in range(800)]
        table = rows([*header[:700], "SKU", *header[700:], "Price"], [*header[:700], "K1", *header[700:], "n/a"])
        columns = {"sku": "SKU", "price": {"header": "Price", "type": "decimal"}}
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns},
                                                   "outputs": {"file.ndjson": {"fields": {"sku": "sku", "price": "price"}}}})
        done = self.convert(mapping, self.book(book(table)), "-o", "-", status=1)
        self.assertIn(f"catalog.xlsx!Catalog!{openpyxl.utils.get_column_letter(802)}2: price", done.text)


if __name__ == "__main__":
    main()
