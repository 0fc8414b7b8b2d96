"""Every path beside itself: the same mapping over an input and over one of twice the rows, with as many threads as usual.

A path is a kind of input, what is made of it, and what has to be remembered of it. Twice the input may cost at most 2.2 times the
time, and no memory but for keys (16 bytes for one that must be new, 24 for the best of equals, whose value is kept beside it) and for
the strings that cells of a workbook share. Rows are those of the catalog or the lines of the orders; cells are those of `cat --raw`,
which are thrown away.
"""
import json
import os
import shutil
import sys
import zipfile
from typing import NamedTuple

import bench_json
from bench_csv import KEYLESS, ROWS
from bench_workbook import report_mapping
from measure import HERE, RESULTS, ROOT, emptied, made, made_all, medians, run, warmed

PRODUCTS = 200_000         # in the longer of workbooks and feeds

BAR_DOUBLED = 2.2          # times as long, for twice the input
BAR_GROWTH_MIB = 2         # for twice the input, besides what is kept
KEY, BEST = 16, 24         # bytes a key
FEW = 20                   # files


class Way(NamedTuple):
    name: str
    inputs: tuple          # the shorter and the longer
    command: tuple         # before the input
    kept: int = 0          # bytes that the longer may take more: of its keys, or of shared strings
    folder: bool = True    # what is made goes to one; else to standard output


# ---- mappings ----

def catalog(target, unique=None, **fields):
    """The catalog to one target: columns as they stand, but for the article number and the price."""
    mapping = {**KEYLESS, "outputs": {target: {"fields": fields or KEYLESS["outputs"]["file.ndjson"]["fields"]}}}
    mapping["source"] = {"columns": {**KEYLESS["source"]["columns"], "brand": "Brand"}}
    return mapping | ({"unique": unique} if unique else {})


def products(**source):
    """Lines of orders as products: each article number is one."""
    return {
        "qonduit": 1,
        "source": {**source, "columns": {"sku": {"path": "sku"}, "name": {"path": "name"}, "brand": {"path": "brand"},
                                         "price": {"path": "price", "type": "decimal"}}},
        "outputs": {"quotiza.products": {"fields": {"sku": "sku", "name": "name", "brand": "brand", "base_price": "price"}}},
    }


def mappings():
    best = {"by": ["gtin"], "prefer": {"lowest": "price"}}
    return {
        **{target: catalog(target) for target in ("file.ndjson", "file.json", "file.csv")},
        "batches": catalog("quotiza.products", sku="gtin", name="name", brand="brand", base_price="price"),
        "first": catalog("file.ndjson", {"by": ["gtin"]}),
        "best": catalog("file.ndjson", best),
        "report": report_mapping(),
        "products-json": products(format="json", records="orders[].cart_data[]"),
        "products-ndjson": products(format="ndjson", records="cart_data[]"),
        **{f"lines-{kind}": bench_json.mapping(kind) for kind in bench_json.KINDS},
    }


# ---- inputs ----

def csv_inputs(folder):
    """Those of the CSV part, and with rows that are rejected or that say the same product twice."""
    maker = [sys.executable, ROOT / "samples/make-catalog.py", "--rows"]
    wanted = {"half": ROWS // 2, "needed": ROWS, "short": PRODUCTS // 2, "products": PRODUCTS}
    named = [(folder / f"{name}.csv", [*maker, rows]) for name, rows in wanted.items()]
    named += [(folder / f"bad-{rows}.csv", [*maker, rows, "--bad"]) for rows in (PRODUCTS, 2 * PRODUCTS)]
    half, needed, short, long, *bad = made_all(named)
    return (half, needed), (short, long), tuple(bad)


def workbooks(folder, catalogs, strings):
    maker = [sys.executable, ROOT / "samples/make-workbook.py", "--strings", strings]
    names = (f"{strings}.xlsx", f"{strings}-products.xlsx")
    return tuple(made(folder / name, [*maker, path], named=True) for name, path in zip(names, catalogs))


def orders(folder):
    """{kind: the shorter and the longer}; the longer are those of the JSON part."""
    maker, megabytes = [sys.executable, HERE / "make_orders.py"], (bench_json.MEGABYTES // 2, bench_json.MEGABYTES)
    found = made_all([(folder / f"orders-{size}.{kind}", [*maker, *(["--lines"] if kind == "ndjson" else []), size * 1_000_000])
                      for kind in bench_json.KINDS for size in megabytes])
    return {kind: tuple(found[2 * i:2 * i + 2]) for i, kind in enumerate(bench_json.KINDS)}


def strings_of(book):
    with zipfile.ZipFile(book) as archive:
        return archive.getinfo("xl/sharedStrings.xml").file_size


# ---- paths ----

def paths(folder, written):
    catalogs, shorts, bad = csv_inputs(folder)
    inline, shared = (workbooks(folder, shorts, strings) for strings in ("inline", "shared"))
    found = orders(folder)
    shorter, longer = ({key: path.read_bytes().count(key) for key in (b'"sku":', b'"sequential_id":')} for path in found["ndjson"])
    more_lines, more_orders = (longer[key] - shorter[key] for key in longer)

    def convert(name, *more):
        return ("convert", written.get(name, name), *more)

    google = convert("qogita-to-google-feed", "--set", "title=A shop", "--set", "link=https://shop.example/", "--set", "description=Its goods",
                     "--set", "picture=https://shop.example/none.jpg")
    events = convert("quotiza-orders-to-quarticon-events", "--set", "customer=shop")
    more_rows, more_products = ROWS // 2, PRODUCTS // 2
    return [
        Way("CSV to batches, keys", catalogs, convert("batches"), more_rows * KEY),
        Way("CSV to batches, shipped", catalogs, convert("qogita-to-quotiza"), more_rows * BEST),
        *(Way(f"CSV to {target}", catalogs, convert(target)) for target in ("file.ndjson", "file.json", "file.csv")),
        Way("CSV to standard output", catalogs, convert("file.ndjson"), folder=False),
        Way("CSV, first of equals", catalogs, convert("first"), more_rows * KEY),
        Way("CSV, rejects, best of equals", bad, convert("best"), PRODUCTS * BEST),
        Way("CSV to a feed for Google", shorts, google, more_products * BEST),
        Way("CSV to a feed for Quarticon", shorts, convert("qogita-to-quarticon-feed"), more_products * BEST),
        Way("CSV to a workbook", shorts, convert("report")),
        Way("CSV to groups", shorts, convert("qogita-catalog-report")),
        Way("XLSX to batches", inline, convert("batches"), more_products * KEY),
        Way("XLSX to cells, inline", inline, ("cat", "--raw"), folder=False),
        Way("XLSX to cells, shared", shared, ("cat", "--raw"), strings_of(shared[1]) - strings_of(shared[0]), folder=False),
        *(Way(f"{kind} to file.ndjson", found[kind], convert(f"lines-{kind}")) for kind in found),
        *(Way(f"{kind} to batches, keys", found[kind], convert(f"products-{kind}"), more_lines * KEY) for kind in found),
        *(Way(f"{kind} to lines, baskets", found[kind], events, more_orders * KEY) for kind in found),
    ]


# ---- the bars ----

def cleared(folder):
    """The path of a folder, where nothing is now: few files are removed, which holds nobody up, many are set aside."""
    if folder.is_dir() and len(os.listdir(folder)) < FEW:
        shutil.rmtree(folder)
    return emptied(folder)


def once(build, path, file):
    command = [build / "qonduit", *path.command, file]
    if path.command[0] == "convert":
        command += ["-o", cleared(build / "bench/doubled") if path.folder else "-", "--no-progress"]
    return run("sh", "-c", '"$@" || [ $? = 1 ]', "sh", *command)  # 1: rows are rejected


def row(path, single, double):
    """The row of the table, and which bars it misses."""
    times, grown, kept = double.times, double.mib - single.mib, path.kept / (1 << 20)
    missed = [f"{path.name}: {what}" for held, what in (
        (times <= BAR_DOUBLED, f"{times:.2f} times the time"),
        (grown <= BAR_GROWTH_MIB + kept, f"{grown:.1f} MiB more, {kept:.1f} MiB of them for what it remembers")) if not held]
    print(f"{path.name:30} {single.wall:8.2f} {double.wall:8.2f} {times:8.2f} {single.mib:9.1f} {grown:9.1f} {kept:9.1f}", flush=True)
    RESULTS.append(f"| {path.name} | {single.wall:.2f} | {double.wall:.2f} | {times:.2f} | {single.mib:.1f} | {grown:.1f} | {kept:.1f} |")
    return missed


def bench(build, rounds, bars):
    folder, written = build / "bench", {}
    for name, mapping in mappings().items():
        written[name] = folder / f"path-{name}.json"
        written[name].write_text(json.dumps(mapping))
    title = f"An input and twice of it; median of {rounds} interleaved rounds"
    all_of = paths(folder, written)
    print(f"\n{title}\n{'path':30} {'wall s':>8} {'twice s':>8} {'times':>8} {'peak MiB':>9} {'more MiB':>9} {'to keep':>9}")
    RESULTS.extend(["", f"### {title}", "", "| path | wall s | twice | times | peak MiB | more | to keep, at most |",
                    "| --- | --: | --: | --: | --: | --: | --: |"])
    missed = []
    for path in all_of:
        for file in path.inputs:
            warmed(file)
        median = medians({name: lambda file=file: once(build, path, file) for name, file in zip(("single", "double"), path.inputs)}, rounds)
        missed += row(path, median["single"], median["double"])
    print()
    bars.hold(not missed, f"twice the input costs at most {BAR_DOUBLED} times the time on each of {len(all_of)} paths, and {BAR_GROWTH_MIB} MiB "
              "besides what is to be kept" + "".join(f"; {what}" for what in missed))
