#!/usr/bin/env python3
"""A ledger that was damaged, and disks that are full: nothing is sent that cannot be recorded, and nothing on a ledger that cannot be trusted.
ledger_sweep.py PROGRAM [--flips N] [--every N] [--take N]"""
import collections
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys

from sweep_tools import CONTRACTS, Delivery, Sandbox, arguments, count_calls, need_strace, sweep, traced

delivery = Delivery()
GRACEFUL = (0, 2, 4, 5, 6, 7)


# ---- damage (C10) ----

class Interrupted:
    """A run that stopped at its second import, as it was left; each point gets a copy of it and a sandbox that holds nothing yet."""

    def __init__(self, fault="2@import:500"):
        with Sandbox("--fault", fault) as sandbox, delivery.open(sandbox, retries=0) as place:
            done = place.push(*place.job, *CONTRACTS)
            delivery.ended(done, 5)
            self.run = done.summary["run"]
            self.host = sandbox.address.split("/")[2]
            self.files = {p.relative_to(place.state): p.read_bytes() for p in place.state.rglob("*") if p.is_file()}
            self.sent = {e["sha256"] for e in sandbox.imports() if e["status"] == 202}

    def databases(self):
        return sorted((p for p in self.files if p.suffix == ".db"), key=lambda p: p.name != "run.db")

    def lay_out(self, place, sandbox):
        """The files, for the address of this sandbox."""
        host = sandbox.address.split("/")[2]
        for path, content in self.files.items():
            to = place.state / str(path).replace(self.host, host)
            to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            to.write_bytes(content.replace(self.host.encode(), host.encode()))
            to.chmod(0o600)


def damaged(stopped, which, damage, trusted=False):
    """Resumed on what `damage` left: either all of what was not sent yet is sent, or nothing is and it says why."""
    with Sandbox() as sandbox, delivery.open(sandbox) as place:
        if len(sandbox.address.split("/")[2]) != len(stopped.host):
            return 0
        stopped.lay_out(place, sandbox)
        path = place.state / str(which).replace(stopped.host, sandbox.address.split("/")[2])
        damage(path)
        done = place.resume(stopped.run, *CONTRACTS, timeout=60)
        delivery.assertIn(done.status, GRACEFUL, done.text)
        delivery.keeps_the_secret(place, done.out, done.err)
        sent = {e["sha256"] for e in sandbox.imports() if e["path"].endswith("/products/import")}
        if done.status == 0:
            everything_was_sent(stopped, sandbox, sent, json.loads(done.out.decode("utf-8", "replace")))  # names may be damaged
        else:
            delivery.assertGreater(len(done.err), 0)
            if not trusted:
                delivery.assertEqual(len(sandbox.journal()), 0, ("sent on a ledger that it gave up", done.text))
        listed = place.run("runs", "--state", place.state, "--json")
        delivery.assertEqual(listed.status, 0, listed.text)
        delivery.assertIn(place.run("runs", "show", stopped.run, "--state", place.state).status, GRACEFUL)
        return 0


def everything_was_sent(stopped, sandbox, sent, said):
    delivery.assertEqual(len(sent | stopped.sent), 3, "an import is lost")
    delivery.assertEqual(len(sandbox.page("marketplace")["prices"]), delivery.rows)
    delivery.assertEqual(len(sandbox.page("quarticon")["products"]), delivery.rows)
    delivery.adds_up(said)
    for target, o in said["outputs"].items():
        delivery.assertEqual(o["accepted"], delivery.rows, target)


def flip(bit):
    def damage(path):
        content = bytearray(path.read_bytes())
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
    return damage


def cut(size):
    return lambda path: path.write_bytes(path.read_bytes()[:size])


def key_of_parcels(path):
    """One bit of the schema: what was the key of a table is a column of nothing but NULL."""
    path.write_bytes(path.read_bytes().replace(b"parcel(id INTEGER PRIMARY", b"parcel(id INTEGER PRHMARY"))


def later_version(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()


def another_program(path):
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE t(x)")
    db.commit()
    db.close()


def linked(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def damages(flips):
    stopped = Interrupted()
    rng = random.Random(11)
    for which in stopped.databases():
        kind = which.name.split("@")[0]
        size = len(stopped.files[which])
        for n in range(flips if kind == "run.db" else flips // 4):
            bit = rng.randrange(size * 8)
            yield f"bit {bit} of {kind} flipped", damaged, stopped, which, flip(bit), True
        used = [i for i, b in enumerate(stopped.files[which]) if b]  # most of a page is empty
        for n in range(flips if kind == "run.db" else flips // 4):
            bit = rng.choice(used) * 8 + rng.randrange(8)
            yield f"bit {bit} of {kind} flipped", damaged, stopped, which, flip(bit), True
        for size in (0, 1, 100, 512, 4095, 4096, size // 2, size - 4096, size - 1):
            yield f"{kind} cut to {size} bytes", damaged, stopped, which, cut(size), True
        for name, damage in (("of a later version", later_version), ("of another program", another_program), ("a link", linked)):
            yield f"{kind} {name}", damaged, stopped, which, damage
    yield "run.db with another key", damaged, stopped, stopped.databases()[0], key_of_parcels
    yield "run.db is gone", damaged, stopped, stopped.databases()[0], lambda path: path.unlink()
    yield "run.db is a folder", damaged, stopped, stopped.databases()[0], lambda path: (path.unlink(), path.mkdir())


def read_only(stopped):
    """Somebody else's ledger, who may only read it."""
    with Sandbox() as sandbox, delivery.open(sandbox) as place:
        stopped.lay_out(place, sandbox)
        for path in (place.folder, *place.folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        done = place.resume(stopped.run, *CONTRACTS, before=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
        delivery.assertEqual(done.status, 5, done.text)
        delivery.assertEqual(sandbox.journal(), [])
        done = place.push(*place.job, *CONTRACTS, before=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
        delivery.assertIn(done.status, (4, 5), done.text)
        delivery.assertEqual(sandbox.journal(), [])
        return 0


# ---- full disks (C12) ----

def recorded(place, sandbox):
    """Every request that the sandbox saw is one that the ledger knows of."""
    seen = collections.Counter(e["sha256"] for e in sandbox.imports() if e["path"].endswith("/products/import"))
    known = 0
    for path in place.state.glob("runs/*/run.db"):
        db = sqlite3.connect(path)
        if db.execute("SELECT 1 FROM sqlite_schema WHERE name='parcel'").fetchone():
            known += db.execute("SELECT total(sends) FROM parcel JOIN file ON file.n=parcel.file WHERE target='small.products'").fetchone()[0]
        db.close()
    delivery.assertLessEqual(sum(seen.values()), known, "sent, and not recorded")


def disk_fails(calls, fault, when):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        process = delivery.start(place, traced(calls, f"error={fault}:when={when}"))
        out, err = process.communicate(timeout=60)
        delivery.assertIn(process.returncode, GRACEFUL, (process.returncode, err))
        if process.returncode != 0 and calls != "write":  # of which standard error is one
            delivery.assertGreater(len(err), 0)
        recorded(place, sandbox)
        return delivery.converges(place, sandbox, texts=(out, err))


def small_disk(kib):
    """A file system of that size for the state; what it cannot record is not sent, and with room again it goes on."""
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        place.state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", place.state], check=True)
        try:
            done = place.push(*place.job, *CONTRACTS)
            delivery.assertIn(done.status, (0, 4, 5), done.text)
            recorded(place, sandbox)
            subprocess.run(["mount", "-o", "remount,size=16m", place.state], check=True)
            return delivery.converges(place, sandbox, texts=(done.out, done.err))
        finally:
            subprocess.run(["umount", "-l", place.state], check=True)


def may_mount():
    folder = "/dev/shm/qonduit-sweep-mount"
    os.makedirs(folder, exist_ok=True)
    can = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True).returncode == 0
    if can:
        subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)
    return can


def file_size(limit):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        done = place.push(*place.job, *CONTRACTS, before=["prlimit", f"--fsize={limit}"])
        delivery.assertIn(done.status, GRACEFUL, done.text)
        recorded(place, sandbox)
        return delivery.converges(place, sandbox, texts=(done.out, done.err))


def count(calls):
    with Sandbox(job_ms=5) as sandbox, delivery.open(sandbox) as place:
        log = place.folder / "trace"
        delivery.start(place, traced(calls, log=log)).communicate()
        return count_calls(log)


def full_disks(every):
    for calls, faults in (("write", ("ENOSPC",)), ("pwrite64", ("ENOSPC", "EIO", "EDQUOT")), ("fdatasync", ("EIO", "ENOSPC")), ("fsync", ("EIO",)),
                          ("ftruncate", ("EIO",)), ("rename,renameat,renameat2", ("ENOSPC",)), ("mkdir,mkdirat", ("ENOSPC",))):
        counted = count(calls)
        step = max(counted // 40, 1) * every
        for fault in faults:
            for when in range(1, counted + 1, step):
                yield f"{fault} at {calls} {when} and after", disk_fails, calls, fault, f"{when}+"
                yield f"{fault} at {calls} {when}", disk_fails, calls, fault, f"{when}"
    yield from ((f"files of at most {n} bytes", file_size, n) for n in (1 << 10, 1 << 12, 1 << 13, 1 << 14, 20 << 10, 24 << 10, 28 << 10, 32 << 10))
    if may_mount():
        yield from ((f"a disk of {kib} KiB", small_disk, kib) for kib in range(16, 272, 8 * every))
    else:
        print("  small disks are left out: nothing may be mounted here")


def main():
    need_strace()
    given = arguments(flips=200, every=1, take=1)
    _, violations = sweep("damaged ledgers", damages(given.flips), take=given.take)
    if shutil.which("setpriv") and os.getuid() == 0:
        violations += sweep("read-only ledgers", [("read-only", read_only, Interrupted())])[1]
    violations += sweep("full disks", full_disks(given.every), take=given.take)[1]
    sys.exit(violations > 0)


if __name__ == "__main__":
    main()
