#!/usr/bin/env python3
"""Many processes on one state directory: the limits of an address and of an account hold over all of them, one delivery at a time for a target
and account, locks that die with their holder, readers that hold nobody up. processes.py PROGRAM [--most N] [--take N]"""
import json
import random
import signal
import sqlite3
import sys
import threading
import time

from sweep_tools import Case, Place, Sandbox, arguments, sweep, wanted
from e2e_tools import LIMITS, windows

ACCOUNTS = ("1", "2", "3")
WINDOW = 1000  # ms
JOB = 40       # ms
HANDOVER = 1.0 # seconds between two looks of one that waits for another delivery
check = Case("run")


def shop(sandbox, **settings):
    place = Place(sandbox, **settings)
    place.mapping()
    return place


def push(place, account, catalog, *more, **settings):
    place.environment["QUOTIZA_ACCOUNT_ID"] = account
    return place.start("push", "mapping.json", catalog, "--state", place.state, "--json", *more, **settings)


def until(ready, seconds=10):
    end = time.monotonic() + seconds
    while not ready():
        check.assertLess(time.monotonic(), end, "never came there")
        time.sleep(0.003)


# ---- the limits over all of them (K1, K2) ----

def spans(journal):
    """When each import and its polls were under way, by account."""
    found = {}
    for e in journal:
        if e["job"]:
            account, first, last = found.get(e["job"], (e["account"], e["at"], e["at"]))
            found[e["job"]] = (account, first, max(last, e["at"]))
    return sorted(found.values(), key=lambda s: s[1])


def most_seconds(imports, requests, pushes):
    """What the limits allow: so many windows as the imports and the requests need, one to begin with that others may have filled, and for each
    delivery of an account, one after the other, a job and a look whether the one before has ended."""
    full = max(-(-imports // 5), -(-requests // 10))
    return (full + 1) * WINDOW / 1000 + -(-pushes // len(ACCOUNTS)) * (HANDOVER + 3 * JOB / 1000) + 2


def at_once(pushes):
    with Sandbox(limits=True, window_ms=WINDOW, job_ms=JOB) as sandbox, shop(sandbox, window_ms=WINDOW, poll_ms=JOB) as place:
        catalogs = [place.catalog(5, first=1 + 5 * n, name=f"c{n}.csv") for n in range(pushes)]
        began = time.monotonic()
        running = [push(place, ACCOUNTS[n % 3], catalog) for n, catalog in enumerate(catalogs)]
        for process in running:
            out, err = process.communicate(timeout=200)
            check.assertEqual(process.returncode, 0, err)
            check.adds_up(json.loads(out))
        seconds, journal = time.monotonic() - began, sandbox.journal()
        imports = sandbox.imports()
        check.assertEqual([e["status"] for e in journal if e["status"] not in (200, 202)], [], "the server had to refuse something")
        check.assertLessEqual(windows(journal, WINDOW), 10)
        check.assertLessEqual(windows(imports, WINDOW), 5)
        for i, account in enumerate(ACCOUNTS):
            check.assertLessEqual(windows([e for e in imports if e["account"] == account], WINDOW), 5)
            products = {}
            for n in range(i, pushes, 3):
                products.update(wanted(5, first=1 + 5 * n))
            check.stands(sandbox, products, account)
            own = [s for s in spans(journal) if s[0] == account]
            for before, after in zip(own, own[1:]):
                check.assertLess(before[2], after[1] + 1, "two deliveries to one account at once")
        check.assertEqual(len(imports), pushes)
        all_spans = spans(journal)
        if pushes > 2:
            check.assertTrue(any(a[0] != b[0] and b[1] <= a[2] for a, b in zip(all_spans, all_spans[1:])), "accounts go at once")
        most = most_seconds(len(imports), len(journal), pushes)
        check.assertLessEqual(seconds, most)
        print(f"  {pushes} pushes: {len(imports)} imports, {len(journal)} requests, {seconds:.1f} s of at most {most:.1f} s, "
              f"most in a window: {windows(imports, WINDOW)} imports, {windows(journal, WINDOW)} requests", flush=True)
        return 0


def killed_on_the_way(pushes):
    """The windows survive their processes: each is killed somewhere and gone on with, and no window holds more."""
    rng = random.Random(pushes)
    with Sandbox(limits=True, window_ms=WINDOW, job_ms=JOB) as sandbox, shop(sandbox, window_ms=WINDOW, poll_ms=JOB, timeout_ms=1500) as place:
        catalogs = [place.catalog(5, first=1 + 5 * n, name=f"c{n}.csv") for n in range(pushes)]
        for process in [push(place, ACCOUNTS[n % 3], catalog) for n, catalog in enumerate(catalogs)]:
            time.sleep(rng.uniform(0, 0.1))
            process.kill()
            process.communicate()
        for n, catalog in enumerate(catalogs):
            process = push(place, ACCOUNTS[n % 3], catalog)
            out, err = process.communicate(timeout=100)
            check.assertEqual(process.returncode, 0, err)
        journal = sandbox.journal()
        check.assertLessEqual(windows(journal, WINDOW), 10)
        check.assertLessEqual(windows(sandbox.imports(), WINDOW), 5)
        check.assertEqual([e["status"] for e in journal if e["status"] == 429], [])
        for i, account in enumerate(ACCOUNTS):
            products = {}
            for n in range(i, pushes, 3):
                products.update(wanted(5, first=1 + 5 * n))
            check.stands(sandbox, products, account)
        return 0


# ---- the lock of a target and account (K1, K3) ----

def the_second_leaves():
    with Sandbox(job_ms=60000) as sandbox, shop(sandbox) as place:
        place.catalog(5)
        first = push(place, "1", "catalog.csv")
        until(sandbox.imports)
        holder = place.runs()[0]["run"]
        began = time.monotonic()
        out, err = (second := push(place, "1", "catalog.csv", "--no-wait")).communicate(timeout=10)
        check.assertLess(time.monotonic() - began, 1)
        check.assertEqual(second.returncode, 5, err)
        check.assertIn(f"run {holder}, process {first.pid}".encode(), err)
        check.assertEqual(len(sandbox.imports()), 1)
        other = push(place, "2", "catalog.csv", "--no-wait")
        until(lambda: len(sandbox.imports()) == 2)
        for process in (first, other):
            process.kill()
            process.communicate()
        return 0


def the_lock_dies_with_its_holder(waits):
    with Sandbox("--fault", "1@import:hang", job_ms=5) as sandbox, shop(sandbox) as place:
        place.catalog(5)
        first = push(place, "1", "catalog.csv")
        until(sandbox.imports)
        place.catalog(5, price="2.75")
        second = push(place, "1", "catalog.csv") if waits else None
        if second:
            check.assertIn(str(first.pid).encode(), second.stderr.readline())
        first.kill()
        first.communicate()
        began = time.monotonic()
        second = second or push(place, "1", "catalog.csv", "--no-wait")
        out, err = second.communicate(timeout=10)
        check.assertEqual(second.returncode, 0, err)
        check.assertLess(time.monotonic() - began, HANDOVER + 0.7 if waits else 0.7)
        check.stands(sandbox, wanted(5, price="2.75"))
        return 0


def the_earlier_goes_first():
    """Two wait for a third: the one that began later has the newer prices, and they stand in the end, whoever looks first."""
    with Sandbox("--fault", "1@import:hang", job_ms=5) as sandbox, shop(sandbox) as place:
        place.catalog(5)
        holder = push(place, "1", "catalog.csv")
        until(sandbox.imports)
        older = push(place, "1", place.catalog(5, price="2.00", name="older.csv"))
        older.stderr.readline()
        time.sleep(0.4)
        newer = push(place, "1", place.catalog(5, price="3.00", name="newer.csv"))
        newer.stderr.readline()
        time.sleep(0.3)
        time.sleep(0.45)  # the older has just looked again; without a line the newer would be the next one to find it free
        holder.kill()
        holder.communicate()
        for process in (older, newer):
            process.communicate(timeout=20)
        check.stands(sandbox, wanted(5, price="3.00"))
        return 0


# ---- readers (K4) ----

def readers_hold_nobody_up():
    with Sandbox(job_ms=20) as sandbox, shop(sandbox) as place:
        place.catalog(5000)
        process = push(place, "1", "catalog.csv")
        texts, done = [], threading.Event()

        def read():
            while not done.is_set():
                texts.append(place.run("runs", "--state", place.state, "--json"))
        reader = threading.Thread(target=read)
        reader.start()
        out, err = process.communicate(timeout=60)
        done.set()
        reader.join()
        check.assertEqual(process.returncode, 0, err)
        for text in texts:
            check.assertEqual(text.status, 0, text.text)
            check.assertEqual(text.text, "")
            for run in text.summary["runs"]:
                check.adds_up(run)
        check.assertGreater(len(texts), 2)
        return 0


def a_read_transaction(seconds):
    """Somebody looks with the sqlite3 shell and leaves it open: a writer waits for ten seconds, then stops before what it cannot record."""
    with Sandbox(job_ms=5) as sandbox, shop(sandbox) as place:
        place.catalog(20)
        place.small_batches(2)
        contracts = ("--contracts", "contracts")
        process = push(place, "1", "catalog.csv", *contracts)
        until(sandbox.imports)
        held = []
        for path in place.state.rglob("*.db"):
            held.append(sqlite3.connect(path, timeout=20, isolation_level=None))
            held[-1].execute("BEGIN")
            held[-1].execute("SELECT count(*) FROM sqlite_schema").fetchone()
        time.sleep(seconds)
        for db in held:
            db.close()
        out, err = process.communicate(timeout=60)
        check.assertEqual(process.returncode, 0 if seconds < 10 else 5, err)
        sends = sandbox.sends()
        check.assertLessEqual(sum(sends.values()), len(sends) + 1)
        if process.returncode:
            check.assertIn(b"locked", err)
            check.assertEqual(place.resume(place.runs()[0]["run"], *contracts).status, 0)
        check.stands(sandbox, wanted(20))
        return sum(sandbox.sends().values()) - 10


# ---- a process that sleeps ----

def stopped_and_continued():
    """While it slept, others used the windows up: when it wakes up it does not go by what it knew."""
    with Sandbox(limits=True, window_ms=WINDOW, job_ms=JOB) as sandbox, shop(sandbox, window_ms=WINDOW, poll_ms=JOB) as place:
        place.catalog(16)
        place.small_batches(2)
        contracts = ("--contracts", "contracts")
        sleeper = push(place, "1", "catalog.csv", *contracts)
        until(lambda: len(sandbox.imports()) >= 3)
        sleeper.send_signal(signal.SIGSTOP)
        place.catalog(8, name="other.csv")
        other = push(place, "2", "other.csv", *contracts)
        other.communicate(timeout=60)
        sleeper.send_signal(signal.SIGCONT)
        out, err = sleeper.communicate(timeout=60)
        check.assertEqual((sleeper.returncode, other.returncode), (0, 0), err)
        check.assertLessEqual(windows(sandbox.imports(), WINDOW), 5)
        check.assertLessEqual(windows(sandbox.journal(), WINDOW), 10)
        check.assertEqual([e for e in sandbox.journal() if e["status"] == 429], [])
        check.stands(sandbox, wanted(16))
        check.stands(sandbox, wanted(8), "2")
        return 0


def points(most):
    yield from ((f"{n} pushes at once", at_once, n) for n in (2, 8, 32) if n <= most)
    yield from ((f"{n} pushes, each killed", killed_on_the_way, n) for n in (6,))
    yield "the second leaves", the_second_leaves
    yield "the lock of a killed one, waited for", the_lock_dies_with_its_holder, True
    yield "the lock of a killed one", the_lock_dies_with_its_holder, False
    yield "the earlier goes first", the_earlier_goes_first
    yield "readers", readers_hold_nobody_up
    yield "a read transaction of 2 s", a_read_transaction, 2
    if most > 8:
        yield "a read transaction of 12 s", a_read_transaction, 12
    yield "a process that sleeps", stopped_and_continued


def main():
    given = arguments(most=32, take=1)
    _, violations = sweep("processes", points(given.most), workers=1, take=given.take)
    sys.exit(violations > 0)


if __name__ == "__main__":
    main()
