#!/usr/bin/env python3
"""`push` against servers that misbehave: the exit status, what can be resumed, and that no record is lost or sent more often than
the rules allow. fault_test.py PROGRAM"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, main, wanted, windows  # noqa: E402

ROWS, BATCH = 8, 2  # four imports


class Faulty(Case):
    def deliver(self, *faults, rows=ROWS, fail=(), settings=None, arguments=(), **sandbox):
        """A push of small batches against these faults: the sandbox, the place, and how it went."""
        options = [o for f in faults for o in ("--fault", f)] + [o for sku in fail for o in ("--fail-sku", sku)]
        self.server = self.sandbox(*options, **sandbox)
        self.here = self.place(self.server, **{"retries": 3, **(settings or {})})
        self.mapping = self.here.small_batches(BATCH)
        self.catalog = self.here.catalog(rows)
        self.contracts = ("--contracts", "contracts")
        return self.here.push(self.mapping, self.catalog, *self.contracts, *arguments)

    def resume(self, done, status=0):
        again = self.here.resume(done.summary["run"], *self.contracts)
        self.ended(again, status)
        return again

    def output(self, done):
        return done.summary["outputs"]["small.products"]

    def all_done(self, done, sends=1):
        """Every record was accepted, no body was sent more often than `sends`."""
        self.ended(done, 0)
        self.assertEqual(self.output(done)["accepted"], ROWS)
        self.stands(self.server, wanted(ROWS))
        self.assertEqual(len(self.server.sends()), ROWS // BATCH)
        self.assertLessEqual(max(self.server.sends().values()), sends)

    def stopped(self, done, *words, status=5):
        self.ended(done, status)
        self.assertEqual(done.summary["status"], "stopped")
        for word in words:
            self.assertIn(word, done.text)


class OneFault(Faulty):
    """A fault of a single import: the delivery goes on by itself."""

    def retried(self, fault, sends, doubt=False, **more):
        done = self.deliver("2@import:" + fault, **more)
        self.all_done(done, sends)
        self.assertEqual(done.summary["http"]["retries"], 1)
        self.assertEqual(done.summary["in_doubt"], int(doubt))
        self.assertEqual("in doubt" in done.text, doubt)
        return done

    def test_errors_of_the_server(self):
        for fault in ("500", "502", "503", "504", "599", "408", "425"):
            with self.subTest(fault):
                self.retried(fault, 2)

    def test_answers_without_sense(self):
        for fault in ("html", "empty", "garbage", "truncate", "cut", "no-job-id", "reset", "reset-after"):
            with self.subTest(fault):
                self.retried(fault, 2, doubt=True)

    def test_no_answer(self):
        for fault in ("hang", "hang-after"):
            with self.subTest(fault):
                self.retried(fault, 2, doubt=True, settings={"timeout_ms": 250})

    def test_a_body_without_end(self):
        done = self.retried("big", 2, doubt=True)
        self.assertEqual(done.summary["status"], "done")

    def test_an_answer_that_drips(self):
        self.retried("slow", 2, doubt=True, settings={"timeout_ms": 300})

    def test_a_job_id_that_is_a_number_is_as_good(self):
        self.all_done(self.deliver("2@import:number-job-id"))

    def test_a_job_id_given_twice_is_believed_for_neither(self):
        done = self.deliver("2@import:same-job-id")
        self.stopped(done, "same job")
        self.resume(done)
        self.stands(self.server, wanted(ROWS))

    def test_polls(self):
        for fault in ("500", "502", "html", "empty", "garbage", "truncate", "cut", "reset", "reset-after", "429=0", "big", "408"):
            with self.subTest(fault):
                self.all_done(self.deliver("2@status:" + fault))

    def test_a_poll_without_answer(self):
        self.all_done(self.deliver("2@status:hang", settings={"timeout_ms": 250}))

    def test_limits(self):
        for form, least in (("429", 0), ("429=0", 0), ("429=1", 0.95), ("429=date", 0.95), ("429=past", 0), ("429=garbage", 0), ("429=-5", 0)):
            with self.subTest(form):
                began = time.monotonic()
                done = self.deliver("2@import:" + form)
                took = time.monotonic() - began
                self.all_done(done, 2)
                self.assertEqual((done.summary["http"]["throttled"], done.summary["in_doubt"]), (1, 0))
                self.assertGreaterEqual(took, least)
                self.assertLess(took, least + 2.5)

    def test_a_long_wait_ends_at_once_and_says_when(self):
        for form in ("429=7200", "429=99999999999999999999"):
            with self.subTest(form):
                began = time.monotonic()
                done = self.deliver("2@import:" + form)
                self.assertLess(time.monotonic() - began, 3)
                self.stopped(done, "429", "--max-wait")
                run, after = done.summary["run"], done.summary["resume_after"]
                self.assertIn(after, done.summary["reason"])
                for told in (self.here.show(run), self.here.runs()[0]):
                    self.assertEqual((told["run"], told["resume_after"]), (run, after))
                text = self.here.run("runs", "show", run, "--state", self.here.state).out.decode()
                self.assertIn(f"runs resume {run} (not before {after})", text)
                self.resume(done)
                self.assertNotIn("resume_after", self.here.show(run))
                self.stands(self.server, wanted(ROWS))
                self.assertLessEqual(max(self.server.sends().values()), 2)

    def test_max_wait_is_heeded(self):
        done = self.deliver("2@import:429=2", arguments=("--max-wait", "1s"))
        self.stopped(done, "429")

    def test_every_third_request(self):
        done = self.deliver("every/3@any:500", settings={"retries": 6})
        self.all_done(done, 3)


class ForGood(Faulty):
    """A fault that does not pass: the tries end, the rest stays to be sent, and a later resume delivers it."""

    def stops(self, fault, tries, status=5, **more):
        """Where the third import fails and is tried so often."""
        done = self.deliver(fault, **more)
        self.stopped(done, status=status)
        imports = self.server.imports()
        self.assertEqual(len(imports), 2 + tries, [e["status"] for e in imports])
        self.assertEqual(len({e["sha256"] for e in imports}), 3)
        o = self.output(done)
        self.assertLessEqual(o["sent"], 6)
        self.assertEqual(o["refused"], 0)
        return done

    def test_tries_are_counted(self):
        for what in ("500", "502", "503", "429=0", "reset", "html"):
            with self.subTest(what):
                done = self.stops(f"3-6@import:{what}", 4)
                self.assertIn("runs resume", self.here.run("runs", "show", done.summary["run"], "--state", self.here.state).out.decode())
                self.resume(done)
                self.stands(self.server, wanted(ROWS))
                self.assertEqual(sorted(self.server.sends().values()), [1, 1, 1, 5])

    def test_credentials_that_are_refused_in_the_middle(self):
        for what in ("401", "403"):
            with self.subTest(what):
                done = self.stops(f"3@import:{what}", 1, status=6)
                self.resume(done)
                self.stands(self.server, wanted(ROWS))

    def test_credentials_refused_at_a_poll(self):
        done = self.deliver("2@status:401")
        self.stopped(done, "401", status=6)
        polls = len(self.server.polls())
        self.assertEqual(polls, 2)
        self.resume(done)
        self.stands(self.server, wanted(ROWS))
        self.assertEqual(max(self.server.sends().values()), 1)

    def test_a_redirect_is_not_followed(self):
        stranger = self.sandbox()
        for what in ("redirect", "301", "302", "303", "308"):
            for target in (stranger.address + "/products/import", "file:///etc/passwd"):
                with self.subTest(what, target=target):
                    done = self.stops(f"3@import:{what}={target}", 1)
                    self.assertIn(target, done.text)
                    self.resume(done)
                    self.stands(self.server, wanted(ROWS))
        done = self.deliver(f"1@status:redirect={stranger.address}/products/import_status")
        self.stopped(done, stranger.address)
        self.resume(done)
        self.assertEqual(stranger.journal(), [])

    def test_batches_that_are_refused(self):
        for what in ("400", "415", "422"):
            with self.subTest(what):
                done = self.deliver(f"2@import:{what}")
                self.ended(done, 1)
                self.assertEqual({k: self.output(done)[k] for k in ("sent", "accepted", "refused")}, {"sent": 8, "accepted": 6, "refused": 2})
                self.stands(self.server, wanted(ROWS, without=(3, 4)))
                self.assertEqual(len(self.server.imports()), 4)
                refused = self.here.show(done.summary["run"])["refused"]
                self.assertEqual([(r["key"], r["origin"]) for r in refused], [("K000003", "catalog.csv:4"), ("K000004", "catalog.csv:5")])
                self.assertTrue(all(r["message"] for r in refused))

    def test_a_batch_that_is_too_large_goes_in_halves(self):
        self.all_done_in(self.deliver("2@import:413"), 6)
        self.all_done_in(self.deliver("1,4@import:413"), 8)

    def all_done_in(self, done, imports):
        self.ended(done, 0)
        self.assertEqual(self.output(done)["accepted"], ROWS)
        self.stands(self.server, wanted(ROWS))
        self.assertEqual(len(self.server.imports()), imports)
        self.assertEqual(set(self.server.sends().values()), {1})
        self.assertEqual(done.summary["in_doubt"], 0)

    def test_a_record_that_is_too_large_is_refused(self):
        done = self.deliver("1,2@import:413")
        self.ended(done, 1)
        self.assertEqual({k: self.output(done)[k] for k in ("sent", "accepted", "refused")}, {"sent": 8, "accepted": 7, "refused": 1})
        self.stands(self.server, wanted(ROWS, without=(1,)))
        refused = self.here.show(done.summary["run"])["refused"]
        self.assertEqual([(r["key"], r["origin"]) for r in refused], [("K000001", "catalog.csv:2")])

    def test_a_system_that_finds_everything_too_large(self):
        done = self.deliver("import:413", rows=5)
        self.ended(done, 1)
        self.assertEqual(self.output(done)["refused"], 5)
        self.assertEqual(len(self.server.imports()), 2 * 3 + 1)
        self.assertEqual(len(self.here.show(done.summary["run"])["refused"]), 5)

    def test_halves_outlive_a_stop(self):
        done = self.deliver("1@import:413", "3@import:401")
        self.stopped(done, status=6)
        self.resume(done)
        self.stands(self.server, wanted(ROWS))
        self.assertEqual(sorted(self.server.sends().values()), [1, 1, 1, 1, 1, 2])

    def test_a_status_nobody_expects(self):
        done = self.deliver("2@import:404")
        self.assertIn(done.status, (1, 5, 6))
        self.adds_up(done.summary)


class Jobs(Faulty):
    def test_a_job_that_never_ends(self):
        done = self.deliver("2@import:stuck", settings={"job_timeout_ms": 150})
        self.stopped(done, "job_timeout_ms")
        o = self.output(done)
        self.assertEqual((o["records"], o["accepted"]), (8, 6))
        self.assertEqual(len(self.server.imports()), 4)
        before = len(self.server.imports())
        again = self.resume(done, 5)
        self.assertEqual(self.output(again)["accepted"], 6)
        self.assertEqual(len(self.server.imports()), before)

    def test_a_job_that_failed(self):
        for what, word in (("fail-job", ""), ("fail-job=Import crashed", "Import crashed")):
            with self.subTest(what):
                done = self.deliver("2@import:" + what)
                self.ended(done, 1)
                self.assertEqual({k: self.output(done)[k] for k in ("accepted", "refused", "jobs")}, {"accepted": 6, "refused": 2, "jobs": 4})
                self.stands(self.server, wanted(ROWS, without=(3, 4)))
                refused = self.here.show(done.summary["run"])["refused"]
                self.assertEqual([(r["key"], r["origin"]) for r in refused], [("K000003", "catalog.csv:4"), ("K000004", "catalog.csv:5")])
                for r in refused:
                    self.assertIn(word, r["message"])

    def test_words_that_are_not_known_and_steps_back(self):
        for what in ("unknown-state", "regress"):
            with self.subTest(what):
                done = self.deliver("2@import:" + what)
                self.all_done(done)
                if what == "unknown-state":
                    self.assertIn("warning", done.text)

    def test_a_job_that_is_lost_is_sent_once_more(self):
        done = self.deliver("2@import:lost-job")
        self.all_done(done, 2)
        self.assertEqual(done.summary["in_doubt"], 1)

    def test_a_job_that_is_always_lost_stops(self):
        done = self.deliver("import:lost-job")
        self.stopped(done, "job")
        self.assertLessEqual(max(self.server.sends().values()), 2)
        self.assertEqual(self.output(done)["accepted"], 0)

    def test_numbers_that_do_not_add_up(self):
        done = self.deliver("2@import:bad-counts", fail=("K000003",))
        self.assertIn(done.status, (0, 1))
        self.adds_up(done.summary)
        self.assertIn("warning", done.text)
        o = self.output(done)
        self.assertEqual(o["accepted"] + o["refused"], ROWS)

    def refused_of(self, fault):
        done = self.deliver("2@import:" + fault, fail=("K000003", "K000007"))
        self.ended(done, 1)
        self.assertEqual((self.output(done)["accepted"], self.output(done)["refused"]), (6, 2))
        return done, self.here.show(done.summary["run"])["refused"]

    def test_errors_without_sku(self):
        _, refused = self.refused_of("no-sku-errors")
        self.assertEqual(len(refused), 2)
        self.assertIn("line", refused[0]["message"])
        self.assertEqual(refused[1]["key"], "K000007")

    def test_errors_of_a_sku_that_was_not_sent(self):
        _, refused = self.refused_of("wrong-sku-errors")
        self.assertEqual((refused[0]["key"], refused[0]["origin"]), ("", "small.products-00002.json"))
        self.assertEqual(refused[1]["key"], "K000007")

    def test_errors_that_are_nasty(self):
        done, refused = self.refused_of("nasty-errors")
        self.assertEqual([r["key"] for r in refused], ["K000003", "K000007"])
        self.assertLess(len(refused[0]["message"]), 2000)
        for text in (done.err, done.out):
            self.assertNotIn(b"\x1b", text)


class Limits(Faulty):
    def timed(self, batches, window_ms, job_ms):
        """A clean delivery under the documented limits; how long it took beside the least that is possible."""
        done = self.deliver(rows=batches * BATCH, limits=True, window_ms=window_ms, job_ms=job_ms,
                            settings={"window_ms": window_ms, "poll_ms": 10, "poll_max_ms": 150})
        self.ended(done, 0)
        self.stands(self.server, wanted(batches * BATCH))
        journal = self.server.journal()
        self.assertEqual({e["status"] for e in journal}, {200, 202})
        self.assertEqual(done.summary["http"]["throttled"], 0)
        self.assertLessEqual(windows(self.server.imports(), window_ms), 5)
        self.assertLessEqual(windows(journal, window_ms), 10)
        self.assertEqual(len(self.server.imports()), batches)
        least = max(-(-batches // 5) - 1, -(-2 * batches // 10) - 1) * window_ms + job_ms
        return journal[-1]["at"] - journal[0]["at"], least

    def best_of_six(self, allowed, *delivery):
        """A busy machine delays one in three of them past the end of a window; all six would be our own doing."""
        for _ in range(6):
            took, least = self.timed(*delivery)
            if took < allowed * least + 50:
                return
        self.fail(f"{took} ms, where {least} ms are possible")

    def test_no_window_is_ever_over_and_no_time_is_lost(self):
        self.best_of_six(1.1, 12, 600, 10)

    def test_little_time_is_lost_where_jobs_outlast_the_first_poll(self):
        self.best_of_six(1.3, 12, 600, 100)

    def test_limits_hold_across_runs(self):
        window_ms = 500
        done = self.deliver(limits=True, window_ms=window_ms, settings={"window_ms": window_ms})
        self.ended(done, 0)
        for price in ("2.00", "3.00"):
            self.ended(self.here.push(self.mapping, self.here.catalog(ROWS, price=price), *self.contracts), 0)
        journal = self.server.journal()
        self.assertEqual({e["status"] for e in journal}, {200, 202})
        self.assertLessEqual(windows(self.server.imports(), window_ms), 5)
        self.assertLessEqual(windows(journal, window_ms), 10)

    def test_limits_hold_after_a_kill(self):
        window_ms = 500
        self.server = self.sandbox(limits=True, window_ms=window_ms, job_ms=50)
        self.here = self.place(self.server, window_ms=window_ms)
        mapping, catalog = self.here.small_batches(BATCH), self.here.catalog(ROWS)
        for n in (1, 2, 3):
            process = self.here.start("push", mapping, catalog, "--contracts", "contracts", "--state", self.here.state)
            while len(self.server.imports()) < 2 * n and process.poll() is None:
                time.sleep(0.005)
            process.kill()
            process.communicate()
        self.ended(self.here.push(mapping, catalog, "--contracts", "contracts"), 0)
        self.assertEqual({e["status"] for e in self.server.journal()} - {None}, {200, 202})
        self.assertLessEqual(windows(self.server.imports(), window_ms), 5)
        self.assertLessEqual(windows(self.server.journal(), window_ms), 10)

    def test_a_server_that_is_stricter_than_told_is_heeded(self):
        self.server = self.sandbox("--import-limit", "2", "--request-limit", "6", limits=True, window_ms=400)
        self.here = self.place(self.server, window_ms=400, retries=6, backoff_ms=50)
        done = self.here.push(self.here.small_batches(BATCH), self.here.catalog(ROWS), "--contracts", "contracts")
        self.ended(done, 0)
        self.stands(self.server, wanted(ROWS))
        self.assertEqual(done.summary["http"]["throttled"], sum(e["status"] == 429 for e in self.server.journal()))


if __name__ == "__main__":
    main()
