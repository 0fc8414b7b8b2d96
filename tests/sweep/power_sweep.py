#!/usr/bin/env python3
"""Power that fails: at each sync of a delivery the state folder is copied as it is; the process goes on until its next sync and ends there, and
the copy takes the folder's place, as a disk would have it that kept nothing of what came after the first sync. Only steps that nobody was told
of are repeated. power_sweep.py PROGRAM [--every N]"""
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from sweep_tools import Delivery, Sandbox, arguments, count_calls, need_strace, sweep, traced

CALLS = "fsync,fdatasync"
STOPPED = "--- stopped by SIGSTOP ---"
delivery = Delivery()


def count():
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        log = place.folder / "trace"
        process = delivery.start(place, traced(CALLS, log=log))
        process.communicate()
        assert process.returncode == 0
        return count_calls(log)


def wait_for_stop(process, log, times):
    """The process at its sync, or None where it has ended before."""
    end = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < end:
        if log.exists() and log.read_text(errors="replace").count(STOPPED) >= times:
            return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        time.sleep(0.002)
    assert process.poll() is not None, "neither stops nor ends"
    return None


def fail(when):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        log, copy = place.folder / "trace", place.folder / "copy"
        process = delivery.start(place, traced(CALLS, f"signal=STOP:when={when}..{when + 1}", log))
        stopped = wait_for_stop(process, log, 1)
        shutil.copytree(place.state, copy, symlinks=True)
        if stopped:
            os.kill(stopped, signal.SIGCONT)
            stopped = wait_for_stop(process, log, 2)
        if stopped:
            os.kill(stopped, signal.SIGKILL)
        out, err = process.communicate()
        shutil.rmtree(place.state)
        copy.rename(place.state)
        return delivery.converges(place, sandbox, texts=(out, err))


def main():
    need_strace()
    every = arguments(every=1).every
    counted = count()
    print(f"  {counted} syncs", flush=True)
    _, violations = sweep("power fails", [(f"behind sync {n}", fail, n) for n in range(1, counted + 1, every)])
    sys.exit(violations > 0)


if __name__ == "__main__":
    main()
