#!/usr/bin/env python3
"""The same bytes, words and exit status for every --threads N: the shipped mappings over their samples, and long inputs with all that
can be wrong with one; signals are heeded and memory is bounded with any N. threads_test.py PROGRAM"""
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, SANITIZED, Case, await_handler, main  # noqa: E402

THREADS = (1, 2, 3, 8)
SAMPLES = {
    "qogita-catalog-report": "qogita-catalog.csv", "qogita-to-quotiza": "qogita-catalog.csv", "qogita-to-google-feed": "qogita-catalog.csv",
    "qogita-to-marketplace": "qogita-catalog.csv", "qogita-to-quarticon": "qogita-catalog.csv", "qogita-to-quarticon-feed": "qogita-catalog.csv",
    "qogita-orders-report": "qogita-orders.json", "qogita-order-lines-report": "qogita-order-lines.json",
    "qogita-sales-report": "qogita-sales.json", "qogita-watchlist-report": "qogita-watchlist.json",
    "quotiza-orders-report": "quotiza-orders.json", "quotiza-orders-to-cart-lines": "quotiza-orders.ndjson",
    "quotiza-orders-to-quarticon-events": "quotiza-orders.json",
}


class Threads(Case):
    def setUp(self):
        self.here = self.place()

    def seen(self, threads, *arguments, out="out", **more):
        """The exit status, what was said, and the files; times are left out."""
        done = self.here.run("convert", *arguments, "-o", out, "--threads", threads, timeout=150, **more)
        said = re.sub(r"done, [0-9.]+ s|done in [0-9.]+ s", "done", done.text)
        folder = self.here.folder / "out"
        files = {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}
        shutil.rmtree(folder, ignore_errors=True)
        return done.status, said, done.out, files

    def same(self, *arguments, status=None, **more):
        first = self.seen(1, *arguments, **more)
        if status is not None:
            self.assertEqual(first[0], status, first[1])
        for threads in THREADS[1:]:
            other = self.seen(threads, *arguments, **more)
            self.assertEqual(first[:3], other[:3], threads)
            self.assertEqual(first[3].keys(), other[3].keys(), threads)
            for name, content in first[3].items():
                self.assertTrue(content == other[3][name], f"{name} differs with {threads} threads")
        return first

    def hostile(self, rows=12000):
        """Rows that are rejected, twice there, ragged, long or empty, at places that no batch ends at."""
        chance = random.Random(7)
        lines = ["SKU,Name,Brand,Price"]
        for n in range(rows):
            sku = f"K{chance.randrange(rows):06}" if n % 11 == 3 else f"N{n:06}"
            name = '"' + "long, " * 400 + '"' if n % 997 == 5 else "" if n % 613 == 8 else f'"Näme ""{n}"", x"'
            price = "n/a" if n % 251 == 9 else f"{chance.randrange(1, 9999) / 100:.2f}"
            lines.append(f"{sku},{name},Brand,{price}" + (",more" if n % 1777 == 1 else ""))
        return self.here.write("catalog.csv", "\n".join(lines) + "\n")

    def test_shipped_mappings_give_the_same_bytes(self):
        sets = {"qogita-catalog-report": []}
        for mapping, sample in SAMPLES.items():
            with self.subTest(mapping):
                text = (ROOT / "samples" / sample).read_bytes()
                if sample.endswith(".csv"):
                    head, rows = text.split(b"\n", 1)
                    text = head + b"\n" + rows * (1 + 3000 // rows.count(b"\n"))
                source = self.here.write(sample, text.decode())
                self.same(mapping, source, *sets.get(mapping, []))

    def test_rejects_and_keys(self):
        catalog = self.hostile()
        first = self.same(self.here.mapping(), catalog, status=1)
        self.assertIn("rejects.csv", first[3])
        self.assertIn(b"is already in", first[3]["rejects.csv"])

    def test_each_of_equals(self):
        catalog = self.hostile(6000)
        for prefer in ("first", "last", {"lowest": "price"}, {"highest": "price"}):
            with self.subTest(prefer=prefer):
                mapping = self.here.mapping(unique={"by": ["sku"], "prefer": prefer})
                self.same(mapping, catalog, status=1)
                self.same(mapping, catalog, status=1, out="-")
                self.same(mapping, "-", status=1, stdin=catalog.read_bytes())

    def test_a_long_input_stays_in_order(self):
        """Each record, origin, reject and duplicate of 50,000 rows where a plain loop over them has it; the rows before a fault
        do not hide which fault is the first."""
        lines, names, skus = ["SKU,Name,Brand,Price"], {}, {}
        records, origins, rejected, duplicates = [], [], [], 0
        for n in range(50000):
            sku = f"S{n // 2 if n % 101 == 7 else n:05}"
            name = f"Name {n // 3 if n % 103 == 5 else n}"
            price = "none" if n % 107 == 9 else f"{n % 90}.5"
            origin = f"catalog.csv:{n + 2}"
            lines.append(f"{sku},{name},{'B' * (1 + n % 50)},{price}")
            if price == "none":
                rejected.append((origin, "price", "none"))
            elif names.setdefault(name, n) != n:
                duplicates += 1
            elif skus.setdefault(sku, origin) != origin:
                rejected.append((origin, "sku", sku, skus[sku]))
            else:
                records.append((sku, price))
                origins.append(origin)
        mapping, catalog = self.here.mapping(unique={"by": ["name"]}), self.here.write("catalog.csv", "\n".join(lines) + "\n")
        files = self.same(mapping, catalog, status=1)[3]
        bodies = sorted(name for name in files if name.endswith(".json") and name != "manifest.json")
        found = [record for name in bodies for record in json.loads(files[name], parse_float=str)["products"]]
        self.assertTrue([(record["sku"], record["cost"]) for record in found] == records)
        self.assertTrue(b"".join(files[name + ".rows"] for name in bodies).decode().split() == origins)
        rows = list(csv.reader(io.StringIO(files["rejects.csv"].decode())))[1:]
        self.assertEqual([tuple(row[4:7]) for row in rows], [r[:3] for r in rejected])
        self.assertTrue(all(row[7].endswith(f", from {r[3]}") for row, r in zip(rows, rejected) if len(r) == 4))
        counts = {"read": 50000, "filtered": 0, "duplicates": duplicates, "rejected": len(rejected), "written": len(records)}
        self.assertEqual(json.loads(files["manifest.json"])["rows"], counts)
        for at in (25000, 25001, 25600, 31000):
            lines[at] = 'S1,"a" b,Brand,1'
        first = self.same(mapping, self.here.write("catalog.csv", "\n".join(lines) + "\n"), status=4)
        self.assertIn("catalog.csv:25001:", first[1])
        self.assertEqual(first[3], {})

    def test_limits(self):
        catalog, mapping = self.hostile(4000), self.here.mapping()
        for limit in (1, 511, 512, 513, 1024, 3999, 4000, 9999):
            with self.subTest(limit):
                self.same(mapping, catalog, "--limit", limit)

    def test_guards(self):
        catalog, mapping = self.hostile(6000), self.here.mapping()
        for most in ("0", "5", "1%", "90%"):
            with self.subTest(most):
                first = self.same(mapping, catalog, "--max-rejects", most)
                self.assertEqual(bool(first[3]), most == "90%")

    def test_the_earliest_fault(self):
        catalog, mapping = self.here.catalog(20000), self.here.mapping()
        text = catalog.read_text()
        for row in (2, 600, 15000):
            with self.subTest(row):
                lines = text.split("\n")
                for at in (row, row + 1, row + 1500, 19999):
                    lines[min(at, 19999)] = 'K1,"a" b,Brand,1'
                catalog.write_text("\n".join(lines))
                first = self.same(mapping, catalog, status=4)
                self.assertIn(f"catalog.csv:{row + 1}", first[1])
                self.assertEqual(first[3], {})

    def test_several_inputs(self):
        mapping = self.here.mapping()
        one, two = self.here.catalog(1300), self.here.catalog(1400, first=900, name="two.csv", bad=(1000, 2000))
        self.same(mapping, one, two, status=1)

    def test_json(self):
        orders = [{"id": n, "price": f"{n % 90}.5", "sku": f"S{n % 2500}"} for n in range(4000)]
        source = {"columns": {"sku": "sku", "price": {"path": "price", "type": "decimal"}}}
        mapping = self.here.write("m.json", {"qonduit": 1, "source": source, "unique": {"by": ["sku"], "prefer": {"highest": "price"}},
                                             "outputs": {"file.ndjson": {"fields": {"sku": "sku", "price": "price"}}}})
        lines = self.here.write("in.ndjson", "\n".join(map(json.dumps, orders)) + "\n")
        self.same(mapping, lines, status=0)
        self.same(mapping, lines, "--limit", 700, status=0)
        lines.write_text(lines.read_text() + '{"sku": "x", "price": 1\n')
        self.same(mapping, lines, status=4)

    def test_one_thread_is_one(self):
        """With --threads 1 the process has no other, however long its input is."""
        mapping, catalog = self.here.mapping(), self.here.catalog(100000)
        for threads in (1, 3):
            process = self.here.start("convert", mapping, "-", "-o", f"out{threads}", "--threads", threads, stdin=subprocess.PIPE)
            process.stdin.write(catalog.read_bytes())
            process.stdin.flush()
            most, until = 0, time.monotonic() + (0.5 if threads == 1 else 20)
            while time.monotonic() < until and most < threads:
                most = max(most, len(os.listdir(f"/proc/{process.pid}/task")))
                time.sleep(0.01)
            _, text = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, text)
            if not SANITIZED and b"__tsan_init" not in Path(PROGRAM).read_bytes():
                self.assertEqual(most > 1, threads > 1, (threads, most))

    def test_a_signal_ends_it(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(5000)
        for threads in THREADS:
            with self.subTest(threads):
                process = self.here.start("convert", mapping, "-", "-o", "out", "--threads", threads, stdin=subprocess.PIPE)
                process.stdin.write(catalog.read_bytes())
                process.stdin.flush()
                await_handler(process)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(timeout=20), 128 + signal.SIGTERM)
                self.assertIn(b"stopped by a signal", process.stderr.read())
                for pipe in (process.stdin, process.stdout, process.stderr):
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        pass
                self.assertFalse((self.here.folder / "out").exists())

    def test_a_number_that_is_none(self):
        for threads in ("0", "-1", "two"):
            done = self.here.run("convert", self.here.mapping(), self.here.catalog(1), "-o", "out", "--threads", threads)
            self.assertEqual(done.status, 2, done.text)


if __name__ == "__main__":
    main()
