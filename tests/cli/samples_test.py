#!/usr/bin/env python3
"""The shipped mapping over the samples and over longer catalogs with bad rows, beside the same mapping written by hand in Python
(tests/bench/peer_csv.py); and what must hold of any conversion: equal bytes twice and from standard input, every record with its
origin, every row accounted for. samples_test.py PROGRAM"""
import json
import random
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = str(Path(sys.argv.pop(1)).resolve())


def convert(mapping, source, folder, *options, stdin=None):
    done = subprocess.run([PROGRAM, "convert", str(mapping), str(source), "-o", str(folder), *options], stdin=stdin or subprocess.DEVNULL,
                          capture_output=True, cwd=ROOT)
    if done.returncode > 1:
        raise AssertionError(done.stderr.decode())
    return done.returncode


def bodies(folder):
    return [json.loads(p.read_text(encoding="utf-8"), parse_float=Decimal)["products"] for p in sorted(Path(folder).glob("*-?????.json"))]


def contents(folder):
    return {p.name: p.read_bytes() for p in Path(folder).iterdir()}


class Samples(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="qonduit-samples-")
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)

    def same_as_python(self, source):
        ours, theirs = self.folder / f"{source.stem}-ours", self.folder / f"{source.stem}-python"
        convert("qogita-to-quotiza", source, ours)
        subprocess.run([sys.executable, ROOT / "tests/bench/peer_csv.py", source, theirs], check=True)
        found = bodies(ours)
        self.assertEqual(found, bodies(theirs))
        self.assertTrue(found and all(len(b) == 1000 for b in found[:-1]) and 1 <= len(found[-1]) <= 1000)
        return json.loads((ours / "manifest.json").read_text())

    def catalog(self, *options):
        path = self.folder / "catalog.csv"
        with open(path, "wb") as file:
            subprocess.run([sys.executable, ROOT / "samples/make-catalog.py", *options], stdout=file, check=True)
        return path

    def test_each_sample_gives_what_python_makes_of_it(self):
        for sample in sorted((ROOT / "samples").glob("*.csv")):
            with self.subTest(sample=sample.name):
                self.same_as_python(sample)

    def test_a_longer_catalog_with_bad_rows_does_too(self):
        counts = self.same_as_python(self.catalog("--rows", "12000", "--bad"))["rows"]
        self.assertEqual((counts["read"], counts["filtered"], counts["duplicates"], counts["rejected"]), (12000, 20, 40, 140))
        self.assertEqual(counts["read"], sum(counts[k] for k in ("filtered", "duplicates", "rejected", "written")))

    def test_quotes_make_no_difference(self):
        convert("qogita-to-quotiza", self.catalog("--rows", "2500"), self.folder / "plain")
        convert("qogita-to-quotiza", self.catalog("--rows", "2500", "--quote", "all"), self.folder / "quoted")
        self.assertEqual(bodies(self.folder / "plain"), bodies(self.folder / "quoted"))

    def test_the_same_input_gives_the_same_bytes(self):
        sample = ROOT / "samples/qogita-catalog.csv"
        convert("qogita-to-quotiza", sample, self.folder / "one")
        convert("qogita-to-quotiza", sample, self.folder / "two")
        self.assertEqual(contents(self.folder / "one"), contents(self.folder / "two"))

    def test_standard_input_gives_the_same_records_as_a_file(self):
        sample = ROOT / "samples/qogita-catalog.csv"
        convert("qogita-to-quotiza", sample, self.folder / "file")
        with open(sample, "rb") as file:
            convert("qogita-to-quotiza", "-", self.folder / "stdin", stdin=file)
        self.assertEqual(bodies(self.folder / "file"), bodies(self.folder / "stdin"))

    def test_every_record_has_its_origin(self):
        sample = ROOT / "samples/qogita-catalog.csv"
        convert("qogita-to-quotiza", sample, self.folder / "ours")
        rows = sample.read_text(encoding="utf-8").split("\n")
        for path in (self.folder / "ours").glob("*-?????.json"):
            records = json.loads(path.read_text(encoding="utf-8"))["products"]
            origins = (path.parent / (path.name + ".rows")).read_text().splitlines()
            self.assertEqual(len(records), len(origins))
            for record, origin in zip(records, origins):
                name, row = origin.rsplit(":", 1)
                self.assertEqual(name, "qogita-catalog.csv")
                self.assertEqual(record["sku"], rows[int(row) - 1].split(",")[0])

    def test_unique_keeps_the_right_row_over_many_batches(self):
        rng = random.Random(20261121)
        rows = [(f"k{rng.randrange(900)}", rng.choice(["", "1", "1.0", "2.50", "7", "0.3"]), n) for n in range(6000)]
        source = self.folder / "rows.csv"
        source.write_text("key,price,n\n" + "".join(f"{k},{p},{n}\n" for k, p, n in rows))
        better = {
            '"first"': lambda new, old: False,
            '"last"': lambda new, old: True,
            '{ "lowest": "price" }': lambda new, old: new != "" and (old == "" or Decimal(new) < Decimal(old)),
            '{ "highest": "price" }': lambda new, old: new != "" and (old == "" or Decimal(new) > Decimal(old)),
        }
        for number, (prefer, wins) in enumerate(better.items()):
            with self.subTest(prefer=prefer):
                kept = {}
                for key, price, n in rows:
                    if key not in kept or wins(price, kept[key][0]):
                        kept[key] = (price, n)
                mapping = self.folder / "mapping.json"
                mapping.write_text('{ "qonduit": 1, "source": { "columns": { "key": "key", "price": { "header": "price", "type": "decimal" },'
                                   ' "n": { "header": "n", "type": "integer" } } },'
                                   ' "unique": { "by": ["key"], "prefer": %s }, "outputs": { "file.csv": { "fields": { "n": "n" } } } }' % prefer)
                convert(mapping, source, self.folder / str(number))
                found = (self.folder / str(number) / "file.csv").read_text().split()[1:]
                self.assertEqual(found, [str(n) for n in sorted(n for _, n in kept.values())])


if __name__ == "__main__":
    unittest.main()
