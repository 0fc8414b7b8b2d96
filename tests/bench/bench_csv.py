"""The shipped mapping over a million rows, beside Python, pandas, Miller, papaparse, csv-parse, DuckDB and polars.

Two inputs of 1,000,000 rows and 13 columns: quoted where needed, and every field quoted as the export does. The records must equal
Python's, prices by exact value; those of the other peers are compared over the first 100,000 rows, and whose prices differ is said. The
memory for a mapping without keys must not grow from 100,000 to 1,000,000 rows. "lines" is a record a line, which is less work.
"""
import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path

from measure import HERE, RESULTS, ROOT, clear_up, emptied, equal, left_out, made_all, medians, npm_packages, run, said, show, warmed

ROWS = 1_000_000
NPM = {"papaparse": "5.7.1", "csv-parse": "7.0.3", "@duckdb/node-api": "1.5.6-r.1", "nodejs-polars": "0.26.1",
       "nodejs-polars-linux-x64-gnu": "0.26.1"}  # the last one is polars itself
PYTHON = "/usr/bin/python3"  # which has Debian's pandas

# times as fast as each
BARS = {"polars, lines": 2.0, "polars, batches": 5.0, "DuckDB, batches": 7.0, "papaparse": 8.0, "pandas": 10.0, "Miller": 10.0, "Python": 14.0}
BAR_MIB, BAR_BYTES_A_KEY = 32, 16
BAR_QUOTED = 1.4           # times as long, where every field is quoted
BAR_DOUBLED = 2.2          # times as long, for twice the rows
BAR_GROWTH_MIB = 2         # from 100,000 to 1,000,000 rows, without keys
FORGOTTEN = 60             # seconds after which ext4 no longer looks at inodes that were freed

KEYLESS = {
    "qonduit": 1,
    "source": {"columns": {"gtin": {"header": "GTIN", "type": "gtin", "required": True}, "name": "Name",
                           "price": {"header": "* Lowest Price inc. shipping", "type": "decimal"}}},
    "outputs": {"file.ndjson": {"fields": {"gtin": "gtin", "name": "name", "price": "price"}}},
}


def records_of(folder):
    for path in sorted(folder.glob("quotiza.products-*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["products"]


def compare(ours, theirs):
    count = 0
    missing = object()
    left, right = records_of(Path(ours)), records_of(Path(theirs))
    while True:
        a, b = next(left, missing), next(right, missing)
        if a is missing and b is missing:
            print(f"{count:,} records equal Python's, prices by exact value")
            return 0
        if a != b:
            print(f"record {count + 1} differs: ours {a if a is not missing else 'none'}, Python's {b if b is not missing else 'none'}")
            return 1
        count += 1


# ---- peers ----

def has_pandas():
    return Path(PYTHON).exists() and said(PYTHON, "-c", "import importlib.util; print(importlib.util.find_spec('pandas') is not None)") == "True"


def peers(folder, npm):
    """{name: (command before the input, where the records go)}; says which are left out."""
    found = {"Python": ([sys.executable, HERE / "peer_csv.py"], folder / "python")}
    wanted = {
        "pandas": (has_pandas(), [PYTHON, HERE / "peer_pandas.py"], folder / "pandas"),
        "papaparse": ("papaparse" in npm, ["node", HERE / "peer_papaparse.mjs", folder / "npm"], folder / "papaparse"),
        "csv-parse": ("csv-parse" in npm, ["node", HERE / "peer_csvparse.mjs", folder / "npm"], folder / "csvparse"),
    }
    for kind in ("lines", "batches"):
        wanted[f"DuckDB, {kind}"] = ("@duckdb/node-api" in npm, ["node", HERE / "peer_duckdb.mjs", folder / "npm", kind], folder / f"duckdb.{kind}")
        wanted[f"polars, {kind}"] = ("nodejs-polars-linux-x64-gnu" in npm, ["node", HERE / "peer_polars.mjs", folder / "npm", kind],
                                     folder / f"polars.{kind}")
    wanted["Miller"] = shutil.which("mlr"), ["sh", HERE / "peer_mlr.sh"], folder / "miller.ndjson"
    for name, (there, command, output) in wanted.items():
        if there:
            found[name] = (command, output)
        else:
            left_out(f"{name}, which is not installed and cannot be")
    return found


def versions(npm):
    named = [f"Python {sys.version.split()[0]}", said("mlr", "--version")]
    if has_pandas():
        named.append(f"pandas {said(PYTHON, '-c', 'import pandas; print(pandas.__version__)')}")
    named += [f"{name} {version}" for name, version in npm.items() if name != "nodejs-polars-linux-x64-gnu"]
    return ", ".join([*filter(None, named), f"node {said('node', '--version')}" if npm else "no node"])


# ---- what they make of it ----

def shown_records(path):
    """The records of a folder of batches, of a file of batches or of a file of lines; what is null is left out."""
    files = sorted(path.glob("quotiza.products-*.json")) if path.is_dir() else [path]
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line, parse_float=Decimal)
                for record in document.get("products", [document]):
                    yield {key: value for key, value in record.items() if value is not None}


def compare_peer(ours, theirs):
    """Equal but for prices, which may differ in their rounding: then it says how many do."""
    count = rounded = 0
    missing = {}
    left, right = shown_records(Path(ours)), shown_records(Path(theirs))
    while True:
        a, b = next(left, missing), next(right, missing)
        if a is missing and b is missing:
            break
        count += 1
        if a != b:
            if {**a, "base_price": None} != {**b, "base_price": None}:
                print(f"record {count} differs: ours {a}, theirs {b}")
                return 1
            rounded += 1
    print(f"{count:,} records, " + (f"{rounded:,} prices differ by their rounding" if rounded else "prices exact"))
    return 0


def compare_all(build, bars, path, programs):
    folder = build / "bench"
    convert(build, path, folder / "ours")
    for name, (command, output) in programs.items():
        if name != "Python":
            run(*command, path, emptied(output))
            equal(bars, __file__, folder / "ours", output, how="--compare-peer", before=f"{name}: ")


def convert(build, path, output):
    return run(build / "qonduit", "convert", "qogita-to-quotiza", path, "-o", emptied(output), "--no-progress")


def bench_one(build, rounds, bars, path, kind, npm, programs):
    folder, megabytes = build / "bench", path.stat().st_size / 1e6
    once = {"qonduit": lambda: convert(build, path, folder / "ours")}
    for name, (command, output) in programs.items():
        once[name] = lambda command=command, output=output: run(*command, path, emptied(output))
    median = medians(once, rounds)
    show(f"{ROWS:,} rows, 13 columns, {megabytes:.0f} MB, quoted: {kind}; median of {rounds} interleaved rounds; {versions(npm)}",
         median, megabytes, "MB")
    ours = median["qonduit"]
    for name, times in BARS.items():
        if name in median:
            ratio = median[name].times
            bars.hold(ratio >= times, f"at least {times:.0f} times as fast as {name}: {ratio:.1f}")
    allowed = BAR_MIB + ROWS * BAR_BYTES_A_KEY / (1 << 20)
    bars.hold(ours.mib <= allowed, f"at most {allowed:.0f} MiB ({BAR_MIB} MiB and {BAR_BYTES_A_KEY} bytes a key): {ours.mib:.1f} MiB")
    equal(bars, __file__, folder / "ours", folder / "python")


def bench_alone(build, rounds, bars, inputs):
    """Ours beside ours: quoted or not, and half of it."""
    output = build / "bench/ours"
    median = medians({name: lambda name=name: convert(build, inputs[name], output) for name in ("needed", "all", "half")}, rounds)
    print()
    RESULTS.append("")
    quoted, doubled = median["all"].times, 1 / median["half"].times
    bars.hold(quoted <= BAR_QUOTED, f"every field quoted costs at most {BAR_QUOTED} times the time: {quoted:.2f}")
    bars.hold(doubled <= BAR_DOUBLED, f"twice the rows cost at most {BAR_DOUBLED} times the time: {doubled:.2f}")


def bench(build, rounds, bars):
    folder = build / "bench"
    maker = [sys.executable, ROOT / "samples/make-catalog.py", "--rows"]
    inputs = {name: folder / f"{name}.csv" for name in ("needed", "all", "half", "short")}
    made_all([(inputs["needed"], [*maker, ROWS]), (inputs["all"], [*maker, ROWS, "--quote", "all"]),
              (inputs["half"], [*maker, ROWS // 2]), (inputs["short"], [*maker, ROWS // 10])])
    for path in inputs.values():
        warmed(path)
    npm = npm_packages(folder / "npm", NPM)
    programs = peers(folder, npm)
    for kind in ("needed", "all"):
        bench_one(build, rounds, bars, inputs[kind], kind, npm, programs)
        clear_up(FORGOTTEN)
    bench_alone(build, rounds, bars, inputs)
    compare_all(build, bars, inputs["short"], programs)

    mapping = folder / "keyless.json"
    mapping.write_text(json.dumps(KEYLESS))
    peaks = [run(build / "qonduit", "convert", mapping, inputs[name], "-o", emptied(folder / "keyless"), "--no-progress").mib
             for name in ("short", "needed")]
    print()
    bars.hold(peaks[1] - peaks[0] <= BAR_GROWTH_MIB,
              f"memory is flat without keys: {peaks[0]:.1f} MiB for {ROWS // 10:,} rows, {peaks[1]:.1f} MiB for {ROWS:,}")


if __name__ == "__main__":
    sys.exit(compare_peer(*sys.argv[2:4]) if sys.argv[1] == "--compare-peer" else compare(*sys.argv[2:4]))
