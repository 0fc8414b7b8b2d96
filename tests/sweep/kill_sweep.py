#!/usr/bin/env python3
"""Kills a delivery at every call that lasts or that the network sees, one call each time, goes on, and looks from outside: nothing is lost,
nothing is repeated beyond one window, the numbers add up, the ledgers are whole, the token is nowhere. kill_sweep.py PROGRAM [--every N]"""
import sys

from sweep_tools import Delivery, Sandbox, arguments, count_calls, need_strace, sweep, traced

CALLS = ("write,writev", "pwrite64", "fdatasync", "fsync", "unlink,unlinkat", "rename,renameat,renameat2", "ftruncate", "mkdir,mkdirat",
         "flock", "connect", "sendto", "recvfrom")
delivery = Delivery()


def count(calls):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        log = place.folder / "trace"
        process = delivery.start(place, traced(calls, log=log))
        process.communicate()
        assert process.returncode == 0
        return count_calls(log)


def kill(calls, when):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place, traced(calls, f"signal=KILL:when={when}"))
        out, err = process.communicate()
        return delivery.converges(place, sandbox, texts=(out, err))


def main():
    need_strace()
    every = arguments(every=1).every
    points = []
    for calls in CALLS:
        counted = count(calls)
        print(f"  {calls}: {counted} calls", flush=True)
        points += [(f"{calls} {when}", kill, calls, when) for when in range(1 + len(points) % every, counted + 1, every)]
    count_of_points, violations = sweep("kill at a call", points)
    sys.exit(violations > 0 or (every == 1 and count_of_points < 200))


if __name__ == "__main__":
    main()
