#!/usr/bin/env python3
"""bench.py [--only csv,read,write,json,push,paths] [--rounds N] BUILD - speed and memory beside other programs, in the same run.

Whole processes in interleaved rounds, files in the page cache; medians count. Inputs are made once and kept in BUILD/bench. What is
measured, and the bars, stand at the top of bench_csv.py, bench_workbook.py, bench_json.py, bench_push.py and bench_paths.py; a bar that
is missed is said and the exit status is 1. The machine should have nothing else to do. What a part shows is written to BUILD/bench/RESULTS.md
when it ends, and with three rounds or more to RESULTS.md beside this script, in the place of what that part showed last. --megabytes N makes
the JSON files smaller, for trying.
"""
import argparse
import datetime
import os
import platform
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import bench_csv  # noqa: E402
import bench_json  # noqa: E402
import bench_paths  # noqa: E402
import bench_push  # noqa: E402
import bench_workbook  # noqa: E402
from measure import HERE, RESULTS, Bars, clear_up, said  # noqa: E402

PARTS = {"csv": bench_csv.bench, "read": bench_workbook.bench_read, "write": bench_workbook.bench_write, "json": bench_json.bench,
         "push": bench_push.bench, "paths": bench_paths.bench}


HEAD = """# Speed and memory beside other programs

By `make bench`: whole processes, files in the page cache, medians of interleaved rounds. A program's time ends when what it wrote is on
disk: ours says so itself, the others are followed by a sync. The last column says how many times as long a program takes as ours.
"""


def machine():
    """The processor, its cores and the system, as the results name them."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def section(build, rounds, missed):
    """What a part has shown, below its heading."""
    about = f"{datetime.date.today()}, {machine()}, {said(build / 'qonduit', '--version')}, {rounds} rounds; {missed} bars missed."
    return "\n".join([about, "", "\n".join(RESULTS).strip(), ""])


def write_section(path, name, text):
    """Puts the part's section in the place of its last one; those of other parts stay."""
    old = path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []
    sections = {**dict(one.split("\n\n", 1) for one in old), name: text.strip()}
    path.write_text(HEAD + "".join(f"\n## {part}\n\n{sections[part].strip()}\n" for part in PARTS if part in sections), encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default=",".join(PARTS))
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--megabytes", type=int, default=bench_json.MEGABYTES)
    arguments.add_argument("build", type=Path)
    given = arguments.parse_args()
    unknown = set(given.only.split(",")) - set(PARTS)
    if unknown:
        arguments.error(f"there is no part {', '.join(sorted(unknown))}, only {', '.join(PARTS)}")

    build = given.build.resolve()
    (build / "bench").mkdir(parents=True, exist_ok=True)
    bars = Bars()
    bench_json.MEGABYTES = given.megabytes
    try:
        for name in given.only.split(","):
            missed = len(bars.missed)
            RESULTS.clear()
            PARTS[name](build, given.rounds, bars)
            text = section(build, given.rounds, len(bars.missed) - missed)
            for path in [build / "bench/RESULTS.md", *([HERE / "RESULTS.md"] if given.rounds >= 3 else [])]:
                write_section(path, name, text)
    finally:
        clear_up()
    print(f"\n{len(bars.missed)} bars missed" + "".join(f"\n  {sentence}" for sentence in bars.missed))
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
