#!/usr/bin/env python3
"""`push` that is killed anywhere and goes on: nothing is lost, nothing is sent more often than the kills explain, the numbers add up.
kill_test.py PROGRAM"""
import concurrent.futures
import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, Sandbox, main, wanted  # noqa: E402

ROWS, BATCH = 10, 2
BODIES = ROWS // BATCH
POINTS = 60  # kills at random times
CONTRACTS = ("--contracts", "contracts")


def can_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=fdatasync:signal=KILL:when=999", "true"], capture_output=True).returncode == 0


class Killed(Case):
    def open(self, sandbox, **settings):
        place = self.place(sandbox, **settings)
        place.job = (place.small_batches(BATCH), place.catalog(ROWS))
        return place

    def start(self, place, before=()):
        return place.start("push", *place.job, *CONTRACTS, "--state", place.state, "--json", before=before)

    def ledger_is_sound(self, place):
        for path in place.state.rglob("*.db"):
            db = sqlite3.connect(path)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",), path)
            db.close()

    def go_on(self, place, sandbox):
        """What a user does after a crash: resumes the run if there is one, else pushes again."""
        runs = place.runs()
        self.assertLessEqual(len(runs), 1)
        done = place.resume(runs[0]["run"], *CONTRACTS) if runs else None
        if done is None or done.status == 5 and "push again" in done.text:
            if done:
                self.assertEqual(sandbox.imports(), [], "said that nothing was sent")
            return place.push(*place.job, *CONTRACTS), False
        return done, True

    def converges(self, place, sandbox, kills=1):
        for run in place.runs():
            self.assertIn(run["status"], ("stopped", "done"), "nobody runs it any more")
            self.adds_up(run)
        done, resumed = self.go_on(place, sandbox)
        self.ended(done, 0)
        said = done.summary
        self.assertEqual(said["status"], "done")
        o = said["outputs"]["small.products"]
        self.assertEqual((o["records"], o["sent"], o["accepted"], o["refused"]), (ROWS, ROWS, ROWS, 0))
        self.stands(sandbox, wanted(ROWS))
        sends = sandbox.sends()
        self.assertEqual(len(sends), BODIES)
        self.assertLessEqual(sum(sends.values()), BODIES + kills)
        self.assertGreaterEqual(said["in_doubt"] if resumed else 0, sum(sends.values()) - BODIES)
        self.ledger_is_sound(place)
        run = said["run"]
        self.assertEqual(place.show(run)["status"], "done")
        before = len(sandbox.journal())
        self.ended(place.resume(run, *CONTRACTS), 0)
        self.assertEqual(len(sandbox.journal()), before, "nothing is left to be done")


class Random(Killed):
    def one(self, delay):
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            process = self.start(place)
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            self.converges(place, sandbox)

    def test_a_kill_at_any_time_loses_nothing(self):
        rng = random.Random(20261121)
        began = time.monotonic()
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            self.assertEqual(self.start(place).communicate()[1], b"")
        whole = time.monotonic() - began
        delays = [rng.uniform(0, whole) for _ in range(POINTS)]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for delay, task in [(d, pool.submit(self.one, d)) for d in delays]:
                try:
                    task.result()
                except AssertionError as e:
                    with self.subTest(delay=delay):
                        raise e

    def test_kill_after_kill_converges(self):
        rng = random.Random(7)
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            process, kills = self.start(place), 0
            while True:
                try:
                    process.wait(rng.uniform(0.01, 0.06))
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
                process.communicate()
                runs = [r for r in place.runs() if r["status"] != "done"]
                if not runs or kills > 25:
                    break
                process = place.start("runs", "resume", runs[0]["run"], *CONTRACTS, "--state", place.state, "--json")
            if runs or not place.runs():
                self.converges(place, sandbox, kills)
            self.stands(sandbox, wanted(ROWS))
            self.assertLessEqual(sum(sandbox.sends().values()), BODIES + kills)


class Places(Killed):
    """A kill at each of the calls by which the program does something that lasts."""
    CALLS = {"fdatasync": 3, "pwrite64": 7, "unlink": 3, "sendto": 1, "recvfrom": 4, "renameat,renameat2,rename": 1, "flock": 6, "openat": 9}

    def count(self, call):
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            log = place.folder / "trace"
            self.start(place, before=["strace", "-f", "-o", log, "-e", f"trace={call}"]).communicate()
            return sum(1 for line in log.read_text().splitlines() if re.match(r"\d+ +\w+\(", line))

    def one(self, call, when):
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            process = self.start(place, before=["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                                f"inject={call}:signal=KILL:when={when}"])
            process.communicate()
            self.converges(place, sandbox)

    def test_a_kill_at_any_call_loses_nothing(self):
        if not can_trace():
            self.skipTest("no strace")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            tasks = []
            for call, stride in self.CALLS.items():
                count = self.count(call)
                self.assertGreater(count, 0, call)
                tasks += [(call, when, pool.submit(self.one, call, when)) for when in range(1 + len(tasks) % stride, count + 1, stride)]
            for call, when, task in tasks:
                try:
                    task.result()
                except AssertionError as e:
                    with self.subTest(call=call, when=when):
                        raise e

    def test_the_intent_is_on_disk_before_a_byte_is_sent(self):
        if not can_trace():
            self.skipTest("no strace")
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            self.start(place, before=["strace", "-f", "-y", "-o", "trace", "-s", "24", "-e", "trace=fdatasync,fsync,sendto,unlink"]).communicate()
            trace = [line.split(" ", 1)[1].strip() for line in (place.folder / "trace").read_text().splitlines()]
        imports = [i for i, line in enumerate(trace) if line.startswith("sendto") and '"POST /' in line]
        self.assertEqual(len(imports), BODIES)
        for first, last in zip([0, *imports], imports):
            self.assertTrue(any("run.db" in line and "sync" in line for line in trace[first:last]), trace[first:last + 1])


class Known(Killed):
    """The places of a parcel's way, each held open by a fault or a slow job and cut there."""

    def cut(self, sandbox, ready, how=signal.SIGKILL):
        place = self.open(sandbox)
        process = self.start(place)
        end = time.monotonic() + 10
        while not ready(place):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(process.communicate())
            time.sleep(0.005)
        process.send_signal(how)
        began = time.monotonic()
        out, err = process.communicate(timeout=10)
        return place, process.returncode, out, err, time.monotonic() - began

    def test_a_request_without_answer_is_in_doubt_and_sent_once_more(self):
        for fault in ("hang", "hang-after"):
            with self.subTest(fault), Sandbox("--fault", "3@import:" + fault) as sandbox:
                place, *_ = self.cut(sandbox, lambda _: len(sandbox.imports()) == 3)
                run = place.runs()[0]
                self.assertEqual(run["status"], "stopped")
                done = place.resume(run["run"], *CONTRACTS)
                self.ended(done, 0)
                self.assertIn("in doubt", done.text)
                self.assertEqual(done.summary["in_doubt"], 1)
                self.assertEqual(sorted(sandbox.sends().values()), [1, 1, 1, 1, 2])
                self.stands(sandbox, wanted(ROWS))

    def test_jobs_are_asked_first_and_nothing_is_sent_again(self):
        with Sandbox(job_ms=700) as sandbox:
            place, *_ = self.cut(sandbox, lambda _: len(sandbox.imports()) == BODIES and len(sandbox.polls()) > 0)
            polls = len(sandbox.polls())
            done = place.resume(place.runs()[0]["run"], *CONTRACTS)
            self.ended(done, 0)
            self.assertEqual(done.summary["in_doubt"], 0)
            self.assertEqual(sorted(sandbox.sends().values()), [1] * BODIES)
            self.assertGreater(len(sandbox.polls()), polls)

    def test_jobs_that_a_restarted_server_has_forgotten_are_sent_again(self):
        with Sandbox(job_ms=60000) as first:
            place, *_ = self.cut(first, lambda _: len(first.imports()) == BODIES)
        with Sandbox("--port", str(first.port)) as second:
            done = place.resume(place.runs()[0]["run"], *CONTRACTS)
            self.ended(done, 0)
            self.assertEqual(done.summary["in_doubt"], BODIES)
            self.stands(second, wanted(ROWS))

    def test_before_anything_is_sent_resume_says_so(self):
        if not can_trace():
            self.skipTest("no strace")
        with Sandbox() as sandbox:
            place = self.open(sandbox)
            self.start(place, before=["strace", "-f", "-o", "/dev/null", "-e", "trace=renameat,renameat2,rename", "-e",
                                      "inject=renameat,renameat2,rename:signal=KILL:when=1"]).communicate()
            runs = place.runs()
            for run in runs:
                done = place.resume(run["run"], *CONTRACTS)
                if done.status == 0:
                    self.stands(sandbox, wanted(ROWS))
                    continue
                self.assertEqual(done.status, 5, done.text)
                self.assertIn("sent nothing", done.text)
                self.assertIn("push again", done.text)
                told = place.run("runs", "resume", run["run"], "--state", place.state, *CONTRACTS)
                self.assertIn("push again", told.text)
                self.assertNotIn("to go on:", told.text)
                self.assertEqual(sandbox.journal(), [])

    def test_a_signal_ends_a_wait_and_is_recorded(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how.name), Sandbox(job_ms=5000) as sandbox:
                place, status, out, err, seconds = self.cut(sandbox, lambda _: len(sandbox.imports()) == BODIES, how)
                self.assertEqual(status, 128 + how, err)
                self.assertLess(seconds, 5)
                said = json.loads(out)
                self.assertEqual((said["status"], said["exit"]), ("stopped", 128 + how))
                self.adds_up(said)
                self.assertEqual(said["outputs"]["small.products"]["sent"], ROWS)
                self.assertEqual(place.show(said["run"])["outputs"], said["outputs"])
                self.ledger_is_sound(place)

    def test_under_nohup_a_terminal_that_goes_away_ends_nothing(self):
        with Sandbox(job_ms=800) as sandbox:
            place = self.open(sandbox)
            process = self.start(place, ["nohup"])
            while not sandbox.imports():
                time.sleep(0.01)
            process.send_signal(signal.SIGHUP)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err.decode())
            self.stands(sandbox, wanted(ROWS))

    def test_a_run_that_a_signal_ended_goes_on(self):
        with Sandbox("--fault", "2@import:hang") as sandbox:
            place, status, out, err, seconds = self.cut(sandbox, lambda _: len(sandbox.imports()) == 2, signal.SIGTERM)
            self.assertEqual(status, 128 + signal.SIGTERM, err)
            self.assertLess(seconds, 5)
            self.assertEqual(place.runs()[0]["run"], json.loads(out)["run"])
            self.converges(place, sandbox)

    def test_a_second_signal_ends_at_once(self):
        with Sandbox("--fault", "2@import:hang") as sandbox:
            place = self.open(sandbox)
            process = self.start(place)
            while len(sandbox.imports()) < 2:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
            self.assertLess(time.monotonic() - began, 0.5)
            self.assertIn(process.returncode, (-signal.SIGINT, 128 + signal.SIGINT))
            self.converges(place, sandbox)

    def test_a_signal_while_waiting_for_another_delivery(self):
        with Sandbox(job_ms=60000) as sandbox:
            place = self.open(sandbox)
            first = self.start(place)
            while not sandbox.imports():
                time.sleep(0.005)
            second = self.start(place)
            second.stderr.readline()
            began = time.monotonic()
            second.send_signal(signal.SIGTERM)
            out, err = second.communicate(timeout=10)
            self.assertLess(time.monotonic() - began, 5)
            self.assertEqual(second.returncode, 128 + signal.SIGTERM, err)
            self.assertEqual(json.loads(out)["outputs"]["small.products"]["sent"], 0)
            first.kill()
            first.communicate()

    def test_a_reader_of_standard_error_that_goes_away_is_no_matter(self):
        with Sandbox("--fault", "1@import:500", job_ms=100) as sandbox:
            place = self.open(sandbox)
            process = self.start(place)
            process.stderr.close()
            self.assertEqual(process.wait(timeout=20), 0)
            process.stdout.close()
            self.stands(sandbox, wanted(ROWS))


class Ledgers(Killed):
    def interrupted(self, sandbox):
        """A place with a run that stopped in the middle."""
        place = self.open(sandbox, retries=0)
        done = place.push(*place.job, *CONTRACTS)
        self.ended(done, 5)
        return place, done.summary["run"]

    def refuses(self, damage, statuses=(5,)):
        with Sandbox("--fault", "3@import:500") as sandbox:
            place, run = self.interrupted(sandbox)
            damage(place.state / "runs" / run)
            before = len(sandbox.journal())
            done = place.resume(run, *CONTRACTS)
            self.assertIn(done.status, statuses, done.text)
            self.assertNotEqual(done.text, "")
            self.assertEqual(len(sandbox.journal()), before)
            listed = place.run("runs", "--state", place.state, "--json")
            self.assertEqual(listed.status, 0, listed.text)

    def test_a_ledger_that_cannot_be_trusted_sends_nothing(self):
        self.refuses(lambda run: (run / "run.db").write_bytes(b"nonsense" * 4096))
        self.refuses(lambda run: (run / "run.db").write_bytes((run / "run.db").read_bytes()[:4096]))
        self.refuses(lambda run: (run / "run.db").write_bytes(b""))
        self.refuses(lambda run: (run / "run.db").unlink())

    def test_bits_that_flip_in_it_never_end_in_a_crash_or_a_loss(self):
        rng = random.Random(3)
        with Sandbox("--fault", "3@import:500") as sandbox:
            place, run = self.interrupted(sandbox)
            db = place.state / "runs" / run / "run.db"
            good = db.read_bytes()
            for _ in range(60):
                damaged = bytearray(good)
                for _ in range(rng.choice((1, 8, 200))):
                    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                db.write_bytes(damaged)
                shown = place.run("runs", "show", run, "--state", place.state, "--json")
                self.assertIn(shown.status, (0, 2, 5), shown.text)
                listed = place.run("runs", "--state", place.state)
                self.assertEqual(listed.status, 0, listed.text)

    def test_a_spool_that_changed_is_not_sent(self):
        def change(run):
            path = run / "spool/small.products-00004.json"
            path.write_bytes(path.read_bytes().replace(b"1.50", b"0.01"))

        with Sandbox("--fault", "3@import:500") as sandbox:
            place, run = self.interrupted(sandbox)
            change(place.state / "runs" / run)
            done = place.resume(run, *CONTRACTS)
            self.ended(done, 5)
            self.assertIn("small.products-00004.json", done.text)
            self.assertNotIn("0.01", json.dumps(sandbox.products(), default=str))

    def test_another_account_or_host_is_refused(self):
        with Sandbox("--fault", "3@import:500") as sandbox, Sandbox() as other:
            place, run = self.interrupted(sandbox)
            place.environment["QUOTIZA_ACCOUNT_ID"] = "2"
            self.ended(place.resume(run, *CONTRACTS), 5)
            place.environment.update(QUOTIZA_ACCOUNT_ID="1", QUOTIZA_BASE_URL=other.address)
            self.ended(place.resume(run, *CONTRACTS), 5)
            self.assertEqual(other.journal(), [])
            self.assertEqual(sandbox.products("2"), {})

    def test_a_run_that_is_not_there_and_one_that_is_being_done(self):
        with Sandbox(job_ms=60000) as sandbox:
            place = self.open(sandbox)
            process = self.start(place)
            while not sandbox.imports():
                time.sleep(0.005)
            run = place.runs()[0]
            self.assertEqual(run["status"], "running")
            busy = place.resume(run["run"], *CONTRACTS)
            self.assertEqual(busy.status, 5)
            self.assertIn(str(process.pid), busy.text)
            process.kill()
            process.communicate()
            missing = place.resume(run["run"][:-1] + "z", *CONTRACTS)
            self.assertEqual(missing.status, 2)
            self.assertIn(run["run"], missing.text)
            for name in ("../runs/" + run["run"], ".", "..", "", "a/b"):
                self.assertEqual(place.resume(name, *CONTRACTS).status, 2, name)

    def test_a_full_disk_sends_nothing_that_cannot_be_recorded(self):
        for limit in (1 << 12, 1 << 13, 1 << 14, 20 << 10, 24 << 10, 28 << 10):
            with self.subTest(limit), Sandbox() as sandbox:
                place = self.open(sandbox)
                done = place.push(*place.job, *CONTRACTS, before=["prlimit", f"--fsize={limit}"])
                self.assertIn(done.status, (0, 4, 5), done.text)
                if done.status == 0:
                    self.stands(sandbox, wanted(ROWS))
                    continue
                self.assertGreater(len(done.err), 0)
                self.converges(place, sandbox, kills=1)


if __name__ == "__main__":
    main()
