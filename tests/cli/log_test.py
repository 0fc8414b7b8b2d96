#!/usr/bin/env python3
"""--log-format json: in every way to end, each line of standard error is one object with the members that are promised. log_test.py PROGRAM"""
import base64
import contextlib
import datetime
import json
import os
import pty
import subprocess
import sys
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, TOKEN, Case, main  # noqa: E402

MEMBERS = {"ts": str, "level": str, "event": str, "message": str, "run": str, "file": str, "sheet": str, "row": int, "line": int, "column": int,
           "pointer": str, "origin": str, "field": str}
ALWAYS = ["ts", "level", "event", "message"]


def once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


class Log(Case):
    def setUp(self):
        self.server = self.sandbox()
        self.here = self.place(self.server)
        self.here.mapping()
        self.here.catalog(3)

    def entries(self, err):
        """Each line as an object, checked."""
        self.assertTrue(err == b"" or err.endswith(b"\n"), err[-200:])
        all = []
        for line in err.decode("utf-8").splitlines():
            entry = json.loads(line, object_pairs_hook=once, parse_constant=self.fail)
            self.assertEqual([m for m in MEMBERS if m in entry], list(entry), line)
            self.assertEqual([type(v) for v in entry.values()], [MEMBERS[m] for m in entry], line)
            self.assertEqual([m for m in ALWAYS if not entry.get(m)], [], line)
            self.assertIn(entry["level"], ("error", "warning", "info", "debug"))
            self.assertRegex(entry["event"], r"\A[a-z0-9_.]+\Z")
            self.assertRegex(entry["ts"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
            at = datetime.datetime.fromisoformat(entry["ts"].replace("Z", "+00:00")).timestamp()
            self.assertLess(abs(time.time() - at), 60)
            self.assertFalse(any(ord(c) < 32 and c != "\n" or c == "\x7f" for v in entry.values() if isinstance(v, str) for c in v), line)
            all.append(entry)
        for form in (TOKEN, json.dumps(TOKEN)[1:-1], urllib.parse.quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode()):
            self.assertNotIn(form, err.decode())
        return all

    def said(self, *arguments, status, **more):
        done = self.here.run(*arguments, "--log-format", "json", "-v", **more)
        self.assertEqual(done.status, status, done.text)
        return self.entries(done.err)

    def error(self, *arguments, status, **more):
        """The one error there is, which comes last."""
        entries = self.said(*arguments, status=status, **more)
        self.assertEqual([e["level"] for e in entries].count("error"), 1, entries)
        self.assertEqual(entries[-1]["level"], "error")
        return entries[-1]

    def push(self, *arguments, status):
        return self.said("push", *(arguments or ("mapping.json", "catalog.csv")), "--state", self.here.state, status=status)


class Ends(Log):
    def test_done(self):
        self.here.catalog(5, bad=(2,))
        run = {e.get("run") for e in self.push(status=1)}
        self.assertEqual(run, {self.here.runs()[0]["run"]})
        summary = [e for e in self.said("convert", "mapping.json", "catalog.csv", "-o", "out", status=1) if e["event"] == "summary"]
        self.assertEqual(len(summary), 1)
        self.assertEqual(len(summary[0]["message"].split("\n")), 4)
        self.assertNotIn("run", summary[0])

    def test_usage(self):
        self.assertEqual(self.error("push", "--bogus", "mapping.json", status=2)["event"], "usage.option")
        self.assertEqual(self.error("pusch", "mapping.json", status=2)["event"], "usage.command")
        self.assertEqual(self.entries(self.here.run("pusch", "--log-format=json").err)[0]["event"], "usage.command")
        self.error("push", "mapping.json", "catalog.csv", "--limit", "x\n\x1b[2J\udcff", status=2)
        for command in ("convert", "push", "check", "cat", "inspect"):
            self.error(command, status=2)
        self.error("runs", "shwo", "x", status=2)
        self.error("runs", "show", "x", "--state", self.here.state, status=2)

    def test_a_mapping_with_faults_has_places(self):
        line = ' "source": { "columns": { "a": { "typ": "text" } } },'
        self.here.write("mapping.json", '{ "qonduit": 1,\n' + line + '\n "outputs": { "quotiza.products": {} } }')
        first = next(e for e in self.said("check", "mapping.json", status=3) if e["level"] == "error")
        self.assertEqual({m: first[m] for m in ("file", "line", "column", "pointer")},
                         {"file": "mapping.json", "line": 2, "column": line.index('{ "typ"') + 1, "pointer": "/source/columns/a"})
        self.here.write("mapping.json", '{ "qonduit": 1,\n  nonsense')
        entry = self.said("convert", "mapping.json", "catalog.csv", "-o", "out", status=3)[0]
        self.assertEqual((entry["file"], entry["line"], entry["column"]), ("mapping.json", 2, 3))

    def test_an_input_that_cannot_be_read_has_a_place(self):
        self.here.write("catalog.csv", b'SKU,Name,Brand,Price\nK1,"open,B,1\n')
        entry = self.error("convert", "mapping.json", "catalog.csv", "-o", "out", status=4)
        self.assertEqual((entry["file"], entry["line"]), ("catalog.csv", 2))
        self.assertTrue(entry["message"].startswith("catalog.csv:2"), entry)
        self.assertEqual(self.error("push", "mapping.json", "nowhere.csv", "--state", self.here.state, status=4)["file"], "nowhere.csv")
        self.here.write(os.fsdecode(b'odd"\\\xff\n.csv'), b"\0\0\0")
        self.assertEqual(self.error("cat", os.fsdecode(b'odd"\\\xff\n.csv'), status=4)["file"], 'odd"\\\\xff\\x0a.csv')

    def test_rows_that_are_rejected_say_where(self):
        self.here.catalog(3, bad=(2,))
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "-", "--log-format", "json")
        row = [e for e in self.entries(done.err) if e["event"] == "row_rejected"]
        self.assertEqual([(e["origin"], e["field"], e["level"]) for e in row], [("catalog.csv:3", "price", "warning")])

    def test_stopped_and_gone_on_with(self):
        server = self.sandbox("--fault", "1@import:500", "--fault", "2@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        entries = self.push(status=5)
        run = self.here.runs()[0]["run"]
        self.assertEqual({e.get("run") for e in entries}, {run})
        self.assertIn("retry", [e["event"] for e in entries])
        self.assertEqual(entries[-1]["level"], "error")
        entries = self.said("runs", "resume", run, "--state", self.here.state, status=0)
        self.assertEqual({e.get("run") for e in entries}, {run})

    def test_credentials(self):
        self.here.environment["QUOTIZA_BASE_URL"] = self.sandbox("--token", "another-one").address
        self.assertEqual(self.push(status=6)[-1]["level"], "error")
        self.here.write(".env.local", f"QUOTIZA_API_TOKEN={TOKEN}\n").chmod(0o644)
        self.push(status=6)
        del self.here.environment["QUOTIZA_API_TOKEN"]
        (self.here.folder / ".env.local").unlink()
        self.push(status=6)

    def test_guards(self):
        self.here.catalog(3, bad=(1, 2))
        entry = self.error("push", "mapping.json", "catalog.csv", "--max-rejects", "1", "--state", self.here.state, status=7)
        self.assertEqual(entry["event"], "guard.max_rejects")
        self.assertNotIn("run", entry)  # there is none any more

    def test_a_signal(self):
        server = self.sandbox(job_ms=600000)
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        process = self.here.start("push", "mapping.json", "catalog.csv", "--state", self.here.state, "--log-format", "json", "-v")
        while not server.polls() and process.poll() is None:
            time.sleep(0.01)
        process.terminate()
        _, err = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 143)
        self.assertTrue(self.entries(err))

    def test_a_full_standard_output(self):
        with open("/dev/full", "w") as full:
            done = self.here.run("cat", "catalog.csv", "--log-format", "json", stdout=full)
        self.assertEqual(done.status, 4)
        self.assertTrue(self.entries(done.err))

    def test_the_sandbox(self):
        process = self.here.start("sandbox", "--log-format", "json", "-v")
        process.stdout.readline()
        process.terminate()
        self.entries(process.communicate(timeout=10)[1])
        self.error("sandbox", "--fault", "x", status=2)


class Lines(Log):
    def test_a_line_is_there_as_soon_as_it_is_said(self):
        server = self.sandbox(job_ms=600000)
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        process = self.here.start("push", "mapping.json", "catalog.csv", "--state", self.here.state, "--log-format", "json", "-v")
        self.assertTrue(self.entries(process.stderr.readline()))
        self.assertIsNone(process.poll())
        process.kill()
        process.communicate()

    def on_terminal(self, term, *arguments):
        """What a terminal of that kind gets to see of a push."""
        self.here.environment["TERM"] = term
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a machine without /dev/pts
            self.skipTest(f"no terminal: {error}")
        process = subprocess.Popen([PROGRAM, "push", "mapping.json", self.here.catalog(3000), "--state", self.here.state, *arguments],
                                   stdout=subprocess.DEVNULL, stderr=theirs, cwd=self.here.folder, env=self.here.environment)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                text += piece
        os.close(ours)
        self.assertEqual(process.wait(timeout=20), 0)
        return text.replace(b"\r\n", b"\n")

    def test_a_terminal_gets_nothing_but_lines(self):
        self.assertTrue(self.entries(self.on_terminal("xterm", "--log-format", "json", "-v", "--color", "always")))

    def test_progress_is_drawn_where_a_terminal_can_take_it_back(self):
        self.assertIn(b"\r\x1b[K", self.on_terminal("xterm"))
        self.assertNotIn(b"\x1b[K", self.on_terminal("xterm", "--no-progress"))
        text = self.on_terminal("dumb")
        self.assertNotIn(b"\x1b", text)
        self.assertNotIn(b"\r", text)
        self.assertIn(b"3,000 records", text)

    def test_what_a_server_says_stays_within_its_line(self):
        server = self.sandbox("--fault", "1@import:html", "--fault", "2@import:500")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        for _ in range(2):
            done = self.here.run("push", "mapping.json", "catalog.csv", "--state", self.here.state, "--log-format", "json", "-v")
            self.assertTrue(self.entries(done.err))


if __name__ == "__main__":
    main()
