#!/usr/bin/env python3
"""report.xlsx as openpyxl and LibreOffice open it: the values are those that an independent sum gives, and what is around them is there.
report_test.py PROGRAM"""
import csv
import datetime
import decimal
import io
import random
import re
import time
import zipfile
from collections import defaultdict
from decimal import Decimal

import openpyxl

from tools import ROOT, SANITIZED, WorkbookCase, main

CSV_OF_EACH_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
COLUMNS = {"id": {"header": "Id", "required": True}, "brand": "Brand", "category": "Category",
           "price": {"header": "Price", "type": "decimal"},
           "stock": {"header": "Stock", "type": "integer"}, "day": {"header": "Day", "type": "date"},
           "new": {"header": "New", "type": "boolean"},
           "page": {"header": "Page", "type": "url"}}
MEASURES = {"Products": {"count": "id"}, "Stock": {"sum": "stock", "format": "#,##0"},
            "Average": {"average": "price", "format": "0.00"}, "Lowest": {"lowest": "price"}, "Highest": {"highest": "price"}}
ROWS = {"name": "All", "fields": {
    "Id": "id", "Brand": "brand", "Price": {"from": "price", "format": "#,##0.00"}, "Stock": {"from": "stock", "width": 20},
    "Value": {"from": "price", "then": [{"multiply": {"column": "stock"}}]}, "Day": "day",
    "Month": {"from": "day", "format": "mmm yyyy"}, "New": "new", "Page": "page"},
    "totals": {"Brand": "count", "Price": "average", "Stock": "sum", "Value": "sum", "Day": "highest", "Month": "lowest"}}
BRANDS = {"name": "By brand", "group_by": "brand", "measures": MEASURES, "sort_by": "Stock", "descending": True,
          "totals": {name: word for name, word in zip(MEASURES, ("sum", "sum", "average", "lowest", "highest"))},
          "chart": {"type": "bar", "values": ["Products", "Stock"], "top": 5, "title": "Largest"}}
TOP = {"name": "Top 3", "group_by": "category", "title": "Kind", "measures": {"Dearest": {"highest": "price"}, "Rows": {"count": "id"}},
       "sort_by": "Dearest", "descending": True, "top": 3, "totals": {"Rows": "count"}, "chart": {"type": "pie", "values": ["Rows"]}}
DAYS = {"name": "Days", "group_by": "day", "measures": {"Rows": {"count": "id"}, "Price": {"average": "price"}},
        "chart": {"type": "line", "values": ["Rows", "Price"]}}
TRUTHS = {"name": "Old & 'new'!", "group_by": "new", "measures": {"Sum": {"sum": "price"}},
          "chart": {"type": "column", "values": ["Sum"]}}


def catalog(rows, seed=1):
    """Rows as they stand in the file."""
    rng = random.Random(seed)
    brands = ["Aurelis", "aurelis", "Nordlys", "Élan", "Z & Co", "", "Ωmega", "10", "9", "Irüai"]
    for n in range(rows):
        day = datetime.date(2026, 1, 1) + datetime.timedelta(rng.randrange(40))
        yield [f"{n:06}", rng.choice(brands), rng.choice(["Care", "Hair", "Make-up", "Nails", "Skin"]),
               rng.choice(["", f"{rng.randrange(1, 99999) / 100:.2f}"]),
               str(rng.randrange(5000)), rng.choice(["", day.isoformat()]), rng.choice(["yes", "no", ""]),
               rng.choice(["", f"https://shop.example/p/{n}?a=1&b=2"])]


class Table:
    """The same rows as values, and the sums that a person would check by hand."""

    def __init__(self, rows):
        self.rows = [{"id": r[0], "brand": r[1] or None, "category": r[2], "price": Decimal(r[3]) if r[3] else None, "stock": int(r[4]),
                      "day": datetime.datetime.fromisoformat(r[5]) if r[5] else None, "new": {"yes": True, "no": False, "": None}[r[6]],
                      "page": r[7] or None}
                     for r in rows]

    @staticmethod
    def measure(word, values):
        values = [v for v in values if v is not None]
        if word == "count":
            return len(values)
        if word == "sum":
            return sum(values)
        if not values:
            return None
        if word == "average":
            with decimal.localcontext() as context:
                context.prec = 60
                return (sum(values) / Decimal(len(values))).quantize(Decimal("1e-12"), decimal.ROUND_HALF_EVEN)
        return min(values) if word == "lowest" else max(values)

    def column(self, name, rows=None):
        return [r[name] for r in (self.rows if rows is None else rows)]

    @staticmethod
    def word(measure):
        word, column = next((k, v) for k, v in measure.items() if k not in ("format", "width"))
        return word, column

    def measured(self, sheet, rows):
        return [self.measure(w, self.column(c, rows)) for w, c in map(self.word, sheet["measures"].values())]

    def grouped(self, sheet):
        """Group to its measures, in no order."""
        found = defaultdict(list)
        for r in self.rows:
            found[r[sheet["group_by"]]].append(r)
        return {group: self.measured(sheet, rows) for group, rows in found.items()}


def as_cell(value):
    """What a spreadsheet makes of it: a double."""
    return float(value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) else value


class Report(WorkbookCase):
    def mapping(self, *sheets, columns=None, **more):
        return self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns or COLUMNS},
                                                "outputs": {"report.xlsx": {"sheets": list(sheets)}}, **more})

    def write_csv(self, rows, header=None, name="catalog.csv"):
        to = io.StringIO()
        csv.writer(to).writerows([header or ["Id", "Brand", "Category", "Price", "Stock", "Day", "New", "Page"], *rows])
        return self.here.write(name, to.getvalue())

    def report(self, mapping, *inputs, out="out", status=0):
        self.convert(mapping, *inputs, "-o", out, status=status)
        return self.here.folder / out / "report.xlsx"

    def same(self, found, expected):
        self.assertEqual([[as_cell(v) for v in r] for r in found], [[as_cell(v) for v in r] for r in expected])


class Values(Report):
    def setUp(self):
        super().setUp()
        self.rows = list(catalog(3000))
        self.table = Table(self.rows)
        self.file = self.report(self.mapping(ROWS, BRANDS, TOP, DAYS, TRUTHS), self.write_csv(self.rows))
        self.book = openpyxl.load_workbook(self.file)

    def sheet(self, name):
        return [[c.value for c in r] for r in self.book[name]]

    def test_rows_and_their_totals(self):
        t = self.table
        value = [r["price"] * r["stock"] if r["price"] is not None else None for r in t.rows]
        expected = [[r["id"], r["brand"], r["price"], r["stock"], v, r["day"], r["day"], r["new"], r["page"]]
                    for r, v in zip(t.rows, value)]
        found = self.sheet("All")
        self.assertEqual(found[0], list(ROWS["fields"]))
        self.same(found[1:-1], expected)
        days = [d for d in t.column("day") if d]
        self.same(found[-1:], [["Total", t.measure("count", t.column("brand")), t.measure("average", t.column("price")),
                                t.measure("sum", t.column("stock")), t.measure("sum", value), max(days), min(days), None, None]])

    def test_groups_are_exact_sorted_and_totalled(self):
        found = self.sheet("By brand")
        groups = self.table.grouped(BRANDS)
        self.assertEqual(found[0], ["brand", *MEASURES])
        order = sorted((g for g in groups if g is not None), key=lambda g: -groups[g][1])
        self.assertEqual([r[0] for r in found[1:-1]], [*order, "(blank)"])
        self.same([r[1:] for r in found[1:-1]], [groups[g] for g in [*order, None]])
        self.same(found[-1:], [["Total", *self.table.measured(BRANDS, self.table.rows)]])
        self.assertEqual(found[-1][1], 3000)

    def test_the_top_of_them(self):
        found = self.sheet("Top 3")
        groups = self.table.grouped(TOP)
        order = sorted(groups, key=lambda g: (-groups[g][0], g))[:3]
        self.assertEqual(found[0], ["Kind", "Dearest", "Rows"])
        self.same([r for r in found[1:4]], [[g, *groups[g]] for g in order])
        self.assertEqual(found[4], ["Total", None, 3000])
        self.assertEqual(len(found), 5)

    def test_groups_of_dates_and_of_truths(self):
        groups = self.table.grouped(DAYS)
        order = sorted(g for g in groups if g is not None)
        self.same(self.sheet("Days")[1:], [*([g, *groups[g]] for g in order), ["(blank)", *groups[None]]])
        groups = self.table.grouped(TRUTHS)
        self.same(self.sheet("Old & 'new'!")[1:], [[False, *groups[False]], [True, *groups[True]], ["(blank)", *groups[None]]])

    def test_what_is_around_the_values(self):
        ws = self.book["All"]
        self.assertEqual((ws.freeze_panes, ws.auto_filter.ref), ("A2", "A1:I3001"))
        self.assertTrue(all(c.font.bold for c in ws[1]) and not any(c.font.bold for c in ws[2]))
        self.assertTrue(all(c.font.bold for c in ws[ws.max_row] if c.value is not None))
        at = next(n for n, r in enumerate(self.table.rows, 2) if r["day"] and r["price"] is not None)
        self.assertEqual([ws.cell(at, n).number_format for n in (3, 5, 6, 7)], ["#,##0.00", "General", "yyyy-mm-dd", "mmm yyyy"])
        self.assertEqual((ws.cell(3002, 3).number_format, ws.cell(3002, 6).number_format), ("#,##0.00", "yyyy-mm-dd"))
        widths = {n: d.width for n, d in ws.column_dimensions.items()}
        self.assertAlmostEqual(widths["D"], 20, delta=1)
        longest = max(len(r["page"] or "") for r in self.table.rows)
        self.assertTrue(longest <= widths["I"] <= longest + 4, (longest, widths))
        self.assertTrue(all(8 <= w <= 60 for w in widths.values()), widths)
        for n, r in enumerate(self.table.rows[:500], 2):
            self.assertEqual(ws.cell(n, 9).hyperlink.target if ws.cell(n, 9).hyperlink else None, r["page"])
        self.assertEqual({c.data_type for r in ws.iter_rows(min_row=2, max_row=3001, max_col=2) for c in r if c.value is not None},
                         {"s"})
        self.assertEqual([ws.auto_filter.ref is not None and ws.freeze_panes for ws in self.book], ["A2"] * 5)

    def test_charts_draw_what_stands_there(self):
        shown = {name: len({r[column] for r in self.table.rows}) for name, column in (("Days", "day"), ("Old & 'new'!", "new"))}
        for name, kind, title, columns, last in (("By brand", "BarChart", "Largest", "BC", 6), ("Top 3", "PieChart", "Top 3", "C", 4),
                                                 ("Days", "LineChart", "Days", "BC", shown["Days"] + 1),
                                                 ("Old & 'new'!", "BarChart", "Old & 'new'!", "B", 4)):
            charts = self.book[name]._charts
            self.assertEqual([type(c).__name__ for c in charts], [kind], name)
            chart = charts[0]
            self.assertEqual("".join(run.t for p in chart.title.tx.rich.p for run in p.r), title)
            quoted = "'" + name.replace("'", "''") + "'"
            for series, column in zip(chart.series, columns, strict=True):
                self.assertEqual(series.val.numRef.f, f"{quoted}!${column}$2:${column}${last}")
                self.assertEqual((series.cat.strRef or series.cat.numRef).f, f"{quoted}!$A$2:$A${last}")
                self.assertEqual(series.tx.strRef.f, f"{quoted}!${column}$1")
        self.assertEqual(self.book["By brand"]._charts[0].type, "bar")
        self.assertEqual(self.book["Old & 'new'!"]._charts[0].type, "col")
        self.assertEqual(self.book["All"]._charts, [])

    def test_libreoffice_opens_it(self):
        """Its own format shows the charts; a CSV of each sheet shows the values."""
        fods = self.libreoffice("fods", self.file)[0].read_text()
        self.assertEqual(fods.count("<chart:plot-area"), 4)
        self.libreoffice(CSV_OF_EACH_SHEET, self.file, folder="sheets", results=False)
        found = {}
        for name in self.book.sheetnames:
            with open(self.here.folder / f"sheets/report-{name}.csv", newline="", encoding="utf-8") as file:
                found[name] = list(csv.reader(file))
        self.assertEqual({name: len(rows) for name, rows in found.items()},
                         {name: self.book[name].max_row for name in self.book.sheetnames})
        groups = self.table.grouped(BRANDS)
        for r in found["By brand"][1:-1]:
            numbers = groups[None if r[0] == "(blank)" else r[0]]
            self.assertEqual([float(v) for v in r[1:]], [as_cell(v) for v in numbers])
        self.assertEqual([float(r[2]) if r[2] else None for r in found["All"][1:-1]], [as_cell(r["price"]) for r in self.table.rows])
        self.assertEqual([r[0] for r in found["All"][1:-1]], [r["id"] for r in self.table.rows])

    def test_it_reads_as_it_was_written(self):
        table = self.raw(self.file, "--sheet", "All")
        for n, r in enumerate(self.table.rows, 2):
            price, stock = r["price"], r["stock"]
            value = price * stock if price is not None else None
            texts = [r["id"], r["brand"], price, stock, value, r["day"] and r["day"].date().isoformat(),
                     r["day"] and r["day"].date().isoformat(),
                     None if r["new"] is None else str(r["new"]).lower(), r["page"]]
            texts = [f"{t.normalize():f}" if isinstance(t, Decimal) else t if t is None else str(t) for t in texts]
            self.assertEqual(table[n] + [None] * (9 - len(table[n])), texts, n)


class Shipped(Report):
    def test_every_row_of_the_sample_is_somewhere(self):
        done = self.convert("qogita-catalog-report", ROOT / "samples/qogita-catalog.csv", "-o", "out", "--json", status=1)
        counted = done.summary["rows"]
        wb = openpyxl.load_workbook(self.here.folder / "out/report.xlsx", read_only=True)  # fast where there are links
        self.assertEqual(wb.sheetnames, ["Catalog", "By brand", "By category", "Price bands"])
        titles, *rows = wb["Catalog"].values
        rows = [dict(zip(titles, r)) for r in rows]
        total = rows.pop()
        self.assertEqual((len(rows), total["Name"]), (counted["written"], counted["written"]))
        exact = [Decimal(repr(r["Price"])) * r["Inventory"] for r in rows]
        self.assertEqual(total["Inventory value"], float(sum(exact)))
        self.assertEqual([r["Inventory value"] for r in rows], [float(v) for v in exact])
        for name, column in (("By brand", "Brand"), ("By category", "Category")):
            found = list(wb[name].iter_rows(min_row=2, values_only=True))
            groups = defaultdict(list)
            for r, value in zip(rows, exact):
                groups[r[column] or "(blank)"].append((r, value))
            self.assertEqual({r[0]: (r[1], r[2], r[5]) for r in found[:-1]}, {
                g: (len(of), sum(r["Inventory"] > 0 for r, _ in of), float(sum(v for _, v in of))) for g, of in groups.items()})
            key = 1 if name == "By brand" else 5
            self.assertEqual([r[key] for r in found[:-1] if r[0] != "(blank)"],
                             sorted((r[key] for r in found[:-1] if r[0] != "(blank)"), reverse=True))
            self.assertEqual((found[-1][0], found[-1][1]), ("Total", counted["written"]))
        bands = list(wb["Price bands"].iter_rows(min_row=2, values_only=True))
        self.assertEqual(sum(r[2] for r in bands[:-1]), counted["written"])
        wb.close()
        with zipfile.ZipFile(self.here.folder / "out/report.xlsx") as archive:
            self.assertEqual(sum(name.startswith("xl/charts/chart") for name in archive.namelist()), 3)

    def test_text_workbook_and_their_reports_say_the_same(self):
        """The e-mailed catalog as CSV and as a workbook."""
        one = self.report("qogita-catalog-report", ROOT / "samples/qogita-emailed.csv", out="one")
        two = self.report("qogita-catalog-report", ROOT / "samples/qogita-emailed.xlsx", out="two")
        for name in ("Catalog", "By brand", "Price bands"):
            first, second = self.raw(one, "--sheet", name), self.raw(two, "--sheet", name)
            for n in first:  # the text knows no addresses
                self.assertEqual(first[n][:12], second[n][:12])


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example")', "\tx", "a\rb", "a\r\nb",
           "_x000D_", "_x005F_x000D_", "a\x01b", "\x0bc",
           "\x1b[31m", "x" * 32767, "é" * 32767, "😀" * 16383, "<b>&amp;</b>", "]]>", "'apostrophe", '"', "{=1}", "#N/A", "TRUE", "1e5",
           "00012", " lead", "trail ", "a\n\n\nb",
           "\ufffe", "\u200b", "\ufeffx", "e\u0301", "\x7f", "=" * 300]


class Texts(Report):
    columns = {"id": {"header": "Id"}, "text": "Text"}

    def test_whatever_stands_in_a_text_is_a_text(self):
        file = self.report(self.mapping({"name": "T", "fields": {"Id": "id", "Text": "text"}},
                                        {"name": "G", "group_by": "text", "measures": {"n": {"count": "id"}}},
                                        columns=self.columns), self.write_csv([[n, t] for n, t in enumerate(HOSTILE)], ["Id", "Text"]))
        with zipfile.ZipFile(file) as archive:
            sheets = "".join(archive.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2))
        self.assertNotIn("<f", sheets)
        found = [r[1:] for n, r in self.raw(file, "--sheet", "T").items() if n > 1]
        self.assertEqual(found, [[t] for t in HOSTILE])
        ws = openpyxl.load_workbook(file)["T"]
        self.assertEqual({ws.cell(n, 2).data_type for n in range(2, len(HOSTILE) + 2)}, {"s"})
        plain = [n for n, t in enumerate(HOSTILE) if not re.search("_x|[\x00-\x08\x0b-\x1f\ufffe]", t)]
        self.assertEqual([ws.cell(n + 2, 2).value for n in plain], [HOSTILE[n] for n in plain])
        self.assertGreater(len(plain), 20)

    def test_libreoffice_sees_them_as_texts(self):
        texts = [t for t in HOSTILE if len(t) < 1000 and not re.search("[\x00-\x1f\x7f\ufffe\ufeff]", t)]
        file = self.report(self.mapping({"name": "T", "fields": {"Id": "id", "Text": "text"}}, columns=self.columns),
                           self.write_csv(enumerate(texts), ["Id", "Text"]))
        with open(self.libreoffice("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false", file)[0], newline="",
                  encoding="utf-8") as opened:
            self.assertEqual([r[1] for r in csv.reader(opened)][1:], texts)

    def test_a_text_that_no_cell_holds_rejects_its_row(self):
        mapping = self.mapping({"name": "T", "fields": {"Text": "text"}}, columns=self.columns)
        for text in ("x" * 32768, "😀" * 16384):
            self.convert(mapping, self.write_csv([[1, "fine"], [2, text]], ["Id", "Text"]), "-o", "out", "--force", status=1)
            self.assertEqual([r[0] for r in self.raw(self.here.folder / "out/report.xlsx").values()], ["Text", "fine"])
            self.assertIn("32", (self.here.folder / "out/rejects.csv").read_text()[-200:])

    def test_a_file_and_a_report_say_the_same(self):
        """CSV to file.csv, and CSV to report.xlsx to cat: the same text."""
        rng = random.Random(9)
        letters = "aä=+@-'\"\t\n, _x000D_<&>€😀0.1\u00a0"
        rows = [[str(n), "".join(rng.choice(letters) for _ in range(rng.randrange(1, 12))),
                 "".join(rng.choice(letters) for _ in range(3))] for n in range(1000)]
        columns = {"id": "Id", "a": "A", "b": "B"}
        fields = {"Id": "id", "A": "a", "B": "b"}
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"columns": columns, "delimiter": ","}, "outputs": {
            "file.csv": {"fields": fields}, "report.xlsx": {"sheets": [{"name": "All", "fields": fields}]}}})
        self.convert(mapping, self.write_csv(rows, ["Id", "A", "B"]), "-o", "out")
        with open(self.here.folder / "out/file.csv", newline="", encoding="utf-8") as file:
            written = list(csv.reader(file))
        report = self.raw(self.here.folder / "out/report.xlsx")
        self.assertEqual([[v or "" for v in r] + [""] * (3 - len(r)) for r in report.values()], written)
        self.assertEqual(written[1:], [[v if v.strip() else "" for v in r] for r in rows])


class Numbers(Report):
    def test_no_digit_is_lost(self):
        numbers = ["0.1", "1.10", "123456789012345", "1234567890123456", "0.1234567890123456", "99999999999999.99", "-0.00", "-5",
                   "0.000001", "12345678901234567890.12",
                   "100000000000000000000", "3.00"]
        mapping = self.mapping({"name": "N", "fields": {"N": "n"}}, {"name": "G", "group_by": "n", "measures": {"Sum": {"sum": "n"}}},
                               columns={"n": {"header": "N", "type": "decimal"}})
        file = self.report(mapping, self.write_csv([[n] for n in numbers], ["N"]))
        found = [r[0] for n, r in self.raw(file, "--sheet", "N").items() if n > 1]
        self.assertEqual([Decimal(f) for f in found], [Decimal(n) for n in numbers])
        ws = openpyxl.load_workbook(file)["N"]
        self.assertEqual([ws.cell(n, 1).data_type for n in range(2, len(numbers) + 2)], [
            "n" if len(Decimal(n).normalize().as_tuple().digits) <= 15 else "s" for n in numbers])

    def test_sums_of_money_are_exact(self):
        """A million times 0.01 in doubles is not 10000."""
        rows = [["a", "0.01"]] * 30000 + [["b", "0.1"], ["b", "0.2"]]
        mapping = self.mapping({"name": "G", "group_by": "k", "measures": {"Sum": {"sum": "n"}, "Mean": {"average": "n"}},
                                "totals": {"Sum": "sum"}},
                               columns={"k": "K", "n": {"header": "N", "type": "decimal"}})
        self.assertEqual(self.raw(self.report(mapping, self.write_csv(rows, ["K", "N"]))),
                         {1: ["k", "Sum", "Mean"], 2: ["a", "300", "0.01"], 3: ["b", "0.3", "0.15"], 4: ["Total", "300.3"]})

    def test_a_sum_over_all_that_a_number_can_be(self):
        mapping = self.mapping({"name": "G", "group_by": "k", "measures": {"Sum": {"sum": "n"}}},
                               columns={"k": "K", "n": {"header": "N", "type": "decimal"}})
        done = self.convert(mapping, self.write_csv([["a", "9" * 38]] * 3, ["K", "N"]), "-o", "out", status=4)
        self.assertIn("38 digits", done.text)
        self.assertFalse((self.here.folder / "out").exists())


class Files(Report):
    def test_equal_runs_give_equal_bytes(self):
        mapping, rows = self.mapping(ROWS, BRANDS, TOP, DAYS), self.write_csv(catalog(500))
        one = self.report(mapping, rows, out="one").read_bytes()
        time.sleep(2.1)  # a ZIP tells times of two seconds apart
        self.here.environment.update(TZ="Asia/Tokyo", LANG="tr_TR.UTF-8", LC_ALL="tr_TR.UTF-8", USER="another", SOURCE_DATE_EPOCH="1")
        self.assertEqual(self.report(mapping, rows, out="two").read_bytes(), one)
        with zipfile.ZipFile(io.BytesIO(one)) as archive:
            self.assertEqual({i.date_time for i in archive.infolist()}, {(1980, 1, 1, 0, 0, 0)})
            self.assertIsNone(archive.testzip())

    def test_nothing_is_left_where_it_fails(self):
        mapping = self.mapping(ROWS)
        csv_file = self.write_csv(catalog(2000))
        csv_file.write_bytes(csv_file.read_bytes() + b'9,"open')
        self.here.environment["TMPDIR"] = str(self.here.folder / "scratch")
        (self.here.folder / "scratch").mkdir()
        before = sorted(self.here.files())
        self.convert(mapping, csv_file, "-o", "out", status=4)
        self.assertEqual(sorted(self.here.files()), before)
        self.convert(mapping, csv_file, "-o", "-", status=2)

    def test_many_links_lead_where_they_should(self):
        addresses = [f'https://shop.example/p/{n}?q="{n % 7}"&l=é' for n in range(6500)]
        mapping = self.mapping({"name": "L", "fields": {"Page": "page"}}, columns={"page": {"header": "Page", "type": "url"}})
        file = self.report(mapping, self.write_csv([[a] for a in addresses], ["Page"]))
        again = self.here.write("again.json", {"qonduit": 1, "source": {"columns": {"page": {"header": "Page", "type": "url"}}},
                                               "outputs": {"file.ndjson": {"fields": {"page": "page"}}}})
        found = [r["page"] for r in self.lines(again, file)]
        plain = [a.replace('"', "%22") for a in addresses]
        self.assertEqual([f.replace('"', "%22") for f in found], plain)
        self.assertEqual([r[0] for n, r in self.raw(file).items() if n > 1], addresses)

    def test_memory_does_not_grow_with_the_rows(self):
        mapping = self.mapping({"name": "All", "fields": {"Id": "id", "Brand": "brand", "Price": "price"}}, BRANDS)
        held = []
        for count in (5000, 50000):
            done, measured = self.measured("convert", mapping, self.write_csv(catalog(count)), "-o", f"out{count}")
            self.assertEqual(done.status, 0, done.text)
            self.within_bounds(measured, seconds=20, kib=40 << 10)
            held.append(measured.kib)
        self.assertTrue(SANITIZED or held[1] - held[0] < 4096, held)

    def test_what_one_sheet_does_not_hold_goes_on_in_the_next(self):
        rows = 1048576 + 1000
        self.here.write("long.csv", "Id,Brand\n" + "".join(f"{n},B\n" for n in range(rows)))
        mapping = self.mapping({"name": "All", "fields": {"Id": "id"}, "totals": {"Id": "count"}},
                               columns={"id": {"header": "Id", "type": "integer"}})
        file = self.report(mapping, "long.csv")
        with zipfile.ZipFile(file) as archive:
            names = re.findall(r'<sheet name="([^"]*)"', archive.read("xl/workbook.xml").decode())
            sheets = [archive.read(f"xl/worksheets/sheet{n}.xml") for n in (1, 2)]
        self.assertEqual(len(names), 2)
        self.assertEqual(names[0], "All")
        numbers = [[int(n) for n in re.findall(rb"<v>(\d+)</v>", sheet)] for sheet in sheets]
        fit = 1048576 - 2  # a header, and room for a total
        self.assertEqual(numbers[0], list(range(fit)))
        self.assertEqual(numbers[1], [*range(fit, rows), rows])  # and the total
        for sheet in sheets:
            self.assertIn(b'ySplit="1"', sheet)
            self.assertIn(b"<autoFilter", sheet)
        found = self.raw(file, "--sheet", names[1])
        self.assertEqual((found[1], found[2], found[len(found)][:1]), (["Id"], [str(fit)], [str(rows)]))


if __name__ == "__main__":
    main()
