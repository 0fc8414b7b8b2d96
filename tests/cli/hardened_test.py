#!/usr/bin/env python3
"""The program as a process: how it is built, what it leaves behind when it dies, what it starts, and how it works where little is allowed.
hardened_test.py PROGRAM"""
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, SANITIZED, TOKEN, Case, Listener, main, wanted  # noqa: E402

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")


def limits(**most):
    def set_them():
        for name, value in most.items():
            resource.setrlimit(getattr(resource, name), (value, value))
    return set_them


@unittest.skipIf(SANITIZED or not shutil.which("readelf"), "a sanitized program is built otherwise, or there is no readelf")
class Built(Case):
    def read(self, *options):
        return subprocess.run(["readelf", "-W", *options, PROGRAM], capture_output=True, text=True, check=True).stdout

    def test_it_lies_anywhere_and_its_tables_are_read_only(self):
        self.assertIn("DYN", re.search(r"Type:\s+(\w+)", self.read("-h")).group(1))
        self.assertIn("GNU_RELRO", self.read("-l"))
        self.assertRegex(self.read("-d"), r"BIND_NOW|FLAGS_1.*NOW")

    def test_no_stack_is_run_and_none_is_overrun_unseen(self):
        [stack] = re.findall(r"GNU_STACK.*", self.read("-l"))
        self.assertNotIn("E", stack.removeprefix("GNU_STACK").replace("0x", ""))
        symbols = self.read("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__\w+_chk\b")


class Silent(Listener):
    """Takes a request and never answers."""

    def talk(self, s):
        with s:
            while s.recv(65536):
                pass


class LeftBehind(Case):
    def setUp(self):
        self.server = self.opened(Silent())
        self.here = self.place()
        self.here.environment.update(QUOTIZA_BASE_URL=f"http://127.0.0.1:{self.server.port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")

    def cores(self):
        return [p for p in self.here.folder.rglob("core*") if p.is_file()]

    def test_a_crash_under_way_leaves_no_core_with_the_token(self):
        if "/" in CORE_PATTERN.read_text() or "|" in CORE_PATTERN.read_text():
            self.skipTest("cores go elsewhere")
        allowed = limits(RLIMIT_CORE=resource.RLIM_INFINITY)
        subprocess.run([sys.executable, "-c", "import os; os.abort()"], cwd=self.here.folder, preexec_fn=allowed, capture_output=True)
        if not self.cores():
            self.skipTest("no core is written for anybody")
        for core in self.cores():
            core.unlink()
        process = self.here.start("push", self.here.mapping(), self.here.catalog(2), "--state", self.here.state, preexec_fn=allowed)
        time.sleep(0.5)
        process.send_signal(signal.SIGABRT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, -signal.SIGABRT)
        self.assertEqual(self.cores(), [])
        for path in self.here.files():
            self.assertNotIn(TOKEN.encode(), path.read_bytes(), path)

    @unittest.skipIf(SANITIZED or not shutil.which("strace"), "there is no strace, or the sanitizer starts programs of its own")
    def test_it_starts_no_other_program(self):
        with self.sandbox() as sandbox:
            here = self.place(sandbox)
            log = here.folder / "calls"
            done = here.push(here.mapping(), here.catalog(2), before=["strace", "-f", "-o", log, "-e", "trace=execve,execveat,fork,vfork"])
            if not log.exists() or "execve(" not in log.read_text():
                self.skipTest("nothing may be traced")
            self.ended(done, 0)
            self.assertEqual(len(re.findall(r"\b(?:execve|execveat|fork|vfork)\(", log.read_text())), 1)


@unittest.skipIf(SANITIZED, "a sanitizer needs more than is allowed here")
class Little(Case):
    ALLOWED = {"RLIMIT_AS": 256 << 20, "RLIMIT_NOFILE": 64, "RLIMIT_STACK": 256 << 10}

    def test_little_memory_few_files_and_a_small_stack_are_enough(self):
        with self.sandbox() as sandbox:
            for name, most in self.ALLOWED.items():
                with self.subTest(name):
                    here = self.place(sandbox)
                    here.environment["QUOTIZA_ACCOUNT_ID"] = name.lower()
                    self.ended(here.push(here.mapping(), here.catalog(3000), preexec_fn=limits(**{name: most})), 0)
                    self.stands(sandbox, wanted(3000), name.lower())

    def test_too_few_files_are_told_and_leave_nothing_half_done(self):
        here = self.place()
        mapping, catalog = here.mapping("file.ndjson", {"sku": "sku"}), here.catalog(100)
        ends = set()
        for most in range(5, 12):
            done = here.run("convert", mapping, catalog, "-o", f"out{most}", preexec_fn=limits(RLIMIT_NOFILE=most))
            ends.add(done.status)
            out = here.folder / f"out{most}"
            if done.status == 0:
                self.assertEqual(len((out / "file.ndjson").read_text().splitlines()), 100)
            else:
                self.assertEqual((done.status, out.exists()), (4, False), (most, done.status, done.text))
                self.assertTrue(done.text)
        self.assertIn(0, ends)
        self.assertIn(4, ends)
        self.assertEqual([p.name for p in here.folder.iterdir() if p.name.startswith(".")], [])


class Cut(Case):
    """A file that ends at any of its bytes: what is whole is read, what is open is told with its line, and nothing is invented."""

    TEXT = 'SKU,Name,Brand,Price\r\nA1,"Crème ""50"" ml",B,1.50\nA2,"two\nlines",Ü,2\n'.encode()
    ROWS = ["A1", "A2"]

    def test_at_each_byte(self):
        here = self.place()
        mapping = here.mapping("file.ndjson", {"sku": "sku", "name": "name", "brand": "brand", "price": "price"})
        whole = [json.loads(line) for line in self.read(here, mapping, len(self.TEXT))[1]]
        self.assertEqual([r["sku"] for r in whole], self.ROWS)
        for end in range(len(self.TEXT)):
            done, lines = self.read(here, mapping, end)
            self.assertIn(done.status, (0, 1, 4), (end, done.text))
            head = self.TEXT[:end]
            if head.count(b'"') % 2:
                self.assertEqual((done.status, lines), (4, []), (end, done.text))
                self.assertRegex(done.text, r":[23]: the quote that opens here is never closed|is not valid UTF-8")
            ended = 2 if end >= len(self.TEXT) - 1 else head.count(b"1.50\n")
            self.assertEqual([json.loads(line) for line in lines][:ended], whole[:ended] if lines else [], end)
            self.assertLessEqual(len(lines), ended + 1, end)

    def read(self, here, mapping, end):
        here.write("cut.csv", self.TEXT[:end])
        shutil.rmtree(here.folder / "out", ignore_errors=True)
        done = here.run("convert", mapping, "cut.csv", "-o", "out")
        path = here.folder / "out/file.ndjson"
        return done, path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
