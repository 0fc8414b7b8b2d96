#!/usr/bin/env python3
"""`push` as a user sees it, against a sandbox: what is said, what is sent, what stands in the end. push_test.py PROGRAM"""
import base64
import hashlib
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import TOKEN, Case, main, wanted, windows  # noqa: E402


class Delivery(Case):
    def test_all_that_is_said_is_so(self):
        sandbox = self.sandbox("--fail-sku", "K000003", "--fail-sku", "K002001")
        place = self.place(sandbox)
        catalog = place.catalog(2500, bad=(7, 1500))
        done = place.push(place.mapping(), catalog)
        self.ended(done, 1)
        said = done.summary
        self.assertEqual(said["status"], "done")
        self.assertEqual(said["command"], "push")
        self.assertEqual(said["rows"], {"read": 2500, "filtered": 0, "duplicates": 0, "rejected": 2, "written": 2498})
        self.assertEqual(said["outputs"], {"quotiza.products": {"records": 2498, "requests": 3, "sent": 2498, "accepted": 2496, "refused": 2,
                                                                "unchanged": 0, "jobs": 3}})
        self.stands(sandbox, wanted(2500, without=(3, 7, 1500, 2001)))
        journal = sandbox.journal()
        self.assertEqual(said["http"]["requests"], len(journal))
        self.assertEqual((said["http"]["retries"], said["http"]["throttled"]), (0, 0))
        self.assertEqual([e["products"] for e in sandbox.imports()], [1000, 1000, 498])
        self.assertEqual({e["status"] for e in sandbox.imports()}, {202})
        self.assertEqual({e["status"] for e in sandbox.polls()}, {200})
        self.assertEqual({e["account"] for e in journal}, {"1"})
        self.assertEqual({e["job"] for e in sandbox.imports()}, {e["job"] for e in sandbox.polls()})

        shown = place.show(said["run"])
        self.assertEqual({k: shown[k] for k in ("rows", "outputs", "http", "status", "run")}, {k: said[k] for k in ("rows", "outputs", "http", "status", "run")})
        self.assertEqual(shown["refused"], [
            {"target": "quotiza.products", "key": k, "origin": f"catalog.csv:{line}", "code": "import_error",
             "message": "Validation failed: Sku was refused by the sandbox"} for k, line in (("K000003", 4), ("K002001", 2002))])
        self.assertEqual([(r["origin"], r["column"], r["value"]) for r in shown["rejected"]],
                         [("catalog.csv:8", "price", "n/a"), ("catalog.csv:1501", "price", "n/a")])
        listed = place.runs()
        self.assertEqual([r["run"] for r in listed], [said["run"]])
        self.assertEqual(listed[0]["outputs"], said["outputs"])
        for member in ("started", "command", "mapping", "input", "status", "rows", "http"):
            self.assertIn(member, listed[0])

    def test_the_bodies_sent_are_the_files_kept(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        said = place.push(place.mapping(), place.catalog(1500)).summary
        sums = [hashlib.sha256((place.folder / said["folder"] / name).read_bytes()).hexdigest() for name in said["files"]]
        self.assertEqual([e["sha256"] for e in sandbox.imports()], sums)

    def test_all_accepted_ends_with_0_and_nothing_on_standard_error_when_quiet(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        done = place.push(place.mapping(), place.catalog(3), "-q")
        self.ended(done, 0)
        self.assertEqual(done.err, b"")

    def test_numbers_arrive_as_they_were_written(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        self.ended(place.push(place.mapping(), place.catalog(1, price="12345678901234567.10")), 0)
        self.stands(sandbox, wanted(1, price="12345678901234567.10"))

    def test_a_summary_that_cannot_be_written_is_a_fault_and_the_ledger_is_right(self):
        place = self.place(self.sandbox())
        with open("/dev/full", "w") as full:
            done = place.push(place.mapping(), place.catalog(3), stdout=full)
        self.assertNotIn(done.status, (0, 1, 5))
        self.assertEqual(done.text.count("No space left"), 1)
        self.assertEqual([(r["status"], r["outputs"]["quotiza.products"]["accepted"]) for r in place.runs()], [("done", 3)])

    def test_a_text_summary_says_the_same_numbers(self):
        sandbox = self.sandbox("--fail-sku", "K000002")
        place = self.place(sandbox)
        done = place.run("push", place.mapping(), place.catalog(3), "--state", place.state)
        self.assertEqual((done.status, done.out), (1, b""))
        self.assertIn("K000002", done.text)
        self.assertIn("Sku was refused by the sandbox", done.text)
        self.assertRegex(done.text, r"2 .*accepted")
        self.assertRegex(done.text, r"1 .*refused")

    def test_where_every_row_is_rejected_nothing_is_sent(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        self.ended(place.push(place.mapping(), place.catalog(2, bad=(1, 2))), 1)
        self.assertEqual(sandbox.journal(), [])

    def test_an_input_without_rows_is_an_error_unless_allowed(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        self.ended(place.push(place.mapping(), place.catalog(0)), 4)
        self.ended(place.push(place.mapping(), place.catalog(0), "--allow-empty"), 0)
        self.assertEqual(sandbox.journal(), [])

    def test_where_every_row_is_filtered_out_nothing_is_done_unless_allowed(self):
        server = self.sandbox()
        here = self.place(server)
        mapping = here.mapping(keep={"column": "price", "more_than": "1000"})
        folder = here.folder / "out"
        self.assertEqual(here.run("convert", mapping, here.catalog(3), "-o", folder).status, 0)
        for arguments in ([mapping, here.catalog(3)], [folder]):
            done = here.push(*arguments)
            self.assertEqual(done.status, 7, done.text)
            self.assertIn("3 rows are filtered out", done.text)
            done = here.push(*arguments, "--allow-empty")
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(done.summary["outputs"]["quotiza.products"]["records"], 0)
        self.assertEqual(server.journal(), [])

    def test_a_guard_stops_before_anything_is_sent(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        done = place.push(place.mapping(), place.catalog(2000, bad=(1999,)), "--max-rejects", "0")
        self.ended(done, 7)
        self.assertEqual(done.summary["status"], "stopped")
        self.assertEqual(sandbox.journal(), [])
        self.assertEqual(place.runs(), [])

    def test_a_signal_before_anything_is_sent_leaves_nothing(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        process = place.start("push", place.mapping(), place.catalog(300000), "--state", place.state)
        while not list(place.state.glob("runs/*/.spool.*")) and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(15)
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, 128 + 15)
        self.assertEqual((sandbox.journal(), place.runs()), ([], []))

    def test_an_input_that_breaks_off_sends_nothing(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        catalog = place.catalog(3000)
        catalog.write_bytes(catalog.read_bytes() + b'K9,"never closed,B,1\n')
        done = place.push(place.mapping(), catalog)
        self.ended(done, 4)
        self.assertEqual(sandbox.journal(), [])

    def test_state_is_private(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        old = os.umask(0)
        try:
            self.ended(place.push(place.mapping(), place.catalog(2, bad=(2,))), 1)
        finally:
            os.umask(old)
        wrong = [(str(p.relative_to(place.folder)), oct(p.stat().st_mode & 0o777)) for p in [place.state, *place.state.rglob("*")]
                 if p.stat().st_mode & 0o777 != (0o700 if p.is_dir() else 0o600)]
        self.assertEqual(wrong, [])


class Folder(Case):
    def convert(self, place, *arguments, rows=3):
        done = place.run("convert", place.mapping(), place.catalog(rows), "-o", "out", *arguments)
        self.assertEqual(done.status, 0, done.text)
        return place.folder / "out"

    def test_the_account_is_added_where_it_is_missing(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        account = place.environment.pop("QUOTIZA_ACCOUNT_ID")
        out = self.convert(place, rows=1200)
        body = json.loads((out / "quotiza.products-00001.json").read_text())
        self.assertNotIn("account_id", body)
        place.environment["QUOTIZA_ACCOUNT_ID"] = account
        done = place.push(out)
        self.ended(done, 0)
        self.stands(sandbox, wanted(1200))
        self.assertEqual([e["account"] for e in sandbox.imports()], ["1", "1"])

    def test_the_same_account_is_sent_as_it_is(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        out = self.convert(place)
        self.ended(place.push(out), 0)
        self.assertEqual([e["sha256"] for e in sandbox.imports()],
                         [hashlib.sha256((out / "quotiza.products-00001.json").read_bytes()).hexdigest()])

    def test_another_account_is_refused(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        out = self.convert(place)
        place.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        done = place.push(out)
        self.ended(done, 2)
        self.assertEqual(place.runs(), [], "a run that can never go on")
        self.assertIn('"1"', done.text)
        self.assertIn('"2"', done.text)
        self.assertEqual(sandbox.journal(), [])

    def test_a_folder_that_was_changed_is_refused(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        for change in (lambda p: p.write_bytes(p.read_bytes().replace(b"1.50", b"0.01")), lambda p: p.unlink(),
                       lambda p: p.write_bytes(p.read_bytes()[:-20])):
            out = self.convert(place, "--force")
            change(out / "quotiza.products-00001.json")
            done = place.push(out)
            self.ended(done, 4)
            self.assertIn("quotiza.products-00001.json", done.text)
        self.assertEqual(sandbox.journal(), [])
        self.assertEqual(place.runs(), [])

    def test_a_payload_of_another_contract_is_refused(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        out = self.convert(place)
        manifest = json.loads((out / "manifest.json").read_text())
        manifest["outputs"]["quotiza.products"]["contract"] = "0" * 16
        (out / "manifest.json").write_text(json.dumps(manifest))
        done = place.push(out)
        self.ended(done, 2)
        self.assertIn("convert again", done.text)
        self.assertEqual(place.runs(), [])
        self.assertEqual(sandbox.journal(), [])

    def test_a_folder_that_is_no_output_is_refused(self):
        place = self.place(self.sandbox())
        (place.folder / "other").mkdir()
        self.assertEqual(place.push(place.folder / "other").status, 4)
        self.assertEqual(place.push(place.folder / "nowhere").status, 2)

    def test_what_is_sent_nowhere_is_not_delivered(self):
        place = self.place(self.sandbox())
        mapping, catalog = place.mapping("file.csv"), place.catalog(3)
        self.assertEqual(place.push(mapping, catalog).status, 2)
        place.run("convert", mapping, catalog, "-o", "out")
        self.assertEqual(place.push("out").status, 2)
        self.assertEqual(place.runs(), [])

    def test_without_its_contract_nothing_is_done_and_with_it_the_run_goes_on(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        place.run("convert", place.small_batches(2), place.catalog(3), "-o", "out", "--contracts", "contracts")
        done = place.push("out")
        self.assertEqual(done.status, 2, done.text)
        run = place.runs()[0]["run"]
        self.assertEqual(place.run("runs", "resume", run, "--state", place.state).status, 2)
        done = place.run("runs", "resume", run, "--state", place.state, "--contracts", "contracts")
        self.assertEqual(done.status, 0, done.text)
        self.stands(sandbox, wanted(3))

    def test_a_file_beside_what_is_sent_is_in_the_spool(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        outputs = {"quotiza.products": {"fields": {"sku": "sku", "name": "name", "brand": "brand"}}, "file.csv": {"fields": {"SKU": "sku"}}}
        done = place.push(place.mapping(outputs=outputs), place.catalog(3))
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["accepted"], 3)
        self.assertEqual((place.folder / done.summary["folder"] / "file.csv").read_text().split(), ["SKU", "K000001", "K000002", "K000003"])

    def test_refused_records_of_a_folder_know_their_rows(self):
        sandbox = self.sandbox("--fail-sku", "K000002")
        place = self.place(sandbox)
        said = place.push(self.convert(place)).summary
        self.assertEqual([(r["key"], r["origin"]) for r in place.show(said["run"])["refused"]], [("K000002", "catalog.csv:3")])

    def test_a_manifest_leads_nowhere_else(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        out = self.convert(place)
        place.write("outside.json", (out / "quotiza.products-00001.json").read_bytes())
        place.write("outside.json.rows", (out / "quotiza.products-00001.json.rows").read_bytes())
        manifest = out / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"quotiza.products-00001.json"', '"../outside.json"'))
        self.assertEqual(place.push(out).status, 4)
        self.assertEqual(sandbox.journal(), [])


class DryRun(Case):
    def test_it_sends_nothing_and_says_how_much_and_how_long(self):
        sandbox = self.sandbox()
        place = self.place(sandbox, window_ms=60000)
        for name in ("QUOTIZA_API_TOKEN", "QUOTIZA_ACCOUNT_ID"):
            del place.environment[name]
        done = place.push(place.mapping(), place.catalog(11001), "--dry-run")
        self.assertEqual(done.status, 0, done.text)
        plan = done.summary["plan"]["quotiza.products"]
        self.assertEqual((plan["records"], plan["requests"]), (11001, 12))
        self.assertEqual(plan["least_ms"], 2 * 60000)  # 12 imports by 5, and 24 requests by 10
        self.assertEqual(sandbox.journal(), [])
        self.assertEqual(place.runs(), [])
        done = place.run("push", place.mapping(), place.catalog(11001), "--dry-run", "--state", place.state)
        self.assertIn("11,001 records", done.text)
        self.assertIn("12 requests", done.text)
        self.assertIn("2 min", done.text)

    def test_it_leaves_no_run_and_no_spool(self):
        place = self.place(self.sandbox())
        place.push(place.mapping(), place.catalog(10), "--dry-run")
        self.assertEqual([p for p in place.state.rglob("*") if p.is_file()], [])

    def test_of_a_folder_too(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        place.run("convert", place.mapping(), place.catalog(10), "-o", "out")
        plan = place.push("out", "--dry-run").summary["plan"]["quotiza.products"]
        self.assertEqual((plan["records"], plan["requests"]), (10, 1))
        self.assertEqual(sandbox.journal(), [])


class Together(Case):
    def slow_pair(self):
        sandbox = self.sandbox(job_ms=500)
        place = self.place(sandbox)
        return sandbox, place, place.mapping(), place.catalog(2)

    def start_first(self, sandbox, place, *arguments):
        first = place.start("push", *arguments, "--state", place.state, "--json")
        for _ in range(500):
            if sandbox.imports():
                return first
            time.sleep(0.01)
        raise AssertionError(first.communicate())

    def test_a_second_delivery_waits_and_says_for_whom(self):
        sandbox, place, mapping, catalog = self.slow_pair()
        first = self.start_first(sandbox, place, mapping, catalog)
        later = place.push(mapping, place.catalog(2, price="2.00", name="later.csv"))
        out, err = first.communicate(timeout=20)
        self.assertEqual(first.returncode, 0, err)
        self.ended(later, 0)
        self.assertIn(json.loads(out)["run"], later.text)
        self.assertIn(str(first.pid), later.text)
        self.stands(sandbox, wanted(2, price="2.00"))

    def test_no_wait_ends_with_5_and_can_be_resumed(self):
        sandbox, place, mapping, catalog = self.slow_pair()
        first = self.start_first(sandbox, place, mapping, catalog)
        began = time.monotonic()
        later = place.push(mapping, place.catalog(2, price="2.00", name="later.csv"), "--no-wait")
        self.assertLess(time.monotonic() - began, 1)
        self.ended(later, 5)
        self.assertIn(str(first.pid), later.text)
        self.assertEqual(later.summary["outputs"]["quotiza.products"]["sent"], 0)
        first.communicate(timeout=20)
        self.assertEqual(len(sandbox.imports()), 1)
        self.ended(place.resume(later.summary["run"]), 0)
        self.stands(sandbox, wanted(2, price="2.00"))

    def test_a_stopped_run_with_rejected_rows_goes_on(self):
        """Also one whose state stands behind a symbolic link, as a home that was moved does."""
        for link in (False, True):
            with self.subTest(link=link):
                sandbox = self.sandbox("--fault", "1@import:500")
                place = self.place(sandbox, retries=0)
                if link:
                    (place.folder / "moved").mkdir()
                    (place.folder / "link").symlink_to("moved")
                    place.state = place.folder / "link/state"
                stopped = place.push(place.mapping(), place.catalog(20, bad=(3, 7)))
                self.ended(stopped, 5)
                self.assertEqual(stopped.summary["rows"]["rejected"], 2)
                self.ended(place.resume(stopped.summary["run"]), 1)
                self.assertEqual(len(sandbox.products()), 18)

    def test_a_folder_is_pushed_as_it_was_converted(self):
        """What says which rows are read, and with what, is refused; the guard of rejected rows holds as it would have."""
        sandbox = self.sandbox()
        place = self.place(sandbox)
        self.assertEqual(place.run("convert", place.mapping(), place.catalog(20, bad=(3, 7)), "-o", "made").status, 1)
        for late in (("--limit", "2"), ("--shard", "1/2"), ("--set", "margin=2")):
            refused = place.push("made", *late)
            self.assertEqual(refused.status, 2, refused.text)
            self.assertIn(late[0], refused.text)
        for most, status in (("1", 7), ("9%", 7), ("0", 7), ("2", 1), ("10%", 1)):
            done = place.push("made", "--max-rejects", most, "--full")
            self.assertEqual(done.status, status, (most, done.text))
            self.assertEqual(len(sandbox.imports()) > 0, status == 1)

    def test_other_accounts_do_not_wait(self):
        sandbox, place, mapping, catalog = self.slow_pair()
        first = self.start_first(sandbox, place, mapping, catalog)
        place.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        other = place.start("push", mapping, catalog, "--no-wait", "--state", place.state, "--json")
        self.assertEqual((other.communicate(timeout=20)[1], first.communicate(timeout=20)[1]), (b"", b""))
        self.assertEqual((first.returncode, other.returncode), (0, 0))
        self.stands(sandbox, wanted(2), account="2")

    def test_two_processes_stay_within_one_limit_together(self):
        sandbox = self.sandbox(limits=True, window_ms=400)
        place = self.place(sandbox, window_ms=400)
        mapping = place.small_batches(1)
        processes = []
        for account in ("1", "2"):
            place.environment["QUOTIZA_ACCOUNT_ID"] = account
            processes.append(place.start("push", mapping, place.catalog(7), "--contracts", "contracts", "--state", place.state, "--json"))
        for p in processes:
            self.assertEqual((p.communicate(timeout=30)[1], p.returncode), (b"", 0))
        self.assertEqual({e["status"] for e in sandbox.journal()}, {200, 202})
        self.assertLessEqual(windows(sandbox.imports(), 400), 5)
        self.assertLessEqual(windows(sandbox.journal(), 400), 10)

    def test_of_many_at_once_one_is_at_work_and_all_get_through(self):
        sandbox = self.sandbox(job_ms=20)
        place = self.place(sandbox)
        mapping, catalog = place.mapping(), place.catalog(3)
        hasty = [place.start("push", mapping, catalog, "--no-wait", "--state", place.state) for _ in range(6)]
        statuses = [(p.communicate(timeout=30), p.returncode)[1] for p in hasty]
        self.assertEqual(set(statuses) - {0, 5}, set())
        self.assertIn(0, statuses)
        patient = [place.start("push", mapping, catalog, "--json", "--state", place.state) for _ in range(3)]
        said = [(json.loads(p.communicate(timeout=30)[0]), p.returncode) for p in patient]
        said.sort(key=lambda one: one[0]["run"])
        self.assertEqual(said[-1][1], 0, said)
        for summary, status in said:  # one that came to the lock after a run that was made later has nothing to say any more
            self.assertIn((status, summary["status"]), ((0, "done"), (5, "superseded")), said)
        self.assertEqual(len(sandbox.imports()), statuses.count(0) + [status for _, status in said].count(0))

    def test_runs_of_one_second_are_listed_newest_first(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        mapping, catalog = place.mapping(), place.catalog(1)
        runs = [place.push(mapping, catalog).summary["run"] for _ in range(8)]
        self.assertEqual([r["run"] for r in place.runs()], runs[::-1])

    def test_an_older_run_does_not_overwrite_a_newer_one(self):
        sandbox = self.sandbox("--fault", "1-2@import:500")
        place = self.place(sandbox, retries=1)
        mapping = place.mapping()
        old = place.push(mapping, place.catalog(2, price="1.00"))
        self.ended(old, 5)
        self.ended(place.push(mapping, place.catalog(2, price="2.00")), 0)
        before = len(sandbox.journal())
        done = place.resume(old.summary["run"])
        self.ended(done, 5)
        self.assertEqual(done.summary["status"], "superseded")
        for again in (done, place.resume(old.summary["run"])):  # whoever asks hears the same
            self.assertEqual((again.status, again.summary["status"], again.summary["error"]["code"]), (5, "superseded", "run.superseded"))
            self.assertIn("which is later, has since delivered", again.text)
            self.assertIn("nothing to resume", again.text)
            self.assertNotIn("to go on:", again.text)
        self.assertEqual(len(sandbox.journal()), before)
        self.stands(sandbox, wanted(2, price="2.00"))
        self.assertEqual([r["status"] for r in place.runs()], ["done", "superseded"])


class Connection(Case):
    def setUp(self):
        self.server = self.sandbox("--token", TOKEN, "--account", "1")
        self.here = self.place(self.server)
        self.job = (self.here.mapping(), self.here.catalog(2))

    def nothing_sent(self, status, *words, journal=0):
        done = self.here.push(*self.job)
        self.ended(done, status)
        self.assertEqual(done.summary["exit"], status)
        for word in words:
            self.assertIn(word, done.text)
        self.assertEqual(len(self.server.journal()), journal)
        return done

    def test_a_missing_token_is_named(self):
        del self.here.environment["QUOTIZA_API_TOKEN"]
        self.nothing_sent(6, "QUOTIZA_API_TOKEN")
        self.assertEqual(self.here.runs(), [])

    def test_an_empty_token_is_missing(self):
        self.here.environment["QUOTIZA_API_TOKEN"] = ""
        self.nothing_sent(6, "QUOTIZA_API_TOKEN")

    def test_a_missing_account_is_named(self):
        del self.here.environment["QUOTIZA_ACCOUNT_ID"]
        self.nothing_sent(6, "QUOTIZA_ACCOUNT_ID")

    def test_a_token_that_does_not_fit_a_header_is_refused_at_once(self):
        for token in ("abcdef\r\nX-Evil: 1", "abcdef\n", "abc def", "töken-long"):
            self.here.environment["QUOTIZA_API_TOKEN"] = token
            done = self.nothing_sent(6, "QUOTIZA_API_TOKEN")
            self.assertNotIn("X-Evil", done.text)

    def test_a_wrong_token_ends_with_6_and_the_run_can_go_on(self):
        self.here.environment["QUOTIZA_API_TOKEN"] = "wrong-4711-wrong"
        done = self.nothing_sent(6, "401", journal=1)
        self.assertNotIn("wrong-4711-wrong", done.text)
        self.here.environment["QUOTIZA_API_TOKEN"] = TOKEN
        self.ended(self.here.resume(done.summary["run"]), 0)
        self.stands(self.server, wanted(2))

    def test_an_account_that_is_not_there_ends_with_6(self):
        self.here.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        done = self.nothing_sent(6, "account_not_found", journal=1)
        self.assertIn('the account "2" that of QUOTIZA_ACCOUNT_ID', done.text)

    def test_plain_http_is_for_loopback_only(self):
        for address in ("http://192.0.2.1/api/v1", "http://127.0.0.1.example.com/", "http://2130706433/", "ftp://127.0.0.1/",
                        "https://user:secret@app.quotiza.com/", "https://app.quotiza.com.com/api/v1"):
            self.here.environment["QUOTIZA_BASE_URL"] = address
            self.nothing_sent(2, "QUOTIZA_BASE_URL")

    def test_a_server_that_is_not_there_ends_with_5(self):
        self.here.environment["QUOTIZA_BASE_URL"] = "http://127.0.0.1:9/api/v1"
        self.here.configure(retries=2)
        done = self.nothing_sent(5)
        self.assertEqual(done.summary["http"]["requests"], 3)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["sent"], 0)

    def test_an_env_file_that_others_can_read_is_refused(self):
        for name in ("QUOTIZA_API_TOKEN", "QUOTIZA_ACCOUNT_ID"):
            del self.here.environment[name]
        for name, option in ((".env.local", []), ("mine.env", ["--env-file", "mine.env"])):
            path = self.here.write(name, f"# ours\nQUOTIZA_API_TOKEN='{TOKEN}'\nexport QUOTIZA_ACCOUNT_ID=1\n")
            for mode in (0o644, 0o640, 0o604):
                path.chmod(mode)
                before = len(self.server.journal())
                done = self.here.push(*self.job, *option)
                self.ended(done, 6)
                self.assertIn("chmod 600 ", done.text)
                self.assertEqual(len(self.server.journal()), before)
            path.chmod(0o600)
            self.ended(self.here.push(*self.job, *option), 0)
            path.unlink()

    def test_the_environment_wins_over_the_env_file(self):
        self.here.write(".env.local", "QUOTIZA_API_TOKEN=wrong-4711-wrong\n").chmod(0o600)
        self.ended(self.here.push(*self.job), 0)

    def test_a_wrong_config_is_told_with_its_place(self):
        for text, place, word in (('{ "quotiza": {\n  "pol_ms": 5 } }', "2:3", "poll_ms"), ('{ "quotiza":\n { "retries": "six" } }', "2:", "retries"),
                                  ('{ "quotisa": {} }', "1:3", "quotiza"), ('{ "quotiza": {}, }', "1:", ""),
                                  ('{ "quotiza": { "limits": [ { "requests": 0, "per_ms": 1 } ] } }', "1:", "requests"),
                                  ('{ "quotiza": { "limits": [ { "requests": 1 } ] } }', "1:", "per_ms"),
                                  ('{ "marketplace": { "concurency": 1 } }', "1:20", "concurrency"), ("[]", "1:1", ""), ("", "", "")):
            self.here.write("qonduit.json", text)
            self.nothing_sent(2, f"qonduit.json:{place}", word)

    def test_a_secret_in_the_config_is_refused_by_name(self):
        for key in ("token", "api_token", "password", "QUOTIZA_API_TOKEN"):
            self.here.write("qonduit.json", {"quotiza": {key: TOKEN}})
            done = self.nothing_sent(2, f'"{key}"')
            self.assertNotIn(TOKEN, done.text)

    def test_a_config_that_is_named_must_be_there(self):
        done = self.here.push(*self.job, "--config", "nowhere.json")
        self.ended(done, 2)
        self.assertIn("nowhere.json", done.text)


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was sent, headers and all, as a careless gateway does."""
    status = 500

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        token = self.headers["Authorization"]
        code = base64.b64encode(token.encode()).decode()
        bare = base64.b64encode(token.removeprefix("Bearer ").encode()).decode()
        text = f"{token} {code} {bare} {urllib.parse.quote(token)} {self.headers} {body[:50]}"
        content = json.dumps({"error": {"code": f"bad {token}", "message": text}}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.server.status // 100 == 3:
            self.send_header("Location", "https://evil.example/?" + urllib.parse.quote(token))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Secrets(Case):
    def forms(self):
        raw = TOKEN.encode()
        forms = {raw, urllib.parse.quote(TOKEN, safe="").encode(), json.dumps(TOKEN)[1:-1].encode()}
        for text in (raw, b"Bearer " + raw):
            forms.add(base64.b64encode(text).rstrip(b"=")[:-1])
        return forms

    def nowhere(self, place, *texts):
        for path in place.files():
            if path.name != ".env.local":
                texts += (path.read_bytes(),)
        for form in self.forms():
            for text in texts:
                self.assertNotIn(form, text)

    def test_a_token_that_the_server_echoes_is_nowhere(self):
        for status in (400, 401, 404, 422, 500, 307, 202):
            server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
            server.status = status
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                place = self.place(retries=1)
                place.environment.update(QUOTIZA_BASE_URL=f"http://127.0.0.1:{server.server_port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
                for form in ("text", "json"):
                    done = place.push(place.mapping(), place.catalog(2), "-v", "--log-format", form)
                    shown = place.run("runs", "show", done.summary["run"], "--state", place.state)
                    self.nowhere(place, done.out, done.err, shown.out, shown.err)
            finally:
                server.shutdown()
                thread.join()
                server.server_close()

    def test_a_token_is_in_no_argument_and_no_file(self):
        sandbox = self.sandbox(job_ms=300)
        place = self.place(sandbox)
        token = place.environment.pop("QUOTIZA_API_TOKEN")
        place.write(".env.local", f"QUOTIZA_API_TOKEN={token}\n").chmod(0o600)
        process = place.start("push", place.mapping(), place.catalog(2), "-v", "--state", place.state)
        while not sandbox.imports():
            time.sleep(0.01)
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, err)
        self.nowhere(place, arguments, out, err)

    def test_the_token_goes_into_one_header_alone(self):
        sandbox = self.sandbox()
        place = self.place(sandbox)
        self.ended(place.push(place.mapping(), place.catalog(2)), 0)
        for e in sandbox.journal():
            self.assertEqual(e["token_sha256"], hashlib.sha256(TOKEN.encode()).hexdigest())
            self.assertEqual([h.lower() for h in e["headers"]].count("authorization"), 1)
            self.assertNotIn("Expect", e["headers"])

    def test_what_a_server_says_cannot_steer_a_terminal(self):
        sandbox = self.sandbox("--fault", "import:nasty-errors", "--fail-sku", "K000001")
        place = self.place(sandbox)
        done = place.run("push", place.mapping(), place.catalog(2), "--state", place.state)
        self.assertEqual(done.status, 1, done.text)
        shown = place.run("runs", "show", place.runs()[0]["run"], "--state", place.state)
        for text in (done.err, shown.out):
            self.assertIn(b"K000001", text)
            self.assertNotIn(b"\x1b", text)
            self.assertLess(max(map(len, text.split(b"\n"))), 2000)


if __name__ == "__main__":
    main()
