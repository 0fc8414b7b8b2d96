#!/usr/bin/env python3
"""bench.py [--only csv,read,write,json,push,paths] [--rounds N] BUILD - speed and memory beside other programs, in the same run.

Whole processes in interleaved rounds, files in the page cache; medians count. Inputs are made once and kept in BUILD/bench. What is
measured, and the bars, stand at the top of bench_csv.py, bench_workbook.py, bench_json.py, bench_push.py and bench_paths.py; a bar that
is missed is said and the exit status is 1. The machine should have nothing else to do. Tables and bars are written to BUILD/bench/RESULTS.md behind each part, and
where every part ran three rounds or more to RESULTS.md beside this script. --megabytes N makes the JSON files smaller, for trying.
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


def machine():
    """The processor, its cores and the system, as the results name them."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def write_results(path, build, rounds, missed):
    """What the parts have shown, as a page."""
    page = ["# Speed and memory beside other programs", "", f"By `make bench` on {datetime.date.today()}: {machine()}; "
            f"{said(build / 'qonduit', '--version')}. Whole processes, files in the page cache, medians of {rounds} interleaved rounds. The last "
            "column says how many times as long a program takes as ours.", "", f"{missed} bars missed.", *RESULTS, ""]
    path.write_text("\n".join(page), encoding="utf-8")


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
            RESULTS.extend(["", f"## {name}"])
            PARTS[name](build, given.rounds, bars)
            write_results(build / "bench/RESULTS.md", build, given.rounds, len(bars.missed))
    finally:
        clear_up()
    if given.rounds >= 3 and set(given.only.split(",")) == set(PARTS):
        write_results(HERE / "RESULTS.md", build, given.rounds, len(bars.missed))
    print(f"\n{len(bars.missed)} bars missed" + "".join(f"\n  {sentence}" for sentence in bars.missed))
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
