#!/usr/bin/env python3
"""XML feeds through parsers that are not ours: what stands in the catalog comes out of them as it was, whatever it is.
feed_test.py PROGRAM"""
import csv
import io
import json
import random
import sys
import unittest
import xml.etree.ElementTree as tree
import xml.sax
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import SANITIZED, Case, main  # noqa: E402

try:
    from lxml import etree as lxml
except ImportError:
    lxml = None

QUARTICON = "{http://cp.quarticon.com/docs/catalog/1.1/schema}"
GOOGLE = "{http://base.google.com/ns/1.0}"
ORDER = ["id", "title", "link", "thumb", "price", "old_price", "author", "status", *(f"category_{n}" for n in range(1, 7)),
         *(f"custom{n}" for n in range(1, 6))]
UNHELD = [chr(c) for c in range(32) if chr(c) not in "\t\n\r"] + ["\ufffe", "\uffff"]
PIECES = ["]]>", "]]", ">", "<", "&", "&amp;", "<![CDATA[", "]]&gt;", "\"", "'", "\r", "\r\n", "\n", "\t", " ", "  ", "-->", "<?", "é", "ß",
          "😀", "👩‍👩‍👧", "\u200f", "\u202e", "\u2066", "\u200b", "\u0085", "\u2028", "\x7f", "\x9f", "\ufeff", "\U0010ffff", "\ue000", "e\u0301",
          "x", "Soap", "{", "}", "%s", "\\"]

MAPPING = {
    "qonduit": 1,
    "source": {"columns": {"id": {"header": "Id", "required": True}, "name": "Name", "category": "Category",
                           "price": {"header": "Price", "type": "decimal"}}},
    "outputs": {"quarticon.feed": {"fields": {
        "custom1": "name", "status": {"value": True}, "price": "price", "link": {"template": "https://shop.example/{id}"}, "author": "name",
        "categories": {"list": [{"object": {"name": "category"}}, {"object": {"name": "name"}}]}, "title": "name", "id": "id"}}},
}
GOOGLE_FIELDS = {"id": "id", "title": "name", "description": "name", "link": {"template": "https://shop.example/{id}"}, "image_link": "id",
                 "availability": {"value": "preorder"}, "price": {"from": "price", "then": ["to_text", {"suffix": " EUR"}]}}


def by_tag(item, space=""):
    return {child.tag.removeprefix(space): child.text or "" for child in item}


class Feed(Case):
    def setUp(self):
        self.here = self.place()

    def convert(self, rows, mapping=None, status=0, args=()):
        """The rows as CSV through the mapping; the folder that was written."""
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["Id", "Name", "Category", "Price"], *rows])
        self.here.write("feed.csv", text.getvalue())
        self.here.write("feed.json", mapping or MAPPING)
        done = self.here.run("convert", "feed.json", "feed.csv", "-o", "out", *args)
        self.assertEqual(done.status, status, done.text)
        return self.here.folder / "out"

    def parsed(self, file):
        """By ElementTree (expat), which every other parser at hand must agree with."""
        root = tree.parse(file).getroot()
        heard = Heard()
        xml.sax.parse(str(file), heard)
        self.assertEqual(heard.texts, [(e.text or "") for e in root.iter() if not len(e)])
        if lxml:
            other = lxml.parse(str(file), lxml.XMLParser(resolve_entities=False, load_dtd=False)).getroot()
            self.assertEqual([(e.tag, e.text or "", dict(e.attrib)) for e in other.iter()],
                             [(e.tag, e.text or "", e.attrib) for e in root.iter()])
        return root


class Heard(xml.sax.ContentHandler):
    """The texts of the elements that hold no others."""

    def __init__(self):
        super().__init__()
        self.texts, self.text, self.leaf = [], "", False

    def startElement(self, name, attrs):
        self.text, self.leaf = "", True

    def characters(self, content):
        self.text += content

    def endElement(self, name):
        if self.leaf:
            self.texts.append(self.text)
        self.leaf = False


class Texts(Feed):
    def test_every_text_comes_out_as_it_went_in(self):
        rng = random.Random(4)
        rows = []
        for n in range(600):
            name, category = ("".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 9))) for _ in range(2))
            rows.append([f"p{n}", name + "x", category, "1"])
        out = self.convert(rows)
        self.here.write("kept.json", {**MAPPING, "outputs": {"file.ndjson": {"fields": {"id": "id", "name": "name", "category": "category"}}}})
        lines = self.here.run("convert", "kept.json", "feed.csv", "-o", "-").out
        kept = [json.loads(line) for line in lines.decode().split("\n") if line]
        products = list(self.parsed(out / "quarticon.feed.xml"))
        self.assertEqual(len(products), 600)
        for product, record in zip(products, kept, strict=True):
            found, name = by_tag(product, QUARTICON), record.get("name", "")
            self.assertEqual([found.get(k, "") for k in ("id", "title", "author", "custom1")], [record["id"], name, name, name])
            self.assertEqual([e.text for e in product if "category_" in e.tag], [t for t in (record.get("category"), name) if t])

    def test_a_text_of_100_kilobytes(self):
        long = ("]]>&<\r\n" * 20000)[:100000] + "x"
        found = by_tag(self.parsed(self.convert([["a", long, long, "1"]]) / "quarticon.feed.xml")[0], QUARTICON)
        for tag in ("title", "author", "custom1", "category_1"):
            self.assertEqual(found[tag], long, tag)

    def test_what_xml_has_not_is_rejected_and_the_rest_is_written(self):
        rows = [[f"a{n}", f"A{c}B", "c", "1"] for n, c in enumerate(UNHELD)] + [[f"b{n}", "n", f"ä{c}", "1"] for n, c in enumerate(UNHELD)]
        out = self.convert([["first", "n", "c", "1"], *rows, ["last", "n", "c", "1"]], status=1)
        self.assertEqual([p[0].text for p in self.parsed(out / "quarticon.feed.xml")], ["first", "last"])
        with open(out / "rejects.csv", newline="", encoding="utf-8") as file:
            rejects = list(csv.DictReader(file))
        reasons = {r["Id"]: r["_reason"] for r in rejects}
        self.assertEqual({r["_column"] for r in rejects if r["Id"] not in ("a0", "b0")}, {"custom1", "categories"})
        self.assertIn("found \\u0000", reasons.pop("a0"))  # a list is JSON on its way, in which it is told
        self.assertIn("found \\u0000", reasons.pop("b0"))
        for n, c in list(enumerate(UNHELD))[1:]:
            self.assertIn(f"\"custom1\" has U+{ord(c):04X} as character 2, which XML cannot hold", reasons[f"a{n}"])
            self.assertIn(f"\"categories.0.name\" has U+{ord(c):04X} as character 2", reasons[f"b{n}"])
            self.assertIn("\"clean\"" if c < " " else "\"replace_pattern\"", reasons[f"a{n}"])
        self.assertEqual(len(reasons), len(rows) - 2)


class Forms(Feed):
    def test_elements_stand_in_the_order_of_the_contract(self):
        for product in self.parsed(self.convert([["1", "n", "c", "1"], ["2", "n", "", "2.5"]]) / "quarticon.feed.xml"):
            tags = [e.tag.removeprefix(QUARTICON) for e in product]
            self.assertEqual(tags, sorted(tags, key=ORDER.index))

    def test_the_namespace_and_its_schema_are_a_pair(self):
        root = self.parsed(self.convert([["1", "n", "c", "1"]]) / "quarticon.feed.xml")
        space, place = root.attrib["{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"].split()
        self.assertEqual("{" + space + "}products", root.tag)
        self.assertEqual(place, space + "/quartic_catalog_1.1.xsd")

    def test_google_with_a_head_from_params(self):
        mapping = {**MAPPING, "params": {"shop": {"type": "text"}}, "outputs": {"google.feed": {
            "head": {"link": {"value": "https://shop.example/?a&b"}, "title": {"param": "shop"}, "description": {"value": "\"<all>\""}},
            "fields": GOOGLE_FIELDS}}}
        title = "Söhne & <Co> ]]>"
        root = self.parsed(self.convert([["1", "a & b", "", "9.99"]], mapping, args=("--set", "shop=" + title)) / "google.feed.xml")
        self.assertEqual((root.tag, root.attrib), ("rss", {"version": "2.0"}))
        channel = root[0]
        self.assertEqual([e.tag for e in channel], ["title", "link", "description", "item"])
        self.assertEqual([e.text for e in channel][:3], [title, "https://shop.example/?a&b", "\"<all>\""])
        item = by_tag(channel[3])
        self.assertEqual((item[GOOGLE + "id"], item["title"], item[GOOGLE + "price"], item[GOOGLE + "availability"]),
                         ("1", "a & b", "9.99 EUR", "preorder"))

    def test_a_head_that_xml_cannot_hold_ends_the_run_with_nothing_written(self):
        mapping = {**MAPPING, "outputs": {"google.feed": {
            "head": {"link": {"value": "l"}, "title": {"value": "bell \a"}, "description": {"value": "d"}}, "fields": GOOGLE_FIELDS}}}
        out = self.convert([["1", "n", "", "1"]], mapping, status=3)
        self.assertFalse(out.exists())

    def test_equal_runs_give_equal_bytes_and_the_manifest_adds_up(self):
        rows = [[str(n), f"n{n}", "c", "1"] for n in range(1, 50)]
        out = self.convert(rows)
        one = {p.name: p.read_bytes() for p in out.iterdir()}
        for p in out.iterdir():
            p.unlink()
        out.rmdir()
        self.assertEqual(one, {p.name: p.read_bytes() for p in self.convert(rows).iterdir()})
        manifest = json.loads(one["manifest.json"])
        self.assertEqual([(f["name"], f["records"]) for f in manifest["files"]], [("quarticon.feed.xml", 49)])
        self.assertEqual(one["quarticon.feed.xml.rows"].decode().split(), [f"feed.csv:{n}" for n in range(2, 51)])


class Memory(Feed):
    def peak(self, count):
        """The most memory, in KiB, that a feed of that many records takes."""
        self.here.write("many.csv", "Id,Name,Category,Price\n" + "".join(f"p{n},Name & <{n}>]]>,Category,1.5\n" for n in range(count)))
        self.here.write("feed.json", MAPPING)
        # what a process has held at most counts what its parent held when it began: so a small one in between
        between = ("import os, sys\npid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])\n_, status, used = os.wait4(pid, 0)\n"
                   "print(used.ru_maxrss)\nsys.exit(os.waitstatus_to_exitcode(status))")
        done = self.here.run("convert", "feed.json", "many.csv", "-q", "-o", f"out{count}", before=[sys.executable, "-S", "-c", between])
        self.assertEqual(done.status, 0, done.text)
        return int(done.out)

    @unittest.skipIf(SANITIZED, "a sanitizer's memory tells nothing")
    def test_memory_does_not_grow_with_the_feed(self):
        """But for its keys, which must not come twice: at most 24 bytes each."""
        self.assertLess(self.peak(60000) - self.peak(6000), 54000 * 24 / 1024 + 2048)


if __name__ == "__main__":
    main()
