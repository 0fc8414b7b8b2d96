#!/usr/bin/env python3
"""schema: what the program takes is valid, what it refuses is not, for mappings and for records. schema_test.py PROGRAM"""
import copy
import json
import os
import random
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, Case, Place, main  # noqa: E402

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit("python3-jsonschema is missing: sh tests/setup.sh test")

DRAFT = "https://json-schema.org/draft/2020-12/schema"
GOLDEN = ROOT / "tests/golden"
# What no schema can say: names and paths that another part of the mapping gives, files, encodings, patterns, the outcome of tests.
LEFT_TO_CHECK = {"check-tests-cells", "check-tests-fail", "check-tests-set-fail", "json-mapping-tests-fail", "encoding-unknown", "fault-constants",
                 "fault-contract-xml", "fault-head-run", "fault-json-each-csv", "fault-json-path-into-level", "fault-pattern", "fault-syntax", "fault-table",
                 "fault-table-keys"}
# Faults that a schema must find, by the code of the check.
HELD = {"mapping.unknown_key", "mapping.unknown_target", "mapping.unknown_field", "mapping.unknown_type", "mapping.kind", "mapping.missing",
        "mapping.two_forms", "mapping.no_form", "mapping.two_conditions", "mapping.else", "mapping.version", "mapping.prefer",
        "mapping.empty", "mapping.word", "mapping.number", "mapping.sheets", "mapping.each", "mapping.row", "mapping.sheet", "mapping.key_of_type",
        "key.unknown", "key.missing", "step.unknown", "step.words", "step.argument"}
# But for these: a blank may be a path, and neither what a name in the mapping is worth nor whether its source is JSON is known.
SEEN_BY_CHECK = '^found an empty text, expected a header$|^"each" goes with JSON: nothing in "source"'


def exact(text):
    return json.loads(text, parse_float=Decimal)


def schema(*arguments):
    done = subprocess.run([PROGRAM, "schema", *map(str, arguments)], capture_output=True, check=True)
    found = exact(done.stdout)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def arguments_of(case):
    path = case / "args"
    return path.read_text().splitlines() if path.exists() else []


def contracts_of(case):
    """--contracts DIR, as the case is run with them."""
    given = arguments_of(case)
    return ["--contracts", case / given[given.index("--contracts") + 1]] if "--contracts" in given else []


def status_of(case):
    path = case / "status"
    return int(path.read_text()) if path.exists() else 0


def cases():
    return [p.parent for p in sorted(GOLDEN.glob("*/mapping.json"))]


def places(value):
    """Every value in a document with what holds it."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
        yield value, key
        yield from places(inner)


GONE = object()
RICH = {
    "qonduit": 1, "description": "nearly all words",
    "params": {"margin": {"type": "decimal", "default": "1.35", "description": "m"}, "n": {"type": "integer", "default": 2}},
    "source": {"format": "csv", "delimiter": "auto", "quote": "\"", "header_row": 1, "ragged": "pad", "encoding": "utf-8", "columns": {
        "sku": {"header": ["SKU", "Code"], "required": True}, "name": "Name",
        "price": {"header": "* Price", "type": "decimal", "decimal_mark": ",", "group_mark": "."},
        "currency": {"header_of": "price", "type": "currency", "optional": True},
        "on": {"header": "On", "type": "boolean", "true": ["y"], "false": "n", "default": True},
        "day": {"header": "Day", "type": "date", "format": "%d.%m.%Y", "timezone": "Europe/Warsaw"}}},
    "tables": {"t": {"file": "table.csv", "key": "a", "value": "b"}},
    "keep": {"all": [
        {"column": "price", "more_than": 0},
        {"any": [{"column": "name", "present": True}, {"not": {"column": "sku", "one_of": ["a"]}}]}]},
    "unique": {"by": ["sku"], "prefer": {"lowest": "price"}},
    "outputs": {
        "file.ndjson": {"fields": {
            "a": {"from": ["name", "sku"], "then": [
                "squeeze", {"truncate": {"to": 5, "at": "word"}}, {"pad_left": {"to": {"param": "n"}, "with": "0"}},
                {"replace": {"find": "a", "with": {"column": "name"}}}, {"split": {"by": " ", "take": -1}}]},
            "b": {"from": "price", "then": [
                {"multiply": {"param": "margin"}}, {"round": {"to": 2, "mode": "half_even"}}, {"charm": "0.99"},
                {"tiers": [{"up_to": 10, "multiply": 2}, {"add": 1}]}, {"not_below": 0}, {"divide": 3}]},
            "c": {"when": [{"if": {"column": "on", "equals": True}, "use": "name"}], "else": {"value": "x"}},
            "d": {"object": {"x": "sku", "y": {"list": ["sku", {"value": 1, "then": ["to_text"]}]}}},
            "e": {"from": "name", "then": [
                {"lookup": {"table": "t", "missing": "keep"}}, {"map": {"x": "y", "*": None}}, {"default": "z"}, {"gtin": 13}]},
            "f": {"template": "{sku} {name?}", "then": [
                {"empty_if": ["a"]}, {"replace_pattern": {"find": "a", "with": "$0"}}, {"matches": "a"}]}}},
        "quotiza.products": {"fields": {"sku": "sku", "name": "name", "brand": {"param": "margin", "then": ["to_text"]}}},
        "report.xlsx": {"sheets": [
            {"name": "Rows", "fields": {"A": "sku", "B": {"from": "price", "format": "0.00", "width": 9}}, "totals": {"B": "sum"}},
            {"name": "Groups", "group_by": "name", "title": "G", "measures": {"N": {"count": "sku"}, "S": {"sum": "price", "format": "0"}},
             "sort_by": "N", "descending": True, "top": 3, "chart": {"type": "pie", "values": ["N"], "title": "C", "top": 2}}]}},
    "tests": [{"given": {"SKU": "1", "€ Price": "0"}, "set": {"n": 1}, "filtered": True}],
}
COLUMNS_OF, FIELDS_OF, SHEETS_OF = ("source", "columns"), ("outputs", "file.ndjson", "fields"), ("outputs", "report.xlsx", "sheets")
WRONG = [
    (("qonduit",), 2), (("qonduit",), "1"), (("qonduit",), GONE), (("source",), GONE), (("outputs",), GONE), (("outputs",), {}), (("zzz",), 1),
    (("description",), 1), (("params",), []), (("params", "margin", "type"), "number"), (("params", "margin", "default"), []),
    (("params", "margin", "zzz"), 1), (("source", "format"), "CSV"), (("source", "format"), "json"), (("source", "delimiter"), ";;"),
    (("source", "quote"), ""), (("source", "header_row"), 0), (("source", "header_row"), "first"), (("source", "ragged"), "fill"),
    (("source", "encoding"), 8), (("source", "sheet"), 1), (("source", "records"), "[]"), (("source", "zzz"), 1), (("source", "columns"), GONE),
    (("source", "columns"), {}), (("source", "columns"), {"$comment": "x"}), ((*COLUMNS_OF, "x"), 1), ((*COLUMNS_OF, "x"), ""),
    ((*COLUMNS_OF, "x"), {"type": "text"}), ((*COLUMNS_OF, "x"), {"header": []}), ((*COLUMNS_OF, "x"), {"header": [" "]}),
    ((*COLUMNS_OF, "x"), {"path": "x"}), ((*COLUMNS_OF, "sku", "optional"), True), ((*COLUMNS_OF, "sku", "required"), "yes"),
    ((*COLUMNS_OF, "sku", "zzz"), 1), ((*COLUMNS_OF, "currency", "header"), "X"), ((*COLUMNS_OF, "price", "decimal_mark"), "5"),
    ((*COLUMNS_OF, "price", "group_mark"), ".."), ((*COLUMNS_OF, "price", "true"), "y"), ((*COLUMNS_OF, "sku", "decimal_mark"), ","),
    ((*COLUMNS_OF, "sku", "timezone"), "UTC"), ((*COLUMNS_OF, "on", "true"), []), ((*COLUMNS_OF, "on", "default"), None),
    ((*COLUMNS_OF, "day", "format"), ""), ((*COLUMNS_OF, "day", "type"), "time"), (("tables", "t", "key"), GONE), (("tables", "t", "zzz"), "a"),
    (("tables", "t", "file"), 1), (("keep",), []), (("keep",), {}), (("keep",), {"all": []}), (("keep",), {"column": "price"}),
    (("keep",), {"column": "price", "squeeze": True}), (("keep",), {"column": "price", "more_than": 0, "less_than": 2}),
    (("keep",), {"more_than": 0}), (("keep",), {"not": {"column": "sku", "present": 1}}),
    (("keep",), {"column": "sku", "present": True, "all": [{"column": "sku", "present": True}]}), (("keep",), {"column": "sku", "one_of": []}),
    (("keep",), {"column": "sku", "one_of": "a"}), (("keep",), {"column": 1, "present": True}), (("keep",), {"column": "price", "more_than": True}),
    (("keep",), {"$comment": "x"}), (("keep",), {"$comment": "x", "column": "price"}),
    (("keep",), {"$comment": "x", "column": "a", "more_than": 0, "at_most": 2}), (("unique", "by"), GONE), (("unique", "by"), []),
    (("unique", "prefer"), "best"), (("unique", "prefer"), {"lowest": "price", "highest": "price"}), (("unique", "prefer"), {}),
    (("unique", "prefer"), {"lowest": 1}), (("unique", "zzz"), 1), (("outputs", "file.nd"), {"fields": {"a": "sku"}}),
    (("outputs", "file.ndjson", "zzz"), 1), (("outputs", "file.ndjson", "fields"), {}), (("outputs", "file.ndjson", "head"), {"a": {"value": 1}}),
    (("outputs", "file.ndjson", "sheets"), []), (("outputs", "report.xlsx", "fields"), {"a": "sku"}),
    (("outputs", "quotiza.products", "fields", "brand"), GONE), (("outputs", "quotiza.products", "fields", "zzz"), "sku"), ((*FIELDS_OF, "x"), None),
    ((*FIELDS_OF, "x"), 1), ((*FIELDS_OF, "x"), {}), ((*FIELDS_OF, "x"), {"from": "sku", "value": 1}), ((*FIELDS_OF, "x"), {"from": []}),
    ((*FIELDS_OF, "x"), {"then": ["trim"]}), ((*FIELDS_OF, "x"), {"from": "sku", "else": "name"}), ((*FIELDS_OF, "x"), {"from": "sku", "width": 3}),
    ((*FIELDS_OF, "x"), {"from": "sku", "then": "trim"}), ((*FIELDS_OF, "x"), {"param": 1}), ((*FIELDS_OF, "x"), {"template": 1}),
    ((*FIELDS_OF, "x"), {"when": []}), ((*FIELDS_OF, "x"), {"when": [{"use": "sku"}]}),
    ((*FIELDS_OF, "x"), {"when": [{"if": {"column": "sku", "present": True}}]}), ((*FIELDS_OF, "x"), {"list": "sku"}),
    ((*FIELDS_OF, "x"), {"object": ["sku"]}), ((*FIELDS_OF, "x"), {"each": "x"}), ((*FIELDS_OF, "x"), {"each": "x", "object": {}}),
    *(((*FIELDS_OF, "x"), {"from": "sku", "then": [step]}) for step in (
        1, "squeze", "truncate", {}, {"$comment": "x"}, {"$comment": "x", "prefix": "a", "suffix": "b"}, {"trim": True}, {"trim": None},
        {"lower": 1, "upper": 1}, {"prefix": "a", "suffix": "b"}, {"zzz": 1}, {"prefix": 1}, {"prefix": {"column": "sku", "param": "n"}},
        {"prefix": {"lookup": "t"}}, {"prefix": {"column": "sku", "of": "sku"}}, {"prefix": {"zzz": "sku"}}, {"truncate": 0}, {"truncate": 2.5},
        {"truncate": "x"}, {"truncate": {"to": 3, "at": "line"}}, {"truncate": {"at": "word"}}, {"truncate": {"to": 3, "zzz": 1}},
        {"truncate": 100001}, {"truncate": {"column": "sku"}}, {"pad_left": 3}, {"pad_left": {"to": 3}}, {"pad_left": {"to": 3, "with": ""}},
        {"replace": {"find": "", "with": "a"}}, {"replace": {"find": "a"}}, {"replace": "a"}, {"replace_pattern": {"find": "", "with": "a"}},
        {"replace_pattern": {"find": "a", "with": {"column": "sku"}}}, {"extract": ""}, {"extract": 1}, {"extract": {"column": "sku"}},
        {"split": {"by": "", "take": 1}}, {"split": {"by": ",", "take": 0}}, {"split": {"by": ","}}, {"split": ","}, {"gtin": 11}, {"gtin": 15},
        {"parse_json": ""}, {"empty_if": []}, {"empty_if": "a"}, {"default": None}, {"default": []}, {"lookup": 1}, {"lookup": {"missing": "keep"}},
        {"lookup": {"table": "t", "missing": "zzz"}}, {"lookup": {"table": "t", "zzz": 1}}, {"map": {}}, {"map": {"": "a"}}, {"map": {"a": []}},
        {"map": ["a"]}, {"map": {"a": {"column": "sku"}}}, {"equals": None}, {"equals": []}, {"one_of": []}, {"matches": ""}, {"contains": 1},
        {"empty": 1}, {"present": "yes"})),

    *(((*FIELDS_OF, "x"), {"from": "price", "then": [step]}) for step in (
        {"add": "x"}, {"add": True}, {"add": None}, {"add": "1,5"}, {"multiply": {"column": 1}}, {"divide": 0}, {"round": 2.5}, {"round": "two"},
        {"round": 39}, {"round": -38}, {"round": {}}, {"round": {"to": 2, "step": 1}}, {"round": {"to": 2, "mode": "HALF"}},
        {"round": {"mode": "up"}}, {"round": {"step": 0}}, {"charm": -1}, {"tiers": []}, {"tiers": [{}]},
        {"tiers": [{"multiply": 2}, {"multiply": 2}]}, {"tiers": [{"up_to": 1, "multiply": 2}]}, {"tiers": [{"multiply": 2, "zzz": 1}]},
        {"tiers": {"multiply": 2}}, {"tiers": [2]}, {"tiers": [{"up_to": "x", "add": 1}, {"add": 2}]}, {"at_least": True}, {"negate": 1})),
    (SHEETS_OF, []), ((*SHEETS_OF, 0, "name"), GONE), ((*SHEETS_OF, 0, "name"), ""), ((*SHEETS_OF, 0, "name"), "a:b"),
    ((*SHEETS_OF, 0, "name"), "x" * 32), ((*SHEETS_OF, 0, "fields"), GONE), ((*SHEETS_OF, 0, "fields"), {}),
    ((*SHEETS_OF, 0, "fields"), {" ": "sku"}), ((*SHEETS_OF, 0, "top"), 3), ((*SHEETS_OF, 0, "chart"), {}),
    ((*SHEETS_OF, 0, "fields", "B", "width"), 256), ((*SHEETS_OF, 0, "fields", "B", "width"), "9"), ((*SHEETS_OF, 0, "fields", "B", "format"), ""),
    ((*SHEETS_OF, 0, "totals", "B"), "total"), ((*SHEETS_OF, 0, "zzz"), 1), ((*SHEETS_OF, 1, "fields"), {"A": "sku"}),
    ((*SHEETS_OF, 1, "group_by"), GONE), ((*SHEETS_OF, 1, "measures"), GONE), ((*SHEETS_OF, 1, "measures"), {}),
    ((*SHEETS_OF, 1, "measures", "N"), "sku"), ((*SHEETS_OF, 1, "measures", "N"), {}),
    ((*SHEETS_OF, 1, "measures", "N"), {"count": "sku", "sum": "price"}), ((*SHEETS_OF, 1, "measures", "N"), {"cuont": "sku"}),
    ((*SHEETS_OF, 1, "title"), ""), ((*SHEETS_OF, 1, "sort_by"), 1), ((*SHEETS_OF, 1, "descending"), "yes"), ((*SHEETS_OF, 1, "top"), 0),
    ((*SHEETS_OF, 1, "chart", "type"), "pies"), ((*SHEETS_OF, 1, "chart", "values"), GONE), ((*SHEETS_OF, 1, "chart", "values"), ["N", "S"]),
    ((*SHEETS_OF, 1, "chart", "zzz"), 1), ((*SHEETS_OF, 1, "chart", "top"), 0),
    *((("source",), {"columns": {"sku": column}, **more}) for column, more in (
        ("S", {"format": "xlsx", "delimiter": ";"}), ("S", {"format": "xlsx", "encoding": "utf-8"}), ("S", {"format": "xlsx", "records": "[]"}),
        ("s", {"format": "json", "header_row": 1}), ("s", {"format": "json", "ragged": "pad"}), ("s", {"format": "ndjson", "sheet": 1}),
        ("s", {"records": "a"}), ("s", {"records": ["a[].[]"]}), ("s", {"records": []}), ({"path": []}, {}), ({"path": "a..b"}, {}),
        ({"path": ["a[0]"]}, {}), ({"header": "s"}, {"format": "json"}), ({"path": "s", "header_of": "sku"}, {"format": "json"}))),
    (("tests",), {}), (("tests", 0), 1), (("tests", 0, "given"), GONE),
    (("tests", 0, "given"), "x"), (("tests", 0, "filtered"), GONE), (("tests", 0, "filtered"), False), (("tests", 0, "filtered"), 1),
    (("tests", 0, "reject"), "sku"), (("tests", 0, "expect"), {}), (("tests", 0, "set"), []), (("tests", 0, "set", "n"), None),
    (("tests", 0, "zzz"), 1), (("tests", 0), {"given": {}, "reject": 1}), (("tests", 0), {"given": {}, "expect": {"file.nd": {}}}),
    (("tests", 0), {"given": {}, "expect": {"quotiza.products": {"skus": 1}}}), (("tests", 0), {"given": {}, "expect": {"file.ndjson": 1}}),
]


class Mappings(Case):
    @classmethod
    def setUpClass(cls):
        cls.language = schema("mapping")

    def faults(self, document, validator=None):
        return [(list(e.absolute_path), e.message[:200]) for e in (validator or self.language).iter_errors(document)]

    def test_schema_is_whole(self):
        done = subprocess.run([PROGRAM, "schema", "mapping"], capture_output=True, check=True)
        again = subprocess.run([PROGRAM, "schema", "mapping"], capture_output=True, check=True)
        found = json.loads(done.stdout)
        self.assertEqual(done.stdout, again.stdout)
        self.assertEqual((found["$schema"], found["$id"]), (DRAFT, "urn:qonduit:schema:mapping"))
        used = set(re.findall(r'"#/\$defs/([^"]+)"', done.stdout.decode()))
        self.assertEqual(used, set(found["$defs"]))

    def test_every_step_is_in_it(self):
        steps = subprocess.run([PROGRAM, "help", "steps"], capture_output=True, check=True).stdout.decode()
        groups = {part.split("\n")[0].strip(): part for part in steps.split("### ")[1:]}
        names = {name for part in groups.values() for name in re.findall(r"^\| `(\w+)`", part, re.M)}
        conditions = next(part for title, part in groups.items() if title.startswith("Condition"))
        found = self.language.schema["$defs"]
        words = {one["const"] for one in found["step"]["then"]["oneOf"]}
        keys = set(found["step"]["else"]["properties"]) - {"$comment"}
        self.assertEqual(words | keys, names)
        self.assertEqual(set(found["cond"]["properties"]) - {"$comment", "column", "all", "any", "not"},
                         set(re.findall(r"^\| `(\w+)`", conditions, re.M)))
        self.assertEqual(set(found["measure"]["properties"]) - {"$comment", "format", "width"}, set(found["total"]["enum"]))
        for key, shape in found["step"]["else"]["properties"].items():
            self.assertNotEqual(shape, {"$ref": "#/$defs/anything"}, key)

    def test_examples_of_steps_are_steps(self):
        steps = subprocess.run([PROGRAM, "help", "steps"], capture_output=True, check=True).stdout.decode()
        one = Draft202012Validator({**self.language.schema, "$ref": "#/$defs/step"})
        examples = re.findall(r'\| `[^`]*` `([^`]*)` → `[^`]*` \|$', steps, re.M)
        self.assertGreater(len(examples), 50)
        for example in examples:
            self.assertEqual(self.faults(json.loads(example.replace("\\|", "|")), one), [], example)

    def test_members_of_arguments_are_those_of_the_steps(self):
        """An unknown member is told with those that there are: the schema knows the same."""
        place = self.opened(Place())
        found = self.language.schema["$defs"]
        told = 0
        for step, shape in (("truncate", "truncate"), ("pad_left", "pad_left"), ("replace", "replace"), ("split", "split"),
                            ("replace_pattern", "replace_pattern"), ("round", "round_to"), ("lookup", "lookup_in"), ("add", "value")):
            argument = {"zzzzzzzzzzzz": 1, **({"column": "a"} if shape == "value" else {})}
            for kind, given in (("text", argument), ("decimal", argument)):
                place.write("m.json", {"qonduit": 1, "source": {"columns": {"a": {"header": "A", "type": kind}}},
                                       "outputs": {"file.csv": {"fields": {"a": {"from": "a", "then": [{step: given}]}}}}})
                said = re.search(r'"zzzzzzzzzzzz", it may have (.*?)(?: \(at|\n)', place.run("check", "m.json").text)
                if said:
                    told += 1
                    self.assertEqual(set(re.findall(r'"(\w+)"', said[1])), set(found[shape]["properties"]) - {"$comment"}, step)
        self.assertEqual(told, 8)

    def test_takes_what_is_shipped(self):
        shipped = sorted((ROOT / "mappings").glob("*.json"))
        self.assertGreater(len(shipped), 10)
        for path in shipped:
            self.assertEqual(self.faults(exact(path.read_text())), [], path.name)

    def test_takes_drafts(self):
        place = self.opened(Place())
        place.catalog(3)
        for target in ("quotiza.products", "marketplace.prices", "google.feed", "report.xlsx", "file.csv"):
            draft = place.run("inspect", "catalog.csv", "--draft", target)
            self.assertEqual(draft.status, 0, draft.text)
            self.assertEqual(self.faults(exact(draft.out)), [], target)

    def test_golden_mappings(self):
        """What `convert` and `check` take is valid; what they refuse is not, but for what is left to them."""
        taken = refused = 0
        own = {}
        for case in cases():
            wrong = status_of(case) == 3
            if wrong and case.name in LEFT_TO_CHECK:
                continue
            given = contracts_of(case)
            if given and str(given) not in own:
                own[str(given)] = schema("mapping", *given)
            faults = self.faults(exact((case / "mapping.json").read_text()), own.get(str(given)))
            self.assertEqual(bool(faults), wrong, (case.name, faults[:3]))
            taken, refused = taken + (not wrong), refused + wrong
        self.assertGreater(taken, 100)
        self.assertGreater(refused, 9)

    def test_variations_of_mappings(self):
        """Mappings with something changed, taken out or put in at random: none that passes `check` is invalid, and none that has a fault
        which a schema can see is valid."""
        place = self.opened(Place())
        luck = random.Random(int(os.environ.get("SCHEMA_SEED", "6")))
        odd = [None, True, 0, 1, -3, 1.5, "", " ", "zzz", "1.5", "auto", [], ["sku"], [1], {}, {"zzz": 1}, {"$comment": 1},
               {"param": "zzz"}]
        keys = ["zzz", "then", "from", "value", "object", "column", "equals", "required", "path", "default", "$comment"]
        seeds = [case for case in cases() if not contracts_of(case) and status_of(case) in (0, 1) and "shipped" not in case.name]
        texts = [(case / "mapping.json").read_text() for case in seeds]
        names, documents = [], {}
        for number in range(int(os.environ.get("SCHEMA_VARIATIONS", "280"))):
            document = exact(luck.choice(texts))
            document.pop("tests", None)
            for _ in range(luck.choice((1, 1, 2))):
                holder, key = luck.choice(list(places(document)))
                how = luck.randrange(4)
                if how == 0:
                    del holder[key]
                elif how == 1 and isinstance(holder, dict):
                    holder[luck.choice(keys)] = copy.deepcopy(luck.choice(odd))
                else:
                    holder[key] = copy.deepcopy(luck.choice(odd))
            name = f"{number}.json"
            place.write(name, json.dumps(document, default=lambda d: 0.5))
            names.append(name)
            documents[name] = exact((place.folder / name).read_text())
        told = []
        for at in range(0, len(names), 350):
            told += place.run("check", "-q", "--json", *names[at:at + 350]).summary["mappings"]
        self.assertEqual(len(told), len(names))
        good = bad = 0
        odd = []
        for one in told:
            wrong = [fault for fault in one["faults"] if fault["severity"] == "error"]
            held = [fault for fault in wrong if fault["code"] in HELD and not re.search(SEEN_BY_CHECK, fault["message"])]
            faults = self.faults(documents[one["mapping"]])
            if (faults if not wrong else held and not faults):
                odd.append((faults, held, json.dumps(documents[one["mapping"]], default=str)))
            good, bad = good + (not wrong), bad + bool(held)
        self.assertEqual(odd[:6], [], len(odd))
        self.assertGreater(good, 20)
        self.assertGreater(bad, 100)

    def test_each_wrong_word(self):
        """One thing wrong in a mapping that has nearly all words."""
        place = self.opened(Place())
        place.write("table.csv", "a,b\nx,y\n")
        place.write("m.json", RICH)
        self.assertEqual(self.faults(RICH), [])
        self.assertEqual(place.run("check", "m.json").status, 0, place.run("check", "m.json").text)
        names = []
        for number, (path, value) in enumerate(WRONG):
            document = copy.deepcopy(RICH)
            holder = document
            for key in path[:-1]:
                holder = holder[key]
            if value is GONE:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            self.assertNotEqual(self.faults(document), [], (path, value))
            place.write(f"{number}.json", document)
            names.append(f"{number}.json")
        told = place.run("check", "-q", "--json", *names).summary["mappings"]
        self.assertEqual([WRONG[n] for n, one in enumerate(told) if one["status"] != 3], [])

    def test_says_what_stands_wrong(self):
        for change, where in (({"fields": {"sku": "sku", "name": "name", "brand": "b", "costs": "c"}}, "costs"),
                              ({"fields": {"sku": "sku", "name": "name"}}, "brand"),
                              ({"fields": {"sku": {"from": "sku", "then": ["squeze"]}, "name": "n", "brand": "b"}}, "squeze")):
            faults = self.faults({"qonduit": 1, "source": {"columns": {"sku": "S"}}, "outputs": {"quotiza.products": change}})
            self.assertIn(where, str(faults))

    def test_a_file_that_is_there_keeps_its_mode_and_a_link_stays(self):
        here = self.place()
        path = here.write("there.json", "old")
        path.chmod(0o666)
        (here.folder / "link.json").symlink_to("there.json")
        done = here.run("schema", "file.csv", "-o", "link.json", before=["sh", "-c", 'umask 077; exec "$@"', "sh"])
        self.assertEqual((done.status, path.stat().st_mode & 0o777), (0, 0o666), done.text)
        self.assertTrue((here.folder / "link.json").is_symlink())
        self.assertEqual(path.read_bytes(), here.run("schema", "file.csv").out)

    def test_targets_of_a_folder(self):
        place = self.opened(Place())
        place.small_batches(2)
        own = schema("mapping", "--contracts", place.folder / "contracts")
        document = exact((place.folder / "mapping.json").read_text())
        self.assertEqual(self.faults(document, own), [])
        self.assertIn("small.products", str(self.faults(document)))


SHOP = {
    "qonduit_contract": 1, "target": "shop.things", "title": "Shop: \"things\"", "key": "text", "documentation": "A page",
    "fields": {
        "text": {"type": "string", "min_length": 2, "max_length": 3},
        "plain": {"type": "string"},
        "word": {"type": "string", "values": ["a", "\"b\"", "é"]},
        "class": {"type": "string", "characters": "A-C[^\\] x-z-"},
        "amount": {"type": "number", "places": 2, "minimum": -1.5, "maximum": 10},
        "count": {"type": "integer", "minimum": 0, "maximum": 5},
        "price": {"type": "number", "style": "string", "places": 2, "minimum": 0},
        "pieces": {"type": "integer", "style": "string"},
        "raw": {"type": "number", "style": "string"},
        "flag": {"type": "boolean", "default": True},
        "needed": {"type": "string", "required": True, "doc": "Needed."},
        "any": {"type": "any"},
        "free": {"type": "object"},
        "inner": {"type": "object", "fields": {
            "text": {"type": "string", "min_length": 2, "max_length": 3}, "word": {"type": "string", "values": ["a", "b"]},
            "class": {"type": "string", "characters": "0-9"}, "amount": {"type": "number", "places": 1, "minimum": 0},
            "count": {"type": "integer", "maximum": 5}, "flag": {"type": "boolean"}, "any": {"type": "any"},
            "price": {"type": "number", "style": "string", "places": 2}, "needed": {"type": "string", "required": True}}},
        "words": {"type": "list", "element": "string", "max_items": 2},
        "counts": {"type": "list", "element": "integer"},
        "bag": {"type": "list"},
        "objects": {"type": "list", "element": "object", "fields": {"n": {"type": "integer", "required": True}, "t": {"type": "string"}}},
    },
    "file": {"style": "lines", "extension": "ndjson"},
}


class Records(Case):
    def shop(self):
        place = self.opened(Place())
        place.write("contracts/shop.things.json", SHOP)
        return place, schema("shop.things", "--contracts", place.folder / "contracts")

    def test_each_target_has_one(self):
        targets = [p.stem for p in (ROOT / "mappings/contracts").glob("*.json")]
        self.assertGreater(len(targets), 12)
        for target in targets:
            contract = json.loads((ROOT / f"mappings/contracts/{target}.json").read_text())
            found = schema(target).schema
            fields = {k: v for k, v in contract.get("fields", {}).items() if k != "$comment"}
            self.assertEqual((found["$schema"], found["$id"]), (DRAFT, f"urn:qonduit:schema:{target}"))
            self.assertEqual(list(found["properties"]), list(fields))
            self.assertEqual(found.get("required", []), [k for k, v in fields.items() if v.get("required")])
            self.assertEqual(found.get("additionalProperties", True), contract.get("open", False))
            for name, field in fields.items():
                self.assertIn(field.get("doc", ""), found["properties"][name].get("description", ""))

    def test_golden_records_are_valid(self):
        """What stands in the files that `convert` must write."""
        known, count, targets = {}, 0, set()
        for case in cases():
            for path in sorted((case / "expect").glob("*")) if (case / "expect").is_dir() else ():
                target = re.fullmatch(r"(.+?)(?:-\d{5})?\.(?:json|ndjson)", path.name)
                document = json.loads((case / "mapping.json").read_text()) if target else None
                if not target or path.name == "manifest.json":
                    continue
                name = path.name if path.name in document["outputs"] else target[1]
                if name not in document["outputs"]:
                    continue
                key = (name, str(contracts_of(case)))
                if key not in known:
                    known[key] = schema(name, *contracts_of(case))
                for record in self.records(path):
                    self.assertEqual([e.message for e in known[key].iter_errors(record)], [], path)
                    count += 1
                targets.add(name)
        self.assertGreater(count, 200)
        self.assertGreater(len(targets), 8)

    def records(self, path):
        if path.suffix == ".ndjson":
            return [exact(line) for line in path.read_text().split("\n") if line]
        body = exact(path.read_text())
        return body if isinstance(body, list) else next(v for v in body.values() if isinstance(v, list))

    def verdicts(self, place, columns, fields, rows):
        """For each row the record that is written of it, or None."""
        place.write("m.json", {"qonduit": 1, "source": {"format": "ndjson", "columns": columns},
                               "outputs": {"shop.things": {"fields": fields}}})
        place.write("in.ndjson", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        done = place.run("preview", "m.json", "in.ndjson", "--contracts", "contracts", "--json", "--limit", len(rows))
        self.assertEqual(done.status, 0, done.text)
        told = [exact(line) for line in done.out.decode().split("\n") if line]
        self.assertEqual(len(told), len(rows))
        return [one["outputs"]["shop.things"] if one["verdict"] == "written" else None for one in told]

    def agree(self, place, validator, columns, fields, rows, records):
        """The program writes exactly those records that are valid."""
        written = 0
        for record, found in zip(records, self.verdicts(place, columns, fields, rows)):
            faults = [e.message for e in validator.iter_errors(record)]
            self.assertEqual(found is not None, not faults, (record, found, faults))
            if found is not None:
                self.assertEqual([e.message for e in validator.iter_errors(found)], [], found)
                written += 1
        self.assertTrue(0 < written < len(rows), (written, len(rows)))

    def test_texts(self):
        place, validator = self.shop()
        texts = ["a", "ab", "abc", "abcd", "żółw", "żół", "€€", "😀", "😀😀", "😀😀😀😀", "\"b\"", "é", "e\u0301", "A", "-", "[", "]", "\\", "^",
                 "D", "x\n", "AB\n", "a\n", "x", "w", "~", "A-", "yz"]
        for name in ("text", "plain", "word", "class"):
            fields = {name: "v", "needed": {"value": "x"}}
            rows = [{"v": text} for text in texts]
            if name == "plain":
                self.assertNotIn(None, self.verdicts(place, {"v": {"path": "v"}}, fields, rows))
                continue
            self.agree(place, validator, {"v": {"path": "v"}}, fields, rows, [{name: text, "needed": "x"} for text in texts])

    def test_numbers(self):
        place, validator = self.shop()
        texts = ["0", "-1.5", "-1.50", "-1.51", "10", "10.01", "10.00", "9.999", "0.07", "0.070", "1.23", "1e1", "0.1", "-0.001", "3.335"]
        self.agree(place, validator, {"v": {"path": "v", "type": "decimal"}}, {"amount": "v", "needed": {"value": "x"}},
                   [{"v": text} for text in texts], [{"amount": Decimal(text), "needed": "x"} for text in texts])
        whole = ["0", "-1", "5", "6", "100000000000000000000000"]
        self.agree(place, validator, {"v": {"path": "v", "type": "integer"}}, {"count": "v", "needed": {"value": "x"}},
                   [{"v": text} for text in whole], [{"count": int(text), "needed": "x"} for text in whole])

    def test_numbers_as_strings(self):
        place, validator = self.shop()
        rows = [{"v": text} for text in ("0", "1", "1.5", "1.50", "1.500", "1.501", "-1", "-0.01", "123456789012345678901234567890", "1e3")]
        found = self.verdicts(place, {"v": {"path": "v", "type": "decimal"}}, {"price": "v", "raw": "v", "needed": {"value": "x"}}, rows)
        self.assertEqual([one and one["price"] for one in found],
                         ["0.00", "1.00", "1.50", "1.50", "1.50", None, None, None, "123456789012345678901234567890.00", "1000.00"])
        for one in filter(None, found):
            self.assertEqual([e.message for e in validator.iter_errors(one)], [], one)
        for price in ("1", "1.5", "1.501", "-1.00", "", "a", "1.00 ", "1,00", 1, Decimal("1.00"), None):
            self.assertFalse(validator.is_valid({"price": price, "needed": "x"}), price)
        for pieces, valid in (("1", True), ("-12", True), ("1.0", False), ("", False), (1, False)):
            self.assertEqual(validator.is_valid({"pieces": pieces, "needed": "x"}), valid, pieces)

    def test_what_is_within(self):
        """Objects and lists that come as JSON, made at random."""
        place, validator = self.shop()
        luck = random.Random(4)
        inner = list(SHOP["fields"]["inner"]["fields"])
        scalars = [None, True, False, 0, 1, 5, 6, -1, 0.5, 2.5, 1.25, "", "a", "b", "ab", "abc", "abcd", "żół", "1", "1.5", "1.50", "-2",
                   "1.234", "12a", "x\n", "+1.5", ".5", "1.", ".", "-", [], {}, [1], {"n": 1}]

        def objects():
            one = {"needed": "x"}
            for name in luck.sample(inner, luck.randrange(1, 3)):
                one[name] = luck.choice(scalars)
            if luck.randrange(8) == 0:
                one.pop("needed")
            if luck.randrange(12) == 0:
                one["other"] = 1
            return one

        def lists(of):
            return lambda: [luck.choice(of) for _ in range(luck.randrange(1, 4))]

        some = [1, 2, "a", None, "bc", {"n": 1}, {"n": 2, "t": "x"}, {"t": "x"}, {"n": None}, {"n": 1, "t": None}, {"n": "1"},
                {"n": 1, "z": 1}]
        for name, make in (("inner", objects), ("words", lists(["a", "", "b", "c", 1, None])),
                           ("counts", lists([1, -2, 3, 1.5, "1", None])), ("objects", lists(some))):
            values = [exact(json.dumps(make())) for _ in range(250)]
            rows = [json.loads(json.dumps({"v": value}, default=float)) for value in values]
            self.agree(place, validator, {"v": {"path": "v", "type": "json"}}, {name: "v", "needed": {"value": "x"}}, rows,
                       [{name: value, "needed": "x"} for value in values])

    def test_required_and_closed(self):
        _, validator = self.shop()
        self.assertTrue(validator.is_valid({"needed": "x"}))
        for record in ({}, {"needed": ""}, {"needed": None}, {"needed": 1}, {"needed": "x", "other": 1}, {"needed": "x", "plain": None},
                       {"needed": "x", "flag": "true"}, {"needed": "x", "flag": 1}, {"needed": "x", "free": []}, {"needed": "x", "bag": {}},
                       [], "x"):
            self.assertFalse(validator.is_valid(record), record)
        for record in ({"needed": "x", "any": None}, {"needed": "x", "any": [{}]}, {"needed": "x", "free": {"a": [1]}},
        {"needed": "x", "bag": [None, 1]}):
            self.assertTrue(validator.is_valid(record), record)

    def test_says_what_it_cannot_hold(self):
        _, validator = self.shop()
        found = validator.schema["properties"]
        self.assertEqual(validator.schema["title"], "Shop: \"things\"")
        self.assertEqual(validator.schema["description"], "A page")
        self.assertIn("The key", found["text"]["description"])
        self.assertIn("at least 0", found["price"]["description"])
        self.assertEqual((found["needed"]["description"], found["flag"]["default"]), ("Needed.", True))
        self.assertEqual((found["amount"]["multipleOf"], found["amount"]["minimum"]), (Decimal("0.01"), Decimal("-1.5")))

    def test_feeds_as_lines(self):
        case = GOLDEN / "feed-google"
        inputs = sorted(p.name for p in case.glob("input*"))
        done = subprocess.run([PROGRAM, "convert", "mapping.json", *inputs, "-o", "-", "-q", *arguments_of(case)], cwd=case,
        capture_output=True)
        lines = done.stdout.decode().split("\n")[:-1]
        self.assertGreater(len(lines), 1)
        validator = schema("google.feed", *contracts_of(case))
        for line in lines:
            self.assertEqual([e.message for e in validator.iter_errors(exact(line))], [], line)


class Usage(Case):
    def test_unknown_names(self):
        place = self.opened(Place())
        for name, near in (("quotiza.product", "quotiza.products"), ("maping", "mapping"), ("marketplace.price", "marketplace.prices")):
            done = place.run("schema", name)
            self.assertEqual((done.status, done.out), (2, b""))
            self.assertIn(f"did you mean \"{near}\"?", done.text)
            self.assertIn("report.xlsx", done.text)
        done = place.run("schema", "\x1b[31m\n%s")
        self.assertEqual((done.status, done.out), (2, b""))
        self.assertNotIn("\x1b", done.text)
        for arguments in ((), ("mapping", "mapping"), ("",)):
            done = place.run("schema", *arguments)
            self.assertEqual((done.status, done.out), (2, b""), arguments)

    def test_file(self):
        place = self.opened(Place())
        text = place.run("schema", "mapping").out
        self.assertEqual(place.run("schema", "mapping", "-o", "-").out, text)
        for _ in range(2):
            done = place.run("schema", "mapping", "-o", "mapping.schema.json")
            self.assertEqual((done.status, done.out, (place.folder / "mapping.schema.json").read_bytes()), (0, b"", text))
        (place.folder / "link.json").symlink_to("mapping.schema.json")
        (place.folder / "mapping.schema.json").write_text("old")
        (place.folder / "mapping.schema.json").chmod(0o600)
        self.assertEqual(place.run("schema", "mapping", "-o", "link.json").status, 0)
        self.assertTrue((place.folder / "link.json").is_symlink())
        self.assertEqual((place.folder / "mapping.schema.json").read_bytes(), text)
        self.assertEqual((place.folder / "mapping.schema.json").stat().st_mode & 0o777, 0o600)
        before = sorted(place.folder.iterdir())
        (place.folder / "folder").mkdir()
        self.assertEqual(place.run("schema", "mapping", "-o", "folder").status, 2)
        self.assertEqual(place.run("schema", "nothing.here", "-o", "new.json").status, 2)
        self.assertEqual(place.run("schema", "mapping", "-o", "none/new.json").status, 4)
        self.assertEqual(sorted(place.folder.iterdir()), sorted([*before, place.folder / "folder"]))
        with open("/dev/full", "wb") as full:
            self.assertEqual(place.run("schema", "mapping", stdout=full).status, 4)

    def test_faulty_contracts(self):
        place = self.opened(Place())
        place.write("contracts/a.json", {**SHOP, "fields": {"a": {"type": "strng"}}})
        done = place.run("schema", "mapping", "--contracts", "contracts")
        self.assertEqual((done.status, done.out), (3, b""))
        self.assertIn("contracts/a.json:1:", done.text)

    def test_reference_is_current(self):
        done = subprocess.run([sys.executable, str(ROOT / "tests/reference.py"), PROGRAM], capture_output=True, check=True)
        self.assertEqual((ROOT / "mappings/contracts/REFERENCE.md").read_bytes().decode(), done.stdout.decode(), "run make reference")


if __name__ == "__main__":
    main()
