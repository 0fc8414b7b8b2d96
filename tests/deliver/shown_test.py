#!/usr/bin/env python3
"""`runs show` of runs with more rejected and refused rows than are held at once: each once, in order, whole. shown_test.py PROGRAM"""
import csv
import io
import json
import sys
from pathlib import Path

import openpyxl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, main  # noqa: E402

HEADER = ["SKU", "Name", "Brand", "Price"]


class Shown(Case):
    def setUp(self):
        self.here = self.place(self.sandbox())

    def pushed(self, catalog, status=1):
        done = self.here.push(self.here.mapping(), catalog)
        self.ended(done, status)
        return done.summary["run"]

    def both(self, run):
        shown = self.here.show(run)
        text = self.here.run("runs", "show", run, "--state", self.here.state)
        self.assertEqual(text.status, 0, text.text)
        return shown, text.out.decode()

    def test_rejected_rows_of_many_pieces(self):
        """Rows over lines, and cells that end where a piece of the file does (256 KiB)."""
        rows, expected = io.StringIO(), []
        writer = csv.writer(rows)
        writer.writerow(HEADER)
        for n in range(4000):
            name = f"Näme \"{n}\",\n_source;" + "ü" * (n % 190)
            price = "1.5" if n % 5 == 0 else f"none {n}, \"x\n\x1b"
            writer.writerow([f"K{n:05}", name, "Brand", price])
            if n % 5:
                expected.append((f"catalog.csv:{n + 2}", "price", price))
        catalog = self.here.write("catalog.csv", rows.getvalue())
        shown, text = self.both(self.pushed(catalog))
        self.assertEqual(shown["rows"]["rejected"], 3200)
        found = [(r["origin"], r["column"], r["value"]) for r in shown["rejected"]]
        self.assertTrue(found == expected, next((pair for pair in zip(found, expected) if pair[0] != pair[1]), len(found)))
        lines = [line.split()[1] for line in text.splitlines() if line.startswith("rejected  ")]
        self.assertTrue(lines == [origin for origin, _, _ in expected])
        self.assertNotIn("\x1b", text)
        with open("/dev/full", "w") as full:
            for more in ((), ("--json",)):
                done = self.here.run("runs", "show", shown["run"], "--state", self.here.state, *more, stdout=full)
                self.assertEqual(done.status, 4)
                self.assertIn("No space left", done.text)

    def test_rejected_rows_of_a_workbook(self):
        """More than are read of a sheet at once (512)."""
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(HEADER)
        for n in range(1300):
            sheet.append([f"K{n:05}", f"Name {n}", "Brand", f"none {n}" if n % 13 else 1.5])
        book.save(self.here.folder / "catalog.xlsx")
        shown, text = self.both(self.pushed("catalog.xlsx"))
        self.assertEqual([r["value"] for r in shown["rejected"]], [f"none {n}" for n in range(1300) if n % 13])
        self.assertEqual(text.count("\nrejected  "), 1200)

    def test_refused_records_of_many_requests(self):
        self.here = self.place(self.sandbox("--fault", "2-@import:fail-job=Not today"))
        shown, text = self.both(self.pushed(self.here.catalog(2500)))
        expected = [f"K{n:06}" for n in range(1001, 2501)]
        self.assertEqual([r["key"] for r in shown["refused"]], expected)
        self.assertEqual({(r["code"], r["message"]) for r in shown["refused"]}, {("job_failed", "Not today")})
        lines = [line.split()[2] for line in text.splitlines() if line.startswith("refused  ")]
        self.assertEqual(lines, expected)


if __name__ == "__main__":
    main()
