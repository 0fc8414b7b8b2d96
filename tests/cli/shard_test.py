#!/usr/bin/env python3
"""--shard I/N: all shards together are the whole, nothing twice and nothing left out, however rows end. shard_test.py PROGRAM"""
import csv
import json
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import COLUMNS, FIELDS, Case, Sandbox, main  # noqa: E402

HEADER = ["SKU", "Name", "Brand", "Price"]
COUNTS = ("read", "filtered", "duplicates", "rejected", "written")


def rows_of(count):
    """Rows of every end: written, filtered (no price), rejected (no number, no name), and keys that come again at other prices."""
    dice = random.Random(7)
    for n in range(count):
        price = dice.choice(["", "x", *(f"{dice.randrange(1, 900)}.{dice.randrange(10)}" for _ in range(8))])
        yield [f"K{dice.randrange(count * 3 // 4)}", dice.choice(["Soap", "Łagodny Żel", "" if n % 9 == 0 else "Balm"]), "B", price]


class Shards(Case):
    def setUp(self):
        self.here = self.place()

    def write(self, rows, name="c.csv", **more):
        with open(self.here.folder / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
        mapping = {"qonduit": 1, "source": {"columns": COLUMNS}, "keep": {"column": "price", "present": True},
                   "outputs": {"quotiza.products": {"fields": FIELDS}}, **more}
        (self.here.folder / "m.json").write_text(json.dumps({key: value for key, value in mapping.items() if value}))

    def made(self, output, *arguments, status=None, mapping="m.json", inputs=("c.csv",)):
        """(manifest, records, origins, rejects as rows) of a conversion."""
        done = self.here.run("convert", mapping, *inputs, "-o", output, "-q", *arguments)
        self.assertIn(done.status, (0, 1) if status is None else (status,), done.text)
        folder = self.here.folder / output
        manifest = json.loads((folder / "manifest.json").read_text())
        records, origins = [], []
        for path in sorted(folder.glob("*.rows")):
            body = json.loads((folder / path.name.removesuffix(".rows")).read_text())
            records += [json.dumps(record) for record in body["products"]]
            origins += path.read_text().split("\n")[:-1]
        rejects = folder / "rejects.csv"
        rejected = list(csv.reader(rejects.open(newline="", encoding="utf-8")))[1:] if rejects.exists() else []
        return manifest, records, origins, [tuple(row) for row in rejected]

    def check_whole(self, shards, inputs=("c.csv",)):
        whole, records, origins, rejected = self.made("whole", inputs=inputs)
        self.assertNotIn("shard", whole)
        parts = [self.made(f"part{i}", "--shard", f"{i}/{shards}", inputs=inputs) for i in range(1, shards + 1)]
        for i, (manifest, *_) in enumerate(parts, 1):
            self.assertEqual(manifest["shard"], f"{i}/{shards}")
            self.assertEqual(manifest["inputs"][0]["sha256"], whole["inputs"][0]["sha256"])
        for count in COUNTS:
            self.assertEqual(sum(part[0]["rows"][count] for part in parts), whole["rows"][count], count)
        for kind, all_of in ((1, records), (2, origins), (3, rejected)):
            self.assertEqual(Counter(one for part in parts for one in part[kind]), Counter(all_of))
        return whole, parts

    def test_all_shards_together_are_the_whole(self):
        for unique in (None, {"by": ["sku"]}, {"by": ["sku"], "prefer": "last"}, {"by": ["sku"], "prefer": {"lowest": "price"}}):
            with self.subTest(unique=unique):
                self.here = self.place()
                self.write(rows_of(4000), unique=unique)
                whole, parts = self.check_whole(3)
                self.assertTrue(all(whole["rows"][count] for count in COUNTS if unique or count != "duplicates"))
                self.assertTrue(all(part[0]["rows"]["written"] > whole["rows"]["written"] / 5 for part in parts))

    def test_two_inputs_and_one_shard_of_one(self):
        self.write(rows_of(500), "d.csv")
        self.write(rows_of(700))
        self.check_whole(2, ("c.csv", "d.csv"))
        self.here = self.place()
        self.write(rows_of(300))
        self.check_whole(1)

    def test_a_key_is_in_one_shard_whatever_comes_before_it(self):
        """Where a row goes does not hang on its place, so that a file of tomorrow is parted the same way."""
        rows = [[f"K{n}", "Soap", "B", "1"] for n in range(600)]
        self.write(rows)
        _, before, _, _ = self.made("one", "--shard", "2/4")
        self.write(random.Random(3).sample(rows, 500))
        _, after, _, _ = self.made("two", "--shard", "2/4")
        self.assertTrue(after and set(after) < set(before))

    def test_equal_for_any_number_of_threads(self):
        self.write(rows_of(20000), unique={"by": ["sku"]})
        alone = self.made("one", "--shard", "1/3", "--threads", "1")
        self.assertEqual(alone, self.made("four", "--shard", "1/3", "--threads", "4"))

    def test_a_shard_may_have_nothing(self):
        self.write([["K1", "Soap", "B", "1"]])
        parts = [self.made(f"part{i}", "--shard", f"{i}/5", status=0) for i in range(1, 6)]
        self.assertEqual(sorted(part[0]["rows"]["read"] for part in parts), [0, 0, 0, 0, 1])
        self.write([])
        self.assertEqual(self.here.run("convert", "m.json", "c.csv", "-o", "none", "--shard", "1/5").status, 4)

    def test_pushed_shard_by_shard_all_of_it_arrives(self):
        with Sandbox() as sandbox:
            self.here = self.place(sandbox)
            self.write([[f"K{n}", "Soap", "B", "1"] for n in range(30)] + [["K30", "", "B", "1"]])
            ends = [self.here.run("push", "m.json", "c.csv", "--shard", f"{i}/40", "--json") for i in range(1, 41)]
            self.assertEqual({done.status for done in ends}, {0, 1})
            self.assertEqual(sum(done.status for done in ends), 1)
            self.assertEqual(sum(done.summary["rows"]["read"] for done in ends), 31)
            self.assertEqual(len(sandbox.products()), 30)

    def test_warnings_count_what_is_written_here(self):
        self.write([[f"{n}", "Soap", "B", "1"] for n in range(10, 60)])
        told = [self.here.run("convert", "m.json", "c.csv", "-o", f"o{i}", "--shard", f"{i}/2") for i in (1, 2)]
        written = [json.loads((self.here.folder / f"o{i}/manifest.json").read_text())["rows"] for i in (1, 2)]
        for done, rows in zip(told, written):
            self.assertIn(f'{rows["written"]} records have a "sku" outside of what the clients', done.text)

    def test_what_is_no_shard_is_wrong_usage(self):
        self.write([["K1", "Soap", "B", "1"]])
        for given in ("0/3", "4/3", "x", "1", "1/", "/2", "1/0", "1/10001", "-1/2", "1/2/3", "1.5/2", " 1/2", ""):
            done = self.here.run("convert", "m.json", "c.csv", "-o", "o", "--shard", given)
            self.assertEqual(done.status, 2, given)
            self.assertIn("expected I/N", done.text)
        self.assertFalse((self.here.folder / "o").exists())


if __name__ == "__main__":
    main()
