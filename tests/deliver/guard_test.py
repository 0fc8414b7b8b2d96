#!/usr/bin/env python3
"""What stops a push before it sends anything, and `runs prune`, which must not take away what a guard compares with. guard_test.py PROGRAM"""
import fcntl
import json
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, main, wanted  # noqa: E402


class Guards(Case):
    def setUp(self):
        self.server = self.sandbox()
        self.here = self.place(self.server)
        self.here.mapping()

    def push(self, rows, *arguments, status=0, **more):
        done = self.here.push("mapping.json", self.here.catalog(rows, **more), *arguments)
        self.ended(done, status)
        return done

    def stops(self, rows, *arguments, says, **more):
        """Ends with 7, sends nothing, leaves no run, and says so."""
        journal, runs = len(self.server.journal()), [r["run"] for r in self.here.runs()]
        done = self.push(rows, *arguments, status=7, **more)
        for words in says:
            self.assertIn(words, done.text)
        self.assertEqual(done.summary["status"], "stopped")
        self.assertEqual(done.summary["error"]["class"], "guard")
        self.assertEqual((len(self.server.journal()), [r["run"] for r in self.here.runs()]), (journal, runs))
        return done

    def planned(self, done, status):
        """A dry run, which is done although nothing was sent."""
        self.assertEqual((done.status, done.summary["exit"]), (status, status), done.text)
        self.assertIs(done.summary["dry_run"], True)


class Table(Guards):
    def test_max_rejects(self):
        self.stops(100, "--max-rejects", "2", bad=(3, 50, 99), says=["more than 2 rows are rejected"])
        self.stops(100, "--max-rejects", "2.5%", bad=(3, 50, 99), says=["3 of 100 rows are rejected, more than 2.50 %"])
        self.assertEqual(self.server.journal(), [])
        self.push(100, "--max-rejects", "3", bad=(3, 50, 99), status=1)
        self.push(100, "--max-rejects", "3%", bad=(3, 50, 99), status=1)

    def test_allow_empty(self):
        self.here.mapping(keep={"column": "price", "more_than": "1000"})
        self.stops(3, says=["all 3 rows are filtered out", "--allow-empty"])
        self.push(0, status=4)
        self.push(3, "--allow-empty")
        self.assertEqual(self.server.journal(), [])

    def test_max_wait_ends_as_resumable_with_nothing_delivered(self):
        server = self.sandbox("--fault", "1@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        done = self.push(3, "--max-wait", "1m", status=5)
        self.stands(server, {})
        self.ended(self.here.resume(done.summary["run"]), 0)
        self.stands(server, wanted(3))

    def test_allow_shrink(self):
        first = self.push(100).summary["run"]
        done = self.stops(69, "--allow-shrink", "30%", says=["found 69 records", first, "had 100", "31 % fewer", "allowed 30 %"])
        self.assertEqual(done.summary["error"]["code"], "guard.allow_shrink")
        self.stands(self.server, wanted(100))
        self.push(70, "--allow-shrink", "30%")
        self.stops(48, "--allow-shrink", "30", says=["had 70", "31.43 % fewer"])
        self.push(48)


class Seen(Guards):
    """What a run says that a guard has stopped."""

    def test_rows_so_far_and_the_first_rejected_ones(self):
        bad = tuple(range(5, 3000, 7))
        done = self.stops(3000, "--max-rejects", "12", bad=bad, says=["13 of the 89 read so far"])
        summary = done.summary
        self.assertEqual(summary["rows"], {"read": 89, "filtered": 0, "duplicates": 0, "rejected": 13, "written": 76})
        self.assertIs(summary["so_far"], True)
        self.assertEqual((summary["outputs"], summary["files"], summary["exit"], summary["mapping"]), ({}, [], 7, "mapping.json"))
        self.assertEqual([r["origin"] for r in summary["rejected"]], [f"catalog.csv:{n + 1}" for n in bad[:10]])
        self.assertEqual(summary["rejected"][0], {"origin": "catalog.csv:6", "column": "price", "value": "n/a",
                                                  "reason": '"n/a" is not a decimal number'})
        for command in (["push", "--state", self.here.state], ["convert", "-o", "out"]):
            done = self.here.run(*command, "mapping.json", "catalog.csv", "--max-rejects", "12")
            self.assertEqual((done.status, done.out), (7, b""))
            self.assertIn("  89 rows read so far: 76 without fault, 13 rejected\n", done.text)
            self.assertIn('  rejected catalog.csv:6  price "n/a": "n/a" is not a decimal number\n', done.text)
            self.assertIn("  … and 3 more\n", done.text)
            self.assertFalse((self.here.folder / "out").exists())

    def test_a_share_is_judged_when_all_rows_are_read(self):
        done = self.stops(100, "--max-rejects", "2.5%", bad=(3, 50, 99), says=["3 of 100 rows"])
        self.assertEqual((done.summary["rows"]["read"], done.summary["rows"]["rejected"]), (100, 3))
        self.assertNotIn("so_far", done.summary)
        self.assertEqual([r["origin"] for r in done.summary["rejected"]], ["catalog.csv:4", "catalog.csv:51", "catalog.csv:100"])

    def test_the_rows_of_a_folder(self):
        self.here.catalog(20, bad=(4, 9))
        self.assertEqual(self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out").status, 1)
        done = self.here.push("out", "--max-rejects", "1")
        self.ended(done, 7)
        self.assertEqual((done.summary["rows"]["read"], done.summary["rows"]["rejected"], done.summary["mapping"]), (20, 2, "mapping.json"))
        self.assertEqual([(r["origin"], r["value"]) for r in done.summary["rejected"]], [("catalog.csv:5", "n/a"), ("catalog.csv:10", "n/a")])
        (self.here.folder / "out" / "rejects.csv").unlink()
        done = self.here.push("out", "--max-rejects", "1")
        self.ended(done, 7)
        self.assertEqual((done.summary["rows"]["rejected"], done.summary["rejected"]), (2, []))

    def test_rows_that_other_guards_stopped(self):
        self.here.mapping(keep={"column": "price", "more_than": "1000"})
        self.assertEqual(self.stops(3, says=["all 3 rows"]).summary["rows"]["filtered"], 3)
        self.here.mapping()
        self.push(10)
        self.assertEqual(self.stops(5, "--allow-shrink", "10%", says=["had 10"]).summary["rows"]["written"], 5)

    def test_long_and_odd_cells_are_shown_in_part(self):
        rows = ["SKU,Name,Brand,Price", 'K1,N,B,"' + "9" * 100000 + 'x"', 'K2,N,B,"\x1b[2J\n\u00e9"', '"K3",N,B', 'K4,"' + "n" * 3 + '",B,\u2028']
        self.here.write("catalog.csv", "\n".join(rows) + "\n")
        done = self.here.push("mapping.json", "catalog.csv", "--max-rejects", "2")
        self.ended(done, 7)
        self.assertEqual(len(done.summary["rejected"]), 3)
        self.assertLess(len(done.out), 4000)
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--max-rejects", "2")
        self.assertNotIn("\x1b", done.text)
        self.assertLess(len(done.text), 4000)

    def test_standard_output_names_each_row_once(self):
        self.here.catalog(50, bad=(7, 8))
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "-", "--max-rejects", "1")
        self.assertEqual(done.status, 7)
        self.assertEqual(done.text.count("catalog.csv:8:"), 1)
        self.assertNotIn("  rejected ", done.text)
        self.assertIn("8 rows read so far", done.text)

    def test_a_dry_run_says_its_exit_status_and_the_same_name(self):
        (self.here.folder / "maps").mkdir()
        (self.here.folder / "mapping.json").rename(self.here.folder / "maps" / "mapping.json")
        catalog = self.here.catalog(5, bad=(2,))
        given = ["maps/mapping.json", catalog]
        self.assertEqual(self.here.run("convert", *given, "-o", "out").status, 1)
        for words in (given, [*given, "--dry-run"], ["out"], ["out", "--dry-run"], [*given, "--max-rejects", "0"], ["out", "--max-rejects", "0"]):
            done = self.here.push(*words)
            if "--dry-run" in words:
                self.planned(done, 1)
            else:
                self.ended(done, 7 if "--max-rejects" in words else 1)
            self.assertEqual(done.summary["mapping"], "mapping.json", words)
        self.planned(self.here.push("maps/mapping.json", self.here.catalog(3), "--dry-run"), 0)


class Suspect(Guards):
    """A bad export, in which all is 0, must not empty a shop."""

    def setUp(self):
        super().setUp()
        self.here.mapping("marketplace.stocks", {"sku": "sku", "stock": {"from": "price", "then": ["to_integer"]}})

    def stock(self, *stocks):
        rows = "".join(f"K{n:03},Name,Brand,{stock}\n" for n, stock in enumerate(stocks))
        self.here.write("catalog.csv", "SKU,Name,Brand,Price\n" + rows)

    def told(self, summary, records=12):
        self.assertEqual(summary["suspect"], [{"target": "marketplace.stocks", "field": "stock", "value": "0", "records": records}])

    def test_a_warning_that_changes_no_exit_status(self):
        self.stock(*[0] * 12)
        done = self.here.push("mapping.json", "catalog.csv")
        self.ended(done, 0)
        self.told(done.summary)
        self.assertIn('warning: marketplace.stocks: every "stock" is 0, in all 12 records that have one', done.text)
        self.assertIn("--refuse-suspect", done.text)
        self.assertEqual(len(self.server.imports()), 12)
        self.told(self.here.show(done.summary["run"]))
        done = self.here.push("mapping.json", "catalog.csv", "--dry-run")
        self.planned(done, 0)
        self.told(done.summary)

    def test_an_option_that_stops(self):
        self.stock(*[0] * 12)
        for words in ([], ["--dry-run"], ["--threads", "3"], ["--changed-only"]):
            done = self.here.push("mapping.json", "catalog.csv", "--refuse-suspect", *words)
            self.ended(done, 7)
            self.assertEqual((done.summary["error"]["code"], done.summary["rows"]["read"]), ("guard.suspect", 12))
            self.told(done.summary)
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--refuse-suspect", "--json")
        self.ended(done, 7)
        self.told(done.summary)
        self.assertFalse((self.here.folder / "out").exists())
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "-", "--refuse-suspect")
        self.assertEqual(done.status, 7)
        self.assertEqual((self.server.journal(), self.here.runs()), ([], []))

    def test_a_folder_that_convert_wrote(self):
        self.stock(*[0] * 12)
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--json")
        self.ended(done, 0)
        self.told(done.summary)
        done = self.here.push("out", "--refuse-suspect")
        self.ended(done, 7)
        self.told(done.summary)
        self.assertEqual((self.server.journal(), self.here.runs()), ([], []))
        done = self.here.push("out")
        self.ended(done, 0)
        self.told(done.summary)
        self.assertEqual(done.text.count("every \"stock\" is 0"), 1)

    def test_what_goes_on_says_it_again(self):
        self.here.environment.update(self.sandbox("--fault", "1@stocks:429=7200").settings)
        self.stock(*[0] * 12)
        done = self.here.push("mapping.json", "catalog.csv", "--max-wait", "1s")
        self.ended(done, 5)
        self.told(done.summary)
        done = self.here.resume(done.summary["run"])
        self.ended(done, 0)
        self.told(done.summary)
        self.assertIn('every "stock" is 0', done.text)

    def test_each_shard_for_itself(self):
        self.stock(*[0] * 100)
        told = []
        for shard in ("1/3", "2/3", "3/3"):
            done = self.here.push("mapping.json", "catalog.csv", "--shard", shard)
            self.ended(done, 0)
            told.append(done.summary["suspect"][0]["records"])
            self.assertEqual((done.summary["shard"], done.summary["rows"]["written"]), (shard, told[-1]))
        self.assertEqual(sum(told), 100)

    def test_what_is_not_suspect(self):
        for stocks in ([0] * 9, [0] * 500 + [1], [1] + [0] * 500, [0] * 300 + [-1] + [0] * 300, [1] * 12):
            self.stock(*stocks)
            done = self.here.push("mapping.json", "catalog.csv", "--refuse-suspect", "--dry-run")
            self.planned(done, 0)
            self.assertNotIn("suspect", done.summary)
            self.assertNotIn("every", done.text)

    def test_rows_that_are_not_written_say_nothing(self):
        self.stock(*[0] * 12, "n/a", 7)
        self.here.mapping("marketplace.stocks", {"sku": "sku", "stock": {"from": "price", "then": ["to_integer"]}},
                          keep={"column": "price", "at_most": 0})
        done = self.here.push("mapping.json", "catalog.csv", "--refuse-suspect")
        self.ended(done, 7)
        self.told(done.summary)
        self.assertEqual((done.summary["rows"]["filtered"], len(done.summary["rejected"])), (1, 1))

    def test_prices_and_texts_of_the_shipped_targets(self):
        google = {"id": "sku", "title": "name", "description": "name", "link": {"value": "https://shop.example/"},
                  "image_link": {"value": "https://shop.example/i"}, "availability": {"value": "in_stock"}, "price": {"template": "{price} EUR"}}
        quarticon = {"id": "sku", "title": "name", "price": "price"}
        cases = [("quotiza.products", {**{f: f for f in ("sku", "name", "brand")}, "base_price": "price"}, {}, "base_price", "0"),
                 ("marketplace.prices", {"sku": "sku", "price": "price"}, {}, "price", "0"),
                 ("quarticon.products", quarticon, {}, "price", "0"),
                 ("google.feed", google, {"title": "T", "link": "https://shop.example/", "description": "D"}, "price", "0"),
                 ("google.feed", {**google, "availability": {"value": "out_of_stock"}, "price": {"value": "1.00 EUR"}},
                  {"title": "T", "link": "https://shop.example/", "description": "D"}, "availability", "out_of_stock")]
        for target, fields, head, field, value in cases:
            with self.subTest(target=target, field=field):
                output = {"fields": fields, **({"head": {k: {"value": v} for k, v in head.items()}} if head else {})}
                self.here.mapping(outputs={target: output})
                for zero, other in (("0", "0.01"), ("0.00", "5")):
                    self.stock(*[zero] * 11)
                    done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--force", "--json")
                    self.ended(done, 0)
                    self.assertEqual(done.summary["suspect"], [{"target": target, "field": field, "value": value, "records": 11}])
                    self.stock(*[zero] * 11, other)
                    done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--force", "--json")
                    self.assertEqual("suspect" in done.summary, field == "availability")

    def test_a_contract_without_the_key_is_never_suspect(self):
        self.here.mapping("file.ndjson", {"sku": "sku", "stock": "price"})
        self.stock(*[0] * 50)
        done = self.here.run("convert", "mapping.json", "catalog.csv", "-o", "out", "--refuse-suspect", "--json")
        self.ended(done, 0)
        self.assertNotIn("suspect", (self.here.folder / "out" / "manifest.json").read_text() + done.out.decode())


class Shrink(Guards):
    def test_without_the_option_nothing_is_compared(self):
        self.push(100)
        self.push(1)

    def test_the_first_run_is_not_stopped_and_it_is_said(self):
        done = self.push(3, "--allow-shrink", "0%")
        self.assertIn("nothing to compare with", done.text)
        self.assertNotIn("nothing to compare with", self.push(3, "--allow-shrink", "0%").text)
        self.stops(2, "--allow-shrink", "0%", says=["33.34 % fewer, allowed 0 %"])

    def test_shares(self):
        self.push(10000)
        self.stops(9975, "--allow-shrink", "0.24%", says=["0.25 % fewer, allowed 0.24 %"])
        for share in ("0.25%", "0.25", ".5%", "101%", "100.01%", "-1%", "", "%", "1.234%", "1e1", "30%%", "x"):
            done = self.here.push("mapping.json", self.here.catalog(9975), "--dry-run", f"--allow-shrink={share}")
            self.assertEqual(done.status, 0 if share.startswith("0.25") else 2, (share, done.text))
        self.push(1, "--allow-shrink", "100%")

    def test_only_what_was_delivered_to_its_end_counts(self):
        self.push(10)
        server = self.sandbox("--fault", "1@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        self.push(100, "--max-wait", "1m", status=5)
        self.here.environment["QUOTIZA_BASE_URL"] = self.server.address
        self.push(9, "--allow-shrink", "10%")

    def test_each_host_account_and_target_for_itself(self):
        self.push(10)
        self.here.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        self.push(5, "--allow-shrink", "10%")
        self.stops(4, "--allow-shrink", "10%", says=["found 4", "had 5"])
        other = self.sandbox()
        self.here.environment.update(QUOTIZA_ACCOUNT_ID="1", QUOTIZA_BASE_URL=other.address)
        self.push(3, "--allow-shrink", "10%")
        self.here.environment["QUOTIZA_BASE_URL"] = self.server.address
        self.stops(8, "--allow-shrink", "10%", says=["found 8", "had 10"])

    def test_each_shard_for_itself(self):
        self.push(1000)
        shards = {}
        for shard in ("1/2", "2/2"):
            done = self.push(1000, "--shard", shard, "--allow-shrink", "10%")
            self.assertIn(f"nothing to compare with, as no run of the ledger with --shard {shard}", done.text)
            shards[shard] = done.summary["outputs"]["quotiza.products"]["records"]
        self.assertEqual(self.here.show(done.summary["run"])["shard"], "2/2")
        self.push(990, "--allow-shrink", "10%")
        done = self.stops(500, "--shard", "1/2", "--allow-shrink", "10%", says=[f"had {shards['1/2']}", "the last run of shard 1/2"])
        self.push(1000, "--shard", "1/2", "--allow-shrink", "10%")
        self.push(1000, "--shard", "1/3", "--allow-shrink", "0%")
        self.stops(500, "--allow-shrink", "10%", says=["had 990"])

    def test_records_count_and_not_rows_or_what_was_sent(self):
        self.push(10)
        self.push(10, "--changed-only")
        self.push(9, "--changed-only", "--allow-shrink", "10%")
        self.stops(8, "--changed-only", "--allow-shrink", "10%", says=["found 8", "had 9"])
        self.stops(9, "--allow-shrink", "10%", bad=(1,), says=["found 8", "had 9"])

    def test_a_folder(self):
        self.push(10)
        self.assertEqual(self.here.run("convert", "mapping.json", self.here.catalog(5), "-o", "out").status, 0)
        for more in ([], ["--dry-run"]):
            done = self.here.push("out", "--allow-shrink", "20%", *more)
            self.assertEqual(done.status, 7, done.text)
            self.assertIn("50 % fewer", done.text)
        self.assertEqual(len(self.server.imports()), 1)
        self.assertEqual(self.here.push("out", "--allow-shrink", "50%").status, 0)

    def test_a_dry_run_tells_it(self):
        self.push(10)
        self.stops(5, "--allow-shrink", "20%", "--dry-run", says=["50 % fewer"])
        del self.here.environment["QUOTIZA_API_TOKEN"]
        self.stops(5, "--allow-shrink", "20%", "--dry-run", says=["50 % fewer"])
        del self.here.environment["QUOTIZA_ACCOUNT_ID"]
        done = self.here.push("mapping.json", "catalog.csv", "--allow-shrink", "20%", "--dry-run")
        self.assertEqual(done.status, 0)
        self.assertIn("the account of quotiza.products is not known yet", done.text)

    def test_a_run_that_cannot_be_read_is_passed_over_with_a_warning(self):
        self.push(10)
        broken = self.push(100).summary["run"]
        (self.here.state / "runs" / broken / "run.db").write_bytes(b"no database" * 100)
        done = self.push(9, "--allow-shrink", "10%")
        self.assertIn(broken, done.text)


class Prune(Guards):
    def prune(self, *arguments, status=0):
        done = self.here.run("runs", "prune", "--state", self.here.state, "--json", *arguments)
        self.assertEqual(done.status, status, done.text)
        if done.status == 0:
            self.assertEqual(done.summary["left"], len(list((self.here.state / "runs").iterdir())) - (len(done.summary["removed"]) if "--dry-run" in arguments else 0))
        return [r["run"] for r in done.summary["removed"]] if done.out else None

    def ids(self):
        return [r["run"] for r in self.here.runs()]

    def age(self, run, days):
        """As if it had begun so long ago."""
        folder = self.here.state / "runs" / run
        name = time.strftime("%Y%m%d-%H%M%S-", time.gmtime(time.time() - days * 86400)) + run[-4:]
        folder.rename(folder.with_name(name))
        return name

    def several(self, count):
        return [self.push(10 + n).summary["run"] for n in range(count)][::-1]

    def test_the_newest_stay(self):
        runs = self.several(5)
        self.assertEqual(self.prune("--keep", "2", "--dry-run"), runs[2:])
        self.assertEqual(self.ids(), runs)
        self.assertEqual(self.prune("--keep", "2"), runs[2:])
        self.assertEqual(self.ids(), runs[:2])
        self.assertEqual(self.prune("--keep", "2"), [])
        self.assertEqual(self.here.run("runs", "show", runs[4], "--state", self.here.state).status, 2)
        self.assertEqual(sorted(p.name for p in (self.here.state / "runs").iterdir()), sorted(runs[:2]))

    def test_what_began_later_stays(self):
        runs = self.several(4)
        old = [self.age(runs[2], 91), self.age(runs[3], 1000)]
        self.assertEqual(self.prune("--older-than", "1001d"), [])
        self.assertEqual(self.prune("--older-than", "90d", "--keep", "3"), old[1:])
        self.assertEqual(self.prune("--older-than", "90d"), old[:1])
        self.assertEqual(self.ids(), runs[:2])
        self.assertEqual(self.prune("--older-than", "999999999d"), [])

    def test_what_a_guard_compares_with_stays(self):
        runs = self.several(3)
        self.here.environment["QUOTIZA_ACCOUNT_ID"] = "2"
        self.push(5)
        other = self.push(6).summary["run"]
        self.prune("--keep", "0")
        self.assertEqual(self.ids(), [other, runs[0]])
        self.stops(1, "--allow-shrink", "50%", says=[other])
        self.here.environment["QUOTIZA_ACCOUNT_ID"] = "1"
        self.stops(1, "--allow-shrink", "50%", says=[runs[0]])

    def test_what_a_guard_compares_with_of_each_shard_stays(self):
        whole = self.push(10).summary["run"]
        runs = [self.push(40, "--shard", shard).summary["run"] for shard in ("1/2", "2/2", "1/2")]
        self.prune("--keep", "0")
        self.assertEqual(self.ids(), [runs[2], runs[1], whole])

    def test_what_was_accepted_stays_known(self):
        self.several(3)
        self.prune("--keep", "0")
        sent = len(self.server.imports())
        done = self.push(12, "--changed-only")
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["unchanged"], 12)
        self.assertEqual(len(self.server.imports()), sent)

    def test_what_stopped_goes_only_when_told_and_what_was_superseded_goes(self):
        server = self.sandbox("--fault", "1,2@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        first, second = (self.push(3, "--max-wait", "1m", status=5).summary["run"] for _ in range(2))
        self.assertEqual([(r["run"], r["status"]) for r in self.here.runs()], [(second, "stopped"), (first, "superseded")])
        self.assertEqual(self.prune("--keep", "0"), [first])
        self.assertEqual(self.prune("--keep", "0", "--stopped", "--dry-run"), [second])
        self.assertEqual(self.prune("--keep", "1", "--stopped"), [])
        self.assertEqual(self.prune("--keep", "0", "--stopped"), [second])
        self.assertEqual(self.ids(), [])

    def test_a_stopped_run_that_could_go_on_stays(self):
        self.push(3)
        server = self.sandbox("--fault", "1@import:429=7200")
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        stopped = self.push(3, "--max-wait", "1m", status=5).summary["run"]
        self.prune("--keep", "0")
        self.assertIn(stopped, self.ids())
        self.ended(self.here.resume(stopped), 0)

    def test_a_run_that_a_process_has_stays(self):
        runs = self.several(2)
        with open(self.here.state / "runs" / runs[1] / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.prune("--keep", "0", "--stopped"), [])
        self.assertEqual(self.prune("--keep", "0"), runs[1:])

    def test_a_running_delivery_stays(self):
        self.push(3)
        server = self.sandbox(job_ms=3000)
        self.here.environment["QUOTIZA_BASE_URL"] = server.address
        process = self.here.start("push", "mapping.json", "catalog.csv", "--state", self.here.state)
        while not server.imports() and process.poll() is None:
            time.sleep(0.01)
        self.prune("--keep", "0", "--stopped")
        self.assertEqual([r["status"] for r in self.here.runs()][:1], ["running"])
        self.assertEqual(process.communicate(timeout=20) and process.returncode, 0)

    def test_what_a_cut_removal_left_is_cleared(self):
        runs = self.several(2)
        folder = self.here.state / "runs"
        (folder / runs[1]).rename(folder / f".{runs[1]}.gone")
        self.assertEqual(self.ids(), runs[:1])
        self.assertEqual(self.prune("--keep", "5"), [])
        self.assertEqual([p.name for p in folder.iterdir()], runs[:1])

    def test_links_are_not_followed(self):
        runs = self.several(2)
        outside = self.here.folder / "outside"
        outside.mkdir()
        (outside / "precious").write_text("x")
        spool = self.here.state / "runs" / runs[1] / "spool"
        (spool / "link").symlink_to(outside)
        self.prune("--keep", "0")
        self.assertEqual(self.ids(), runs[:1])
        self.assertTrue((outside / "precious").exists())

    def test_it_must_be_told_what_stays(self):
        self.several(2)
        for wrong in ([], ["--keep", "x"], ["--keep", "-1"], ["--older-than", "soon"], ["--keep", "1", "20200101-000000-0000"]):
            self.prune(*wrong, status=2)
        for wrong in (["--keep", "0"], ["--older-than", "0s"], ["--dry-run"], ["--stopped"], ["show", "x", "--keep", "0"]):
            self.assertEqual(self.here.run("runs", *wrong, "--state", self.here.state).status, 2, wrong)
        self.assertEqual(len(self.ids()), 2)

    def test_text_says_what_went(self):
        runs = self.several(2)
        done = self.here.run("runs", "prune", "--keep", "1", "--state", self.here.state)
        self.assertIn(f"removed {runs[1]}  done", done.out.decode())
        self.assertIn("1 run removed, 1 stays", done.out.decode())
        self.assertEqual(json.loads(self.here.run("runs", "--json", "--state", self.here.state).out)["runs"][0]["run"], runs[0])


if __name__ == "__main__":
    main()
