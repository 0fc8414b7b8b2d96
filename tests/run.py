#!/usr/bin/env python3
"""Runs every test there is against one or more build folders: run.py [--only GROUP,…] BUILD…

Groups: layers, mappings (the shipped ones, with their own tests), unit, golden, oracle, and the folders of scripts (cli, workbook, sandbox,
deliver, e2e). A script is a file test_* or *_test.* there; it is run in the project's folder with the program as its argument, with QONDUIT
(the program) and BUILD (the folder) in the environment, and says how it went by its exit status and, where it likes, by a closing line
"N passed, M failed" or that of unittest. An oracle NAME….py is given the driver built from NAME_driver.c. Unit tests and golden cases
run against all folders given, all else against the first.

Two things run at a time. The output of what failed is shown; the last line is "N passed, M failed".
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ["cli", "workbook", "sandbox", "deliver", "e2e"]
GROUPS = ["layers", "mappings", "unit", "golden", "oracle", *SCRIPTS]
TIMEOUT = 400  # seconds; a suite takes at most a third of that on a machine that has nothing else to do

COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
UNITTEST_COUNT = re.compile(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED \((?:failures=(\d+))?(?:, )?(?:errors=(\d+))?)", re.M)
UNIT_COUNT = re.compile(r"^\s*tests\s+\d+\s+\d+\s+(\d+)\s+(\d+)", re.M)


def command_of(script, *arguments):
    if script.suffix == ".py": # this one's Python, which has Debian's modules
        return [sys.executable, str(script), *arguments]
    return [*([] if os.access(script, os.X_OK) else ["sh"]), str(script), *arguments]


def is_test(path):
    return path.is_file() and (path.name.startswith("test_") or path.stem.endswith("_test"))


def suites(builds, only):
    """(group, title, build, command) of everything that is to run, the long ones first."""
    first = builds[0]
    if "golden" in only:
        for build in reversed(builds):
            yield "golden", f"golden ({build.name})", build, [sys.executable, "tests/golden/run.py", str(build / "qonduit")]
    if "unit" in only:
        for build in reversed(builds):
            yield "unit", f"unit ({build.name})", build, [str(build / "unit")]
    for folder in SCRIPTS:
        if folder in only:
            for script in sorted(filter(is_test, (ROOT / "tests" / folder).glob("*"))):
                yield folder, f"{folder}/{script.name}", first, command_of(script, str(first / "qonduit"))
    if "oracle" in only:
        drivers = [d.stem for d in (ROOT / "tests/oracle").glob("*_driver.c")]
        for script in sorted((ROOT / "tests/oracle").glob("*.py")):
            fitting = [d for d in drivers if (script.stem + "_").startswith(d.removesuffix("driver"))]
            driver = max(fitting, key=len, default=None)
            yield "oracle", f"oracle/{script.name}", first, command_of(script, *([str(first / "tests/oracle" / driver)] if driver else []))
    if "mappings" in only:
        for mapping in sorted((ROOT / "mappings").glob("*.json")):
            yield "mappings", f"mappings/{mapping.name}", first, [str(first / "qonduit"), "check", str(mapping.relative_to(ROOT))]
    if "layers" in only:
        yield "layers", "layers", first, [sys.executable, "tests/layers.py"]


def counts_in(group, text):
    counts = (UNIT_COUNT if group == "unit" else COUNT).findall(text)
    if counts:
        return int(counts[-1][0]), int(counts[-1][1])
    counts = UNITTEST_COUNT.findall(text)
    if counts:
        ran, *bad = (int(n or 0) for n in counts[-1])
        return ran - sum(bad), sum(bad)
    return None


def run(suite):
    group, title, build, command = suite
    began = time.monotonic()
    environment = dict(os.environ, QONDUIT=str(build / "qonduit"), BUILD=str(build), PYTHONDONTWRITEBYTECODE="1")
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                              cwd=ROOT, env=environment)
        status, text = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        status, text = -1, (late.stdout or b"").decode("utf-8", "replace") + f"\nnot finished after {TIMEOUT} s\n"
    except OSError as fault:
        status, text = -1, f"{command[0]}: {fault}\n"
    passed, failed = counts_in(group, text) or (int(status == 0), 0)
    if status != 0 and failed == 0:
        failed = 1
    return title, passed, failed, time.monotonic() - began, text


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default=",".join(GROUPS))
    arguments.add_argument("builds", nargs="+", type=lambda p: Path(p).resolve())
    given = arguments.parse_args()
    only = set(given.only.split(","))
    if only - set(GROUPS):
        arguments.error(f"groups are {', '.join(GROUPS)}")

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for title, good, bad, seconds, text in pool.map(run, list(suites(given.builds, only))):
            if bad:
                print(text.rstrip("\n"))
            print(f"{'FAILED' if bad else 'ok':6}  {title:40}  {good:5} passed  {bad:3} failed  {seconds:6.1f} s", flush=True)
            passed += good
            failed += bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
