#!/usr/bin/env python3
"""bench.py [--only csv,read,write,json,push] [--rounds N] BUILD - speed and memory beside other programs, in the same run.

Whole processes in interleaved rounds, files in the page cache; medians count. Inputs are made once and kept in BUILD/bench. What is
measured, and the bars, stand at the top of bench_csv.py, bench_workbook.py, bench_json.py and bench_push.py; a bar that is missed is said
and the exit status is 1. The machine should have nothing else to do. --megabytes N makes the JSON files smaller, for trying.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import bench_csv  # noqa: E402
import bench_json  # noqa: E402
import bench_push  # noqa: E402
import bench_workbook  # noqa: E402
from measure import Bars  # noqa: E402

PARTS = {"csv": bench_csv.bench, "read": bench_workbook.bench_read, "write": bench_workbook.bench_write, "json": bench_json.bench,
         "push": bench_push.bench}


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
    for name in given.only.split(","):
        PARTS[name](build, given.rounds, bars)
    print(f"\n{len(bars.missed)} bars missed" + "".join(f"\n  {sentence}" for sentence in bars.missed))
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
