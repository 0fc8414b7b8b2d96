"""What the tests of workbooks share: `cat` as a table, a refusal with its bounds, LibreOffice as a reader and a writer."""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import ROOT, SANITIZED, Case, main  # noqa: E402, F401

SECONDS, MEMORY_KIB = 2, 64 << 10  # in which whatever is refused is refused

# What a process has held at most counts what its parent held when it began: so a small one stands in between.
BETWEEN = """
import os, sys, time
began = time.monotonic()
pid = os.spawnv(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as to:
    print(time.monotonic() - began, used.ru_maxrss, used.ru_utime + used.ru_stime, file=to)
sys.exit(min(os.waitstatus_to_exitcode(status) % 256, 255))
"""


class Used:
    def __init__(self, text):
        seconds, kib, work = text.split()
        self.seconds, self.kib, self.work = float(seconds), int(kib), float(work)


class WorkbookCase(Case):
    def setUp(self):
        self.here = self.place()

    def book(self, content, name="catalog.xlsx"):
        return self.here.write(name, content)

    def cat(self, file, *options, status=0, **more):
        """The rows that `cat` prints, as objects."""
        done = self.here.run("cat", *options, file, **more)
        self.assertEqual(done.status, status, done.text)
        return [json.loads(line) for line in done.out.splitlines()]

    def raw(self, file, *options, **more):
        """Row number to cells, as `cat --raw` has them."""
        lines = self.cat(file, "--raw", *options, **more)
        found = {line["row"]: line["cells"] for line in lines}
        self.assertEqual(len(found), len(lines))
        return found

    def reads(self, content, expected, *options, name="catalog.xlsx"):
        """`expected`: the cells of the rows from 1, or rows by their numbers."""
        expected = expected if isinstance(expected, dict) else dict(enumerate(expected, 1))
        self.assertEqual(self.raw(self.book(content, name), *options), expected)

    def convert(self, *arguments, status=0, **more):
        done = self.here.run("convert", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return done

    def lines(self, *arguments, status=0, **more):
        """The records that `convert … -o -` prints."""
        out = self.convert(*arguments, "-o", "-", status=status, **more).out
        return [json.loads(line, parse_float=str) for line in out.splitlines()]

    def measured(self, *arguments, timeout=60):
        """A run of the program and what it used."""
        to = self.here.folder / "used"
        done = self.here.run(*arguments, timeout=timeout, before=[sys.executable, "-S", "-c", BETWEEN, str(to)])
        used = Used(to.read_text())
        to.unlink()
        return done, used

    def within_bounds(self, used, seconds=SECONDS, kib=MEMORY_KIB):
        if SANITIZED:
            return
        self.assertLess(used.work, seconds)
        self.assertLess(used.kib, kib)

    def libreoffice(self, kind, *files, folder="converted", results=True):
        """The files in another kind, each under its name there; one start for all of them. Without `results` the caller knows what they
        are called."""
        to = self.here.folder / folder
        done = subprocess.run(["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{self.here.folder}/profile",
                               "--convert-to", kind, "--outdir", str(to), *map(str, files)], capture_output=True, timeout=100,
                              env={**self.here.environment, "HOME": str(self.here.folder)})
        found = [to / (Path(f).stem + "." + kind.split(":")[0]) for f in files if results]
        for file in found:
            if not file.exists():
                raise AssertionError(f"LibreOffice wrote no {file.name}: {done.stdout.decode()} {done.stderr.decode()}")
        return found
