#!/usr/bin/env python3
"""Golden cases: run.py [--update] PROGRAM [CASE…]

A case is a folder beside this file; adding one needs no code:

  mapping.json   the mapping
  input*         what is converted, in order of name; a case without any is run with `check`
  args           more arguments, one a line
  status         the expected exit status; 0 where there is none
  expect/        the files that must stand in the output folder, equal to the byte. Every other file there is a failure, but for
                 .rows files and manifest.json, which are compared only where the case has them. A workbook is compared as the
                 text that workbook.py makes of it: report.xlsx.txt stands for report.xlsx
  stderr         lines each of which must occur in what the program says
  stdout         what the program writes to standard output, to the byte

Whatever else lies in a case (tables, contracts, README) is for the mapping. A case runs in its own folder, so that the names in
origins and messages are short. Where no expect/ is given, no output may appear at all. Prints a line and a diff for each failure and
a closing count. --update writes what the program does as the expectation: read the diff before you believe it.
"""
import argparse
import difflib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
TIMEOUT = 60


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def run(program, case, output):
    inputs = sorted(p.name for p in case.glob("input*"))
    threads = (1, 2, 5)[zlib.crc32(case.name.encode()) % 3]  # whatever it is, the bytes are the same
    command = [program, "convert", "mapping.json", *inputs, "-o", str(output), "--threads", str(threads)] if inputs else [
        program, "check", "mapping.json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(output.parent), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    environment.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS"))
    return subprocess.run(command + lines_of(case / "args"), cwd=case, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT)


def files_below(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()} if folder.exists() else {}


def readable(name, content):
    """What is compared of a file: of a workbook what a reader sees."""
    if not name.endswith(".xlsx"):
        return name, content
    from workbook import text_of  # needs openpyxl, which no other case does

    return name + ".txt", text_of(io.BytesIO(content)).encode()


def written(output):
    return dict(readable(name, content) for name, content in files_below(output).items())


def difference(name, expected, found):
    old, new = (text.decode("utf-8", "backslashreplace").splitlines(keepends=True) for text in (expected, found))
    lines = [line if line.endswith("\n") else line + "\n\\ no newline at the end\n"
             for line in difflib.unified_diff(old, new, f"expected {name}", f"found {name}", n=1)]
    return "".join("    " + line for text in lines for line in text.splitlines(keepends=True))


def optional(name):
    return name == "manifest.json" or name.endswith(".rows")


def faults_of(case, done, output):
    """Sentences, the first of which stands on the line of the failure."""
    wanted_status = int((lines_of(case / "status") or ["0"])[0])
    said = done.stderr.decode("utf-8", "replace")
    wrong = [f"exit status {done.returncode}, expected {wanted_status}"] if done.returncode != wanted_status else []
    wrong += [f"standard error lacks: {line}" for line in lines_of(case / "stderr") if line not in said]
    if wrong:
        yield "; ".join(wrong) + "\n" + "".join(f"    {line}\n" for line in said.splitlines()[-12:])
    if (case / "stdout").exists() and (case / "stdout").read_bytes() != done.stdout:
        yield "standard output differs\n" + difference("stdout", (case / "stdout").read_bytes(), done.stdout)
    expected, found = files_below(case / "expect"), written(output)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield f"{name} was not written\n"
        elif name in expected and expected[name] != found[name]:
            yield f"{name} differs\n" + difference(name, expected[name], found[name])
        elif name not in expected and (not expected or not optional(name)):
            yield f"{name} was written, the case does not expect it\n" + difference(name, b"", found[name][:2000])
    for left in output.parent.glob(".*"):
        yield f"{left.name} was left beside the output\n"


def update(case, done, output):
    found, wanted = written(output), files_below(case / "expect")
    shutil.rmtree(case / "expect", ignore_errors=True)
    for name, content in found.items():
        if name in wanted or not optional(name):
            (case / "expect" / name).parent.mkdir(parents=True, exist_ok=True)
            (case / "expect" / name).write_bytes(content)
    if done.returncode:
        (case / "status").write_text(f"{done.returncode}\n")
    else:
        (case / "status").unlink(missing_ok=True)
    if (case / "stdout").exists():
        (case / "stdout").write_bytes(done.stdout)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("program", type=lambda p: str(Path(p).resolve()))
    arguments.add_argument("cases", nargs="*")
    given = arguments.parse_intermixed_args()
    cases = [HERE / Path(name).name for name in given.cases] or sorted(p.parent for p in HERE.glob("*/mapping.json"))

    failed = 0
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="qonduit-golden-") as folder:
            output = Path(folder) / "out"
            try:
                done = run(given.program, case, output)
            except (OSError, subprocess.TimeoutExpired) as fault:
                print(f"{case.name}: {fault}")
                failed += 1
                continue
            if given.update:
                update(case, done, output)
                continue
            faults = list(faults_of(case, done, output))
        if faults:
            failed += 1
            print("".join(f"{case.name}: {fault}" for fault in faults), end="")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
