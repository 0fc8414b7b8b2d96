#!/usr/bin/env python3
"""bench.py BUILD - the shipped mapping over a million rows, beside Python and Miller.

Two inputs of 1,000,000 rows and 13 columns (made once, kept in BUILD/bench): quoted where needed, and every field quoted as the export
does. Interleaved rounds, whole processes, files in the page cache; the median counts. Then: the records must equal Python's, prices by
exact value, and the memory for a mapping without keys must not grow from 100,000 to 1,000,000 rows. Bars are at the top; a bar missed
is said and the exit status is 1.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROWS = 1_000_000
ROUNDS = 3

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


def generate(folder):
    """The inputs, made in parallel where they are missing."""
    wanted = {"needed": ["--rows", str(ROWS)], "all": ["--rows", str(ROWS), "--quote", "all"], "short": ["--rows", str(ROWS // 10)]}
    making = []
    for name, arguments in wanted.items():
        path = folder / f"{name}.csv"
        if not path.exists():
            print(f"making {path}", flush=True)
            part = path.with_suffix(".part")
            with open(part, "wb") as file:
                making.append((subprocess.Popen([sys.executable, ROOT / "samples/make-catalog.py", *arguments], stdout=file), part, path))
    for process, part, path in making:
        if process.wait():
            sys.exit(f"{path} could not be made")
        part.rename(path)
    for name in wanted:
        with open(folder / f"{name}.csv", "rb") as file:
            while file.read(1 << 20):
                pass
    return {name: folder / f"{name}.csv" for name in wanted}


def run(command):
    """(seconds, cpu seconds, peak MiB). The peak is never less than this script's own, about 12 MiB."""
    began = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode("utf-8", "replace")
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(str(c) for c in command)}: exit status {process.returncode}\n{said}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def emptied(path):
    shutil.rmtree(path, ignore_errors=True)
    return path


def records_of(folder):
    for path in sorted(folder.glob("quotiza.products-*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["products"]


def compare(ours, theirs):
    """Run in a process of its own, so that its memory does not count as a child's."""
    count = 0
    missing = object()
    left, right = records_of(Path(ours)), records_of(Path(theirs))
    while True:
        a, b = next(left, missing), next(right, missing)
        if a is missing and b is missing:
            print(f"{count} records equal Python's, prices by exact value")
            return 0
        if a != b:
            print(f"record {count + 1} differs: ours {a if a is not missing else 'none'}, Python's {b if b is not missing else 'none'}")
            return 1
        count += 1


def main():
    if sys.argv[1] == "--compare":
        return compare(*sys.argv[2:])
    build = Path(sys.argv[1]).resolve()
    folder = build / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    qonduit = build / "qonduit"
    inputs = generate(folder)
    missed = []

    def bar(held, sentence):
        print(f"{'held  ' if held else 'MISSED'}  {sentence}", flush=True)
        if not held:
            missed.append(sentence)

    for kind in ("needed", "all"):
        path = inputs[kind]
        size = path.stat().st_size
        programs = {
            "qonduit": lambda: run([qonduit, "convert", "qogita-to-quotiza", path, "-o", emptied(folder / "ours"), "--no-progress"]),
            "Python": lambda: run([sys.executable, HERE / "peer_csv.py", path, emptied(folder / "python")]),
            "Miller": lambda: run(["sh", HERE / "peer_mlr.sh", path, folder / "miller.ndjson"]),
        }
        if not shutil.which("mlr"):
            print("Miller is not installed (Debian: miller): left out")
            del programs["Miller"]
        taken = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, once in programs.items():
                taken[name].append(once())
        print(f"\n{ROWS:,} rows, 13 columns, {size / 1e6:.0f} MB, quoted: {kind}; median of {ROUNDS} interleaved rounds")
        print(f"{'program':10} {'wall s':>8} {'CPU s':>8} {'MB/s':>8} {'peak MiB':>9} {'qonduit is':>12}")
        median = {name: [statistics.median(t[i] for t in all_of) for i in range(3)] for name, all_of in taken.items()}
        for name, (wall, cpu, peak) in median.items():
            print(f"{name:10} {wall:8.2f} {cpu:8.2f} {size / 1e6 / wall:8.1f} {peak:9.1f} {wall / median['qonduit'][0]:10.1f} x")
        wall, _, peak = median["qonduit"]
        bar(median["Python"][0] / wall >= BAR_PYTHON, f"at least {BAR_PYTHON} times as fast as Python: {median['Python'][0] / wall:.1f}")
        if "Miller" in median:
            bar(median["Miller"][0] / wall >= BAR_MILLER, f"at least {BAR_MILLER} times as fast as Miller: {median['Miller'][0] / wall:.1f}")
        allowed = BAR_MIB + ROWS * BAR_BYTES_A_RECORD / (1 << 20)
        bar(peak <= allowed, f"at most {allowed:.0f} MiB ({BAR_MIB} MiB and {BAR_BYTES_A_RECORD} bytes a record): {peak:.1f} MiB")
        same = subprocess.run([sys.executable, __file__, "--compare", folder / "ours", folder / "python"], text=True, stdout=subprocess.PIPE)
        bar(same.returncode == 0, same.stdout.strip())

    mapping = folder / "keyless.json"
    mapping.write_text(json.dumps(KEYLESS))
    peaks = [run([qonduit, "convert", mapping, inputs[name], "-o", emptied(folder / "keyless"), "--no-progress"])[2] for name in ("short", "needed")]
    print()
    bar(peaks[1] - peaks[0] <= BAR_GROWTH_MIB,
        f"memory is flat without keys: {peaks[0]:.1f} MiB for {ROWS // 10:,} rows, {peaks[1]:.1f} MiB for {ROWS:,}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
