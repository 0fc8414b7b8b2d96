#!/usr/bin/env python3
"""Runs the sweeps one after the other: run.py BUILD [NAME…]. Each does two points at a time, and tells how many there were, how many were
violated, how often something was sent again, and how long it took."""
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SWEEPS = ("kill_sweep", "power_sweep", "random_kills", "states_sweep", "ledger_sweep", "processes", "download_sweep")


def main():
    program = Path(sys.argv[1]).resolve() / "qonduit"
    failed = [name for name in sys.argv[2:] or SWEEPS
              if subprocess.run([sys.executable, HERE / f"{name}.py", program], cwd=HERE.parent.parent, stdin=subprocess.DEVNULL,
                                env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1")).returncode]
    print("failed: " + ", ".join(failed) if failed else "no violation")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
