#!/usr/bin/env python3
"""The shipped mappings over the samples and over longer catalogs with bad rows, beside what Python makes of the same rows (for Quotiza
tests/bench/peer_csv.py, for the other targets what stands below); and what must hold of any conversion: equal bytes twice and from
standard input, every record with its origin, every row accounted for. samples_test.py PROGRAM"""
import csv
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
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


def is_gtin(text):
    if len(text) not in (8, 12, 13, 14) or not text.isascii() or not text.isdigit():
        return False
    odd, even = (sum(int(d) for d in text[::-1][start::2]) for start in (1, 0))
    return (3 * odd + even) % 10 == 0


def offers(path):
    """What the mappings to the marketplace and to Quarticon are made of: the rows of today's export with an article number and a price
    that are some, the lowest price of each article."""
    kept = {}
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        for number, cells in enumerate(rows):
            row = dict(zip(names, cells))
            if len(cells) != len(names) or not is_gtin(row["GTIN"]):
                continue
            try:
                price, stock = Decimal(row["€ Lowest Price inc. shipping"]), int(row["Total Inventory of All Offers"] or 0)
            except (InvalidOperation, ValueError):
                continue
            if price <= 0:
                continue
            if row["GTIN"] not in kept or price < kept[row["GTIN"]]["price"]:
                kept[row["GTIN"]] = {**row, "price": price, "stock": stock, "number": number}
    return sorted(kept.values(), key=lambda row: row["number"])


def cents(number):
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def fingerprint(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 2147483647 + 1


def lines(path):
    return [json.loads(line, parse_float=Decimal) for line in path.read_text(encoding="utf-8").splitlines()]


class InFolder(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="qonduit-samples-")
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)


class Shipped(InFolder):
    """Each shipped mapping also has golden cases, shipped-*, whose payloads were worked out by hand."""

    catalog = ROOT / "samples/qogita-catalog.csv"
    lists = {"price_list": "4f61bf48-7f9f-49a5-b5be-ea55b020e058", "stock_list": "a9af0aed-5984-43c2-bb72-1886c6f87b2a"}

    def converted(self, mapping, **params):
        folder = self.folder / mapping
        self.assertEqual(convert(mapping, self.catalog, folder, *(f"--set={name}={value}" for name, value in params.items())), 1)
        counts = json.loads((folder / "manifest.json").read_text())["rows"]
        self.assertEqual(counts["read"], sum(counts[k] for k in ("filtered", "duplicates", "rejected", "written")))
        return folder

    def test_each_passes_its_own_tests_and_has_some(self):
        for mapping in sorted((ROOT / "mappings").glob("*.json")):
            with self.subTest(mapping=mapping.stem):
                done = subprocess.run([PROGRAM, "check", mapping.stem], capture_output=True, text=True, cwd=self.folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                count = len(json.loads(mapping.read_text(encoding="utf-8"))["tests"])
                self.assertGreaterEqual(count, 3)
                self.assertIn(f"{count} of {count} tests passed", done.stderr)

    def test_each_is_run_over_something_and_described(self):
        run = {path.resolve().stem for path in (ROOT / "tests/golden").glob("shipped-*/mapping.json")}
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        for mapping in sorted((ROOT / "mappings").glob("*.json")):
            with self.subTest(mapping=mapping.stem):
                self.assertTrue(mapping.stem in run or mapping.stem in ("qogita-to-quotiza", "qogita-catalog-report"))
                self.assertTrue(f"`{mapping.stem}`" in readme, "it is not in README.md")

    def test_the_marketplace_gets_what_python_works_out(self):
        folder = self.converted("qogita-to-marketplace", margin="1.37", percent_of_retail="85", **self.lists)
        prices, stocks = [], []
        for row in offers(self.catalog):
            retail = cents(row["price"] * Decimal("1.37"))
            prices.append({"sku": row["GTIN"], "price_list": self.lists["price_list"], "price": str(cents(retail * 85 / 100)),
                           "retail_price": str(retail), "currency_type": "EUR", "discount_percentage": "15.00", "is_active": True})
            stocks.append({"sku": row["GTIN"], "stock_list": self.lists["stock_list"], "unit_type": "qty", "stock": row["stock"],
                           "is_active": True})
        self.assertGreater(len(prices), 2900)
        self.assertEqual(lines(folder / "marketplace.prices.ndjson"), prices)
        self.assertEqual(lines(folder / "marketplace.stocks.ndjson"), stocks)
        self.assertEqual((folder / "marketplace.prices.ndjson.rows").read_text(), (folder / "marketplace.stocks.ndjson.rows").read_text())

    def test_quarticon_gets_what_python_works_out(self):
        folder = self.converted("qogita-to-quarticon")
        named = [row for row in offers(self.catalog) if row["Name"].strip()]
        self.assertGreater(len(named), 2900)
        for row, found in zip(named, lines(folder / "quarticon.products.ndjson"), strict=True):
            self.assertEqual(found["id"], row["GTIN"])
            self.assertEqual(found["price"], cents(row["price"] * Decimal("1.35")))
            self.assertEqual(found["status"], row["stock"] > 0)
            self.assertEqual(found["url"], row["Product URL"])
            self.assertEqual(found["categories"], [{"id": fingerprint(row["Category"]), "name": row["Category"]}])

    def test_the_feeds_say_what_the_store_api_is_told(self):
        products = lines(self.converted("qogita-to-quarticon") / "quarticon.products.ndjson")
        namespace = {"q": "http://cp.quarticon.com/docs/catalog/1.1/schema", "g": "http://base.google.com/ns/1.0"}
        quarticon = ElementTree.parse(self.converted("qogita-to-quarticon-feed") / "quarticon.feed.xml").getroot()
        google = ElementTree.parse(self.converted("qogita-to-google-feed", title="Shop", link="https://shop.example/", description="All",
                                                  picture="https://shop.example/none.png") / "google.feed.xml").getroot()
        self.assertEqual(quarticon.tag, "{%s}products" % namespace["q"])
        self.assertEqual((google.tag, google.findtext("channel/title")), ("rss", "Shop"))
        for product, element, item in zip(products, quarticon, google.findall("channel/item"), strict=True):
            there = lambda name: element.findtext(f"q:{name}", None, namespace)
            category = element.find("q:category_1", namespace)
            self.assertEqual((there("id"), there("title"), there("link"), there("thumb"), Decimal(there("price")), there("status") == "1"),
                             (product["id"], product["title"], product["url"], product.get("image"), product["price"], product["status"]))
            self.assertEqual([{"id": int(category.get("id")), "name": category.text}], product["categories"])
            self.assertEqual((item.findtext("g:gtin", None, namespace), item.findtext("title"), item.findtext("g:price", None, namespace)),
                             (product["id"], product["title"], f"{product['price']} EUR"))


class Samples(InFolder):
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
