#!/usr/bin/env python3
"""The short form of the sweeps (tests/sweep): every so many-th point of them. sweep_test.py PROGRAM"""
import subprocess
import sys
from pathlib import Path

SWEEPS = Path(__file__).resolve().parent.parent / "sweep"
UNTRACED = 77  # sweep_tools.py
SHORT = (("kill_sweep", "--every", "60"), ("ledger_sweep", "--flips", "6", "--every", "40", "--take", "12"),
         ("states_sweep", "--every", "60", "--take", "12"), ("processes", "--most", "2", "--take", "5"),
         ("download_sweep", "--mib", "24", "--cuts", "3"))


def main():
    failed = 0
    for name, *options in SHORT:
        done = subprocess.run([sys.executable, SWEEPS / f"{name}.py", *sys.argv[1:2], *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == UNTRACED:
            print(f"{name}: skipped, nothing can be traced here")
        elif done.returncode:
            failed += 1
            print(done.stdout.decode("utf-8", "replace"))
    print(f"{len(SHORT) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
