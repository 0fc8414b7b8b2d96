#!/usr/bin/python3
"""`cat`: the rows of CSV files and of workbooks that openpyxl wrote, beside what Python reads in them. cat_test.py PROGRAM"""
import csv
import datetime
import io
import json
import random
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, SANITIZED, Case, main  # noqa: E402


class Cat(Case):
    def setUp(self):
        self.here = self.place()

    def cat(self, *arguments, status=0, **more):
        done = self.here.run("cat", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return [json.loads(line) for line in done.out.splitlines()], done

    def rows(self, content, *arguments, name="in.csv", **more):
        self.here.write(name, content)
        return self.cat(name, *arguments, **more)[0]

    def fails(self, content, part, *arguments, status=4, name="in.csv"):
        self.here.write(name, content)
        rows, done = self.cat(name, *arguments, status=status)
        self.assertIn(part, done.text)
        return rows

    def workbook(self, name="in.xlsx", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(self.here.folder / name)
        return book


    def share(self, name, text):
        """Adds a part of shared strings, which openpyxl does not write."""
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        with zipfile.ZipFile(self.here.folder / name) as old:
            parts = {p: old.read(p).decode() for p in old.namelist()}
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}"><si><t>{text}</t></si></sst>'
        for part, end, more in (
                ("xl/_rels/workbook.xml.rels", "</Relationships>", f'<Relationship Id="shared" Type="{kind}" Target="/xl/sharedStrings.xml"/>'),
                ("[Content_Types].xml", "</Types>", '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
                 'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>')):
            parts[part] = parts[part].replace(end, more + end)
        with zipfile.ZipFile(self.here.folder / name, "w") as new:
            for part, content in parts.items():
                new.writestr(part, content)


class Keyed(Cat):
    def test_rows_are_objects_keyed_by_header(self):
        self.assertEqual(self.rows("GTIN,Name\n0012,\"Eau, \"\"50\"\"\"\n13,\n"), [{"GTIN": "0012", "Name": 'Eau, "50"'}, {"GTIN": "13", "Name": None}])

    def test_keys_stand_in_the_order_of_the_file(self):
        self.assertEqual(list(self.rows("b,a,c\n1,2,3\n")[0]), ["b", "a", "c"])

    def test_headers_that_stand_twice_have_a_number(self):
        self.assertEqual(list(self.rows("a,a,a,a (2)\n1,2,3,4\n")[0]), ["a", "a (2)", "a (3)", "a (2) (2)"])

    def test_a_column_without_a_header_has_its_letter(self):
        self.assertEqual(self.rows("x,, ,z\n1,2,3,4\n"), [{"x": "1", "B": "2", "C": "3", "z": "4"}])
        self.assertEqual(self.rows(",B,A,x\n1,2,3,4\n"), [{"A (2)": "1", "B": "2", "A": "3", "x": "4"}])

    def test_cells_behind_the_header_have_letters_and_missing_ones_are_null(self):
        self.assertEqual(self.rows("a,b,c\n1,2,3,4\n1\n1,2,3,,5\n1,2,3\n"),
                         [{"a": "1", "b": "2", "c": "3", "D": "4"}, {"a": "1", "b": None, "c": None},
                          {"a": "1", "b": "2", "c": "3", "D": None, "E": "5"}, {"a": "1", "b": "2", "c": "3"}])

    def test_rows_above_the_header_are_left_out(self):
        emailed = self.cat(ROOT / "samples/qogita-emailed.csv")[0]
        self.assertEqual(len(emailed), 10)
        self.assertEqual(list(emailed[0])[:2], ["GTIN", "Name"])

    def test_a_declared_header_row(self):
        self.assertEqual(self.rows("a,b\n1,2\nc,d\n3,4\n", "--header-row", "3"), [{"c": "3", "d": "4"}])
        self.fails("a\n", "row 9", "--header-row", "9")

    def test_limit(self):
        self.assertEqual(self.rows("a\n1\n2\n3\n", "--limit", "2"), [{"a": "1"}, {"a": "2"}])

    def test_the_samples_are_what_python_reads(self):
        for sample in sorted((ROOT / "samples").glob("*.csv")):
            with open(sample, encoding="utf-8", newline="") as file:
                rows = [r for r in csv.reader(file) if r]
            header = next(i for i, r in enumerate(rows) if all(r))
            expected = [{k: (r[i] or None) if i < len(r) else None for i, k in enumerate(rows[header])} for r in rows[header + 1:]]
            self.assertEqual(self.cat(sample)[0], expected, sample.name)

    def test_standard_input(self):
        done = self.here.run("cat", "-", stdin=b"a;b\n1;2\n")
        self.assertEqual(json.loads(done.out), {"a": "1", "b": "2"})


class Raw(Cat):
    def test_every_row_from_the_first_on_with_its_number(self):
        self.assertEqual(self.rows("Title,,\n\na,b,c\n1,,\n", "--raw"),
                         [{"row": 1, "cells": ["Title", None, None]}, {"row": 3, "cells": ["a", "b", "c"]}, {"row": 4, "cells": ["1", None, None]}])

    def test_rows_are_as_wide_as_they_stand(self):
        self.assertEqual([r["cells"] for r in self.rows("1\n1,2,\n,\n\"\"\n", "--raw")], [["1"], ["1", "2", None], [None, None], [None]])

    def test_the_text_is_as_it_stands(self):
        self.assertEqual(self.rows('" a ",\t,"x\ny","\u00e9\u0001"\n', "--raw", "--delimiter", ",")[0]["cells"], [" a ", "\t", "x\ny", "\u00e9\u0001"])

    def test_a_header_row_is_no_use(self):
        self.fails("a\n", "--header-row", "--raw", "--header-row", "1", status=2)

    def test_random_tables_are_what_python_wrote(self):
        rng = random.Random(20261121)
        for n in range(60):
            text = io.StringIO()
            table = [["".join(rng.choice("ab,;|\t\"'\n\r x1é") for _ in range(rng.randrange(6))) for _ in range(rng.randrange(1, 5))]
                     for _ in range(rng.randrange(1, 20))]
            csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(table)
            found = [r["cells"] for r in self.rows(text.getvalue(), "--raw", "--delimiter", ",", "--format", "csv")]
            self.assertEqual(found, [[c or None for c in row] for row in table], n)


class Declared(Cat):
    def test_the_delimiter(self):
        self.assertEqual(self.rows("a;b\n1;2\n"), [{"a": "1", "b": "2"}])
        self.assertEqual(self.rows("a;b\n1;2\n", "--delimiter", ","), [{"a;b": "1;2"}])
        self.assertEqual(self.rows("a\tb\n1\t2\n", "--delimiter", "tab"), [{"a": "1", "b": "2"}])
        self.assertEqual(self.rows("a~b\n1~2\n", "--delimiter=~"), [{"a": "1", "b": "2"}])
        for wrong in ("", ";;", "é", '"', "\n"):
            self.fails("a\n", "--delimiter", "--delimiter", wrong, status=2)

    def test_free_text_is_not_parted(self):
        self.assertEqual(self.rows("note\nfirst; second\nnone\nlast; of; all\n"), [{"note": "first; second"}, {"note": "none"}, {"note": "last; of; all"}])

    def test_the_encoding(self):
        self.assertEqual(self.rows(b"a\ncaf\xe9\n", "--encoding", "windows-1252"), [{"a": "café"}])
        self.fails(b"a\ncaf\xe9\n", "0xE9")
        self.fails("a\n1\n", "not an encoding", "--encoding", "klingon", status=2)

    def test_the_format(self):
        self.assertEqual(self.rows('[1]\n2\n'), [[1], 2])
        self.fails("a\n1\n", "not JSON", "--format", "json")
        self.assertEqual(self.rows("[1]\n2\n", "--format", "csv"), [{"[1]": "2"}])
        self.fails("a\n1\n", "not a workbook", "--format", "xlsx")
        self.fails("a\n1\n", "auto|csv|xlsx", "--format", "ods", status=2)

    def test_limits_of_workbooks_are_sizes(self):
        self.workbook(Sheet=[["a"], *([f"{n}" * 5000] for n in range(9))])
        self.share("in.xlsx", "x" * 5000)
        self.assertEqual(len(self.cat("in.xlsx", "--max-cell", "8k", "--max-part", "1M", "--max-strings", "1g", "--max-parts", "100")[0]), 9)
        for option, value in (("--max-cell", "4k"), ("--max-part", "100"), ("--max-strings", "1k"), ("--max-parts", "2")):
            self.cat("in.xlsx", option, value, status=4)
        for wrong in ("0", "x", "1T", "-1", "99999999999G"):
            self.cat("in.xlsx", "--max-cell", wrong, status=2)


class Nothing(Cat):
    """Never an empty success."""

    def test_inputs_without_rows(self):
        for content in ("", "\n\n\n", "\ufeff"):
            for raw in ((), ("--raw",)):
                self.fails(content, "in.csv", *raw)
        self.fails("a,b\n", "there is no row below the header in row 1")
        self.assertEqual(len(self.rows("a,b\n", "--raw")), 1)

    def test_workbooks_without_rows(self):
        self.workbook(Sheet=[])
        for raw in ((), ("--raw",)):
            self.cat("in.xlsx", *raw, status=4)
        self.workbook(Sheet=[["a", "b"]])
        self.cat("in.xlsx", status=4)

    def test_rows_before_a_fault_are_printed(self):
        self.assertEqual(self.fails('a,b\n1,2\n' + "3,4\n" * 60 + '"x', "in.csv:63", "--raw", "--delimiter", ",")[1]["cells"], ["1", "2"])

    def test_what_is_missing(self):
        _, done = self.cat("nothing.csv", status=4)
        self.assertIn("nothing.csv", done.text)

    def test_one_input(self):
        self.cat(status=2)
        self.cat("a", "b", status=2)


class Pipes(Cat):
    def test_a_closed_pipe_ends_it_quietly(self):
        self.here.write("in.csv", "a,b\n" + "1,2\n" * 300000)
        process = self.here.start("cat", "in.csv")
        process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=20)
        self.assertEqual((process.returncode, process.stderr.read()), (-signal.SIGPIPE, b""))
        process.stderr.close()

    def test_a_full_disk_is_told(self):
        self.here.write("in.csv", "a\n1\n")
        with open("/dev/full", "wb") as full:
            done = self.here.run("cat", "in.csv", stdout=full)
        self.assertEqual(done.status, 4)
        self.assertIn("standard output", done.text)

    def test_memory_does_not_grow(self):
        if SANITIZED:
            return
        self.here.write("in.csv", "a,b,c\n" + "some text,1234,x\n" * 1500000)
        command = ["sh", "-c", 'ulimit -v 100000 && exec "$@" >/dev/null', "sh", PROGRAM, "cat", "in.csv"]
        self.assertEqual(subprocess.run(command, cwd=self.here.folder, timeout=60).returncode, 0)


ORDERS = """{
  "orders": [
    {"id": 9007199254740995, "total": 135.10, "rate": 1E-7, "cart_data": [{"sku": "A", "price": 100.0}, {"sku": "B", "price": 12345678901234567890}],
     "customer_info": {"name": "Juan Pérez ", "phone": null}, "note": "a\\u0000\\/\\ud83d\\ude00\\n"},
    {"id": 8, "total": -0, "cart_data": []},
    {"id": 9, "cart_data": [{"price": 1.50, "sku": "C", "price": 2}], "id": 10}
  ],
  "page": {"next": null}
}
"""


class Json(Cat):
    """Records as they stand, one a line."""

    def lines(self, content, *arguments, status=0, name="in.json", **more):
        if content is not None:
            self.here.write(name, content)
        return self.cat_text(name, *arguments, status=status, **more)[0]

    def cat_text(self, *arguments, status=0, **more):
        done = self.here.run("cat", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return done.out.decode().splitlines(), done

    def refused(self, content, part, *arguments, status=4, name="in.json"):
        """What was printed before."""
        self.here.write(name, content)
        lines, done = self.cat_text(name, *arguments, status=status)
        self.assertIn(part, done.text)
        return lines

    def test_records_are_lines_with_their_own_numbers_and_keys(self):
        self.assertEqual(self.lines(ORDERS), [
            '{"id":9007199254740995,"total":135.10,"rate":1E-7,"cart_data":[{"sku":"A","price":100.0},{"sku":"B","price":12345678901234567890}],'
            '"customer_info":{"name":"Juan Pérez ","phone":null},"note":"a\\u0000/😀\\n"}',
            '{"id":8,"total":-0,"cart_data":[]}',
            '{"id":9,"cart_data":[{"price":1.50,"sku":"C","price":2}],"id":10}'])

    def test_other_records(self):
        self.assertEqual(self.lines(ORDERS, "--records", "orders[].cart_data[]"),
                         ['{"sku":"A","price":100.0}', '{"sku":"B","price":12345678901234567890}', '{"price":1.50,"sku":"C","price":2}'])
        for document in (".", "", "$"):
            self.assertEqual([json.loads(line) for line in self.lines(ORDERS, "--records", document)], [json.loads(ORDERS)])
        self.assertEqual(self.lines('{"data":{"rows":[[1],2,"x",null,{}]}}', "--records", "data.rows[]"), ["[1]", "2", '"x"', "null", "{}"])

    def test_raw(self):
        self.assertEqual(self.lines(ORDERS, "--raw", "--records", "orders[].cart_data[]"), [
            '{"row":1,"place":"/orders/0/cart_data/0","cells":["A",100.0]}', '{"row":2,"place":"/orders/0/cart_data/1","cells":["B",12345678901234567890]}',
            '{"row":3,"place":"/orders/2/cart_data/0","cells":[1.50,"C",2]}'])
        self.assertEqual(self.lines('[[1,{"a":2}],3]', "--raw"), ['{"row":1,"place":"/0","cells":[1,{"a":2}]}', '{"row":2,"place":"/1","cells":[3]}'])
        self.assertEqual(self.lines('{"a/b~c":[{"x":1}]}', "--raw"), ['{"row":1,"place":"/a~1b~0c/0","cells":[1]}'])

    def test_where_records_are_likely(self):
        self.assertEqual(self.lines('{"count":1,"next":null,"results":[{"qid":"x"}],"links":[{"a":1}]}'), ['{"qid":"x"}'])
        self.assertEqual(self.lines('{"data":{"orders":[{"a":1}]}}'), ['{"a":1}'])
        self.assertEqual(self.lines('[{"a":1},{"b":2}]'), ['{"a":1}', '{"b":2}'])
        self.assertEqual(self.lines('{ "a": 1, "tags": [ "x" ] }'), ['{"a":1,"tags":["x"]}'])

    def test_documents_one_a_line(self):
        text = '{"id":1,"lines":[{"a":1}]}\r\n\n{"id":2,"lines":[{"a":2},{"a":3}]}\n5'
        self.assertEqual(self.lines(text), ['{"id":1,"lines":[{"a":1}]}', '{"id":2,"lines":[{"a":2},{"a":3}]}', "5"])
        self.assertEqual(self.lines(text[:-1], "--raw", "--records", "lines[]")[2], '{"row":3,"place":"3/lines/1","cells":[3]}')
        self.assertEqual(self.lines('{"id":1,"lines":[{}]}', name="in.ndjson"), ['{"id":1,"lines":[{}]}'])
        self.assertEqual(self.lines('{"id":1,"lines":[{}]}', "--format", "ndjson"), ['{"id":1,"lines":[{}]}'])
        self.assertEqual(self.refused('{"a":1}\n{"b":2}{"c":3}', "in.json:2:8: expected the end of the line"), ['{"a":1}', '{"b":2}'])

    def test_what_is_printed_before_a_fault_stays(self):
        self.assertEqual(self.refused('[{"a":1},{"a":01}]', 'in.json:1:15: expected a number as JSON writes them'), ['{"a":1}'])
        self.assertEqual(self.refused('[{"a":1},\n{"a":', "in.json:2:6: "), ['{"a":1}'])
        self.assertEqual(self.refused('{"o":[{"a":1}]}}', "in.json:1:16: "), ['{"a":1}'])
        self.assertEqual(self.refused('[{"a":"' + "x" * 3000000 + '"},{"a":tru}]', "in.json:1:3000016: "), ['{"a":"' + "x" * 3000000 + '"}'])
        self.assertEqual(self.refused(b'[{"a":1},{"a":"\xe9"}]', "0xE9"), ['{"a":1}'])
        self.assertEqual(self.refused("[" * 129 + "]" * 129, "levels of nesting"), [])

    def test_wrong_ways_to_records(self):
        self.assertEqual(self.refused(ORDERS, 'no document has "order", where the records are looked for ("order[]"); the first one has "orders", "page"',
                                      "--records", "order[]"), [])
        self.refused(ORDERS, 'no record has "lines", where the records are looked for ("orders[].lines[]"); the first one has "id", "total"',
                     "--records", "orders[].lines[]")
        self.refused(ORDERS, "in.json:8:11: found an object, expected an array", "--records", "page[]")
        self.refused("[1]", 'in.json:1:1: found an array, expected an object with "a"', "--records", "a[]")
        self.refused('{"a":[1]}', 'in.json:1:7: found a number, expected an object with "b"', "--records", "a[].b[]")
        self.refused('{"a":[],"a":[1]}', "in.json:1:9: expected each key once", "--records", "a[]")
        self.refused('{"a":null}', "found null", "--records", "a[]")
        self.assertEqual(self.lines('{"a":[{"b":null},{"b":[7]},{}]}', "--records", "a[].b[]"), ["7"])
        for wrong in ("a", "[][]", "a[].", "a..b[]"):
            self.refused(ORDERS, "--records", "--records", wrong, status=2)

    def test_no_records(self):
        for content in ("[]", "[ ]\n", '{"a":[]}'):
            self.refused(content, "there is no record", *(("--records", "a[]") if "a" in content else ()))

    def test_options_of_other_formats(self):
        for option in (("--sheets",), ("--sheet", "1"), ("--header-row", "2"), ("--delimiter", ";")):
            self.assertEqual(self.refused(ORDERS, f"{option[0]}: in.json is JSON, which has no", *option, status=2), [])
        self.fails("a\n1\n", "--records: in.csv is not JSON", "--records", "a[]", status=2)

    def test_limit(self):
        self.assertEqual(len(self.lines(ORDERS, "--limit", "2")), 2)
        self.assertEqual(self.lines('[{"a":1},{"a":2},oops', "--limit", "2"), ['{"a":1}', '{"a":2}'])
        self.assertEqual(self.lines(ORDERS, "--limit", "1", "--records", "orders[].cart_data[]"), ['{"sku":"A","price":100.0}'])

    def test_standard_input(self):
        done = self.here.run("cat", "-", stdin=ORDERS.encode())
        self.assertEqual((done.status, done.out.decode().splitlines()), (0, self.lines(ORDERS)))
        done = self.here.run("cat", "-", stdin=b'[{"a":1},')
        self.assertEqual((done.status, done.out), (4, b'{"a":1}\n'))

    def test_encodings(self):
        for encoding in ("utf-8-sig", "utf-16", "utf-16-be"):
            mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
            self.assertEqual(self.lines(mark + '[{"é":"日"}]'.encode(encoding)), ['{"é":"日"}'], encoding)
        self.assertEqual(self.lines('[{"a":"é"}]'.encode("latin-1"), "--encoding", "iso-8859-1"), ['{"a":"é"}'])

    def test_other_files_are_named(self):
        for content, part in ((b"\x1f\x8b\x08", "gzip"), (b"%PDF-1.7", "PDF")):
            self.refused(content, part)

    def test_random_documents_are_what_python_reads(self):
        rng = random.Random(20261122)

        def value(depth):
            kind = rng.randrange(8 if depth < 4 else 6)
            if kind < 6:
                return [None, True, False, rng.randrange(-10 ** 20, 10 ** 20), rng.random(), "".join(chr(rng.choice((10, 34, 92, 65, 233, 128512, 0)))
                                                                                                  for _ in range(rng.randrange(5)))][kind]
            if kind == 6:
                return [value(depth + 1) for _ in range(rng.randrange(4))]
            return {f"k{n}": value(depth + 1) for n in range(rng.randrange(4))}

        for n in range(30):
            records = [value(0) for _ in range(rng.randrange(1, 30))]
            text = json.dumps(records, ensure_ascii=n % 2 == 0, indent=rng.choice((None, 1)))
            self.assertEqual(self.rows(text, "--records", "[]", name="in.json"), records, n)

    def test_memory_does_not_grow(self):
        if SANITIZED:
            return
        self.here.write("in.json", '{"results":[' + ",".join(['{"name":"some text","price":12.50,"tags":["a","b"]}'] * 700000) + "]}")
        command = ["sh", "-c", 'ulimit -v 100000 && exec "$@" >/dev/null', "sh", PROGRAM, "cat", "in.json"]
        self.assertEqual(subprocess.run(command, cwd=self.here.folder, timeout=60).returncode, 0)


class Workbooks(Cat):
    def test_a_shared_string_that_is_not_there_is_an_error_cell(self):
        self.workbook(Sheet=[["a", "b"], ["x", 1]])
        self.share("in.xlsx", "shared")
        with zipfile.ZipFile(self.here.folder / "in.xlsx") as old:
            parts = {p: old.read(p) for p in old.namelist()}
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = re.sub(rb'<c r="B2"[^>]*>.*?</c>', b'<c r="B2" t="s"><v>7</v></c>', sheet)
        with zipfile.ZipFile(self.here.folder / "in.xlsx", "w") as new:
            for part, content in parts.items():
                new.writestr(part, content)
        self.assertEqual(self.cat("in.xlsx")[0], [{"a": "x", "b": "#N/A"}])

    def test_cells_are_text_as_the_sheet_has_them(self):
        self.workbook(Sheet=[["text", "number", "yes", "day", "time", "error", "formula", "nothing", "last"],
                             ["007", 1.1, True, datetime.date(2026, 11, 21), datetime.datetime(2026, 11, 21, 18, 0), "#N/A", "=1+1", None, 12]])
        row = self.cat("in.xlsx")[0][0]
        self.assertEqual(row, {"text": "007", "number": "1.1", "yes": "true", "day": "2026-11-21", "time": "2026-11-21T18:00:00",
                               "error": "#N/A", "formula": None, "nothing": None, "last": "12"})

    def test_raw_rows_have_the_numbers_of_the_sheet(self):
        self.workbook(Sheet=[["Title"], [], ["a", None, "c"], [None, 1]])
        self.assertEqual(self.cat("in.xlsx", "--raw")[0],
                         [{"row": 1, "cells": ["Title"]}, {"row": 3, "cells": ["a", None, "c"]}, {"row": 4, "cells": [None, "1"]}])

    def test_titles_are_passed_over(self):
        self.workbook(Sheet=[["Title"], [], ["a", "b", "c"], [1, 2, 3], [4, 5, None]])
        self.assertEqual(self.cat("in.xlsx")[0], [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": None}])

    def test_a_sheet_by_its_name_or_number(self):
        self.workbook(One=[["a"], [1]], Two=[["a"], [2]], **{"1": [["a"], [3]]})
        for sheet, value in (("One", "1"), ("Two", "2"), ("1", "3"), ("2", "2"), ("two", "2")):
            self.assertEqual(self.cat("in.xlsx", "--sheet", sheet)[0], [{"a": value}], sheet)
        for sheet in ("Three", "4", "0"):
            self.assertIn("One", self.cat("in.xlsx", "--sheet", sheet, status=4)[1].text)

    def test_sheets_are_listed(self):
        book = self.workbook(Catalog=[["a"], [1]], Old=[], Deep=[])
        book["Old"].sheet_state, book["Deep"].sheet_state = "hidden", "veryHidden"
        book.create_chartsheet("Chart")
        book.save(self.here.folder / "in.xlsx")
        self.assertEqual(self.cat("in.xlsx", "--sheets")[0],
                         [{"sheet": "Catalog", "state": "visible", "cells": True}, {"sheet": "Old", "state": "hidden", "cells": True},
                          {"sheet": "Deep", "state": "very hidden", "cells": True}, {"sheet": "Chart", "state": "visible", "cells": False}])

    def test_sheets_are_listed_where_none_can_be_read(self):
        book = self.workbook(Only=[["a"], [1]])
        book.create_sheet("Empty")
        book["Only"].sheet_state = "hidden"
        book.save(self.here.folder / "in.xlsx")
        self.assertEqual([s["sheet"] for s in self.cat("in.xlsx", "--sheets")[0]], ["Only", "Empty"])
        self.cat("in.xlsx", status=4)
        self.assertEqual(self.cat("in.xlsx", "--sheet", "Only")[0], [{"a": "1"}])

    def test_a_csv_file_has_no_sheets(self):
        for arguments in (("--sheets",), ("--sheet", "Catalog")):
            self.fails("a\n1\n", "no sheets", *arguments, status=2)
        self.fails("a\n1\n", "--sheets", "--sheets", "--raw", status=2)

    def test_a_workbook_on_standard_input(self):
        self.workbook(Sheet=[["a"], [1]])
        content = (self.here.folder / "in.xlsx").read_bytes()
        self.assertEqual(json.loads(self.here.run("cat", "-", stdin=content).out), {"a": "1"})

    def test_the_sample_is_the_one_saved_as_csv(self):
        book, saved = self.cat(ROOT / "samples/qogita-emailed.xlsx")[0], self.cat(ROOT / "samples/qogita-emailed.csv")[0]
        self.assertEqual([r["GTIN"] for r in book], [r["GTIN"] for r in saved])
        self.assertEqual(list(book[0]), list(saved[0]))


if __name__ == "__main__":
    main()
