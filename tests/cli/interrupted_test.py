#!/usr/bin/env python3
"""Reads and writes that give less than was asked for, or are interrupted; inputs that come slowly; output that cannot be written; a
signal where nobody waits for one. interrupted_test.py PROGRAM"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
from e2e_tools import MEMORY, ROOT, SANITIZED, Case, await_handler, main  # noqa: E402
from live_tools import LiveCase, catalog  # noqa: E402

# Every call of these is interrupted twice out of five times, and moves at most 1 + n % 4,999 bytes otherwise.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

static atomic_uint calls;

static int interrupts(void)
{
	unsigned n = calls++ % 5;
	if (n == 1 || n == 2)
		errno = EINTR;
	return n == 1 || n == 2;
}

static size_t some(size_t n)
{
	size_t most = 1 + calls * 7919u % 4999;
	return n < most ? n : most;
}

#define NEXT(name) ({ static void *next; if (!next) next = dlsym(RTLD_NEXT, name); (ssize_t (*)())next; })

ssize_t read(int fd, void *to, size_t n)
{
	return interrupts() ? -1 : ((ssize_t (*)(int, void *, size_t))NEXT("read"))(fd, to, some(n));
}

ssize_t __read_chk(int fd, void *to, size_t n, size_t room)
{
	return read(fd, to, n);
}

ssize_t pread(int fd, void *to, size_t n, off_t at)
{
	return interrupts() ? -1 : ((ssize_t (*)(int, void *, size_t, off_t))NEXT("pread"))(fd, to, some(n), at);
}

ssize_t __pread_chk(int fd, void *to, size_t n, off_t at, size_t room)
{
	return pread(fd, to, n, at);
}

ssize_t write(int fd, const void *from, size_t n)
{
	return interrupts() ? -1 : ((ssize_t (*)(int, const void *, size_t))NEXT("write"))(fd, from, some(n));
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
	return interrupts() ? -1 : ((ssize_t (*)(int, const void *, size_t, off_t))NEXT("pwrite"))(fd, from, some(n), at);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return interrupts() ? -1 : ((int (*)(struct pollfd *, nfds_t, int))NEXT("poll"))(fds, n, timeout);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
	return poll(fds, n, timeout);
}
"""


class Folder(LiveCase):
    def setUp(self):
        self.here = self.place()

    def files(self, name="out"):
        folder = self.here.folder / name
        files = {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}
        shutil.rmtree(folder, ignore_errors=True)
        return files


@unittest.skipIf(SANITIZED, "the sanitizer wants to be first")
class Interrupted(Folder):
    """With the shim the bytes are those without it."""

    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory(prefix="qonduit-shim-", dir=MEMORY)
        source = Path(cls.built.name) / "shim.c"
        source.write_text(SHIM)
        subprocess.run(["cc", "-w", "-O1", "-shared", "-fPIC", "-o", source.with_suffix(".so"), source, "-ldl"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.built.cleanup()

    def both(self, *arguments, status=0, **more):
        plain = self.here.run(*arguments, **more)
        self.assertEqual(plain.status, status, plain.text)
        files = self.files()
        self.here.environment["LD_PRELOAD"] = str(Path(self.built.name) / "shim.so")
        shaken = self.here.run(*arguments, **more)
        del self.here.environment["LD_PRELOAD"]
        self.assertEqual(shaken.status, status, shaken.text)
        self.assertTrue(shaken.out == plain.out)
        found = self.files()
        self.assertEqual(found.keys(), files.keys())
        for name, content in files.items():
            self.assertTrue(found[name] == content, name)
        return files or plain.out

    def test_files_and_pipes(self):
        mapping, catalog = self.here.mapping(), self.here.catalog(3000, bad=(7, 2500))
        for threads in (1, 3):
            files = self.both("convert", mapping, catalog, "-o", "out", "--threads", threads, status=1)
            self.assertEqual(files["quotiza.products-00003.json.rows"].count(b"\n"), 998)
            self.both("convert", mapping, "-", "-o", "out", "--threads", threads, status=1, stdin=catalog.read_bytes())
        lines = self.here.mapping("file.ndjson", name="lines.json")
        self.assertEqual(self.both("convert", lines, catalog, "-o", "-", status=1).count(b"\n"), 2998)

    def test_inputs_that_are_read_twice(self):
        mapping = self.here.mapping(unique={"by": ["name"], "prefer": "last"})
        catalog = self.here.catalog(1500).read_bytes()
        catalog += catalog.split(b"\n", 1)[1].replace(b"K", b"L")
        files = self.both("convert", mapping, "-", "-o", "out", stdin=catalog)
        self.assertIn(b'"L001500"', files["quotiza.products-00002.json"])

    def test_keys_that_are_told_with_their_first_place(self):
        """The places of 20,000 records are in a file by then."""
        mapping = self.here.write("lines.json", {"qonduit": 1, "source": {"records": "orders[].lines[]", "columns": {"sku": "s"}}, "outputs": {
            "quotiza.products": {"fields": {"sku": "sku", "name": {"value": "Thing"}, "brand": {"value": "Brand"}}}}})
        orders = [{"lines": [{"s": f"K{n + m:06}"} for m in range(50)]} for n in range(0, 20000, 50)]
        catalog = self.here.write("in.json", {"orders": [*orders, *orders[10:12]]})
        files = self.both("convert", mapping, catalog, "-o", "out", status=1)
        for n in range(100):
            self.assertIn(f"from in.json:/orders/{10 + n // 50}/lines/{n % 50}\"", files["rejects.csv"].decode())

    def test_json_and_workbooks(self):
        for mapping, sample, status in (("qogita-orders-report", "qogita-orders.json", 0), ("qogita-catalog-report", "qogita-catalog.csv", 1)):
            self.both("convert", mapping, ROOT / "samples" / sample, "-o", "out", status=status)
        for sample in ("qogita-catalog.csv", "qogita-orders.json"):
            self.both("inspect", ROOT / "samples" / sample, "--json")
        book = next((ROOT / "samples").glob("*.xlsx"))
        self.both("cat", book)
        self.both("cat", "-", stdin=book.read_bytes())

    def test_a_comparison(self):
        for name, price in (("old", "1.50"), ("new", "2.50")):
            done = self.here.run("convert", self.here.mapping(), self.here.catalog(2000, price=price), "-o", name)
            self.assertEqual(done.status, 0, done.text)
        self.assertEqual(self.both("diff", "old", "new", status=1).count(b"~ K"), 2000)

    def test_a_comparison_of_rows_and_lines(self):
        """Pieces end within quotes, and a row is longer than some."""
        for target, common in (("file.csv", 2), ("file.ndjson", 1)):
            for name, price in (("old", "1.50"), ("new", "2.50")):
                rows = "".join(f'K{n:04},"Näme ""{n}"",\n{"Ü" * (n * 40 % 9999)}",B,{price}\n' for n in range(400))
                catalog = self.here.write("in.csv", "SKU,Name,Brand,Price\n" + rows + "L,same,B,1\n")
                done = self.here.run("convert", self.here.mapping(target), catalog, "-o", name, "--force")
                self.assertEqual(done.status, 0, done.text)
            found = json.loads(self.both("diff", "old", "new", "--json", status=1))
            self.assertEqual((found["added"], found["removed"], found["unchanged"]), (400, 400, common), target)

    def test_a_body_from_a_pipe_and_a_reply_to_one(self):
        server = self.api()
        server.routes.update({"/orders/": {"ok": True}, "/variants/search/download/": catalog(2000)})
        self.here = self.at(server)
        self.here.environment["QOGITA_API_KEY"] = "key"
        body = json.dumps({"list": list(range(20000))}).encode()
        self.both("api", "qogita", "PATCH", "/orders/", "--body", "-", "--state", self.here.state, stdin=body)
        self.assertEqual([r[3] == body for r in server.seen], [True, True])
        out = self.both("fetch", "qogita:catalog", "-o", "-", "--state", self.here.state)
        self.assertEqual(out.decode(), catalog(2000))


# A signal comes right before each wait for standard input, where a look at whether one has come is over.
LATE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/types.h>

static void come_late(int fd)
{
	int there = 1;
	if (fd == 0 && ioctl(0, FIONREAD, &there) == 0 && there == 0)
		raise(SIGTERM);
}

ssize_t read(int fd, void *to, size_t n)
{
	come_late(fd);
	return ((ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read"))(fd, to, n);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (n)
		come_late(fds[0].fd);
	return ((int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll"))(fds, n, timeout);
}
"""


@unittest.skipIf(SANITIZED, "the sanitizer wants to be first")
class Late(Folder):
    def test_a_signal_right_before_a_wait_ends_it(self):
        source = self.here.folder / "late.c"
        source.write_text(LATE)
        subprocess.run(["cc", "-w", "-O1", "-shared", "-fPIC", "-o", source.with_suffix(".so"), source, "-ldl"], check=True)
        once = self.here.mapping(unique={"by": ["sku"], "prefer": "last"}, name="twice.json")
        for arguments in (["--threads", 1], ["--threads", 3], []):
            for mapping in (self.here.mapping(), once):
                process = self.here.start("convert", mapping, "-", "-o", "out", *arguments, stdin=subprocess.PIPE,
                                          before=("env", f"LD_PRELOAD={source.with_suffix('.so')}"))
                process.stdin.write(self.here.catalog(700).read_bytes())
                process.stdin.flush()
                self.assertEqual(process.wait(timeout=20), 128 + signal.SIGTERM)
                process.communicate()


class Slow(Folder):
    def test_a_pipe_that_is_slow_gives_the_same_files_with_any_number_of_threads(self):
        """Pieces of all sizes end within cells, quotes, characters and line ends, and the pipe is empty in between."""
        rows = "".join(f'K{n:04},"Näme ""{n}"",\r\nÜ",B,{n % 90}.5\r\n' for n in range(1500))
        catalog = self.here.write("catalog.csv", "SKU,Name,Brand,Price\r\n" + rows)
        mapping, content = self.here.mapping(), catalog.read_bytes()
        self.assertEqual(self.here.run("convert", mapping, "-", "-o", "out", stdin=content).status, 0)
        whole = self.files()
        for threads in (1, 3):
            process = self.here.start("convert", mapping, "-", "-o", "out", "--threads", threads, stdin=subprocess.PIPE)
            at = 0
            for n in range(150):
                process.stdin.write(content[at:at + 1 + n * 5])
                process.stdin.flush()
                at += 1 + n * 5
                time.sleep(0.001)
            _, err = process.communicate(content[at:], timeout=20)
            self.assertEqual(process.returncode, 0, err)
            self.assertTrue(self.files() == whole)

    def test_a_named_pipe_with_pauses(self):
        catalog = self.here.catalog(600)
        mapping, content = self.here.mapping("file.ndjson"), catalog.read_bytes()
        os.mkfifo(self.here.folder / "pipe")
        process = self.here.start("convert", mapping, "pipe", "-o", "-")

        def feed():
            with open(self.here.folder / "pipe", "wb", buffering=0) as f:
                for at in range(0, len(content), 4096):
                    f.write(content[at:at + 4096])
                    time.sleep(0.005)
        feeder = threading.Thread(target=feed)
        feeder.start()
        out, err = process.communicate(timeout=20)
        feeder.join()
        self.assertEqual((process.returncode, len(out.splitlines())), (0, 600), err)

    def test_a_stop_and_go_is_no_signal_to_end(self):
        catalog = self.here.catalog(2000)
        process = self.here.start("convert", self.here.mapping("file.ndjson"), "-", "-o", "-", stdin=subprocess.PIPE)
        content = catalog.read_bytes()
        await_handler(process)
        for part in range(4):
            process.stdin.write(content[part * len(content) // 4:(part + 1) * len(content) // 4])
            process.stdin.flush()
            for how in (signal.SIGSTOP, signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG):
                process.send_signal(how)
        out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, len(out.splitlines())), (0, 2000), err)


    def test_a_signal_ends_the_wait_for_a_body(self):
        server = self.api()
        here = self.at(server)
        for how in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            self.addCleanup(signal.signal, how, signal.signal(how, signal.SIG_DFL))
            process = here.start("api", "qogita", "PATCH", "/orders/", "--body", "-", "--state", here.state, stdin=subprocess.PIPE)
            process.stdin.write(b'{"a":')
            process.stdin.flush()
            await_handler(process, how)
            process.send_signal(how)
            self.assertEqual(process.wait(timeout=10), 128 + how)
            self.assertEqual(process.communicate(), (b"", b""))
        self.assertEqual(server.seen, [])


class Full(Folder):
    def test_a_summary_as_json_that_cannot_be_written(self):
        """It is never taken for a success, whatever was to be told."""
        mapping, catalog = self.here.mapping(), self.here.catalog(5)
        self.assertEqual(self.here.run("convert", mapping, catalog, "-o", "old").status, 0)
        self.assertEqual(self.here.run("convert", mapping, self.here.catalog(6, price="2"), "-o", "new").status, 0)
        for n, arguments in enumerate((("convert", mapping, catalog, "-o", "out"), ("diff", "old", "new"), ("diff", "old", "old"),
                                       ("inspect", catalog), ("preview", mapping, catalog), ("check", mapping), ("check", mapping, "--sample", catalog),
                                       ("runs", "--state", "state"), ("push", mapping, catalog, "--dry-run", "--state", "state"))):
            with open("/dev/full", "w") as full:
                done = self.here.run(*arguments, "--json", stdout=full)
            self.assertNotIn(done.status, (0, 1), arguments)
            if arguments[0] != "push":  # it has no token
                self.assertIn("No space left", done.text, arguments)

    def test_a_disk_that_is_full_is_told_in_the_summary_too(self):
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
            self.skipTest("no mount namespace")
        mapping, catalog = self.here.mapping(), self.here.catalog(5000)
        (self.here.folder / "small").mkdir()
        script = 'mount -t tmpfs -o size=100k none small && { "$@"; status=$?; ls -A small >left; exit $status; }'
        done = self.here.run("convert", mapping, catalog, "-o", "small/out", "--json", before=["unshare", "-m", "sh", "-c", script, "sh"])
        self.assertEqual(done.status, 4, done.text)
        self.assertIn("No space left on device", done.text)
        self.assertEqual(done.summary["exit"], 4)
        self.assertNotEqual(done.summary["status"], "done")
        self.assertEqual((self.here.folder / "left").read_text(), "")


class Comparing(Folder):
    def folders(self, target="quotiza.products"):
        long = "x" * 100
        fields = {"sku": "sku", "name": "name", "brand": "brand", "cost": "price", "description": "name"}
        for name in ("old", "new"):
            rows = "".join(f"K{n:05},{name} {long} {n},B,1\n" for n in range(4000))
            self.here.write(f"{name}.csv", "SKU,Name,Brand,Price\n" + rows)
            done = self.here.run("convert", self.here.mapping(target, fields), f"{name}.csv", "-o", name, "--force")
            self.assertEqual(done.status, 0, done.text)

    def held(self, *more):
        """A comparison in its midst: nobody reads what it has found so far."""
        process = self.here.start("diff", "old", "new", *more)
        head = process.stdout.read(1)
        self.assertEqual(len(head), 1)
        return process

    def test_a_signal_ends_it_at_once(self):
        ending = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        for how in ending: # nohup and shells that run something behind them have some ignored
            self.addCleanup(signal.signal, how, signal.signal(how, signal.SIG_DFL))
        self.folders()
        before = {p: p.read_bytes() for p in self.here.files()}
        for how in ending:
            for more in ((), ("--json",)):
                process = self.held(*more)
                self.assertIsNone(process.poll())
                began = time.monotonic()
                process.send_signal(how)
                self.assertIn(process.wait(timeout=10), (-how, 128 + how))
                self.assertLess(time.monotonic() - began, 2)
                process.stdout.close()
                process.stderr.close()
        self.assertEqual({p: p.read_bytes() for p in self.here.files()}, before)

    def test_a_file_that_is_changed_meanwhile_is_named(self):
        def cut(path):
            os.truncate(path, 100)

        def overwrite(path):
            with open(path, "r+b") as f:
                f.write(b" " * path.stat().st_size)

        def replace(path):
            path.unlink()
            path.write_bytes(b"")

        for target, change, side in (("quotiza.products", cut, "new"), ("file.csv", overwrite, "new"), ("file.ndjson", cut, "old"),
                                     ("quotiza.products", replace, "old")):
            for more in ((), ("--json",)):
                self.folders(target)
                process = self.held(*more)
                for path in (self.here.folder / side).glob(target + "*"):
                    change(path)
                _, err = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 4, (target, change, err))
                self.assertRegex(err.decode(), rf"{side}/{target}\S*: .*changed while it was compared")
                self.assertEqual(len(err.splitlines()), 1, err)

    def test_a_reader_that_goes_away_ends_it(self):
        self.folders()
        process = self.held()
        process.stdout.close()
        err = process.stderr.read().decode()
        process.stderr.close()
        self.assertNotIn(process.wait(timeout=10), (0, 1))
        self.assertLessEqual(len(err.splitlines()), 1, err)


if __name__ == "__main__":
    main()
