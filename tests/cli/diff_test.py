#!/usr/bin/env python3
"""diff: every kind of change is told once, and nothing else. diff_test.py PROGRAM"""
import csv
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, main  # noqa: E402

COLUMNS = {"sku": "SKU", "name": "Name", "brand": "Brand", "price": {"header": "Price", "type": "decimal"}}
NAMES = ["Soap", "Łagodny \"Żel\", 5%", "x" * 300, "a\\b", "{[,]}", "tab\tand line\nend"]


class Diff(Case):
    def convert(self, place, name, rows, target="quotiza.products"):
        with open(place.folder / f"{name}.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([["SKU", "Name", "Brand", "Price"], *rows])
        fields = {"sku": "sku", "name": "name", "brand": "brand", "cost": "price"}
        (place.folder / "m.json").write_text(json.dumps(
            {"qonduit": 1, "source": {"columns": COLUMNS}, "outputs": {target: {"fields": fields}}}))
        done = place.run("convert", "m.json", f"{name}.csv", "-o", name, "-q")
        self.assertEqual(done.status, 0, done.text)

    def diff(self, place, *arguments):
        return place.run("diff", *arguments)

    def compared(self, place, old, new, target="quotiza.products"):
        self.convert(place, "old", old, target)
        self.convert(place, "new", new, target)
        return self.diff(place, "old", "new"), self.diff(place, "old", "new", "--json")

    def test_equal_outputs_are_equal(self):
        place = self.place()
        rows = [[f"S{n}", NAMES[n % len(NAMES)], "B", n] for n in range(2500)]
        text, found = self.compared(place, rows, random.Random(1).sample(rows, len(rows)))
        self.assertEqual((text.status, text.out), (0, b"0 added, 0 removed, 0 changed, 2500 unchanged\n"))
        self.assertEqual((found.status, found.summary),
                         (0, {"changes": [], "added": 0, "removed": 0, "changed": 0, "unchanged": 2500, "files": 0}))

    def test_each_change_is_told(self):
        place = self.place()
        text, found = self.compared(
            place, [["A1", "One", "B", "1.0"], ["B2", "Two", "B", "2"], ["C3", "Three", "B", "3"], ["D4", "Four", "B", ""]],
            [["D4", "Four", "B", "4"], ["A1", "One", "B", "1.00"], ["C3", "Thr\x1bee", "B", "3.5"], ["E5", "Five", "B", "5"]])
        self.assertEqual(text.status, 1)
        self.assertEqual(text.out.decode().splitlines(), [
            "~ D4 cost: (none) → 4", "~ C3 name: \"Three\" → \"Thr\\u001bee\"", "~ C3 cost: 3 → 3.5", "+ E5", "- B2",
            "1 added, 1 removed, 2 changed, 1 unchanged"])
        self.assertEqual(found.status, 1)
        self.assertEqual([(c["change"], c["key"]) for c in found.summary["changes"]],
                         [("changed", "D4"), ("changed", "C3"), ("added", "E5"), ("removed", "B2")])
        self.assertEqual(found.summary["changes"][0]["fields"], [{"field": "cost", "new": 4}])
        self.assertEqual(found.summary["unchanged"], 1)

    def test_records_without_a_key_are_a_heap(self):
        for target in ("file.ndjson", "file.json", "file.csv"):
            place = self.place()
            text, found = self.compared(
                place, [["A", "n\nm", "B", 1], ["A", "n\nm", "B", 1], ["B", "m", "B", 2]],
                [["B", "m", "B", 2], ["A", "n\nm", "B", 1], ["C", "q", "B", 3]], target)
            self.assertEqual(text.status, 1)
            sums = {k: found.summary[k] for k in ("added", "removed", "changed")}
            self.assertEqual(sums, {"added": 1, "removed": 1, "changed": 0}, target)
            self.assertEqual(found.summary["unchanged"], 3 if target == "file.csv" else 2)  # with the header
            self.assertIn(b"+ ", text.out)

    def test_feeds_and_workbooks_are_compared_whole(self):
        outputs = {"google.feed": {"head": {name: {"value": "https://shop.example"} for name in ("title", "link", "description")},
                                   "fields": {"id": "sku", "title": "name", "description": "name", "brand": "brand",
                                              "link": {"template": "https://shop.example/{sku}"},
                                              "image_link": {"template": "https://shop.example/{sku}.png"},
                                              "availability": {"value": "in_stock"}, "condition": {"value": "new"},
                                              "price": {"template": "{price} EUR"}}},
                   "report.xlsx": {"sheets": [{"name": "S", "fields": {"SKU": "sku", "Name": "name"}}]}}
        for target, file in (("google.feed", "google.feed.xml"), ("report.xlsx", "report.xlsx")):
            place = self.place()
            (place.folder / "m.json").write_text(json.dumps(
                {"qonduit": 1, "source": {"columns": {**COLUMNS, "price": "Price"}}, "outputs": {target: outputs[target]}}))
            for name, title in (("old", "Soap"), ("same", "Soap"), ("new", "Soup")):
                (place.folder / "in.csv").write_text(f"SKU,Name,Brand,Price\nA1,{title},B,1.00\n")
                done = place.run("convert", "m.json", "in.csv", "-o", name, "-q")
                self.assertEqual(done.status, 0, done.text)
            self.assertEqual(self.diff(place, "old", "same").status, 0)
            text, found = self.diff(place, "old", "new"), self.diff(place, "old", "new", "--json")
            self.assertEqual((text.status, found.status), (1, 1))
            self.assertIn(f"~ file {file}\n", text.out.decode())
            self.assertEqual([(c["change"], c["target"]) for c in found.summary["changes"]], [("changed", target)])
            self.assertEqual(found.summary["files"], 1)

    def test_very_many_equal_records_are_matched_one_to_one(self):
        place = self.place()
        self.convert(place, "old", [["A", "m", "B", 1]] * 80000, "file.ndjson")
        self.convert(place, "new", [["A", "m", "B", 1]] * 79990 + [["A", "m", "B", 2]], "file.ndjson")
        done = place.run("diff", "old", "new", timeout=8)  # some tenths of a second
        self.assertEqual(done.out.decode().splitlines()[-1], "1 added, 10 removed, 0 changed, 79990 unchanged")

    def test_random_changes_are_those_that_were_made(self):
        r, place = random.Random(7), self.place()
        old = {f"SKU-{n}": [f"SKU-{n}", r.choice(NAMES) + "x", "B", r.randint(1, 999)] for n in range(3000)}
        new = {k: list(v) for k, v in old.items()}
        removed, changed = set(r.sample(sorted(old), 40)), set(r.sample(sorted(old), 70))
        for key in changed:
            new[key][3] += 1000
        for key in removed:
            del new[key]
        new.update({f"NEW-{n}": [f"NEW-{n}", "New", "B", 1] for n in range(25)})
        _, found = self.compared(place, list(old.values()), r.sample(list(new.values()), len(new)))
        by = {}
        for change in found.summary["changes"]:
            by.setdefault(change["change"], []).append(change["key"])
        self.assertEqual(sorted(by["removed"]), sorted(removed))
        self.assertEqual(sorted(by["changed"]), sorted(changed - removed))
        self.assertEqual(len(by["added"]), 25)
        self.assertEqual(found.summary["unchanged"], 3000 - len(removed | changed))

    def test_runs_of_the_ledger_are_compared_by_their_ids(self):
        s = self.sandbox()
        place = self.place(s)
        ids = []
        for price in (1, 2):
            self.convert(place, f"p{price}", [["A1", "One", "B", price], ["B2", "Two", "B", 2]])
            done = place.run("push", "m.json", f"p{price}.csv", "--json", "--changed-only")
            self.assertEqual(done.status, 0, done.text)
            ids.append(done.summary["run"])
        done = self.diff(place, *ids)
        self.assertEqual((done.status, done.out.decode()),
                         (1, "~ A1 cost: 1 → 2\n0 added, 0 removed, 1 changed, 1 unchanged\n"))

    def test_what_cannot_be_read_is_said(self):
        place = self.place()
        self.convert(place, "old", [["A1", "One", "B", 1]])
        self.convert(place, "new", [["A1", "One", "B", 1]])
        for arguments, status, words in (
                (("old",), 2, "qonduit diff OLD NEW"), (("old", "new", "old"), 2, "qonduit diff OLD NEW"),
                (("old", "nosuch"), 2, "nosuch"), (("old", "./nosuch"), 4, "manifest.json"), (("m.json", "old"), 4, "m.json")):
            done = self.diff(place, *arguments)
            self.assertEqual(done.status, status, (arguments, done.text))
            self.assertIn(words, done.text)
        body = next((place.folder / "new").glob("quotiza.products-*.json"))
        body.write_bytes(body.read_bytes().replace(b"One", b"Two"))
        done = self.diff(place, "old", "new")
        self.assertEqual(done.status, 4)
        self.assertIn("is not what the manifest says", done.text)
        body.unlink()
        done = self.diff(place, "old", "new")
        self.assertEqual(done.status, 4)
        self.assertIn(body.name, done.text)


if __name__ == "__main__":
    main()
