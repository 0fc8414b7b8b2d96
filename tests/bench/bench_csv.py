"""The shipped mapping over a million rows, beside Python and Miller.

Two inputs of 1,000,000 rows and 13 columns: quoted where needed, and every field quoted as the export does. The records must equal
Python's, prices by exact value, and the memory for a mapping without keys must not grow from 100,000 to 1,000,000 rows.
"""
import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path

from measure import HERE, ROOT, emptied, equal, made_all, medians, run, said, show, warmed

ROWS = 1_000_000

BAR_PYTHON = 4.0           # times as fast
BAR_MILLER = 2.5
BAR_MIB, BAR_BYTES_A_RECORD = 24, 16
BAR_GROWTH_MIB = 2         # from 100,000 to 1,000,000 rows, without keys

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


def versions():
    return f"Python {sys.version.split()[0]}" + (f", {said('mlr', '--version')}" if shutil.which("mlr") else "")


def bench_one(build, rounds, bars, path, kind):
    folder, megabytes = build / "bench", path.stat().st_size / 1e6
    programs = {
        "qonduit": lambda: run(build / "qonduit", "convert", "qogita-to-quotiza", path, "-o", emptied(folder / "ours"), "--no-progress"),
        "Python": lambda: run(sys.executable, HERE / "peer_csv.py", path, emptied(folder / "python")),
        "Miller": lambda: run("sh", HERE / "peer_mlr.sh", path, folder / "miller.ndjson"),
    }
    if not shutil.which("mlr"):
        print("left out: Miller is not installed (Debian: miller)")
        del programs["Miller"]
    median = medians(programs, rounds)
    show(f"{ROWS:,} rows, 13 columns, {megabytes:.0f} MB, quoted: {kind}; median of {rounds} interleaved rounds; {versions()}",
         median, "qonduit", megabytes, "MB")
    ours = median["qonduit"]
    for name, times in (("Python", BAR_PYTHON), ("Miller", BAR_MILLER)):
        if name in median:
            ratio = median[name].wall / ours.wall
            bars.hold(ratio >= times, f"at least {times} times as fast as {name}: {ratio:.1f}")
    allowed = BAR_MIB + ROWS * BAR_BYTES_A_RECORD / (1 << 20)
    bars.hold(ours.mib <= allowed, f"at most {allowed:.0f} MiB ({BAR_MIB} MiB and {BAR_BYTES_A_RECORD} bytes a record): {ours.mib:.1f} MiB")
    equal(bars, __file__, folder / "ours", folder / "python")


def bench(build, rounds, bars):
    folder = build / "bench"
    maker = [sys.executable, ROOT / "samples/make-catalog.py", "--rows"]
    inputs = {name: folder / f"{name}.csv" for name in ("needed", "all", "short")}
    made_all([(inputs["needed"], [*maker, ROWS]), (inputs["all"], [*maker, ROWS, "--quote", "all"]),
              (inputs["short"], [*maker, ROWS // 10])])
    for path in inputs.values():
        warmed(path)
    for kind in ("needed", "all"):
        bench_one(build, rounds, bars, inputs[kind], kind)

    mapping = folder / "keyless.json"
    mapping.write_text(json.dumps(KEYLESS))
    peaks = [run(build / "qonduit", "convert", mapping, inputs[name], "-o", emptied(folder / "keyless"), "--no-progress").mib
             for name in ("short", "needed")]
    print()
    bars.hold(peaks[1] - peaks[0] <= BAR_GROWTH_MIB,
              f"memory is flat without keys: {peaks[0]:.1f} MiB for {ROWS // 10:,} rows, {peaks[1]:.1f} MiB for {ROWS:,}")


if __name__ == "__main__":
    sys.exit(compare(*sys.argv[2:]))
