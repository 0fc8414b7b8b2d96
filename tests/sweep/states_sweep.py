#!/usr/bin/env python3
"""What becomes of a delivery that is cut in a known state, by a signal, or whose input changes: each point goes on and is looked at from
outside. states_sweep.py PROGRAM [--every N] [--take N]"""
import json
import random
import signal
import subprocess
import sys
import time

from sweep_tools import CONTRACTS, Delivery, Sandbox, arguments, need_strace, sweep, traced

delivery = Delivery()
IMPORTS = 3
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def until(process, ready):
    end = time.monotonic() + 10
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(("never came there", process.communicate()))
        time.sleep(0.003)


# ---- a kill in each state (C3, C4) ----

# name, how the sandbox behaves, when it is killed; then what the next process does: imports sent again, whether it says so, jobs asked first
STATES = (
    ("sent, not taken", ("--fault", "2@import:hang"), lambda s: len(s.imports()) == 2, 1),
    ("taken, not answered", ("--fault", "2@import:hang-after"), lambda s: len(s.imports()) == 2, 1),
    ("jobs are running", ("--job-ms", "400"), lambda s: len(s.imports()) == IMPORTS, 0),
    ("jobs are polled", ("--job-ms", "400"), lambda s: len(s.polls()) > 0, 0),
    ("a poll without answer", ("--fault", "1@status:hang"), lambda s: len(s.polls()) > 0, 0),
    ("refused by an answer that did not come", ("--fault", "1@prices:hang"), lambda s: any("prices" in e["path"] for e in s.journal()), 20),
    ("upserts under way", ("--fault", "5-@prices:hang-after"), lambda s: sum("prices" in e["path"] for e in s.journal()) >= 5, 20),
    ("updates under way", ("--fault", "20@product:hang-after"), lambda s: sum("/data/product" in e["path"] for e in s.journal()) == 20, 20),
)


def state(arguments, ready, repeats_most):
    with Sandbox(*arguments, job_ms=5) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place)
        until(process, lambda: ready(sandbox))
        before = len(sandbox.journal())
        process.kill()
        texts = process.communicate()
        if "5-@" in arguments[1]:  # it hangs for good
            return resumed_elsewhere(place, texts)
        repeats = delivery.converges(place, sandbox, texts=texts)
        delivery.assertLessEqual(repeats, repeats_most)
        if repeats_most == 0:
            delivery.assertEqual(sandbox.journal()[before]["method"], "GET", "jobs are asked first")
        return repeats


def resumed_elsewhere(place, texts):
    run = place.runs()[0]
    with Sandbox() as other:
        place.environment["MARKETPLACE_BASE_URL"] = other.settings["MARKETPLACE_BASE_URL"]
        done = place.resume(run["run"], *CONTRACTS)
        delivery.ended(done, 5)
        delivery.assertEqual(other.journal(), [], "another place gets nothing")
    delivery.keeps_the_secret(place, *texts, done.out, done.err)
    return 0


def answer_not_read(when):
    """The 202 is there, and the process dies before it reads it: sent once more, and said."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        delivery.start(place, traced("recvfrom", f"signal=KILL:when={when}")).communicate()
        run = place.runs()[0]
        done = place.resume(run["run"], *CONTRACTS)
        delivery.ended(done, 0)
        delivery.assertIn("in doubt", done.text)
        delivery.assertEqual(done.summary["in_doubt"], 1)
        delivery.assertEqual(delivery.repeats(sandbox)["small.products"], 1)
        delivery.stands_everywhere(sandbox)
        return 1


# ---- signals (C5) ----

def signalled(number, delay, twice=False):
    with Sandbox(job_ms=50) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            if twice:
                process.send_signal(number)
        began = time.monotonic()
        out, err = process.communicate(timeout=20)
        delivery.assertLess(time.monotonic() - began, 0.5 if twice else 5)
        begun = place.runs()
        allowed = (0, 128 + number) if begun and not twice else (0, 128 + number, -number)
        delivery.assertIn(process.returncode, allowed, (out, err))
        if process.returncode > 0 and out:
            said = json.loads(out)
            delivery.assertEqual(said["exit"], process.returncode)
            delivery.adds_up(said)
        return delivery.converges(place, sandbox, texts=(out, err))


def hanging_signalled(number):
    """A request that hangs is abandoned within five seconds, and the run goes on."""
    with Sandbox("--fault", "2@import:hang-after") as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place)
        until(process, lambda: len(sandbox.imports()) == 2)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        delivery.assertLess(time.monotonic() - began, 5)
        delivery.assertEqual(process.returncode, 128 + number, err)
        return delivery.converges(place, sandbox, texts=(out, err))


# ---- the input, and newer runs (C7, C8) ----

def newer_value(when, calls="sendto"):
    """An old run is cut, a newer one delivers other prices: the old one never puts its own over them."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        delivery.start(place, traced(calls, f"signal=KILL:when={when}")).communicate()
        old = [r["run"] for r in place.runs()]
        place.catalog(delivery.rows, price="2.75")
        delivery.ended(place.push(*place.job, *CONTRACTS), 0)
        delivery.stands_everywhere(sandbox, "2.75")
        before = len(sandbox.imports())
        for run in old:
            done = place.resume(run, *CONTRACTS)
            delivery.assertEqual(len(sandbox.imports()), before, "the old run sends nothing")
            if done.status != 0 and "sent nothing" not in done.text:
                delivery.ended(done, 5)
                delivery.assertIn("older values", done.text)
                delivery.assertEqual(place.show(run)["status"], "superseded")
        delivery.stands_everywhere(sandbox, "2.75")
        delivery.ledgers_are_sound(place)
        return 0


def newer_killed_too(first, second):
    """Both are cut; whichever is gone on with first, the newer values stand in the end."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        delivery.start(place, traced("sendto", f"signal=KILL:when={first}")).communicate()
        old = place.runs()[0]["run"]
        place.catalog(delivery.rows, price="2.75")
        delivery.start(place, traced("fdatasync", f"signal=KILL:when={second}")).communicate()
        newer = [r["run"] for r in place.runs() if r["run"] != old]
        delivery.assertIn(place.resume(old, *CONTRACTS).status, (0, 5))
        done = place.resume(newer[0], *CONTRACTS) if newer else place.push(*place.job, *CONTRACTS)
        if done.status == 5 and "push again" in done.text:
            done = place.push(*place.job, *CONTRACTS)
        delivery.ended(done, 0)
        delivery.stands_everywhere(sandbox, "2.75")
        delivery.ledgers_are_sound(place)
        return 0


def input_changes(what, when):
    """What is resumed is the spool, whatever became of the input."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        delivery.start(place, traced("sendto", f"signal=KILL:when={when}")).communicate()
        mapping, catalog = place.job
        if what == "replaced":
            place.catalog(delivery.rows, price="9.99")
        elif what == "truncated":
            catalog.write_bytes(catalog.read_bytes()[:40])
        elif what == "deleted":
            catalog.unlink()
        elif what == "mapping deleted":
            mapping.unlink()
        return delivery.converges(place, sandbox)


# ---- descriptors and interrupted calls (C13) ----

def interrupted(calls, rhythm, slow):
    """Slow calls that a signal interrupts are made again; of files, where none is ever interrupted but on odd file systems, it may end cleanly."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place, traced(calls, f"error=EINTR:when={rhythm}"))
        out, err = process.communicate(timeout=60)
        delivery.assertIn(process.returncode, (0,) if slow else (0, 2, 4, 5), err)
        return delivery.converges(place, sandbox, kills=0 if slow else 1, texts=(out, err))


def closed(redirections, status):
    """Low descriptors that are closed at the start are not taken for a database or a connection."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place, ["sh", "-c", f'exec "$@" {redirections}', "sh"])
        out, err = process.communicate(timeout=60)
        delivery.assertEqual(process.returncode == 0, status == 0, (process.returncode, err))
        delivery.assertLess(process.returncode, 70)
        return delivery.converges(place, sandbox, kills=0, texts=(out, err))


def no_reader():
    """Nobody reads standard output any more: no SIGPIPE, an exit status that says so, and nothing is sent again."""
    with Sandbox(job_ms=100) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place)
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        delivery.assertGreater(process.wait(20), 0, err)
        delivery.assertLess(process.returncode, 70, err)
        return delivery.converges(place, sandbox, kills=0, texts=(err,))


def points(every):
    rng = random.Random(5)
    yield from ((name, state, *rest) for name, *rest in STATES)
    yield from ((f"answer {n} is not read", answer_not_read, n) for n in range(1, IMPORTS + 1))
    for number in SIGNALS:
        yield f"{number.name} while a request hangs", hanging_signalled, number
        for i in range(0, 10, every):
            delay = rng.uniform(0.005, 0.15)
            yield f"{number.name} after {delay:.3f} s", signalled, number, delay
            yield f"{number.name} twice after {delay:.3f} s", signalled, number, delay, True
    yield from ((f"newer prices, the old run killed at sendto {n}", newer_value, n) for n in range(1, 47, every))
    yield from ((f"newer prices, the old run killed at fdatasync {n}", newer_value, n, "fdatasync") for n in range(1, 175, 9 * every))
    for first in (2, 10, 40):
        yield from ((f"killed at sendto {first}, the newer at fdatasync {n}", newer_killed_too, first, n) for n in range(1, 175, 12 * every))
    for what in ("replaced", "truncated", "deleted", "mapping deleted"):
        yield from ((f"input {what}, killed at sendto {n}", input_changes, what, n) for n in (1, 3, 20, 40))
    for calls in ("recvfrom", "sendto", "poll,ppoll,epoll_wait,epoll_pwait", "pwrite64", "ftruncate"):
        yield f"{calls} interrupted every third time", interrupted, calls, "2+3", True
    for calls in ("write", "fdatasync", "flock", "fsync"):
        yield from ((f"{calls} interrupted from call {n} on", interrupted, calls, f"{n}+3", False) for n in range(1, 13, 2 * every - 1))
    for redirections, status in (("<&-", 0), ("2>&-", 0), ("<&- 2>&-", 0), (">&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 4), ("2>/dev/full", 0)):
        yield f"{redirections}", closed, redirections, status
    yield "no reader of standard output", no_reader


def main():
    need_strace()
    given = arguments(every=1, take=1)
    _, violations = sweep("states, signals, inputs", points(given.every), take=given.take)
    sys.exit(violations > 0)


if __name__ == "__main__":
    main()
