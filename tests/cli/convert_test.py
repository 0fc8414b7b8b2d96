#!/usr/bin/env python3
"""`convert` and `check` where a golden case cannot look: what is left behind by a kill, a full disk or a closed pipe, memory, names of
files, and what must hold of two conversions at once. convert_test.py PROGRAM"""
import csv
import hashlib
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import SANITIZED, Case, await_handler, main  # noqa: E402


def contents(folder):
    return {p.name: p.read_bytes() for p in Path(folder).iterdir()}


class Convert(Case):
    def setUp(self):
        self.here = self.place()

    def convert(self, *arguments, status=0, **more):
        done = self.here.run("convert", *arguments, **more)
        self.assertEqual(done.status, status, done.text)
        return done

    def nothing_left(self, *but):
        """Neither the output nor anything half-done beside it."""
        self.assertEqual(sorted(p.name for p in self.here.folder.iterdir()), sorted(("qonduit.json", "mapping.json", "catalog.csv", *but)))


class Bytes(Convert):
    def test_equal_runs_give_equal_bytes(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(2500, bad=(7, 2000))
        self.convert(mapping, catalog, "-o", "one", status=1)
        time.sleep(0.01)
        self.here.environment.update(TZ="Asia/Tokyo", LANG="tr_TR.UTF-8", HOME="/nonexistent")
        self.convert(mapping, catalog, "-o", "two", status=1)
        self.assertEqual(contents(self.here.folder / "one"), contents(self.here.folder / "two"))
        self.assertEqual({p.name for p in (self.here.folder / "one").iterdir()},
                         {*(f"quotiza.products-0000{n}.json{s}" for n in (1, 2, 3) for s in ("", ".rows")), "rejects.csv", "manifest.json"})

    def test_standard_input_gives_the_same_files(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(1500, bad=(7,))
        self.convert(mapping, catalog, "-o", "one", status=1)
        self.convert(mapping, "-", "-o", "two", status=1, stdin=catalog.read_bytes())
        one, two = contents(self.here.folder / "one"), contents(self.here.folder / "two")
        name = json.loads(two["manifest.json"])["inputs"][0]["name"].encode()
        for file in set(one) - {"manifest.json"}:
            self.assertEqual(one[file], two[file].replace(name + b":", b"catalog.csv:"), file)

    def test_a_pipe_that_trickles_gives_the_same_files(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(40)
        self.convert(mapping, catalog, "-o", "one")
        process = self.here.start("convert", mapping, "-", "-o", "two", stdin=subprocess.PIPE)
        content = catalog.read_bytes()
        for i in range(0, len(content), 7):
            process.stdin.write(content[i:i + 7])
            process.stdin.flush()
        process.communicate(timeout=10)
        self.assertEqual(contents(self.here.folder / "one")["quotiza.products-00001.json"],
                         contents(self.here.folder / "two")["quotiza.products-00001.json"])

    def test_the_manifest_says_what_is_there(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(1500, bad=(7,))
        self.convert(mapping, catalog, "-o", "out", status=1)
        out = self.here.folder / "out"
        manifest = json.loads((out / "manifest.json").read_text())
        for f in manifest["files"]:
            content = (out / f["name"]).read_bytes()
            self.assertEqual((f["bytes"], f["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
        self.assertEqual(manifest["inputs"][0]["sha256"], hashlib.sha256(catalog.read_bytes()).hexdigest())
        self.assertEqual(manifest["mapping"]["sha256"], hashlib.sha256(mapping.read_bytes()).hexdigest())
        self.assertEqual(sum(f["records"] for f in manifest["files"] if f["target"]), manifest["rows"]["written"])

    def test_lines_on_standard_output_are_those_of_the_file(self):
        mapping, catalog = self.here.mapping("file.ndjson"), self.here.catalog(3000)
        out = self.convert(mapping, catalog, "-o", "-").out
        self.convert(mapping, catalog, "-o", "out")
        self.assertEqual(out, (self.here.folder / "out/file.ndjson").read_bytes())

    def test_quiet_says_nothing(self):
        done = self.convert(self.here.mapping(), self.here.catalog(3), "-q", "-o", "out")
        self.assertEqual((done.out, done.err), (b"", b""))

    def test_the_summary_adds_up(self):
        mapping = self.here.mapping("file.ndjson", keep={"not": {"column": "name", "equals": "Name 5"}}, unique={"by": ["name"]})
        catalog = self.here.catalog(2000, bad=(7, 9))
        catalog.write_bytes(catalog.read_bytes() + b"KX,Name 1,B,1\n" * 3)
        done = self.convert(mapping, catalog, "-o", "out", "--json", status=1)
        self.ended(done, 1)
        self.assertEqual(done.summary["rows"], {"read": 2003, "filtered": 1, "duplicates": 3, "rejected": 2, "written": 1997})
        self.assertEqual(done.summary["status"], "done")


class Output(Convert):
    def test_a_folder_that_exists(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3)
        out = self.here.folder / "out"
        out.mkdir()
        self.convert(mapping, catalog, "-o", "out")
        first = contents(out)
        done = self.convert(mapping, catalog, "-o", "out", status=2)
        self.assertIn("--force", done.text)
        self.assertEqual(contents(out), first)
        other = self.here.catalog(2, price="9.00", name="other.csv")
        self.convert(mapping, other, "-o", "out", "--force")
        self.assertIn(b"9.00", contents(out)["quotiza.products-00001.json"])
        out.chmod(0o700)
        self.convert(mapping, catalog, "-o", "out", "--force")
        self.assertEqual((contents(out), out.stat().st_mode & 0o777), (first, 0o700))
        self.nothing_left("out", "other.csv")

    def test_force_leaves_a_strangers_folder_alone(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3)
        self.here.write("mine/letter.txt", "dear")
        for arguments in ((), ("--force",)):
            self.convert(mapping, catalog, "-o", "mine", *arguments, status=2)
            self.assertEqual(contents(self.here.folder / "mine"), {"letter.txt": b"dear"})
        self.here.write("mine/manifest.json", "{}")
        self.convert(mapping, catalog, "-o", "mine", "--force", status=2)
        self.assertEqual(set(contents(self.here.folder / "mine")), {"letter.txt", "manifest.json"})
        self.here.write("plain", "file")
        self.convert(mapping, catalog, "-o", "plain", "--force", status=2)
        self.assertEqual((self.here.folder / "plain").read_text(), "file")

    def test_force_with_an_input_from_the_old_output(self):
        mapping = self.here.mapping("file.csv", fields={"SKU": "sku", "Name": "name", "Brand": "brand", "Price": "price"})
        self.convert(mapping, self.here.catalog(3), "-o", "out")
        self.convert(mapping, "out/file.csv", "-o", "out", "--force")
        self.assertEqual(len((self.here.folder / "out/file.csv").read_text().splitlines()), 4)

    def test_a_failed_force_keeps_the_old_output(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3)
        self.convert(mapping, catalog, "-o", "out")
        first = contents(self.here.folder / "out")
        catalog.write_bytes(catalog.read_bytes() + b'K9,"open')
        self.convert(mapping, catalog, "-o", "out", "--force", status=4)
        self.assertEqual(contents(self.here.folder / "out"), first)
        self.nothing_left("out")

    def test_a_link_is_not_followed_out(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3)
        self.here.write("target/letter.txt", "dear")
        os.symlink("target", self.here.folder / "out")
        self.convert(mapping, catalog, "-o", "out", "--force", status=2)
        self.assertEqual(contents(self.here.folder / "target"), {"letter.txt": b"dear"})

    def test_faults_leave_nothing(self):
        mapping = self.here.mapping()
        for change, status in ((b'K9,"open', 4), (b"K9,\xff\xfe,B,1\n", 4)):
            catalog = self.here.catalog(5000)
            catalog.write_bytes(catalog.read_bytes() + change)
            self.convert(mapping, catalog, "-o", "out", status=status)
            self.nothing_left()
        self.convert(mapping, self.here.catalog(5000, bad=(4999,)), "-o", "out", "--max-rejects", "0", status=7)
        self.nothing_left()
        self.convert(mapping, self.here.catalog(0), "-o", "out", status=4)
        self.nothing_left()
        self.here.catalog(5)
        self.convert(mapping, "nowhere.csv", "-o", "out", status=4)
        self.nothing_left()

    def test_a_place_that_is_not_there(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3)
        done = self.here.run("convert", mapping, catalog, "-o", "no/such/folder/out")
        self.assertIn(done.status, (0, 2, 4))
        if done.status:
            self.assertIn("no/such/folder", done.text)

    def test_a_kill_leaves_no_folder(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(60000)
        rng = random.Random(5)
        began = time.monotonic()
        self.convert(mapping, catalog, "-o", "whole")
        took = time.monotonic() - began
        whole = contents(self.here.folder / "whole")
        killed = 0
        for n in range(12):
            process = self.here.start("convert", mapping, catalog, "-o", f"out{n}")
            time.sleep(rng.uniform(0.005, took))
            process.kill()
            process.communicate()
            if (self.here.folder / f"out{n}").exists():
                self.assertEqual(contents(self.here.folder / f"out{n}"), whole)
            else:
                killed += 1
        self.assertGreater(killed, 0)
        self.convert(mapping, catalog, "-o", "out0", "--force")
        self.assertEqual(contents(self.here.folder / "out0"), whole)

    def test_a_signal_leaves_nothing_and_says_its_number(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(150000)
        for how in (signal.SIGINT, signal.SIGTERM):
            process = self.here.start("convert", mapping, catalog, "-o", "out")
            for _ in range(500): # until it has begun to write
                if any(".out" in path.name for path in self.here.folder.iterdir()):
                    break
                time.sleep(0.01)
            process.send_signal(how)
            process.communicate(timeout=10)
            self.assertEqual(process.returncode, 128 + how)
            self.nothing_left()

    def test_a_signal_ends_a_wait_for_standard_input(self):
        self.here.catalog(1)
        for more in ({}, {"unique": {"by": ["sku"], "prefer": "last"}}):
            process = self.here.start("convert", self.here.mapping(**more), "-", "-o", "out", stdin=subprocess.PIPE)
            process.stdin.write(b"SKU,Name,Brand,Price\n")
            process.stdin.flush()
            await_handler(process)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=5), 128 + signal.SIGTERM)
            self.assertLess(time.monotonic() - began, 1)
            process.stdin.close()
            process.stderr.close()
            process.stdout.close()
            self.nothing_left()

    def test_what_can_be_read_only_once_is_refused_where_it_may_be_needed_twice(self):
        os.mkfifo(self.here.folder / "once")
        done = self.here.run("convert", self.here.mapping(unique={"by": ["sku"], "prefer": "last"}), "once", "-o", "out", timeout=5)
        self.assertEqual(done.status, 4, done.text)
        self.assertIn("standard input", done.text)

    def test_a_name_that_cannot_become_a_folder_is_refused_before_a_row_is_read(self):
        (self.here.folder / "link").symlink_to("nowhere")
        for name in ("link", "new/."):
            done = self.here.run("convert", self.here.mapping(), self.here.catalog(2), "-o", name)
            self.assertIn(done.status, (2, 4), done.text)
            self.assertFalse((self.here.folder / "new").exists())


class Full(Convert):
    def test_a_disk_that_is_full_leaves_nothing(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(5000, bad=range(2000, 4000))
        for kib in (1, 4, 16, 40, 64):
            def limit():
                resource.setrlimit(resource.RLIMIT_FSIZE, (kib << 10, kib << 10))
            done = self.convert(mapping, catalog, "-o", "out", status=4, preexec_fn=limit)
            self.assertRegex(done.text, r"File too large")
            self.nothing_left()
        csv = self.here.mapping("file.csv", name="mapping.json")
        done = self.convert(csv, catalog, "-o", "out", status=4, preexec_fn=limit)
        self.nothing_left()

    def test_a_tmpfs_that_is_full_leaves_nothing(self):
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
            self.skipTest("no mount namespace")
        mapping, catalog = self.here.mapping(), self.here.catalog(5000)
        (self.here.folder / "small").mkdir()
        script = 'mount -t tmpfs -o size=100k none small && { "$@"; status=$?; ls -A small >left; exit $status; }'
        done = self.here.run("convert", mapping, catalog, "-o", "small/out", before=["unshare", "-m", "sh", "-c", script, "sh"])
        self.assertEqual(done.status, 4, done.text)
        self.assertIn("No space left on device", done.text)
        self.assertEqual((self.here.folder / "left").read_text(), "")

    def test_standard_output_that_is_full(self):
        mapping, catalog = self.here.mapping("file.ndjson"), self.here.catalog(3000)
        for arguments in (("convert", mapping, catalog, "-o", "-"), ("convert", mapping, catalog, "-o", "out", "--json"), ("help",), ("version",),
                          ("check", mapping, "--json"), ("help", "steps"), ("runs", "--json", "--state", "state"), ("runs", "--state", "state")):
            with open("/dev/full", "w") as full:
                done = self.here.run(*arguments, stdout=full)
            self.assertNotIn(done.status, (0, 1), arguments)
            self.assertIn("No space left", done.text)

    def test_a_reader_that_goes_away(self):
        mapping, catalog = self.here.mapping("file.ndjson"), self.here.catalog(50000)
        process = self.here.start("convert", mapping, catalog, "-o", "-")
        process.stdout.read(100)
        process.stdout.close()
        err = process.stderr.read().decode()
        self.assertNotIn(process.wait(timeout=10), (0, 1))
        process.stderr.close()
        self.assertLessEqual(len(err.splitlines()), 1, err)

    def test_descriptors_that_are_closed_damage_nothing(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(1500, bad=(3,))
        self.convert(mapping, catalog, "-o", "whole", status=1)
        whole = contents(self.here.folder / "whole")
        for n, closed in enumerate(("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-")):
            done = self.here.run("convert", mapping, catalog, "-o", f"out{n}", before=["sh", "-c", f'exec "$@" {closed}', "sh"])
            self.assertEqual(done.status, 1, closed)
            self.assertEqual(contents(self.here.folder / f"out{n}"), whole)


class Rejects(Convert):
    def test_what_is_mended_gives_the_same_records(self):
        mapping = self.here.mapping("file.ndjson")
        rows = ["SKU,Name,Brand,Price,Extra"]
        for n in range(1, 400):
            rows.append(f'K{n},"Näme ""{n}"", with\nbreak",B,{"x" if n % 3 == 0 else ""}{n}.50,"  keep, me "')
        catalog = self.here.write("catalog.csv", "\n".join(rows) + "\n")
        whole = self.here.write("whole.csv", "\n".join(rows).replace(",x", ",") + "\n")
        self.convert(mapping, whole, "-o", "whole")
        self.convert(mapping, catalog, "-o", "out", status=1)
        with open(self.here.folder / "out/rejects.csv", newline="", encoding="utf-8") as f:
            rejects = list(csv.reader(f))
        self.assertEqual(rejects[0], ["SKU", "Name", "Brand", "Price", "Extra", "_source", "_column", "_value", "_reason"])
        self.assertEqual(len(rejects) - 1, 133)
        for row in rejects[1:]:
            self.assertEqual((row[6], row[7]), ("price", row[3]))
            self.assertEqual(row[4], "  keep, me ")
            row[3] = row[3].removeprefix("x")
        mended = io.StringIO()
        csv.writer(mended).writerows(rejects)
        self.here.write("mended.csv", mended.getvalue())
        self.convert(mapping, "mended.csv", "-o", "mended")

        def records(*folders):
            return sorted(line for f in folders for line in (self.here.folder / f / "file.ndjson").read_text().splitlines())
        self.assertEqual(records("out", "mended"), records("whole"))

    def test_rejects_of_a_semicolon_file_in_another_encoding(self):
        mapping = self.here.write("mapping.json", {"qonduit": 1, "source": {"encoding": "windows-1252", "columns": {
            "sku": {"header": "SKU", "required": True}, "price": {"header": "Prix €", "type": "decimal", "decimal_mark": ","}}},
            "outputs": {"file.ndjson": {"fields": {"sku": "sku", "price": "price"}}}})
        catalog = self.here.write("catalog.csv", "SKU;Prix €\r\nA;1,50\r\nB;é\r\n".encode("windows-1252"))
        self.convert(mapping, catalog, "-o", "out", status=1)
        text = (self.here.folder / "out/rejects.csv").read_bytes()
        mended = text.replace("é".encode("windows-1252"), b"2,5").replace("é".encode(), b"2,5")
        self.here.write("mended.csv", mended)
        done = self.here.run("convert", mapping, "mended.csv", "-o", "mended")
        self.assertEqual(done.status, 0, done.text + repr(text))
        self.assertEqual((self.here.folder / "mended/file.ndjson").read_text(), '{"sku":"B","price":2.5}\n')


class Unique(Convert):
    def test_the_lowest_of_each_key_is_the_models(self):
        rng = random.Random(11)
        rows, best = [], {}
        for n in range(20000):
            key, price = f"G{rng.randrange(3000)}", rng.choice(["", f"{rng.randrange(1, 60)}.{rng.randrange(100):02}", f"{rng.randrange(1, 60)}", "bad"])
            rows.append(f"{key},N{n},B,{price}")
            if price == "bad":
                continue
            value = Decimal(price) if price else None
            old = best.get(key)
            if old is None or value is not None and (old[1] is None or value < old[1]):
                best[key] = (n, value)
        catalog = self.here.write("catalog.csv", "SKU,Name,Brand,Price\n" + "\n".join(rows) + "\n")
        mapping = self.here.mapping("file.ndjson", unique={"by": ["sku"], "prefer": {"lowest": "price"}})
        self.convert(mapping, catalog, "-o", "out", status=1)
        out = (self.here.folder / "out/file.ndjson").read_bytes()
        found = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in out.splitlines()]
        self.assertEqual([(r["name"], r.get("cost")) for r in found], [(f"N{n}", v) for n, v in sorted(best.values(), key=lambda b: b[0])])
        self.assertEqual(self.convert(mapping, catalog, "-o", "-", status=1).out, out)
        self.assertEqual(self.convert(mapping, "-", "-o", "-", status=1, stdin=catalog.read_bytes()).out, out)
        self.convert(mapping, "-", "-o", "piped", status=1, stdin=catalog.read_bytes())
        self.assertEqual((self.here.folder / "piped/file.ndjson").read_bytes(), out)

    def test_over_several_inputs(self):
        mapping = self.here.mapping("file.ndjson", unique={"by": ["sku"], "prefer": {"lowest": "price"}})
        one, two = self.here.catalog(3, price="2.00", name="one.csv"), self.here.catalog(5, price="1.00", name="two.csv")
        out = self.convert(mapping, one, two, "-o", "-").out
        self.assertEqual([json.loads(line, parse_float=str)["cost"] for line in out.splitlines()], ["1.00"] * 5)


class Size(Convert):
    def peak(self, rows, target, **more):
        mapping, catalog = self.here.mapping(target, **more), self.here.catalog(rows)
        # what a process has held at most counts what its parent held when it began: so a small one in between
        between = ("import os, sys\npid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])\n_, status, used = os.wait4(pid, 0)\n"
                   "print(used.ru_maxrss)\nsys.exit(os.waitstatus_to_exitcode(status))")
        done = self.convert(mapping, catalog, "-q", "-o", f"out{rows}{target}", before=[sys.executable, "-S", "-c", between])
        return int(done.out)

    @unittest.skipIf(SANITIZED, "a sanitizer holds memory of its own")
    def test_memory_does_not_grow_with_the_input(self):
        for target in ("file.ndjson", "file.csv", "file.json"):
            small, large = self.peak(20000, target), self.peak(200000, target)
            self.assertLess(large - small, 4096, (target, small, large))

    @unittest.skipIf(SANITIZED, "a sanitizer holds memory of its own")
    def test_keys_cost_at_most_24_bytes_each(self):
        small, large = self.peak(20000, "quotiza.products"), self.peak(400000, "quotiza.products")
        self.assertLess(large - small, 380000 * 24 / 1024 + 4096, (small, large))

    def test_twenty_thousand_columns(self):
        header = ",".join(["SKU", "Name", *(f"c{n}" for n in range(19996)), "Brand", "Price"])
        rows = [",".join([f"K{n}", "N", *("v" * 19996), "B", "1.5"]) for n in range(30)]
        catalog = self.here.write("catalog.csv", "\n".join([header, *rows]) + "\n")
        out = self.convert(self.here.mapping("file.ndjson"), catalog, "-o", "-").out
        self.assertEqual(out.splitlines()[29], b'{"sku":"K29","name":"N","brand":"B","cost":1.5}')

    def test_a_cell_that_is_too_long_is_told_with_its_line(self):
        catalog = self.here.catalog(5)
        catalog.write_bytes(catalog.read_bytes() + b'K9,"' + b"x" * (40 << 20) + b'",B,1\n')
        done = self.here.run("convert", self.here.mapping("file.ndjson"), catalog, "-o", "out")
        self.assertIn(done.status, (1, 4), done.text)
        self.assertRegex(done.text + str(contents(self.here.folder / "out") if done.status == 1 else ""), "7")

    def test_a_quote_that_is_never_closed_is_found_where_it_opens(self):
        catalog = self.here.catalog(5)
        catalog.write_bytes(catalog.read_bytes() + b'K9,"' + b"x,\n" * 100000)
        done = self.convert(self.here.mapping("file.ndjson"), catalog, "-o", "out", status=4)
        self.assertIn("catalog.csv:7", done.text)


class Names(Convert):
    def test_files_of_any_name(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(2, bad=(2,))
        content = catalog.read_bytes()
        for name in (b"catal\xf6g.csv", "каталог.csv".encode(), b"new\nline.csv", b"-dash.csv", b"with space & 'quotes\".csv", b"tab\t\x1b[31m.csv"):
            path = os.path.join(os.fsencode(self.here.folder), name)
            with open(path, "wb") as f:
                f.write(content)
            done = self.here.run("convert", mapping, "-o", "out", "--force", "--", os.fsdecode(name))
            self.assertEqual(done.status, 1, (name, done.text))
            self.assertNotIn(b"\x1b", done.err)
            out = contents(self.here.folder / "out")
            json.loads(out["manifest.json"])
            self.assertEqual(out["quotiza.products-00001.json.rows"].count(b"\n"), 1, name)
            rejected = list(csv.reader(io.StringIO(out["rejects.csv"].decode("utf-8", "surrogateescape"), newline="")))
            self.assertEqual(len(rejected), 2, name)
            os.unlink(path)

    def test_inputs_that_are_no_files(self):
        mapping = self.here.mapping("file.ndjson")
        self.here.catalog(1)
        self.convert(mapping, ".", "-o", "out", status=4)
        os.mkfifo(self.here.folder / "pipe")
        process = self.here.start("convert", mapping, "pipe", "-o", "-")
        with open(self.here.folder / "pipe", "wb") as f:
            f.write((self.here.folder / "catalog.csv").read_bytes())
        out, err = process.communicate(timeout=10)
        self.assertIn(process.returncode, (0, 4), err)
        if process.returncode == 0:
            self.assertEqual(len(out.splitlines()), 1)

    def test_limit_is_of_rows(self):
        mapping, catalog = self.here.mapping("file.ndjson"), self.here.catalog(3000, bad=(2,))
        for limit, status, lines in ((1, 0, 1), (2, 1, 1), (2500, 1, 2499), (5000, 1, 2999)):
            out = self.convert(mapping, catalog, "-o", "-", "--limit", limit, status=status).out
            self.assertEqual(len(out.splitlines()), lines)
        whole = self.convert(mapping, "-", "-o", "-", "--limit", "1", stdin=catalog.read_bytes()).out
        self.assertEqual(len(whole.splitlines()), 1)


class Usage(Convert):
    def test_every_option_of_the_help_is_taken(self):
        values = {"DIR": "d", "NAME=VALUE": "margin=1.4", "N": "3", "N|P%": "5%", "INPUT": "catalog.csv", "FILE": "f.json", "15m": "15m", "60000": "60000",
                  "5": "5", "10": "10", "400": "400", "TOKEN": "t", "ID": "1", "SKU": "s", "SPEC": "import:500", "text|json": "json",
                  "auto|always|never": "never"}
        commands = re.findall(r"^  (\w+)", self.here.run("help").out.decode(), re.M)
        self.assertTrue({"convert", "push", "check", "runs", "sandbox"} <= set(commands), commands)
        for command in ("convert", "push", "check", "runs", "sandbox"):
            done = self.here.run("help", command)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(self.here.run(command, "--help").out, done.out)
            options = re.findall(r"(--[a-z-]+)(?: ([^ ]+))?", "\n".join(
                line for line in done.out.decode().splitlines() if re.match(r"  +(-\w, )?--[a-z]", line)))
            options = {o: v for o, v in options if not o.startswith("--help")}
            self.assertGreater(len(options), 4, done.out)
            for option, value in options.items():
                given = [option] + ([values[value]] if value in values else [])
                # an option that is taken is followed by what is wrong behind it
                done = self.here.run(command, *given, "--no-such-option")
                self.assertEqual(done.status, 2)
                self.assertIn("--no-such-option", done.text, (command, given))
                if len(given) == 2:
                    self.assertIn("--no-such-option", self.here.run(command, f"{option}={given[1]}", "--no-such-option").text)
                    self.assertIn(option, self.here.run(command, option).text)

    def test_wrong_usage_ends_with_2(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(2)
        for arguments in ((), ("convert",), ("convert", mapping), ("convert", mapping, catalog), ("convert", mapping, catalog, "-o"),
                          ("convert", mapping, catalog, "-o", "out", "--limt", "3"), ("convert", mapping, catalog, "-o", "out", "--limit", "-3"),
                          ("convert", mapping, catalog, "-o", "out", "--limit", "three"), ("convert", mapping, catalog, "-o", "out", "--max-rejects", "101%"),
                          ("convert", mapping, "-", "-", "-o", "out"), ("convert", mapping, catalog, "-o", "-", "--json"), ("convrt",),
                          ("convert", mapping, catalog, "-o", "out", "--log-format", "xml"), ("convert", mapping, catalog, "-o", "out", "--config", "none.json"),
                          ("push",), ("push", mapping), ("runs", "shw"), ("runs", "show"), ("runs", "show", "a", "b"), ("runs", "show", "nowhere"),
                          ("check",), ("help", "nothing"), ("convert", mapping, catalog, "-o", "")):
            done = self.here.run(*arguments)
            self.assertEqual(done.status, 2, (arguments, done.text))
            self.assertNotEqual(done.err + done.out, b"")
            self.assertFalse((self.here.folder / "out").exists(), arguments)
        self.assertIn('did you mean "convert"', self.here.run("convrt").text)
        self.assertIn("did you mean --limit", self.here.run("convert", mapping, catalog, "-o", "out", "--limt", "3").text)

    def test_check_names_every_fault_with_its_place(self):
        self.here.write("mapping.json", '{ "qonduit": 1,\n  "source": { "columns": { "a": { "header": "A", "tpye": "text" } } },\n'
                        '  "outputs": { "file.ndjson": { "fields": {\n    "x": { "from": "b" },\n    "y": { "from": "a", "then": ["trimm"] } } } } }\n')
        done = self.here.run("check", "mapping.json")
        self.assertEqual((done.status, done.out), (3, b""))
        lines = [line for line in done.text.splitlines() if " error: " in line]
        self.assertEqual([re.match(r"mapping\.json:(\d+):\d+: error: ", line).group(1) for line in lines], ["2", "4", "5"])
        self.assertIn('"type"', lines[0])
        self.assertIn('"trim"', lines[2])
        faults = self.here.run("check", "mapping.json", "--json")
        self.assertEqual(faults.status, 3)
        self.assertEqual(re.findall(r'"line":(\d+)', faults.out.decode()), ["2", "4", "5"])

    def test_check_of_several_and_of_none(self):
        good = self.here.mapping()
        self.here.write("bad.json", "{")
        self.assertEqual(self.here.run("check", good).status, 0)
        self.assertEqual(self.here.run("check", good, "bad.json").status, 3)
        self.assertEqual(self.here.run("check", "bad.json", good).status, 3)
        self.assertEqual(self.here.run("check", "qogita-to-quotiza").status, 0)
        self.assertIn(self.here.run("check", "nowhere.json").status, (2, 3))

    def test_check_tells_each_mapping_whose_sample_cannot_be_read(self):
        self.here.write("other.csv", "nothing\n1\n")
        done = self.here.run("check", self.here.mapping(), "qogita-to-quotiza", "--sample", "other.csv")
        self.assertEqual((done.status, done.text.count("is the mapping's header")), (4, 2), done.text)

    def test_check_calls_records_of_a_json_sample_by_their_place(self):
        self.here.write("lines.json", """{ "qonduit": 1, "source": { "records": "orders[].lines[]", "columns": { "n": { "path": "n", "type": "integer" } } },
            "outputs": { "file.csv": { "fields": { "n": "n" } } } }""")
        self.here.write("in.json", '{"orders":[{"lines":[{"n":1}]},{"lines":[{"n":2},{"n":"x"}]}]}')
        done = self.here.run("check", "lines.json", "--sample", "in.json")
        self.assertEqual((done.status, done.text.count('in.json:/orders/1/lines/1: n: "x" is not')), (1, 1), done.text)

    def test_a_wrong_mapping_touches_no_data(self):
        self.here.write("mapping.json", '{ "qonduit": 1, "outputs": {} }')
        self.assertEqual(self.here.run("convert", "mapping.json", "nowhere.csv", "-o", "out").status, 3)
        self.assertEqual(self.here.run("push", "mapping.json", "nowhere.csv", "--state", "state").status, 3)
        self.assertFalse((self.here.folder / "state").exists())

    def test_lines_of_json_on_standard_error_are_json(self):
        done = self.convert(self.here.mapping(), self.here.catalog(5, bad=(2,)), "-o", "out", "--log-format", "json", "-v", status=1)
        for line in done.text.splitlines():
            entry = json.loads(line)
            self.assertIn(entry["level"], ("debug", "info", "warning", "error"))

    def test_nothing_reaches_the_network(self):
        if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
            self.skipTest("no network namespace")
        self.convert(self.here.mapping(), self.here.catalog(5), "-o", "out", before=["unshare", "-n"])


if __name__ == "__main__":
    main()
