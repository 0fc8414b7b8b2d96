#!/usr/bin/env python3
"""Disks that fail at a call, once or from then on, and file systems that cannot do all: what is told, what is left, and that it goes on
afterwards. disk_test.py PROGRAM"""
import concurrent.futures
import hashlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
from e2e_tools import Case, Sandbox, main  # noqa: E402
import kill_test  # noqa: E402
from kill_test import CONTRACTS, ROWS, can_trace  # noqa: E402

RENAMES = "rename,renameat,renameat2"


def traced(calls, inject, *more):
    return ["strace", "-f", "-o", "/dev/null", *more, "-e", f"trace={calls}", "-e", f"inject={calls}:{inject}"]


class Pushes(kill_test.Killed):
    # How the call fails, and each how many-th one is tried.
    CALLS = {"fdatasync": ("EIO", 7), "pwrite64": ("ENOSPC", 17), "fsync": ("EIO", 3), RENAMES: ("EIO", 1), "openat": ("EMFILE", 23)}

    count = kill_test.Places.count

    def one(self, call, error, when):
        with Sandbox(job_ms=5) as sandbox:
            place = self.open(sandbox)
            out, err = (process := self.start(place, before=traced(call, f"error={error}:when={when}"))).communicate()
            if b"shared libraries" in err: # it was not yet ours
                return
            self.assertIn(process.returncode, (0, 2, 3, 4, 5, 6), err) # whatever could not be read or written: no crash
            if process.returncode:
                self.assertRegex(err.decode(), r"(?m)^qonduit: |: error: ", "it says why")
            self.converges(place, sandbox)

    def test_a_call_that_fails_loses_nothing(self):
        if not can_trace():
            self.skipTest("no strace")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            tasks = []
            for call, (error, stride) in self.CALLS.items():
                count = self.count(call)
                self.assertGreater(count, 0, call)
                for when in range(1 + len(tasks) % stride, count + 1, stride):
                    for times in (when, f"{when}+"):
                        tasks.append((call, times, pool.submit(self.one, call, error, times)))
            for call, times, task in tasks:
                with self.subTest(call=call, when=times):
                    task.result()


class Converts(Case):
    def job(self, rows=ROWS, price="1.50"):
        place = self.place()
        place.job = ("convert", place.mapping(), place.catalog(rows, price=price), "-o", "out")
        return place

    def outputs(self, place):
        return {str(p.relative_to(place.folder)): p.read_bytes() for p in place.files() if p.parent != place.folder}

    def one(self, call, error, when, replaced):
        """Whether it failed and left what was there before."""
        place = self.job()
        if replaced:
            self.ended(place.run(*place.job), 0)
        before = self.outputs(place)
        place.catalog(ROWS, price="2.50")
        done = place.run(*place.job, *(["--force"] if replaced else []), before=traced(call, f"error={error}:when={when}"))
        self.assertIn(done.status, (0, 4), done.text)
        if done.status:
            self.assertRegex(done.text, r"(?m)^qonduit: ")
            if self.outputs(place) == before:
                return True
        after = self.outputs(place) # whole, also where the sync behind the last rename has failed
        self.assertEqual(sorted(after), ["out/manifest.json", "out/quotiza.products-00001.json", "out/quotiza.products-00001.json.rows"])
        self.assertIn(b"2.50", after["out/quotiza.products-00001.json"])
        self.assertIn(hashlib.sha256(after["out/quotiza.products-00001.json"]).hexdigest().encode(), after["out/manifest.json"])
        return False

    def test_a_failure_leaves_the_old_output_or_none(self):
        if not can_trace():
            self.skipTest("no strace")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for call, error in (("fsync", "EIO"), ("write", "ENOSPC"), (RENAMES, "EACCES"), ("mkdir,mkdirat", "ENOSPC")):
                for replaced in (False, True):
                    told = list(pool.map(lambda when: self.one(call, error, when, replaced), range(1, 7)))
                    self.assertTrue(any(told), call)

    def test_a_workbook_on_a_full_disk_is_told_and_not_left(self):
        if not can_trace():
            self.skipTest("no strace")
        sheets = [{"name": name, "fields": {"SKU": "sku", "Name": "name", "Bad": {"from": "price", "then": ["to_decimal"]}}} for name in "AB"]

        def one(when):
            place = self.place()
            job = ("convert", place.mapping(), place.catalog(3000, bad=range(5, 900)), "-o", "out")
            place.write("mapping.json", {"qonduit": 1, "source": {"columns": {"sku": "SKU", "name": "Name", "price": "Price"}},
                                         "outputs": {"report.xlsx": {"sheets": sheets}}})
            done = place.run(*job, before=traced("write,pwrite64,writev", f"error=ENOSPC:when={when}"))
            self.assertIn(done.status, (1, 4), done.text)
            self.assertEqual((place.folder / "out").exists(), done.status == 1, done.text)
            if done.status == 4 and done.text: # it may be standard error that failed, calls being counted by thread
                self.assertRegex(done.text, r"(?m)^qonduit: .*No space left")
            self.assertEqual([p.name for p in place.folder.iterdir() if p.name.startswith(".out")], [])
            return done.status, bool(done.text)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            told = list(pool.map(one, [w for n in range(1, 40, 3) for w in (n, f"{n}+")]))
        self.assertGreater(told.count((4, True)), 5, told)

    def test_an_output_is_replaced_where_two_names_cannot_be_exchanged(self):
        if not can_trace():
            self.skipTest("no strace")
        for error in ("EINVAL", "ENOSYS", "EOPNOTSUPP"):
            place = self.job()
            self.ended(place.run(*place.job), 0)
            place.catalog(ROWS, price="2.50")
            done = place.run(*place.job, "--force", before=traced("renameat2", f"error={error}:when=1"))
            self.ended(done, 0)
            self.assertIn(b"2.50", (place.folder / "out/quotiza.products-00001.json").read_bytes())
            self.assertEqual(sorted(p.name for p in place.folder.iterdir()), ["catalog.csv", "mapping.json", "out", "qonduit.json"])

    def test_temporary_files_have_a_name_for_a_moment_where_they_cannot_do_without(self):
        if not can_trace():
            self.skipTest("no strace")
        place = self.place()
        temporary = place.folder / "tmp"
        temporary.mkdir()
        place.environment["TMPDIR"] = str(temporary)
        catalog = place.catalog(ROWS)
        done = place.run("convert", place.mapping(), "-", "-o", "out", stdin=catalog.read_bytes(),
                         before=traced("open,openat", "error=EOPNOTSUPP", "-P", str(temporary)))
        self.ended(done, 0)
        report = place.write("report.json", {"qonduit": 1, "source": {"columns": {"sku": "SKU"}},
                                             "outputs": {"report.xlsx": {"sheets": [{"name": "S", "fields": {"SKU": "sku"}}]}}})
        done = place.run("convert", report, catalog, "-o", "report", before=traced("open,openat", "error=EOPNOTSUPP", "-P", str(temporary)))
        self.ended(done, 0)
        self.assertTrue((place.folder / "report/report.xlsx").read_bytes().startswith(b"PK"))
        self.assertEqual(list(temporary.iterdir()), [])


if __name__ == "__main__":
    main()
