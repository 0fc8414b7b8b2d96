#!/usr/bin/env python3
"""Records that are known by more than their key: an SKU has a price in each price list. within_test.py PROGRAM"""
import json
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import ROOT, Case, main  # noqa: E402

A, B = "4f61bf48-7f9f-49a5-b5be-ea55b020e058", "a9af0aed-5984-43c2-bb72-1886c6f87b2a"
TARGET = "marketplace.prices"
COLUMNS = {"sku": {"header": "Sku", "required": True}, "list": "List", "price": {"header": "Price", "type": "decimal"}}
QUICK = {"limits": [], "backoff_ms": 5, "backoff_max_ms": 20, "timeout_ms": 20000, "concurrency": 4}
ROWS = 1300  # three parcels of lines


class Within(Case):
    def begin(self, *arguments):
        self.server = self.sandbox(*arguments)
        self.here = self.place(self.server)
        self.here.write("qonduit.json", {"marketplace": QUICK})
        fields = {"sku": "sku", "price_list": "list", "price": "price"}
        self.mapping = self.here.write("prices.json", {"qonduit": 1, "source": {"columns": COLUMNS}, "outputs": {TARGET: {"fields": fields}}})

    def prices(self, rows, name="prices.csv"):
        """A file of (sku, list, price)."""
        return self.here.write(name, "Sku,List,Price\n" + "".join(",".join(r) + "\n" for r in rows))

    def whole_list(self, of, price, rows=ROWS, changed=()):
        return [(f"K{n:05}", of, "9.99" if n in changed else price) for n in range(rows)]

    def stand(self, *lists):
        """All that the server has is what these lists say."""
        found = {k: str(v["price"]) for k, v in self.server.page("marketplace")["prices"].items()}
        self.assertEqual(found, {f"{sku}/{of}": price for rows in lists for sku, of, price in rows})

    def push(self, rows, *options, status=0):
        done = self.here.push(self.mapping, self.prices(rows), *options)
        self.ended(done, status)
        return done.summary

    def counts(self, summary, **expected):
        o = summary["outputs"][TARGET]
        self.assertEqual({k: o[k] for k in expected}, expected)

    def killed(self, rows, *options):
        """The ID of a push that died while the request hung that is the server's HANGSth."""
        process = self.here.start("push", self.mapping, self.prices(rows, "killed.csv"), "--state", self.here.state, "--json", *options)
        end = time.monotonic() + 30
        while len(self.server.imports()) < self.HANGS:
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        process.kill()
        process.communicate()
        self.assertEqual(self.here.runs()[0]["status"], "stopped")
        return self.here.runs()[0]["run"]


class Records(Within):
    def test_two_lists_in_one_file(self):
        self.begin()
        one, two, none = ("K1", A, "1.00"), ("K1", B, "2.00"), ("K1", "", "3.00")
        said = self.push([one, two, none, ("K1", B, "4.00"), ("K2", A, "5.00"), ("K1", "", "6.00")], status=1)
        self.counts(said, records=4, accepted=4)
        self.stand([one, two, none, ("K2", A, "5.00")])
        rejected = self.here.show(said["run"])["rejected"]
        self.assertEqual([(r["origin"], r["column"], r["reason"]) for r in rejected], [
            ("prices.csv:5", "sku", f'"K1" (price_list "{B}") is already in {TARGET}, from prices.csv:3'),
            ("prices.csv:7", "sku", f'"K1" (no price_list) is already in {TARGET}, from prices.csv:4')])

    def test_a_refused_record_is_told_with_its_own_origin(self):
        self.begin("--fail-sku", "K2")
        said = self.push([("K1", A, "1.00"), ("K2", A, "1.00"), ("K1", B, "2.00"), ("K2", B, "2.00")], status=1)
        self.counts(said, accepted=2, refused=2)
        refused = self.here.show(said["run"])["refused"]
        self.assertEqual([(r["key"], r["origin"]) for r in refused], [("K2", "prices.csv:3"), ("K2", "prices.csv:5")])

    def test_a_change_in_one_list_is_no_change_in_the_other(self):
        self.begin()
        rows = 600  # a parcel is noted while the next one goes
        one, two = self.whole_list(A, "1.00", rows), self.whole_list(B, "1.00", rows)
        self.push(one + two)
        self.counts(self.push(one + two, "--changed-only"), sent=0, unchanged=2 * rows)
        self.counts(self.push(two, "--changed-only"), sent=0, unchanged=rows)
        changed = self.whole_list(B, "1.00", rows, changed=[7])
        self.counts(self.push(one + changed, "--changed-only"), sent=1, unchanged=2 * rows - 1)
        self.stand(one, changed)
        plan = self.here.push(self.mapping, self.prices(one + two), "--changed-only", "--dry-run").summary["plan"][TARGET]
        self.assertEqual((plan["records"], plan["unchanged"]), (1, 2 * rows - 1))

    def test_what_changed_is_told_by_list(self):
        self.begin()
        before = self.push([("K1", A, "1.00"), ("K1", B, "1.00"), ("K2", A, "3.00")])["run"]
        after = self.push([("K1", B, "2.00"), ("K1", A, "1.00"), ("K2", B, "3.00")])["run"]
        done = self.here.run("diff", before, after, "--state", self.here.state)
        self.assertEqual((done.status, done.out.decode().splitlines()), (1, [
            f'~ K1 (price_list "{B}") price: "1.00" → "2.00"', f'+ K2 (price_list "{B}")', f'- K2 (price_list "{A}")',
            "1 added, 1 removed, 1 changed, 1 unchanged"]))
        changes = json.loads(self.here.run("diff", before, after, "--state", self.here.state, "--json").out)["changes"]
        self.assertEqual([(c["change"], c["key"], c["within"]) for c in changes], [
            ("changed", "K1", {"price_list": B}), ("added", "K2", {"price_list": B}), ("removed", "K2", {"price_list": A})])

    def test_shards_add_up(self):
        self.begin()
        rows = self.whole_list(A, "1.00", 50) + self.whole_list(B, "2.00", 50) + [("K00003", B, "7.00")]
        said = [self.here.push(self.mapping, self.prices(rows), "--shard", f"{n}/3").summary["rows"] for n in (1, 2, 3)]
        self.assertEqual([sum(s[k] for s in said) for k in ("written", "rejected")], [100, 1])
        self.stand(rows[:100])


class Order(Within):
    HANGS = 1700

    def begin(self):
        super().begin("--fault", f"{self.HANGS}@prices:hang")

    def test_a_run_that_died_goes_on_behind_one_of_another_list(self):
        self.begin()
        one, two = self.whole_list(A, "1.00"), self.whole_list(B, "2.00")
        self.push(self.whole_list(B, "5.00"))
        run = self.killed(one)
        self.counts(self.push(two), accepted=ROWS)
        self.assertEqual(self.here.show(run)["status"], "stopped")
        self.ended(self.here.resume(run), 0)
        self.stand(one, two)

    def found_unchanged(self, rows, gone):
        """A push that has nothing to send; afterwards its folder may be gone, and with it what tells its records."""
        said = self.push(rows, "--changed-only")
        self.counts(said, sent=0, unchanged=len(rows))
        if gone:
            shutil.rmtree(self.here.state / "runs" / said["run"])

    def goes_on(self, gone):
        self.begin()
        one, two = self.whole_list(A, "1.00"), self.whole_list(B, "2.00")
        self.push(two)
        run = self.killed(one)
        self.found_unchanged(two, gone)
        self.ended(self.here.resume(run), 0)
        self.stand(one, two)

    def is_superseded(self, gone):
        self.begin()
        one = self.whole_list(A, "1.00")
        self.push(one)
        run = self.killed(self.whole_list(B, "2.00") + self.whole_list(A, "3.00", changed=[5]))
        self.found_unchanged(one, gone)
        done = self.here.resume(run)
        self.assertEqual((done.status, done.summary["status"]), (5, "superseded"), done.text)
        self.assertIn("older values", done.text)

    def test_nor_does_what_the_other_found_unchanged_hold_it_up(self):
        self.goes_on(gone=False)

    def test_nor_where_only_its_lists_are_known(self):
        self.goes_on(gone=True)

    def test_what_a_later_run_found_unchanged_in_its_list_is_not_taken_back(self):
        self.is_superseded(gone=False)

    def test_nor_where_only_the_list_is_known(self):
        self.is_superseded(gone=True)

    def test_a_later_run_of_its_list_supersedes_it(self):
        self.begin()
        self.push(self.whole_list(B, "5.00"))
        run = self.killed(self.whole_list(A, "1.00"))
        newer = [("K01200", B, "2.00"), ("K01200", A, "3.00")]
        self.counts(self.push(newer), accepted=2)
        done = self.here.resume(run)
        self.assertEqual((done.status, done.summary["status"]), (5, "superseded"), done.text)
        self.assertIn(f'K01200 (price_list "{A}") among others', done.text)
        self.assertEqual(str(self.server.page("marketplace")["prices"]["K01200/" + A]["price"]), "3.00")


class Ledger(Within):
    HANGS = 400

    def begin_old(self, *arguments):
        """A contract of its own, as the built-in one was: it names the key alone."""
        self.begin(*arguments)
        contract = json.loads((ROOT / f"mappings/contracts/{TARGET}.json").read_text())
        del contract["within"]
        self.here.write("contracts/prices.json", contract)
        return "--contracts", "contracts"

    def test_what_is_known_by_the_key_alone_is_sent_once_more(self):
        contracts = self.begin_old()
        rows = self.whole_list(A, "1.00", 20)
        self.push(rows, *contracts)
        self.counts(self.push(rows, "--changed-only", *contracts), unchanged=20)
        self.counts(self.push(rows, "--changed-only"), sent=20, unchanged=0)
        self.counts(self.push(rows, "--changed-only"), sent=0, unchanged=20)
        self.stand(rows)

    def test_a_run_goes_on_under_the_contract_that_it_began_with(self):
        contracts = self.begin_old("--fault", f"{self.HANGS}@prices:hang")
        rows = self.whole_list(A, "1.00")
        run = self.killed(rows, *contracts)
        self.ended(self.here.resume(run, *contracts), 0)
        self.stand(rows)

    def test_in_the_old_way_two_lists_in_one_file_collide(self):
        contracts = self.begin_old()
        said = self.push([("K1", A, "1.00"), ("K1", B, "2.00")], *contracts, status=1)
        self.assertEqual(self.here.show(said["run"])["rejected"][0]["reason"], f'"K1" is already in {TARGET}, from prices.csv:2')


if __name__ == "__main__":
    main()
