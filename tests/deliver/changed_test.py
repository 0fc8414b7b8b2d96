#!/usr/bin/env python3
"""`push --changed-only`: what was last accepted with the same content is left out, the rest goes in as few requests as it can, and whatever
happens in between, the target holds in the end what the input says. changed_test.py PROGRAM"""
import hashlib
import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import lines_test  # noqa: E402
from e2e_tools import ROOT, TOKEN, Case, Sandbox, main, wanted  # noqa: E402

CHANGED = "--changed-only"
CONTRACTS = ("--contracts", "contracts")
LINES = {"qonduit_contract": 1, "target": "shop.prices", "title": "T", "key": "sku",
         "fields": {"sku": {"type": "string", "required": True}, "price": {"type": "number", "places": 2, "style": "string"}},
         "file": {"style": "lines", "extension": "ndjson"},
         "wire": {"system": "marketplace", "method": "POST", "path": "/prices/", "success": [200, 201], "idempotent": True}}


class Changed(Case):
    def begin(self, *arguments, job_ms=0):
        self.server = self.sandbox(*arguments, job_ms=job_ms)
        self.here = self.place(self.server)
        self.target = "quotiza.products"
        return self.here

    def catalog(self, rows, changed=(), name="catalog.csv"):
        lines = ["SKU,Name,Brand,Price"] + [f"K{n:06},Name {n},Brand,{'2.50' if n in changed else '1.50'}" for n in range(1, rows + 1)]
        return self.here.write(name, "\n".join(lines) + "\n")

    def wanted(self, rows, changed=(), without=()):
        all_of_them = wanted(rows, without=without)
        for n in changed:
            all_of_them[f"K{n:06}"]["cost"] = Decimal("2.50")
        return all_of_them

    def push(self, *arguments, status=0, **more):
        self.before = len(self.server.journal())
        done = self.here.push(*arguments, **more)
        if "--dry-run" in arguments:
            self.assertEqual(done.status, status, done.text)
        else:
            self.ended(done, status)
        return done.summary

    def imports(self):
        """Records of each import of the last push."""
        return [e["products"] for e in self.server.journal()[self.before:] if e["method"] == "POST"]

    def counts(self, summary, **expected):
        o = summary["outputs"][self.target]
        self.assertEqual({k: o[k] for k in expected}, expected)


class Batches(Changed):
    def test_a_finished_job_that_runs_again_sends_nothing(self):
        here = self.begin()
        job = here.mapping(), self.catalog(2500)
        self.counts(self.push(*job, CHANGED), records=2500, requests=3, sent=2500, accepted=2500, unchanged=0)
        self.assertEqual(self.imports(), [1000, 1000, 500])
        again = self.push(*job, CHANGED)
        self.counts(again, records=2500, requests=0, sent=0, accepted=0, refused=0, unchanged=2500, jobs=0)
        self.assertEqual((self.server.journal()[self.before:], again["status"], again["http"]["requests"]), ([], "done", 0))
        self.assertEqual(here.show(again["run"])["outputs"], again["outputs"])
        self.assertEqual(here.runs()[0]["outputs"], again["outputs"])

    def test_one_changed_row_is_one_record_in_one_request(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(2500))
        self.counts(self.push(mapping, self.catalog(2500, changed=[1700]), CHANGED), records=2500, requests=1, sent=1, accepted=1, unchanged=2499)
        self.assertEqual(self.imports(), [1])
        self.stands(self.server, self.wanted(2500, changed=[1700]))
        self.counts(self.push(mapping, self.catalog(2500, changed=[1700]), CHANGED), sent=0, unchanged=2500)
        self.counts(self.push(mapping, self.catalog(2500), CHANGED), sent=1, unchanged=2499)
        self.stands(self.server, self.wanted(2500))

    def test_what_changed_all_over_the_input_goes_in_full_requests(self):
        here = self.begin()
        mapping = here.small_batches(10)
        self.target = "small.products"
        self.push(mapping, self.catalog(200), *CONTRACTS)
        self.assertEqual(self.imports(), [10] * 20)
        changed = list(range(3, 200, 8))
        said = self.push(mapping, self.catalog(200, changed=changed), *CONTRACTS, CHANGED)
        self.assertEqual(self.imports(), [10, 10, 5])
        self.counts(said, records=200, requests=3, sent=25, accepted=25, unchanged=175)
        self.stands(self.server, self.wanted(200, changed=changed))

    def test_the_bodies_sent_stand_in_the_spool_with_the_origins_of_their_records(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(10))
        said = self.push(mapping, self.catalog(10, changed=[3, 7]), CHANGED)
        folder = here.folder / said["folder"]
        name = "quotiza.products.changed/quotiza.products-00001.json"
        self.assertEqual(said["files"], [name])
        body = json.loads((folder / name).read_bytes())
        self.assertEqual(hashlib.sha256((folder / name).read_bytes()).hexdigest(), self.server.imports()[-1]["sha256"])
        self.assertEqual((body["account_id"], [p["sku"] for p in body["products"]]), ("1", ["K000003", "K000007"]))
        self.assertEqual((folder / (name + ".rows")).read_text(), "catalog.csv:4\ncatalog.csv:8\n")
        self.assertEqual([p.stat().st_mode & 0o77 for p in folder.rglob("*")], [0] * len(list(folder.rglob("*"))))

    def test_what_was_refused_is_sent_again_and_told_by_its_own_origin(self):
        here = self.begin("--fail-sku", "K000003")
        job = here.mapping(), self.catalog(5)
        self.counts(self.push(*job, status=1), accepted=4, refused=1)
        for _ in range(2):
            said = self.push(*job, CHANGED, status=1)
            self.counts(said, records=5, requests=1, sent=1, accepted=0, refused=1, unchanged=4)
            self.assertEqual(self.imports(), [1])
            self.assertEqual([(r["key"], r["origin"]) for r in here.show(said["run"])["refused"]], [("K000003", "catalog.csv:4")])

    def test_new_rows_are_sent_and_rejected_ones_are_neither_sent_nor_unchanged(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(5))
        said = self.push(mapping, here.catalog(8, bad=(2,)), CHANGED, status=1)
        self.counts(said, records=7, sent=3, accepted=3, unchanged=4)
        self.assertEqual(said["rows"], {"read": 8, "filtered": 0, "duplicates": 0, "rejected": 1, "written": 7})

    def test_the_last_of_changed_only_and_full_holds(self):
        here = self.begin()
        job = here.mapping(), self.catalog(3)
        self.push(*job)
        for options, sent in (([], 3), (["--full"], 3), ([CHANGED, "--full"], 3), (["--full", CHANGED], 0)):
            self.counts(self.push(*job, *options), sent=sent, unchanged=3 - sent)
        self.assertEqual(here.push(*job, "--full=yes").status, 2)
        self.assertEqual(here.run("convert", *job, "-o", "out", CHANGED).status, 2)

    def test_each_account_and_each_host_has_its_own_memory(self):
        here = self.begin()
        job = here.mapping(), self.catalog(3)
        self.push(*job)
        here.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        self.counts(self.push(*job, CHANGED), sent=3, unchanged=0)
        self.counts(self.push(*job, CHANGED), sent=0, unchanged=3)
        other = self.sandbox()
        here.environment["QUOTIZA_BASE_URL"] = other.address
        self.counts(self.push(*job, CHANGED), sent=3, unchanged=0)
        self.assertEqual(len(other.imports()), 1)

    def test_a_changed_contract_sends_all_again(self):
        here = self.begin()
        job = here.small_batches(10), self.catalog(3), *CONTRACTS
        self.target = "small.products"
        self.push(*job)
        self.counts(self.push(*job, CHANGED), sent=0, unchanged=3)
        here.small_batches(11)
        self.counts(self.push(*job, CHANGED), sent=3, unchanged=0)
        self.counts(self.push(*job, CHANGED), sent=0, unchanged=3)

    def test_a_folder_that_convert_wrote_is_compared_too(self):
        here = self.begin()
        mapping, folder = here.mapping(), here.folder / "out"
        self.assertEqual(here.run("convert", mapping, self.catalog(5), "-o", folder).status, 0)
        self.push(folder)
        self.counts(self.push(folder, CHANGED), sent=0, unchanged=5)
        self.assertEqual(here.run("convert", mapping, self.catalog(5, changed=[2]), "-o", folder, "--force").status, 0)
        del here.environment["QUOTIZA_ACCOUNT_ID"]
        here.configure(account_id="1")
        self.counts(self.push(folder, CHANGED), sent=1, unchanged=4)
        self.stands(self.server, self.wanted(5, changed=[2]))

    def test_a_dry_run_says_what_would_be_left_out_and_makes_nothing(self):
        here = self.begin()
        mapping = here.small_batches(10)
        self.target = "small.products"
        job = mapping, self.catalog(40), *CONTRACTS
        plan = self.push(*job, CHANGED, "--dry-run")["plan"][self.target]
        self.assertEqual((plan["records"], plan["unchanged"], plan["requests"]), (40, 0, 4))
        self.assertFalse((here.state / "accepted").exists())
        self.push(*job)
        self.catalog(40, changed=[1, 40])
        said = self.push(*job, CHANGED, "--dry-run")
        plan = said["plan"][self.target]
        self.assertEqual((plan["records"], plan["unchanged"], plan["requests"], plan["polls"]), (2, 38, 1, 1))
        self.counts(said, records=40, unchanged=38, requests=1)
        self.assertEqual(self.imports(), [])
        self.assertNotIn("unchanged", self.push(*job, "--dry-run")["plan"][self.target])
        text = here.run("push", *job, CHANGED, "--dry-run", "--state", here.state).text
        self.assertIn("2 records in 1 request", text)
        self.assertIn("38 unchanged", text)
        self.counts(self.push(*job, CHANGED), sent=2, unchanged=38)

    def test_where_nothing_is_known_of_the_place_a_dry_run_plans_all(self):
        here = self.place()
        here.environment.pop("MARKETPLACE_BASE_URL", None)
        here.write("contracts/shop.prices.json", LINES)
        mapping = here.mapping("shop.prices", {"sku": "sku", "price": "price"})
        done = here.push(mapping, here.catalog(3), *CONTRACTS, CHANGED, "--dry-run")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(done.summary["plan"]["shop.prices"]["records"], 3)

    def test_an_account_written_by_hand_and_a_product_sent_in_full_are_remembered_too(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(3))
        self.push(mapping, self.catalog(3, changed=[1]), "--full")
        self.counts(self.push(mapping, self.catalog(3, changed=[1]), CHANGED), sent=0, unchanged=3)


class Order(Changed):
    def stop(self, here, job, *options):
        """A run that ended with its records still to be sent."""
        here.environment["QUOTIZA_API_TOKEN"] = "wrong"
        done = here.push(*job, *options)
        here.environment["QUOTIZA_API_TOKEN"] = TOKEN
        self.assertIn(done.status, (5, 6), done.text)
        return done.summary["run"]

    def test_an_older_run_does_not_go_on_over_what_a_later_one_found_unchanged(self):
        here = self.begin(job_ms=1500)
        mapping = here.mapping()
        self.catalog(3, changed=[2], name="old.csv")
        first = here.start("push", mapping, self.catalog(3), "--state", here.state, "--json")
        while not self.server.imports():
            time.sleep(0.01)
        stopped = here.push(mapping, "old.csv", "--no-wait")  # it has its records to send and has touched none of them
        self.assertEqual((stopped.status, first.poll()), (5, None), stopped.text)
        first.communicate(timeout=30)
        self.counts(self.push(mapping, self.catalog(3), CHANGED), sent=0, unchanged=3)
        resumed = here.resume(stopped.summary["run"])
        self.assertEqual((resumed.status, resumed.summary["status"]), (5, "superseded"), resumed.text)
        self.stands(self.server, self.wanted(3))

    def test_what_may_have_been_sent_is_not_taken_for_unchanged(self):
        here = self.begin("--token", TOKEN)
        mapping = here.mapping()
        self.push(mapping, self.catalog(3, name="first.csv"))
        self.stop(here, (mapping, self.catalog(3, changed=[2])))
        self.counts(self.push(mapping, "first.csv", CHANGED), sent=3, unchanged=0)
        self.stands(self.server, self.wanted(3))

    def test_a_run_of_changes_that_stopped_goes_on_with_what_it_had_compared(self):
        here = self.begin("--token", TOKEN)
        mapping = here.mapping()
        self.push(mapping, self.catalog(5))
        run = self.stop(here, (mapping, self.catalog(5, changed=[2, 4])), CHANGED)
        self.assertEqual(here.show(run)["outputs"]["quotiza.products"]["unchanged"], 3)
        resumed = here.resume(run)
        self.ended(resumed, 0)
        self.counts(resumed.summary, sent=2, accepted=2, unchanged=3)
        self.stands(self.server, self.wanted(5, changed=[2, 4]))

    def test_deliveries_at_once_leave_what_one_of_them_wanted(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(300))
        inputs = [self.catalog(300, changed=range(n, 300, 4), name=f"{n}.csv") for n in range(1, 5)]
        processes = [here.start("push", mapping, i, CHANGED, "--state", here.state, "--json", "-q") for i in inputs]
        ended = [(p.communicate(timeout=60), p.returncode) for p in processes]
        said = [json.loads(out) for (out, _), _ in ended]
        runs = sorted(range(4), key=lambda n: said[n]["run"])
        self.assertEqual(ended[runs[-1]][1], 0, ended)
        for (_, code), summary in zip(ended, said):  # one that came late does not put its values over those of a later run
            self.assertIn((code, summary["status"]), ((0, "done"), (5, "superseded")), ended)
        self.stands(self.server, self.wanted(300, changed=range(runs[-1] + 1, 300, 4)))


class Killed(Changed):
    ROWS, BATCH = 24, 4

    def killed(self, delay, *options):
        """One push that is killed, and what a user does then; the sandbox must hold what the input says in the end."""
        with Sandbox(job_ms=5) as sandbox:
            self.server, self.target = sandbox, "small.products"
            here = self.here = self.place(sandbox)
            mapping = here.small_batches(self.BATCH)
            job = mapping, self.catalog(self.ROWS), *CONTRACTS
            self.push(*job)
            changed = list(range(1, self.ROWS, 2))
            self.catalog(self.ROWS, changed)
            process = here.start("push", *job, CHANGED, "--state", here.state, "--json")
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            for run in here.runs():
                self.adds_up(run)
            if "resume" in options and here.runs()[0]["status"] == "stopped":
                done = here.resume(here.runs()[0]["run"], *CONTRACTS)
                if done.status != 5 or "push again" not in done.text:
                    self.ended(done, 0)
                    self.counts(done.summary, sent=12, accepted=12, unchanged=12)
            self.counts(self.push(*job, CHANGED), records=self.ROWS)
            self.stands(sandbox, self.wanted(self.ROWS, changed))
            self.assertLessEqual(sum(e["products"] for e in sandbox.imports()), self.ROWS + 2 * len(changed), "a kill repeats nothing twice")
            self.counts(self.push(*job, CHANGED), sent=0, unchanged=self.ROWS)

    def test_a_new_run_of_changes_behind_a_killed_one_sends_what_is_missing(self):
        for i in range(12):
            with self.subTest(i):
                self.killed(0.003 * i)

    def test_a_killed_run_of_changes_goes_on(self):
        for i in range(12):
            with self.subTest(i):
                self.killed(0.003 * i, "resume")

    def test_what_is_left_of_a_comparison_that_was_cut_off_is_taken_away(self):
        here = self.begin()
        mapping = here.mapping()
        self.push(mapping, self.catalog(5))
        self.push(mapping, self.catalog(5, changed=[5]), CHANGED)
        self.assertEqual([p.name for p in here.state.glob("runs/*/spool/.*")], [])


class OneByOne(Changed):
    """Files of lines, and more than one file."""

    def lines(self, rows, server):
        self.begin()
        self.target = "shop.prices"
        self.here.write("contracts/shop.prices.json", LINES)
        self.here.environment.update(MARKETPLACE_BASE_URL=f"http://127.0.0.1:{server.server_address[1]}", MARKETPLACE_API_TOKEN=TOKEN)
        return self.here.mapping("shop.prices", {"sku": "sku", "price": "price"}), self.catalog(rows), *CONTRACTS

    def test_lines_that_are_unchanged_are_left_out(self):
        server = self.opened(lines_test.Server())
        job = self.lines(600, server)
        self.counts(self.push(*job, CHANGED), records=600, requests=600, sent=600, accepted=600, unchanged=0)
        self.counts(self.push(*job, CHANGED), requests=0, sent=0, unchanged=600)
        self.assertEqual(len(server.order), 600)
        changed = [1, 299, 300, 600]
        self.catalog(600, changed=changed)
        said = self.push(*job, CHANGED)
        self.counts(said, records=600, requests=4, sent=4, accepted=4, unchanged=596)
        self.assertEqual(sorted(sku for _, sku in server.order[600:]), [f"K{n:06}" for n in changed])
        folder = self.here.folder / said["folder"] / "shop.prices.changed"
        self.assertEqual((folder / "shop.prices.ndjson.rows").read_text(), "".join(f"catalog.csv:{n + 1}\n" for n in changed))
        self.counts(self.push(*job, CHANGED, "--dry-run"), requests=0, unchanged=600)
        self.counts(self.push(*job, "--full"), sent=600, unchanged=0)

    def test_lines_that_were_refused_are_sent_again(self):
        server = self.opened(lines_test.Server(lambda path, record, times: (400, {"code": "bad"}) if record["sku"] == "K000002" else None))
        job = self.lines(4, server)
        self.counts(self.push(*job, status=1), accepted=3, refused=1)
        self.counts(self.push(*job, CHANGED, status=1), sent=1, accepted=0, refused=1, unchanged=3)
        self.assertEqual(len(server.order), 5)

    def test_outputs_are_compared_each_for_itself(self):
        here = self.begin()
        here.write("m.json", {"qonduit": 1, "source": {"columns": {
            "sku": {"header": "SKU", "required": True}, "name": {"header": "Name", "required": True}, "brand": {"header": "Brand"},
            "price": {"header": "Price", "type": "decimal"}}},
            "outputs": {"quotiza.products": {"fields": {"sku": "sku", "name": "name", "brand": "brand", "cost": "price"}},
                        "small.products": {"fields": {"sku": "sku", "name": "name", "brand": "brand"}}}})
        contract = json.loads((ROOT / "mappings/contracts/quotiza.products.json").read_text())
        here.write("contracts/small.products.json", {**contract, "target": "small.products"})
        job = here.folder / "m.json", self.catalog(5), *CONTRACTS
        self.push(*job, CHANGED)
        self.catalog(5, changed=[3])
        said = self.push(*job, CHANGED)
        self.counts(said, sent=1, unchanged=4)
        self.target = "small.products"
        self.counts(said, sent=0, unchanged=5)


if __name__ == "__main__":
    main()
