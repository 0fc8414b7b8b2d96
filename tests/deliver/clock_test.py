#!/usr/bin/env python3
"""What comes before what: of two runs the one that was made later has the newer values, whatever clocks do; and how long to wait.
clock_test.py PROGRAM"""
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import SANITIZED, Case, main, wanted, windows  # noqa: E402

FAKETIME = next((str(p) for p in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
DAY = 86400
CONTRACTS = ("--contracts", "contracts")


def faked(place, offset):
    """From here on the wall clock of what is started there stands so many seconds off; the file says it anew at any time."""
    path = place.write("offset", f"{offset:+d}\n")
    place.environment.update(LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=str(path), FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                             FAKETIME_DONT_RESET="1")
    return path


class Order(Case):
    """A run that still reads its input, while another one that began after it delivers."""

    def setUp(self):
        self.server = self.sandbox()
        self.here = self.place(self.server)
        self.mapping = self.here.mapping()

    def slow(self, *more):
        process = self.here.start("push", self.mapping, "-", "--state", self.here.state, "--json", *more, stdin=subprocess.PIPE)
        end = time.monotonic() + 20
        while not list(self.here.state.glob("runs/*/run.db")) or not self.here.runs():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        return process

    def go_on(self, process, catalog):
        out, err = process.communicate(catalog.read_bytes(), timeout=60)
        return process.returncode, out, err.decode()

    def test_the_earlier_run_does_not_put_its_older_values_over_newer_ones(self):
        slow = self.slow()
        newer = self.here.push(self.mapping, self.here.catalog(3, price="2.75"))
        self.ended(newer, 0)
        sent = len(self.server.imports())
        status, out, err = self.go_on(slow, self.here.catalog(5, price="1.50", name="older.csv"))
        self.assertEqual(status, 5, err)
        self.assertIn(f"run {newer.summary['run']}, which is later, has since delivered", err)
        self.assertIn(b'"status":"superseded"', out)
        self.assertEqual(len(self.server.imports()), sent)
        self.stands(self.server, wanted(3, price="2.75"))
        statuses = {r["run"]: r["status"] for r in self.here.runs()}
        self.assertEqual(sorted(statuses.values()), ["done", "superseded"])
        old = next(run for run, status in statuses.items() if status == "superseded")
        self.assertEqual(self.here.resume(old).status, 5)
        self.assertEqual(len(self.server.imports()), sent)

    def test_runs_without_a_key_in_common_both_deliver(self):
        slow = self.slow()
        self.ended(self.here.push(self.mapping, self.here.catalog(3, first=100)), 0)
        status, _, err = self.go_on(slow, self.here.catalog(2, name="other.csv"))
        self.assertEqual(status, 0, err)
        self.stands(self.server, {**wanted(3, first=100), **wanted(2)})

    def test_what_a_later_run_found_unchanged_is_not_taken_back(self):
        mapping, newest = self.mapping, self.here.catalog(3, price="2.75")
        self.ended(self.here.push(mapping, newest), 0)
        slow = self.slow()
        self.ended(self.here.push(mapping, newest, "--changed-only"), 0)
        status, _, err = self.go_on(slow, self.here.catalog(3, name="other.csv"))
        self.assertEqual(status, 5, err)
        self.stands(self.server, wanted(3, price="2.75"))

    def test_another_account_is_another_place(self):
        slow = self.slow()
        other = self.here.run("push", self.mapping, self.here.catalog(3), "--state", self.here.state, "--json",
                              before=("env", "QUOTIZA_ACCOUNT_ID=2"))
        self.ended(other, 0)
        status, _, err = self.go_on(slow, self.here.catalog(2, name="other.csv"))
        self.assertEqual(status, 0, err)
        self.stands(self.server, wanted(2))

    def test_what_an_earlier_run_sent_meanwhile_is_older(self):
        first = self.slow()
        self.ended(self.here.push(self.mapping, "missing.csv"), 4)
        second = self.slow()
        time.sleep(0.1)
        status, _, err = self.go_on(first, self.here.catalog(2, price="1.50"))
        self.assertEqual(status, 0, err)
        status, _, err = self.go_on(second, self.here.catalog(2, price="3.00"))
        self.assertEqual(status, 0, err)
        self.stands(self.server, wanted(2, price="3.00"))

    def stopped(self, catalog, *more):
        """A run that stopped behind its first request of two records, as the server failed once."""
        self.server = self.sandbox("--fault", "2@import:500")
        self.here = self.place(self.server, retries=0)
        self.mapping = self.here.small_batches(2)
        done = self.here.push(self.mapping, catalog(), *CONTRACTS, *more)
        self.ended(done, 5)
        return done.summary["run"]

    def test_a_run_that_stopped_goes_on_behind_one_with_other_keys(self):
        old = self.stopped(lambda: self.here.catalog(40), "--shard", "1/2")
        self.ended(self.here.push(self.mapping, "catalog.csv", "--shard", "2/2", *CONTRACTS), 0)
        self.assertEqual(self.here.show(old)["status"], "stopped")
        self.assertEqual(self.here.run("runs", "prune", "--keep", "0", "--state", self.here.state).status, 0)
        resumed = self.here.resume(old, *CONTRACTS)
        self.ended(resumed, 0)
        self.stands(self.server, wanted(40))

    def left_out(self):
        """A shard that stopped, and the other one behind it, which left out what was not changed."""
        self.server = self.sandbox("--fault", "2@import:500")
        self.here = self.place(self.server, retries=0)
        self.ended(self.here.push(self.here.mapping(), self.here.catalog(40)), 0)
        changed = self.here.catalog(20, price="2.75", name="changed.csv").read_text().splitlines()
        same = (self.here.folder / "catalog.csv").read_text().splitlines()
        self.here.write("new.csv", "\n".join(changed + same[21:]) + "\n")
        runs = []
        for shard, status in (("1/2", 5), ("2/2", 0)):
            done = self.here.push(self.mapping, "new.csv", "--shard", shard, "--changed-only")
            self.ended(done, status)
            self.assertGreater(done.summary["outputs"]["quotiza.products"]["unchanged"], 0)
            runs.append(done.summary["run"])
        return runs

    def test_a_run_goes_on_behind_one_that_left_out_other_keys(self):
        old, _ = self.left_out()
        self.ended(self.here.resume(old), 0)
        self.stands(self.server, {**wanted(20, price="2.75"), **wanted(20, first=21)})

    def test_what_a_run_left_out_that_is_gone_may_have_been_any_key(self):
        old, later = self.left_out()
        shutil.rmtree(self.here.state / "runs" / later)
        sent = len(self.server.imports())
        resumed = self.here.resume(old)
        self.assertEqual((resumed.status, resumed.summary["status"]), (5, "superseded"), resumed.text)
        self.assertEqual(len(self.server.imports()), sent)

    def test_one_key_in_common_is_enough_whether_it_was_sent_or_not(self):
        for first in (1, 2, 3, 20):
            with self.subTest(first):
                old = self.stopped(lambda: self.here.catalog(20))
                self.ended(self.here.push(self.mapping, self.here.catalog(1, first, price="2.75", name="newer.csv"), *CONTRACTS), 0)
                sent = len(self.server.imports())
                resumed = self.here.resume(old, *CONTRACTS)
                self.assertEqual((resumed.status, resumed.summary["status"]), (5, "superseded"), resumed.text)
                self.assertIn(f"K{first:06} among others", resumed.text)
                self.assertEqual(len(self.server.imports()), sent)
                self.assertEqual(self.here.show(old)["status"], "superseded")

    @unittest.skipIf(not FAKETIME or SANITIZED, "libfaketime is not installed, or the sanitizer wants to be first")
    def test_a_clock_that_goes_back_supersedes_nothing(self):
        offset = faked(self.here, DAY)
        self.ended(self.here.push(self.mapping, self.here.catalog(2)), 0)
        offset.write_text("-86400\n")
        self.ended(self.here.push(self.mapping, self.here.catalog(2, price="2.75")), 0)
        self.stands(self.server, wanted(2, price="2.75"))
        self.assertEqual([r["status"] for r in self.here.runs()], ["done", "done"])


@unittest.skipIf(not FAKETIME or SANITIZED, "libfaketime is not installed, or the sanitizer wants to be first")
class Jumps(Case):
    """Within a wait for a limit the wall clock jumps by a day, and back: the windows hold, and nobody waits a day."""

    def test_on_and_back(self):
        window = 1500
        server = self.sandbox(limits=True, window_ms=window, job_ms=30)
        here = self.place(server, window_ms=window, poll_ms=30, timeout_ms=2000)
        here.small_batches(1)
        offset = faked(here, 0)
        process = here.start("push", "mapping.json", here.catalog(16), "--contracts", "contracts", "--state", here.state, "--json")
        began = time.monotonic()
        for after, jump in ((6, DAY), (9, -DAY), (12, 0)):
            while len(server.imports()) < after and process.poll() is None:
                time.sleep(0.02)
            offset.write_text(f"{jump:+d}\n")
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err.decode())
        self.assertLess(time.monotonic() - began, 60)
        self.assertLessEqual(windows(server.imports(), window), 5)
        self.assertLessEqual(windows(server.journal(), window), 10)
        self.assertEqual([e for e in server.journal() if e["status"] == 429], [])
        self.stands(server, wanted(16))


class Pace(Case):
    def test_a_second_delivery_knows_how_long_jobs_take(self):
        """Five jobs and ten requests a window: none can be spared, so that a delivery that knows nothing asks as late as it may."""
        server = self.sandbox(limits=True, window_ms=8000, job_ms=300)
        here = self.place(server, window_ms=8000, poll_ms=200, poll_max_ms=6000)
        here.small_batches(1)
        took = []
        for batches, account in ((1, "1"), (5, "1")):
            before = len(server.journal())
            done = here.push("mapping.json", here.catalog(batches, price=f"{batches}.00"), "--contracts", "contracts")
            self.ended(done, 0)
            times = [e["at"] for e in server.journal()[before:]]
            took.append(max(times) - min(times))
            time.sleep(8.1)
        self.assertLess(took[1], 4000, took)
        self.assertLessEqual(windows(server.journal(), 8000), 10)


if __name__ == "__main__":
    os.environ.pop("LD_PRELOAD", None)
    main()
