#!/usr/bin/env python3
"""--metrics: what stands in the file after every way out, read by a strict parser of the text format. metrics_test.py PROGRAM"""
import base64
import os
import re
import signal
import stat
import sys
import time
import unittest
import urllib.parse
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import TOKEN, Case, main  # noqa: E402

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|\})')
VALUE = re.compile(r"[0-9]+(\.[0-9]{3})?")


def parse(raw):
    """{(name, frozenset of labels): value}; asserts what the format asks for, and that all is a gauge with a help."""
    text = raw.decode("utf-8")
    assert text.endswith("\n") and "\r" not in text
    samples, helped, typed, family = {}, set(), set(), None
    for line in text[:-1].split("\n"):
        assert line, "an empty line"
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert NAME.fullmatch(name) and words and name not in helped, line
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name in helped and name not in typed and kind == "gauge", line
            typed.add(name)
            family = name
        elif not line.startswith("#"):
            name = NAME.match(line).group()
            assert name == family, f"{name} stands in the family {family}"
            at, labels, more = len(name) + 1, [], line[len(name)] == "{"
            while more:
                found = LABEL.match(line, at)
                assert found, line
                labels.append((found[1], re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), found[2])))
                at, more = found.end(), found[3] == ","
            assert len(dict(labels)) == len(labels) and line[at] == " " and VALUE.fullmatch(line[at + 1:]), line
            key = (name.removeprefix("qonduit_"), frozenset(labels))
            assert name.startswith("qonduit_") and key not in samples, line
            samples[key] = Decimal(line[at + 1:])
    assert helped == typed == {"qonduit_" + name for name, _ in samples}
    return samples


class Metrics(Case):
    def setUp(self):
        self.server = self.sandbox()
        self.here = self.place(self.server)
        self.file = self.here.folder / "job.prom"
        self.here.mapping()
        self.here.catalog(3)

    def read(self):
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o644)
        self.assertEqual([p.name for p in self.here.folder.glob(".job.prom*")], [])
        return parse(self.file.read_bytes())

    def value(self, name, mapping="mapping.json", **labels):
        return self.read()[name, frozenset({"mapping": mapping, **labels}.items())]

    def info(self):
        return [dict(labels) for name, labels in self.read() if name == "last_run_info"][0]

    def push(self, *arguments, status=0, **more):
        done = self.here.push(*(arguments or ("mapping.json", "catalog.csv")), "--metrics", self.file, **more)
        self.assertEqual(done.status, status, done.text)
        self.assertEqual(self.value("last_exit_status"), status)
        self.assertLess(abs(time.time() - float(self.value("last_run_timestamp_seconds"))), 60)
        return done


class Told(Metrics):
    def test_a_delivery_tells_what_its_summary_tells(self):
        server = self.sandbox("--fail-sku", "K000002", "--fault", "1@import:503")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        self.here.catalog(5, bad=(4,))
        said = self.push(status=1).summary
        self.assertEqual({r: self.value("rows", result=r) for r in ("read", "filtered", "duplicate", "rejected", "written")},
                         {"read": 5, "filtered": 0, "duplicate": 0, "rejected": 1, "written": 4})
        self.assertEqual({r: self.value("records", target="quotiza.products", result=r) for r in ("accepted", "refused", "unchanged", "pending")},
                         {"accepted": 3, "refused": 1, "unchanged": 0, "pending": 0})
        for name in ("requests", "retries", "throttled"):
            self.assertEqual(self.value("http_" + name), said["http"][name], name)
        self.assertGreaterEqual(self.value("http_retries"), 1)
        self.assertEqual(self.value("http_waited_seconds") * 1000, said["http"]["waited_ms"])
        self.assertEqual(float(self.value("transform_seconds")), said["seconds"]["transform"])
        self.assertEqual(float(self.value("deliver_seconds")), said["seconds"]["deliver"])
        self.assertEqual(self.info(), {"mapping": "mapping.json", "command": "push", "run": said["run"]})

    def test_convert_tells_rows_and_records_and_nothing_of_a_delivery(self):
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--metrics", self.file)
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(self.value("records", target="quotiza.products", result="written"), 3)
        self.assertFalse([name for name, _ in self.read() if name.startswith("http")])
        self.assertEqual(self.info(), {"mapping": "mapping.json", "command": "convert"})
        self.assertEqual(self.value("last_success_timestamp_seconds"), self.value("last_run_timestamp_seconds"))

    def test_numbers_that_are_not_known_are_left_out(self):
        self.here.catalog(3, bad=(1, 2))
        self.push("mapping.json", "catalog.csv", "--max-rejects", "1", status=7)
        self.assertEqual({name for name, _ in self.read()}, {"last_run_timestamp_seconds", "last_success_timestamp_seconds",
                                                            "last_completed_timestamp_seconds", "last_exit_status", "last_run_info"})

    def test_a_mapping_with_any_name_is_a_label(self):
        for name in ('a"b.json', "back\\slash\\n.json", "line\nend.json", "caf\xe9 {x}.json", os.fsdecode(b"bad\xff.json"), "tab\t\x1b[2J.json"):
            self.here.mapping(name="plain.json").rename(self.here.folder / name)
            self.assertEqual(self.here.run("convert", name, "catalog.csv", "-o", "out", "--force", "--metrics", self.file).status, 0)
            shown = "".join(c if c.isprintable() and c != "\udcff" else f"\\x{ord(c) & 255:02x}" for c in name)
            self.assertEqual(self.info()["mapping"], shown)


class Kept(Metrics):
    """The last success, after each way out."""

    def setUp(self):
        super().setUp()
        self.push()
        self.success = self.value("last_success_timestamp_seconds")
        self.assertEqual(self.success, self.value("last_run_timestamp_seconds"))
        time.sleep(0.01)

    def kept(self, completed=False):
        self.assertEqual(self.value("last_success_timestamp_seconds"), self.success)
        self.assertEqual(self.value("last_completed_timestamp_seconds") > self.success, completed)
        self.assertGreater(self.value("last_run_timestamp_seconds"), self.success)

    def test_rejects(self):
        self.here.catalog(3, bad=(1,))
        self.push(status=1)
        self.kept(completed=True)

    def test_guards(self):
        self.here.catalog(3, bad=(1,))
        self.push("mapping.json", "catalog.csv", "--max-rejects", "0", status=7)
        self.kept()
        self.here.catalog(1)
        self.push("mapping.json", "catalog.csv", "--allow-shrink", "50%", status=7)
        self.kept()

    def test_mapping_and_input(self):
        self.push("mapping.json", "nowhere.csv", status=4)
        self.kept()
        self.here.write("mapping.json", "{")
        self.push(status=3)
        self.kept()

    def test_credentials(self):
        self.here.environment["QUOTIZA_API_TOKEN"] = "refused"
        server = self.sandbox("--token", TOKEN)
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        self.push(status=6)
        self.kept()
        del self.here.environment["QUOTIZA_API_TOKEN"]
        self.push(status=6)
        self.kept()

    def test_stopped_and_gone_on_with(self):
        server = self.sandbox("--fault", "1@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        done = self.push(status=5)
        self.kept()
        self.assertEqual(self.value("records", target="quotiza.products", result="pending"), 3)
        done = self.here.resume(done.summary["run"], "--metrics", self.file)
        self.assertEqual(done.status, 0, done.text)
        self.assertGreater(self.value("last_success_timestamp_seconds"), self.success)
        self.assertEqual(self.value("records", target="quotiza.products", result="accepted"), 3)

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            server = self.sandbox(job_ms=600000)
            self.here.environment["QUOTIZA_BASE_URL"] = server.address
            process = self.here.start("push", "mapping.json", "catalog.csv", "--state", self.here.folder / f"state-{number}", "--metrics", self.file)
            while not server.polls() and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(number)
            process.communicate(timeout=10)
            self.assertEqual((process.returncode, self.value("last_exit_status")), (128 + number, 128 + number))
            self.kept()

    def test_usage_errors_once_the_options_are_known(self):
        for wrong in (["--limit", "none"], ["--bogus"], ["--bogus=x", "-Z"], ["--log-format", "xml"]):
            self.push("mapping.json", "catalog.csv", *wrong, status=2)
            self.kept()
        self.push(status=2, *["mapping.json"])
        self.kept()

    def test_a_folder_and_an_unknown_run_keep_the_label(self):
        self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out")
        manifest = self.here.folder / "out/manifest.json"
        whole = manifest.read_bytes()
        manifest.write_bytes(b"{")
        self.push("out", status=4)
        self.kept()
        manifest.write_bytes(whole)
        self.push("out")
        self.assertGreater(self.value("last_success_timestamp_seconds"), self.success)
        done = self.here.resume("20200101-000000-0000", "--metrics", self.file)
        self.assertEqual((done.status, self.value("last_exit_status")), (2, 2))

    def test_a_dry_run_leaves_the_file_as_it_is(self):
        before = self.file.read_bytes()
        self.assertEqual(self.here.push("mapping.json", "catalog.csv", "--dry-run", "--metrics", self.file).status, 0)
        self.assertEqual(self.file.read_bytes(), before)

    def test_a_broken_or_foreign_file_is_replaced_and_not_trusted(self):
        whole = self.file.read_bytes()
        time_line = re.search(rb"\nqonduit_last_success_timestamp_seconds.*\n", whole).group()[1:]
        label, value = time_line.rsplit(b" ", 1)
        late = b"%d.000\n" % (time.time() + 86400)
        for broken in (b"", b"\0" * 5000, b"hello\n", whole[:-1], whole[: len(whole) // 2], whole[20:], whole.replace(b"# EOF\n", b""),
                       whole.replace(time_line, time_line * 2), whole.replace(time_line, b""), whole.replace(time_line, label + b" 1e9\n"),
                       whole.replace(time_line, label + b" NaN\n"), whole.replace(time_line, label + b" -1.000\n"),
                       whole.replace(time_line, label + b" 99999999999999999999.000\n"), whole.replace(time_line, label + b" " + late),
                       whole.replace(b"mapping.json", b"other.json"), whole.replace(b"mapping.json", b"mapping.json\\"),
                       whole + b"x" * (2 << 20)):
            self.file.write_bytes(broken)
            self.push("mapping.json", "nowhere.csv", status=4)
            self.assertEqual(self.value("last_success_timestamp_seconds"), 0, broken[:200])
        self.file.write_bytes(whole)
        self.push("mapping.json", "nowhere.csv", status=4)
        self.kept()

    def test_a_label_is_taken_over_only_where_it_is_one(self):
        whole = self.file.read_bytes()
        for label in (b'x",y="', b"x\\", b"x\\q", b"x\xff", b"x\x1b", b'"} 1\nevil{a="'):
            self.file.write_bytes(whole.replace(b"mapping.json", label))
            self.here.resume("20200101-000000-0000", "--metrics", self.file)
            self.assertEqual(self.info(), {"mapping": "", "command": "runs"})


class Place(Metrics):
    def test_what_cannot_be_written_is_told_before_anything_is_done(self):
        (self.here.folder / "folder").mkdir()
        os.mkfifo(self.here.folder / "pipe")
        (self.here.folder / "link").symlink_to("elsewhere")
        for file in ("folder", "pipe", "link", "nowhere/x.prom", "/dev/null", "catalog.csv/x.prom", ""):
            done = self.here.push("mapping.json", "catalog.csv", "--metrics", file)
            self.assertEqual(done.status, 2, (file, done.text))
        self.assertEqual(self.server.journal(), [])
        self.assertFalse((self.here.folder / "elsewhere").exists())

    def test_a_full_disk_is_told_and_the_old_file_stays(self):
        self.push()
        before = self.file.read_bytes()
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "-", "--metrics", self.file, before=["prlimit", "--fsize=1000"])
        self.assertEqual(done.status, 4, done.text)
        self.assertIn("job.prom", done.text)
        self.assertEqual(self.file.read_bytes(), before)
        self.read()

    def test_the_mode_is_that_of_a_file_that_anybody_reads(self):
        self.push(preexec_fn=lambda: os.umask(0o077))
        self.push(preexec_fn=lambda: os.umask(0))
        self.file.chmod(0o600)
        self.push()

    def test_runs_takes_it_for_resume_only(self):
        for words in (["runs"], ["runs", "show", "x"], ["runs", "prune", "--keep", "1"]):
            self.assertEqual(self.here.run(*words, "--state", self.here.state, "--metrics", self.file).status, 2)
        self.assertFalse(self.file.exists())

    def test_a_secret_is_not_in_it(self):
        """Where a secret is part of what is told, such as the name of a mapping."""
        token = "canary-71f0+x"
        self.here.environment["QUOTIZA_API_TOKEN"] = token
        self.here.mapping(name=f"{token}.json")
        for arguments in ([f"{token}.json", "catalog.csv"], [f"{token}.json", "catalog.csv", "--limit", "2"]):
            self.assertEqual(self.here.push(*arguments, "--metrics", self.file).status, 0)
            raw = self.file.read_bytes()
            for form in (token, urllib.parse.quote(token), base64.b64encode(token.encode()).decode()):
                self.assertNotIn(form.encode(), raw)
            self.assertEqual(self.info()["mapping"], "***.json")


if __name__ == "__main__":
    main()
