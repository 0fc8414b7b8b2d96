#!/usr/bin/python3
"""`preview`: rows beside what a mapping makes of them, and one row step by step. preview_test.py PROGRAM"""
import json
import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, Case, main  # noqa: E402,F401

SAMPLES = ROOT / "samples"
COLUMNS = {"sku": {"header": "SKU", "required": True}, "name": "Name", "price": {"header": "Price", "type": "decimal"},
           "stock": {"header": "Stock", "type": "integer", "optional": True}}
FIELDS = {
    "sku": "sku",
    "name": {"from": "name", "then": ["clean", "squeeze", {"truncate": {"to": 20, "at": "word"}}]},
    "brand": {"value": "Brand"},
    "cost": "price",
    "base_price": {"from": "price", "then": [{"multiply": {"param": "margin"}}, {"round": 2}]},
    "category": {"when": [{"if": {"column": "stock", "more_than": 10}, "use": {"value": "Many"}},
                          {"if": {"column": "stock", "more_than": 1}, "use": {"value": "Some"}}], "else": {"value": "Few"}},
}
MAPPING = {"qonduit": 1, "params": {"margin": {"type": "decimal", "default": "1.35"}}, "source": {"columns": COLUMNS},
           "keep": {"column": "price", "more_than": "0"}, "outputs": {"quotiza.products": {"fields": FIELDS}}}
CSV = ("SKU,Name,Price,Stock,Other\n"
       "A1,  Eau   de Parfum,27.5,5,x\n"
       "A2,Free,0,1,x\n"
       "A3,Bad,n/a,1,x\n"
       "\n"
       'A4,"\x1b[31mred\x1b[0m\x07 and \u202eback",1,20,x\n'
       f"A5,{'é' * 5000},1,,x\n")


def plain(text):
    """No byte that a terminal would obey."""
    return not any(ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0 for c in text)


class Preview(Case):
    def setUp(self):
        self.here = self.place()
        self.here.write("m.json", MAPPING)
        self.here.write("in.csv", CSV)

    def preview(self, *arguments, status=0, **more):
        done = self.here.run("preview", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return done.out.decode()

    def rows(self, *arguments, **more):
        return [json.loads(line, parse_float=Decimal) for line in self.preview(*arguments, "--json", **more).splitlines()]

    def refused(self, status, *arguments, **more):
        done = self.here.run("preview", *arguments, **more)
        self.assertEqual((done.status, done.out), (status, b""), done.text)
        return done.text

    def test_rows_as_json(self):
        rows = self.rows("m.json", "in.csv")
        self.assertEqual([(r["row"], r["verdict"]) for r in rows],
                         [(2, "written"), (3, "filtered"), (4, "rejected"), (6, "written"), (7, "written")])
        self.assertEqual(rows[0], {
            "row": 2, "origin": "in.csv:2", "verdict": "written",
            "source": {"SKU": "A1", "Name": "  Eau   de Parfum", "Price": "27.5", "Stock": "5"},
            "outputs": {"quotiza.products": {"sku": "A1", "name": "Eau de Parfum", "brand": "Brand", "cost": Decimal("27.5"),
                                             "base_price": Decimal("37.13"), "category": "Some"}}, "faults": []})
        self.assertEqual((rows[1]["outputs"], rows[1]["faults"]), ({}, []))
        self.assertEqual(rows[2]["outputs"], {})
        self.assertEqual([(f["column"], f["value"]) for f in rows[2]["faults"]], [("price", "n/a")])
        self.assertIn("not a decimal", rows[2]["faults"][0]["reason"])
        self.assertEqual(rows[3]["source"]["Name"], "\x1b[31mred\x1b[0m\x07 and \u202eback")
        self.assertEqual(rows[4]["source"]["Name"], "é" * 5000)
        self.assertIsNone(rows[4]["source"]["Stock"])

    def test_table(self):
        text = self.preview("m.json", "in.csv")
        self.assertTrue(plain(text), text)
        blocks = text.split("\n\n")
        self.assertRegex(blocks[0], r"^in\.csv:2  written\n")
        self.assertRegex(blocks[0], r"SKU = A1 +\| quotiza\.products\n")
        self.assertRegex(blocks[0], r'Price = 27\.5 +\|   name = "Eau de Parfum"\n')
        self.assertIn("base_price = 37.13", blocks[0])
        self.assertNotIn("Other", text)
        self.assertRegex(blocks[1], r"^in\.csv:3  filtered by keep\n")
        self.assertNotIn("|", blocks[1])
        self.assertRegex(blocks[2], r"^in\.csv:4  rejected\n")
        self.assertIn('  rejected: price "n/a": ', blocks[2])
        self.assertIn("\\x1b[31mred\\x1b[0m\\x07", blocks[3])
        self.assertRegex(blocks[4], "Name = é+…")
        self.assertLessEqual(max(map(len, text.splitlines())), 120)

    def test_limit(self):
        self.here.catalog(30)
        self.here.mapping()
        self.assertEqual([r["row"] for r in self.rows("mapping.json", "catalog.csv")], list(range(2, 12)))
        self.assertEqual([r["row"] for r in self.rows("mapping.json", "catalog.csv", "--limit", "3")], [2, 3, 4])
        self.assertEqual(len(self.rows("mapping.json", "catalog.csv", "--limit", "99")), 30)
        self.assertEqual(self.rows("mapping.json", "catalog.csv", "--row", "31")[0]["outputs"]["quotiza.products"]["sku"], "K000030")

    def test_steps(self):
        row = self.rows("m.json", "in.csv", "--row", "2")[0]
        steps = row["steps"]["quotiza.products"]
        self.assertEqual(steps["base_price"], [{"step": "column price", "value": Decimal("27.5")},
                                               {"step": "multiply margin (1.35)", "value": Decimal("37.125")},
                                               {"step": "round 2", "value": Decimal("37.13")}])
        self.assertEqual([s["step"] for s in steps["category"]], ['case 2: {"column":"stock","more_than":1}', "value"])
        self.assertEqual([s["value"] for s in steps["name"]],
                         ["  Eau   de Parfum", "  Eau   de Parfum", "Eau de Parfum", "Eau de Parfum"])
        self.assertEqual(row["columns"]["price"], {"header": "Price", "cell": "27.5", "value": Decimal("27.5")})
        text = self.preview("m.json", "in.csv", "--row", "2", "--set", "margin=2")
        self.assertIn("\n  price: Price → 27.5 → 27.5\n", text)
        self.assertIn("\n  base_price = 55.00\n    column price → 27.5\n    multiply margin (2) → 55.0\n    round 2 → 55.00\n"
                      "    contract: fine\n", text)

    def test_steps_of_other_rows(self):
        self.assertIn('keep: {"column":"price","more_than":"0"}', self.preview("m.json", "in.csv", "--row", "3"))
        row = self.rows("m.json", "in.csv", "--row", "4")[0]
        self.assertEqual((row["verdict"], row["steps"]), ("rejected", {}))
        self.assertIn("not a decimal", row["columns"]["price"]["refused"])
        self.assertIn("price: Price → n/a → rejected: ", self.preview("m.json", "in.csv", "--row", "4"))
        hostile = self.preview("m.json", "in.csv", "--row", "6")
        self.assertTrue(plain(hostile), hostile)
        self.assertIn("case 1:", hostile)
        self.assertIn("    else\n", self.preview("m.json", "in.csv", "--row", "7"))

    def test_contract_refuses(self):
        self.here.write("m.json", {"qonduit": 1, "source": {"columns": COLUMNS}, "outputs": {"qogita.cart-lines": {"fields": {
            "gtin": "sku", "quantity": "stock"}}}})
        self.here.write("in.csv", "SKU,Name,Price,Stock\nA,Name,1,0\n")
        row = self.rows("m.json", "in.csv", "--row", "2")[0]
        self.assertEqual(row["verdict"], "rejected")
        last = row["steps"]["qogita.cart-lines"]["quantity"][-1]
        self.assertEqual((last["step"], last["refused"]), ("contract", row["faults"][0]["reason"]))
        self.assertIn("contract → rejected: ", self.preview("m.json", "in.csv", "--row", "2"))

    def test_step_refuses(self):
        self.here.mapping(fields={"sku": "sku", "name": "name", "brand": "brand", "cost": {"from": "name", "then": ["squeeze", "to_decimal", {"round": 2}]}})
        self.here.write("in.csv", "SKU,Name,Brand,Price\nA,abc,B,1\n")
        row = self.rows("mapping.json", "in.csv", "--row", "2")[0]
        steps = row["steps"]["quotiza.products"]["cost"]
        self.assertEqual([s["step"] for s in steps], ["column name", "squeeze", "to_decimal"])
        self.assertEqual(steps[-1]["refused"], row["faults"][0]["reason"])

    def test_no_such_row(self):
        self.assertIn("there is no row 99, the last one is 7", self.refused(2, "m.json", "in.csv", "--row", "99"))
        self.assertIn("row 1 is the header", self.refused(2, "m.json", "in.csv", "--row", "1"))
        self.assertIn("row 5 is blank", self.refused(2, "m.json", "in.csv", "--row", "5"))
        self.assertIn("a whole number", self.refused(2, "m.json", "in.csv", "--row", "0"))
        self.assertIn("--limit", self.refused(2, "m.json", "in.csv", "--row", "2", "--limit", "2"))
        self.assertIn("no row 100,", self.refused(2, "quotiza-orders-report", SAMPLES / "quotiza-orders.json", "--row", "100"))

    def test_wrong_usage_mapping_and_input(self):
        self.refused(2, "m.json")
        self.refused(2, "m.json", "in.csv", "in.csv")
        self.refused(4, "m.json", "nowhere.csv")
        self.here.write("in.csv", "A,B\n1,2\n")
        self.assertIn("SKU", self.refused(4, "m.json", "in.csv"))
        self.here.write("in.csv", "SKU,Name,Price\n")
        self.assertIn("no row below the header", self.refused(4, "m.json", "in.csv"))
        self.refused(4, "m.json", "in.csv", "--row", "2")
        self.here.write("m.json", {**MAPPING, "outputs": {"quotiza.products": {"fields": {**FIELDS, "sku": "nothing"}}}})
        self.refused(3, "m.json", "in.csv")

    def test_a_fault_further_down(self):
        """What stands before it is shown; where that is all that was asked for, nothing is wrong."""
        self.here.write("in.csv", b"SKU,Name,Price\nA,a,1\nB,b,2\nC,\xff,3\n")
        self.assertEqual(len(self.rows("m.json", "in.csv", "--limit", "2")), 2)
        done = self.here.run("preview", "m.json", "in.csv", "--json")
        self.assertEqual(done.status, 4)

    def test_ragged(self):
        self.here.write("in.csv", "SKU,Name,Price\nA,a\nB,b,2\n")
        rows = self.rows("m.json", "in.csv")
        self.assertEqual([r["verdict"] for r in rows], ["rejected", "written"])
        row = self.rows("m.json", "in.csv", "--row", "2")[0]
        self.assertEqual((row["steps"], "columns" in row), ({}, False))
        self.assertIn("2 cells", self.preview("m.json", "in.csv", "--row", "2"))

    def test_standard_input(self):
        self.assertEqual(self.rows("m.json", "-", "--limit", "1", stdin=CSV.encode())[0]["row"], 2)

    def test_workbook(self):
        row = self.rows("qogita-to-quotiza", SAMPLES / "qogita-emailed.xlsx", "--limit", "1")[0]
        self.assertEqual(row["origin"], f"{SAMPLES}/qogita-emailed.xlsx!Catalog!{row['row']}")
        self.assertEqual(row["outputs"]["quotiza.products"]["sku"], row["source"]["GTIN"])
        self.assertIn("currency: header of price → € → \"EUR\"",
                      self.preview("qogita-to-quotiza", SAMPLES / "qogita-emailed.xlsx", "--row", str(row["row"])))

    def test_json(self):
        rows = self.rows("quotiza-orders-report", SAMPLES / "quotiza-orders.json")
        self.assertEqual([r["row"] for r in rows], list(range(1, len(rows) + 1)))
        self.assertEqual(rows[1]["origin"], f"{SAMPLES}/quotiza-orders.json:/orders/0/cart_data/1")
        self.assertEqual(rows[1]["source"]["orders.id"], "4101")
        row = self.rows("quotiza-orders-report", SAMPLES / "quotiza-orders.json", "--row", "2")[0]
        self.assertEqual({k: row[k] for k in rows[1]}, rows[1])

    def test_steps_end_at_what_is_written(self):
        """The last value of a field's steps is that of the record, for every row of the samples and every rule of these mappings."""
        fields = 0
        for mapping, sample, last, *more in (
                ("qogita-to-quotiza", "qogita-catalog.csv", 6), ("qogita-catalog-report", "qogita-supplier.csv", 4),
                ("quotiza-orders-report", "quotiza-orders.json", 4),
                ("quotiza-orders-to-quarticon-events", "quotiza-orders.json", 3, "--set", "customer=email"),
                ("qogita-to-marketplace", "qogita-catalog.csv", 4, "--set", "price_list=p", "--set", "stock_list=s")):
            first = self.rows(mapping, SAMPLES / sample, "--limit", "1", *more)[0]["row"]
            for number in range(first, first + last - 1):
                row = self.rows(mapping, SAMPLES / sample, "--row", str(number), *more)[0]
                for target, steps in row["steps"].items():
                    for name, way in steps.items():
                        self.assertEqual(self.simple(way[-1]["value"]), self.simple(row["outputs"][target].get(name)), (mapping, number, name))
                        fields += 1
        self.assertGreater(fields, 200)

    def simple(self, value):
        if isinstance(value, (dict, list)):
            return json.dumps(value, default=str)
        try:
            return Decimal(str(value))
        except ArithmeticError:
            return value

    def test_objects_and_lists(self):
        self.here.write("m.json", {"qonduit": 1, "source": {"columns": {"a": "A", "b": "B"}}, "outputs": {"file.ndjson": {"fields": {
            "all": {"object": {"x": {"from": "a", "then": ["upper"]}, "y": {"list": ["b", {"value": 1}]}}},
            "t": {"template": "{a}-{b?}", "then": ["upper"]}, "e": {"from": "b", "then": ["upper", {"default": "none"}]}}}}})
        self.here.write("in.csv", "A,B\nq,\n")
        row = self.rows("m.json", "in.csv", "--row", "2")[0]
        self.assertEqual(row["outputs"], {"file.ndjson": {"all": {"x": "Q", "y": [1]}, "t": "Q-", "e": "none"}})
        steps = row["steps"]["file.ndjson"]
        self.assertEqual([(s.get("member"), s["step"]) for s in steps["all"]],
                         [("x", "column a"), ("x", "upper"), ("y/0", "column b"), ("y/1", "value"), ("y", "list"), (None, "object")])
        self.assertEqual([(s["step"], s["value"]) for s in steps["e"]],
                         [("column b", None), ("upper", None), ('default "none"', "none")])
        self.assertIn("    upper (passed over: there is no value)\n", self.preview("m.json", "in.csv", "--row", "2"))

    def test_a_fetched_resource(self):
        place = self.place(self.sandbox())
        done = place.run("preview", "quotiza-orders-report", "quotiza:orders", "--json", "--state", place.state)
        self.assertEqual(done.status, 0, done.text)
        rows = [json.loads(line) for line in done.out.splitlines()]
        self.assertTrue(rows)
        self.assertTrue(rows[0]["origin"].startswith("quotiza:orders:/"), rows[0]["origin"])

    def test_a_resource(self):
        """What is no file and names a system is fetched; a resource that there is not is wrong usage, with nothing sent."""
        self.assertIn("did you mean", self.refused(2, "quotiza-orders-report", "quotiza:order"))


if __name__ == "__main__":
    main()
