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
JSON = sorted((ROOT / "samples").glob("*json"))
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
        for content in ("", "\n\n", "PK\x03\x04", '{"a": 1', '{"a": 1}}', 'a,b\n1,"x\n'):
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


ORDERS = {
    "page": 1,
    "orders": [
        {"id": 9007199254740995, "total": 15738.0, "created_at": "2024-01-25T10:12:40.706Z",
         "cart_data": [{"sku": "3349668566372", "quantity": 1, "price": 100.0, "brand": {"name": "A"}, "discount_rules": "", "tags": ["x"]},
                       {"sku": "4006381333931", "quantity": 2, "price": 1.5, "brand": None, "discount_rules": "{}"}],
         "customer_info": {"name": "Juan Pérez ", "email": "Juan@example.com"}, "notes": [1]},
        {"id": 8, "total": 0, "created_at": "2024-01-25T10:12:40Z", "cart_data": [], "customer_info": None}]}


class Json(Inspect):
    def shown(self, content, *arguments, name="in.json", **more):
        self.here.write(name, content)
        return self.inspect(name, *arguments, **more).out.decode()

    def test_what_a_document_is(self):
        found = self.profile(ORDERS, name="in.json")
        self.assertEqual({k: v for k, v in found.items() if k != "columns"},
                         {"file": "in.json", "format": "json", "encoding": "UTF-8", "byte_order_mark": False, "documents": 1,
                          "records": "orders[].cart_data[]", "rows": 2, "unnamed": [], "further": 0,
                          "levels": [{"records": "", "count": 1}, {"records": "orders[]", "count": 2}, {"records": "orders[].cart_data[]", "count": 2}]})
        self.assertEqual([(c["path"], c["type"], c["empty"], c["filled"], c["examples"]) for c in found["columns"]], [
            ("sku", "gtin", 0, 2, ["3349668566372", "4006381333931"]), ("quantity", "integer", 0, 2, ["1", "2"]),
            ("price", "decimal", 0, 2, ["100.0", "1.5"]), ("brand.name", "text", 1, 1, ["A"]), ("discount_rules", "text", 1, 1, ["{}"]),
            ("tags", "json", 1, 1, ['["x"]']), ("orders.id", "integer", 0, 2, ["9007199254740995"]),
            ("orders.total", "decimal", 0, 2, ["15738.0"]), ("orders.created_at", "datetime", 0, 2, ["2024-01-25T10:12:40.706Z"]),
            ("orders.customer_info.name", "text", 0, 2, ["Juan Pérez "]), ("orders.customer_info.email", "text", 0, 2, ["Juan@example.com"])])

    def test_the_table_says_the_same(self):
        text = self.shown(ORDERS)
        for line in ("format +json", "encoding +UTF-8", "documents +1", r"records +the document \(1\), orders\[\] \(2\), orders\[\].cart_data\[\] \(2, these\)",
                     "rows +2", "path +type +empty +examples", r"orders.customer_info.email +text +0 %  Juan@example.com", r"brand.name +text +50 %  A"):
            self.assertRegex(text, f"(?m)^{line}$")
        self.assertEqual(len({line.index(" %") for line in text.splitlines() if " %  " in line}), 1)

    def test_records_of_ones_choice(self):
        found = self.profile(ORDERS, "--records", "orders[]", name="in.json")
        self.assertEqual((found["records"], found["rows"], [c["path"] for c in found["columns"]]),
                         ("orders[]", 2, ["id", "total", "created_at", "cart_data", "customer_info.name", "customer_info.email", "notes"]))
        for document in (".", "", "$"):
            found = self.profile(None, "--records", document, name="in.json")
            self.assertEqual((found["records"], [(c["path"], c["type"]) for c in found["columns"]]), ("", [("page", "integer"), ("orders", "json")]))
        done = self.inspect("in.json", "--records", "order[]", status=4)
        self.assertIn('there are no records at "order[]"; there are some at "orders[]", "orders[].cart_data[]"', done.text)
        self.inspect("in.json", "--records", "orders", status=2)

    def test_documents_one_a_line(self):
        lines = "".join(json.dumps(order) + "\n" for order in ORDERS["orders"])
        found = self.profile(lines, name="in.json")
        self.assertEqual((found["documents"], found["records"], found["rows"]), (2, "cart_data[]", 2))
        self.assertEqual([c["path"] for c in found["columns"]][5:8], ["tags", "$.id", "$.total"])
        self.assertRegex(self.inspect("in.json").out.decode(), r"(?m)^documents +2, one a line\nrecords +each document \(2\), cart_data\[\] \(2, these\)$")
        self.assertEqual(self.profile('{"a":1}\n{"a":2}\n', name="in.ndjson")["rows"], 2)

    def test_standard_input_and_pipes(self):
        text = json.dumps(ORDERS)
        self.here.write("in.json", text)
        wanted = self.inspect("in.json").out.decode().splitlines()[1:]
        self.assertEqual(self.inspect("-", stdin=text.encode()).out.decode().splitlines()[1:], wanted)
        with open(self.here.folder / "in.json", "rb") as file:
            process = self.here.start("inspect", "-", stdin=file)
            self.assertEqual(process.communicate()[0].decode().splitlines()[1:], wanted)
        done = subprocess.run(["sh", "-c", f'mkfifo pipe; cat in.json >pipe & "{PROGRAM}" inspect pipe'], cwd=self.here.folder, capture_output=True, timeout=20)
        self.assertEqual(done.stdout.decode().splitlines()[1:], wanted, done.stderr)

    def test_values_of_several_kinds(self):
        found = {c["path"]: c for c in self.profile([{"a": 1, "b": 1, "c": 1}, {"a": {"x": 2}, "b": "n/a", "c": True}, {"a": [3], "b": 2, "c": "x"}],
                                                    name="in.json")["columns"]}
        self.assertEqual((found["a"]["type"], found["a"]["note"]), ("text", "2 with an object or an array"))
        self.assertEqual((found["a.x"]["type"], found["a.x"]["note"]), ("integer", "2 whose path leads through a value without members"))
        self.assertEqual((found["b"]["type"], found["c"]["type"]), ("text", "text"))

    def test_paths_that_no_mapping_can_name(self):
        found = self.profile([{"a.b": 1, "c": 2, "$": 3}], name="in.json")
        self.assertEqual((found["unnamed"], [c["path"] for c in found["columns"]]), (["a.b", "$"], ["c"]))
        self.assertIn("whose keys hold a dot or name an outer level: a.b, $", self.inspect("in.json").out.decode())
        self.assertIn("a.b, $", self.draft("in.json", "file.csv")[1]["source"]["$comment"])

    def test_without_values(self):
        for content, rows in (("[]", 0), ("[1,2]", 2), ("[{},{}]", 2), ('{"a.b":1}', 1)):
            found = self.profile(content, name="in.json")
            self.assertEqual((found["rows"], found["columns"]), (rows, []), content)
            self.assertIn("no value that a mapping can name", self.inspect("in.json", "--draft", "file.csv", status=4).text)

    def test_broken_files(self):
        for content, place in (('{"a":[{"b":1},\n{"b":01}]}', "in.json:2:6: "), ('[{"b":1}', "in.json:1:9: "), ('{"a":1}{"a":2}', "in.json:1:8: "),
                               ('[{"b":1},{"b":2,"b":3}]', "in.json:1:17: "), ("[" * 200, "in.json:1:129: "),
                               ("[][]", "in.json:1:3: "), ("42 43", "in.json:1:4: "), ("", "in.json:1:1: "), (" \n ", "in.json:2:2: "), ("*", "in.json:1:1: "),
                               (b'[{"a":"\xe9"}]', "in.json:1:8: "), ('[{"a":1}]'.encode("utf-16-le"), "in.json: ")):
            self.here.write("in.json", content)
            done = self.inspect("in.json", status=4)
            self.assertEqual((done.out, done.text.count(place)), (b"", 1), done.text)

    def test_keys_without_end(self):
        found = self.profile({"rows": [{f"key{n}": n for n in range(5000)}]}, name="in.json")
        self.assertEqual((len(found["columns"]) + found["further"], found["rows"]), (5000, 1))
        self.assertLess(len(found["columns"]), 512)
        self.assertRegex(self.inspect("in.json").out.decode(), r"(?m)^\d+ values stand at further places: no more than 512 are told apart$")

    def test_options_of_other_formats(self):
        self.here.write("in.json", ORDERS)
        self.here.write("in.csv", "a\n1\n")
        for arguments in (("in.json", "--sheet", "1"), ("in.json", "--header-row", "1"), ("in.json", "--delimiter", ";"), ("in.csv", "--records", "a[]")):
            self.assertIn(arguments[1], self.inspect(*arguments, status=2).text)

    def test_memory_does_not_grow(self):
        if SANITIZED:
            return
        self.here.write("in.json", '{"orders":[' + ",".join(['{"id":1,"lines":[{"name":"some text","price":12.50},{"name":"b"}]}'] * 200000) + "]}")
        command = ["sh", "-c", 'ulimit -v 200000 && exec "$@" >/dev/null', "sh", PROGRAM, "inspect", "in.json"]
        self.assertEqual(subprocess.run(command, cwd=self.here.folder, timeout=60).returncode, 0)

    def test_a_draft_of_each_sample_converts_it(self):
        for sample in JSON:
            for target in TARGETS:
                path, draft = self.draft(sample, target)
                self.assertEqual(draft["source"]["format"], "ndjson" if sample.suffix == ".ndjson" else "json")
                needed = [f"--set={name}=1" for name, p in draft.get("params", {}).items() if "default" not in p]
                done = self.here.run("convert", path, sample, "-o", f"{sample.name}-{target}", *needed)
                self.assertIn(done.status, (0, 1), (sample, target, done.text))

    def test_a_draft(self):
        self.here.write("in.json", ORDERS)
        path, draft = self.draft("in.json", "file.ndjson")
        self.assertEqual({k: draft["source"][k] for k in ("format", "records")}, {"format": "json", "records": "orders[].cart_data[]"})
        self.assertEqual(draft["source"]["columns"]["orders_customer_info_name"], "orders.customer_info.name")
        self.assertEqual(draft["source"]["columns"]["price"], {"path": "price", "type": "decimal"})
        done = self.here.run("convert", path, "in.json", "-o", "-")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(json.loads(done.out.splitlines()[0]), {
            "sku": "3349668566372", "quantity": 1, "price": 100.0, "brand.name": "A", "tags": ["x"], "orders.id": 9007199254740995,
            "orders.total": 15738.0, "orders.created_at": "2024-01-25T10:12:40.706Z", "orders.customer_info.name": "Juan Pérez ",
            "orders.customer_info.email": "Juan@example.com"})

    def test_fields_are_found_by_the_end_of_a_path(self):
        self.here.write("in.json", {"results": [{"variant": {"sku": "A", "name": "Eau"}, "brand": "X", "basePrice": 1.5}]})
        fields = self.draft("in.json", "quotiza.products")[1]["outputs"]["quotiza.products"]["fields"]
        self.assertEqual(fields["name"], {"$comment": "todo: only the end of the path is the field's name", "from": "name"})
        self.assertEqual((fields["sku"]["from"], fields["brand"], fields["base_price"]), ("sku", "brand", "base_price"))

    def test_a_draft_of_documents_one_a_line(self):
        self.here.write("in.json", "".join(json.dumps(order) + "\n" for order in ORDERS["orders"]))
        path, draft = self.draft("in.json", "file.csv")
        self.assertEqual((draft["source"]["format"], draft["source"]["records"]), ("ndjson", "cart_data[]"))
        self.assertEqual(self.here.run("convert", path, "in.json", "-o", "out").status, 0)
        self.here.write("in.json", '{"a":1}\n{"a":2}\n')
        path, draft = self.draft("in.json", "file.ndjson")
        self.assertNotIn("records", draft["source"])
        self.assertEqual(self.here.run("convert", path, "in.json", "-o", "-").out, b'{"a":1}\n{"a":2}\n')


class Draft(Inspect):
    def test_a_draft_of_each_sample_converts_it(self):
        for sample in SAMPLES:
            for target in TARGETS:
                path, draft = self.draft(sample, target)
                needed = [f"--set={name}=1" for name, p in draft.get("params", {}).items() if "default" not in p]
                done = self.here.run("convert", path, sample, "-o", f"{sample.name}-{target}", *needed)
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
