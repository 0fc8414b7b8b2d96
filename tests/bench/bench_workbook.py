"""Workbooks of 100,000 rows and 13 columns: read, beside openpyxl, exceljs, SheetJS and expat alone; written, beside libxlsxwriter alone.

Read: `cat --raw`, its output thrown away; once with inline and once with shared strings. What it prints must equal what openpyxl
reads, cell by cell. Printing, and the SHA-256 of the file, are a seventh of its work. Expat alone reads the sheet's XML, unpacked, from
a file and does nothing with it.
Written: a sheet with all columns of a CSV file, numbers as numbers, without links; the bare program makes the same workbook of cells
that are laid out for it. Their sheets must be equal byte for byte.
"""
import csv
import itertools
import json
import re
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal, InvalidOperation

from measure import HERE, ROOT, emptied, equal, left_out, made, medians, npm_packages, run, said, show, warmed

ROWS, COLUMNS = 100_000, 13
NPM = {"exceljs": "4.4.0", "xlsx": "0.18.5"}
NODE = {"exceljs": "exceljs, streaming", "xlsx": "SheetJS"}
ALONE = "expat alone, unpacked sheet"
SHEET = "xl/worksheets/sheet1.xml"

BAR_OPENPYXL = 20.0        # times as fast
BAR_EXCELJS = 8.0
BAR_EXPAT = {"inline": 1.10 / 3 / 0.57, "shared": 1.14 / 3 / 0.42} # as long: xlsxio takes 1.10 s where expat alone takes 0.57 s, and so on
BAR_READ_MIB = 24          # with inline strings
BAR_BARE = 0.7             # as long as libxlsxwriter alone
BAR_WRITE_MIB = 32

# The columns of the catalog with their types; all others than text become numbers.
TYPES = {
    "GTIN": "text", "Name": "text", "Category": "text", "Brand": "text", "€ Lowest Price inc. shipping": "decimal", "Unit": "integer",
    "Lowest Priced Offer Inventory": "integer", "Is a pre-order?": "text", "Estimated Delivery Time (weeks)": "integer",
    "Number of Offers": "integer", "Total Inventory of All Offers": "integer", "Product URL": "text", "Image URL": "text",
}


def report_mapping():
    """One sheet of rows, each column as it stands."""
    keys = {title: f"c{i}" for i, title in enumerate(TYPES)}
    return {
        "qonduit": 1,
        "source": {"columns": {key: {"header": title, "type": TYPES[title]} for title, key in keys.items()}},
        "outputs": {"report.xlsx": {"sheets": [{"name": "Catalog", "fields": keys}]}},
    }


# ---- peers ----

def build_peer(folder, name, *packages):
    """A program in C, built anew each time: that takes no time."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], text=True, stdout=subprocess.PIPE, check=True).stdout.split()
    subprocess.run(["gcc", "-std=gnu11", "-O2", "-o", folder / name, HERE / f"{name}.c", *flags], check=True)
    return folder / name


def versions(npm):
    named = [f"openpyxl {said(sys.executable, '-c', 'import openpyxl; print(openpyxl.__version__)')} (Python {sys.version.split()[0]})"]
    named += [f"{'SheetJS' if name == 'xlsx' else name} {version}" for name, version in npm.items()]
    if npm:
        named.append(f"node {said('node', '--version')}")
    return ", ".join([*named, f"expat {said('pkg-config', '--modversion', 'expat')}"])


# ---- reading ----

def unpacked(book, path):
    if not path.exists():
        with zipfile.ZipFile(book) as archive, archive.open(SHEET) as sheet, open(path, "wb") as out:
            shutil.copyfileobj(sheet, out)
    return path


def same(text, value):
    """Whether the text that we print is what openpyxl has read."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and text is not None:
        try:
            return Decimal(text) == Decimal(repr(value))
        except InvalidOperation:
            return False
    return text == value


def compare(qonduit, book):
    import openpyxl

    cat = subprocess.Popen([qonduit, "cat", "--raw", book], stdout=subprocess.PIPE)
    rows = openpyxl.load_workbook(book, read_only=True).worksheets[0].iter_rows(values_only=True)
    cells = number = 0
    for number, (line, theirs) in enumerate(itertools.zip_longest(cat.stdout, rows), 1):
        ours = json.loads(line or "null")
        texts = ours and ours["cells"] + [None] * (len(theirs or ()) - len(ours["cells"]))
        if not ours or not theirs or ours["row"] != number or len(texts) != len(theirs) or not all(map(same, texts, theirs)):
            print(f"row {number} differs: ours {ours}, openpyxl's {theirs}")
            return 1
        cells += len(texts) - texts.count(None)
    if cat.wait():
        print(f"cat ends with status {cat.returncode}")
        return 1
    print(f"{cells:,} cells in {number:,} rows equal openpyxl's, numbers as decimals")
    return 0


def bench_one(build, rounds, bars, book, strings, npm):
    folder, qonduit = build / "bench", build / "qonduit"
    expat, sheet = build_peer(folder, "expat_alone", "expat"), warmed(unpacked(book, folder / f"{strings}.xml"))
    programs = {
        "qonduit": lambda: run(qonduit, "cat", "--raw", book),
        ALONE: lambda: run(expat, sheet),
        "qonduit convert": lambda: run(qonduit, "convert", "qogita-to-quotiza", book, "-o", emptied(folder / "ours"), "--no-progress"),
        "openpyxl, read-only": lambda: run(sys.executable, HERE / "peer_openpyxl.py", book),
        "exceljs, streaming": lambda: run("node", HERE / "peer_exceljs.mjs", folder / "npm-workbook", book),
        "SheetJS": lambda: run("node", HERE / "peer_sheetjs.mjs", folder / "npm-workbook", book),
    }
    for package, name in NODE.items():
        if package not in npm:
            del programs[name]
    median = medians(programs, rounds)
    show(f"read {ROWS:,} x {COLUMNS} cells, {strings} strings; median of {rounds} interleaved rounds; {versions(npm)}",
         median, ROWS * COLUMNS / 1e6, "Mcells")
    hold_reading(bars, median, strings)
    equal(bars, __file__, qonduit, book)


def hold_reading(bars, median, strings):
    ours = median["qonduit"]
    for name, times in (("openpyxl, read-only", BAR_OPENPYXL), ("exceljs, streaming", BAR_EXCELJS)):
        if name in median:
            ratio = median[name].times
            bars.hold(ratio >= times, f"{strings} strings: at least {times} times as fast as {name}: {ratio:.1f}")
    ratio, bar = 1 / median[ALONE].times, BAR_EXPAT[strings]
    bars.hold(ratio <= bar, f"{strings} strings: at most {bar:.2f} times as long as expat alone, a third of xlsxio's time: {ratio:.2f}")
    if strings == "inline":
        bars.hold(ours.mib <= BAR_READ_MIB, f"at most {BAR_READ_MIB} MiB with inline strings: {ours.mib:.1f} MiB")


# ---- writing ----

def lay_out(catalog, path):
    """The cells for the bare program."""
    with open(catalog, encoding="utf-8", newline="") as file, open(path, "w", encoding="utf-8") as out:
        rows = csv.reader(file)
        header = next(rows)
        if header != list(TYPES):
            sys.exit(f"{catalog}: the header is {header}, expected {list(TYPES)}")
        kinds = ["t" if kind == "text" else "n" for kind in TYPES.values()]
        out.write("\t".join(header) + "\n")
        for row in rows:
            out.write("\t".join(kind + cell if cell else "" for kind, cell in zip(kinds, row)) + "\n")
    return path


def widths_of(book):
    """In characters, as libxlsxwriter is asked for them: it writes five pixels of seven more."""
    with zipfile.ZipFile(book) as archive, archive.open(SHEET) as sheet:
        head = sheet.read(64 << 10).decode("utf-8", "replace")
    return [round(float(width) - 5 / 7) for width in re.findall(r'<col [^>]*width="([0-9.]+)"', head)]


def same_sheets(bars, ours, bare):
    with zipfile.ZipFile(ours) as a, zipfile.ZipFile(bare) as b, a.open(SHEET) as left, b.open(SHEET) as right:
        length = 0
        while (piece := left.read(1 << 20)) == right.read(1 << 20) and piece:
            length += len(piece)
    bars.hold(not piece, f"the sheet equals the bare program's byte for byte: {length:,} bytes"
              + ("" if not piece else f", then they differ ({ours}, {bare})"))


def bench_write(build, rounds, bars):
    folder, qonduit = build / "bench", build / "qonduit"
    catalog = catalog_of(folder)
    bare = build_peer(folder, "bare_report", "xlsxwriter")
    mapping, cells, plain = folder / "report.json", lay_out(catalog, folder / "cells.tsv"), folder / "bare.xlsx"
    mapping.write_text(json.dumps(report_mapping()))

    def convert(name, out):
        return run(qonduit, "convert", name, catalog, "-o", emptied(folder / out), "--no-progress")

    convert(mapping, "report")
    book = folder / "report/report.xlsx"
    widths = widths_of(book)
    median = medians({
        "qonduit": lambda: convert(mapping, "report"),
        "libxlsxwriter alone": lambda: run(bare, cells, plain, *widths),
        "qonduit, shipped report": lambda: convert("qogita-catalog-report", "shipped"),
    }, rounds)
    show(f"a report of {ROWS:,} x {COLUMNS} cells; median of {rounds} interleaved rounds; "
         f"libxlsxwriter {said(bare)}", median, ROWS * COLUMNS / 1e6, "Mcells")
    same_sheets(bars, book, plain)
    ratio = 1 / median["libxlsxwriter alone"].times
    bars.hold(ratio <= BAR_BARE, f"at most {BAR_BARE} times as long as libxlsxwriter alone: {ratio:.2f}")
    for name in ("qonduit", "qonduit, shipped report"):
        bars.hold(median[name].mib <= BAR_WRITE_MIB, f"{name}: at most {BAR_WRITE_MIB} MiB: {median[name].mib:.1f} MiB")


def catalog_of(folder):
    """The CSV file that all is made from; the CSV part has it too."""
    return warmed(made(folder / "short.csv", [sys.executable, ROOT / "samples/make-catalog.py", "--rows", ROWS]))


def bench_read(build, rounds, bars):
    folder = build / "bench"
    npm, catalog = npm_packages(folder / "npm-workbook", NPM), catalog_of(folder)
    for name in set(NPM) - set(npm):
        left_out(f"{NODE[name]}, which is not there and cannot be installed")
    maker = [sys.executable, ROOT / "samples/make-workbook.py", "--strings"]
    for strings in ("inline", "shared"):
        book = warmed(made(folder / f"{strings}.xlsx", [*maker, strings, catalog], named=True))
        bench_one(build, rounds, bars, book, strings, npm)


if __name__ == "__main__":
    sys.exit(compare(*sys.argv[2:]))
