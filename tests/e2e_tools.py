"""What the end-to-end tests share: a sandbox to deliver to, and a place of its own to run the program in."""
import concurrent.futures
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(Path(sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "build/qonduit").resolve())
WORKERS = 4
SANITIZED = b"__asan_init" in Path(PROGRAM).read_bytes()  # its memory tells nothing
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
TOKEN = "canary-5f2a9c-Zm9v?~+/="
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever started the tests with nohup
LIMITS = [("/products/import", 5), ("/products/import", 5, "account"), ("", 10)]

COLUMNS = {"sku": {"header": "SKU", "required": True}, "name": {"header": "Name", "required": True}, "brand": {"header": "Brand"},
           "price": {"header": "Price", "type": "decimal"}}
FIELDS = {"sku": "sku", "name": "name", "brand": "brand", "cost": "price"}


class Sandbox:
    """A running `qonduit sandbox` without limits, unless given; in `with`, ended at its end."""

    def __init__(self, *arguments, limits=False, window_ms=60000, job_ms=0):
        free = [] if limits else ["--import-limit", "0", "--request-limit", "0", "--catalog-limit", "0", "--login-limit", "0"]
        command = [PROGRAM, "sandbox", "--window-ms", str(window_ms), "--job-ms", str(job_ms), *free, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            raise AssertionError((line, self.process.communicate()[1]))
        self.address = line.split()[-1]
        self.port = int(self.address.split(":")[2].split("/")[0])
        self.settings = dict(self.process.stdout.readline().decode().strip().split("=", 1) for _ in range(3))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)

    def page(self, name):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(c):
            c.request("GET", "/sandbox/" + name)
            return json.loads(c.getresponse().read(), parse_float=Decimal)

    def journal(self):
        return self.page("journal")

    def products(self, account="1"):
        return self.page(f"products?account_id={account}")

    def imports(self):
        return [e for e in self.journal() if e["method"] == "POST"]

    def polls(self):
        return [e for e in self.journal() if e["method"] == "GET"]

    def sends(self):
        """How often each whole body came, by its SHA-256."""
        count = {}
        for e in (e for e in self.imports() if e["whole"]):
            count[e["sha256"]] = count.get(e["sha256"], 0) + 1
        return count


class Done:
    """A process that has ended."""

    def __init__(self, process, out, err):
        self.status, self.out, self.err = process.returncode, out, err

    @property
    def text(self):
        text = self.err.decode("utf-8", "replace")
        return text if len(text) < 20000 else text[:10000] + "…" + text[-10000:]

    @property
    def summary(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"no summary, exit status {self.status}: {self.out!r} {self.text}") from None


class Place:
    """A folder with its own home, state and config, and an environment in which nothing of ours is set but the token."""

    def __init__(self, sandbox=None, **settings):
        self.held = tempfile.TemporaryDirectory(prefix="qonduit-e2e-", dir=MEMORY)
        self.folder = Path(self.held.name)
        self.state = self.folder / "state"
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.held.name, "LANG": "C.UTF-8"}
        for name in os.environ:
            if name.endswith("SAN_OPTIONS"):
                self.environment[name] = os.environ[name]
        if sandbox:
            self.environment.update(QUOTIZA_BASE_URL=sandbox.address, QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
            self.environment.update(MARKETPLACE_API_TOKEN=TOKEN, QUARTICON_API_KEY=TOKEN, QOGITA_API_KEY=TOKEN,
                                    **getattr(sandbox, "settings", {}))
        self.configure(**settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.cleanup()

    def configure(self, window_ms=None, **settings):
        quick = {"limits": [], "poll_ms": 5, "poll_max_ms": 40, "backoff_ms": 5, "backoff_max_ms": 20, "timeout_ms": 20000}
        if window_ms:
            quick["limits"] = [{"requests": r, "per_ms": window_ms, **({"path": p} if p else {}), **({"scope": s[0]} if s else {})}
                               for p, r, *s in LIMITS]
        self.write("qonduit.json", {"quotiza": {**quick, **settings}})

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, (dict, list)):
            content = json.dumps(content, ensure_ascii=False)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def mapping(self, target="quotiza.products", fields=None, name="mapping.json", **more):
        return self.write(name, {"qonduit": 1, "source": {"columns": COLUMNS}, "outputs": {target: {"fields": fields or FIELDS}}, **more})

    def catalog(self, rows, first=1, price="1.50", name="catalog.csv", bad=()):
        """SKUs K000001…; the rows whose numbers are in `bad` have a price that is none."""
        lines = ["SKU,Name,Brand,Price"]
        for n in range(first, first + rows):
            lines.append(f"K{n:06},Name {n},Brand,{'n/a' if n in bad else price}")
        return self.write(name, "\n".join(lines) + "\n")

    def small_batches(self, records):
        """A target like quotiza.products with `records` in a request: its contract is found with --contracts contracts."""
        contract = json.loads((ROOT / "mappings/contracts/quotiza.products.json").read_text())
        contract["target"] = "small.products"
        contract["file"]["records_per_request"] = records
        self.write("contracts/small.products.json", contract)
        return self.mapping("small.products")

    def start(self, *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, before=(), **more):
        return subprocess.Popen([*before, PROGRAM, *map(str, arguments)], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                cwd=self.folder, env=self.environment, **more)

    def run(self, *arguments, stdin=None, timeout=60, before=(), **more):
        process = self.start(*arguments, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, before=before, **more)
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"not finished after {timeout} s: {arguments} {process.communicate()[1].decode()}") from None
        return Done(process, out or b"", err)

    def push(self, *arguments, **more):
        return self.run("push", *arguments, "--state", self.state, "--json", **more)

    def resume(self, run, *arguments, **more):
        return self.run("runs", "resume", run, "--state", self.state, "--json", *arguments, **more)

    def show(self, run):
        done = self.run("runs", "show", run, "--state", self.state, "--json")
        if done.status:
            raise AssertionError(done.text)
        return done.summary

    def runs(self):
        return self.run("runs", "--state", self.state, "--json").summary["runs"]

    def files(self):
        return [p for p in self.folder.rglob("*") if p.is_file()]


def await_handler(process, number=signal.SIGTERM, timeout=10):
    """Waits until the process has a handler for the signal, as the system says; one that comes before ends it at once."""
    end = time.monotonic() + timeout
    status = Path(f"/proc/{process.pid}/status")
    while not int(status.read_text().split("SigCgt:")[1].split()[0], 16) >> (number - 1) & 1:
        if time.monotonic() > end:
            raise AssertionError(f"no handler for signal {number}")
        time.sleep(0.01)


def wanted(rows, first=1, price="1.50", without=()):
    """The products that stand after `catalog` was delivered."""
    return {f"K{n:06}": {"sku": f"K{n:06}", "name": f"Name {n}", "brand": "Brand", "cost": Decimal(price)}
            for n in range(first, first + rows) if n not in without}


class Case(unittest.TestCase):
    maxDiff = 2000

    def opened(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def sandbox(self, *arguments, **more):
        return self.opened(Sandbox(*arguments, **more))

    def place(self, sandbox=None, **settings):
        return self.opened(Place(sandbox, **settings))

    def adds_up(self, summary):
        """What must hold of the numbers of any run, however it ended."""
        rows = summary["rows"]
        self.assertEqual(rows["read"], sum(rows[k] for k in ("filtered", "duplicates", "rejected", "written")), rows)
        for target, o in summary["outputs"].items():
            self.assertLessEqual(o["unchanged"] + o["accepted"] + o["refused"], o["records"], (target, o))
            self.assertLessEqual(o["accepted"] + o["refused"], o["sent"], (target, o))
            self.assertLessEqual(o["sent"], o["records"], (target, o))
            if summary["status"] == "done" and summary["command"] == "push":
                self.assertEqual(o["unchanged"] + o["accepted"] + o["refused"], o["records"], (target, o))

    def ended(self, done, status):
        """The exit status, and that it says so itself."""
        self.assertEqual(done.status, status, done.text + done.out.decode()[:500])
        if done.out:
            self.assertEqual(done.summary["exit"], status)
            self.adds_up(done.summary)

    def stands(self, sandbox, products, account="1"):
        found = sandbox.products(account)
        missing, extra = set(products) - set(found), set(found) - set(products)
        self.assertEqual((sorted(missing)[:5], sorted(extra)[:5]), ([], []), f"{len(found)} stand, {len(products)} should")
        self.assertEqual(found, products)


# ---- a server that answers byte for byte what a test says ----

def reply(content, status="200 OK", headers=()):
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def taken(job="7", **more):
    return reply({"job_id": job, **more}, "202 Accepted")


def ended(records=2, **more):
    return reply({"job_id": "7", "status": "completed", "total": records, "processed": records, "successes": records, "failures": 0, "errors": [],
                  **more})


class Listener:
    """Listens on loopback; `talk` is called with each connection, in a thread of its own. In `with`, it ends with it."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.close()

    def serve(self):
        while True:
            try:
                s, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(s,), daemon=True).start()


class Rogue(Listener):
    """Answers the nth request with the nth of `replies`, the last of them for ever; None: closes without an answer. A reply may be a
    list of pieces, sent one after the other, or a function of the socket."""

    def __init__(self, *replies):
        self.replies, self.requests = list(replies), []
        super().__init__()

    def talk(self, s):
        data = b""
        with s:
            try:
                while True:
                    while b"\r\n\r\n" not in data:
                        more = s.recv(65536)
                        if not more:
                            return
                        data += more
                    head, data = data.split(b"\r\n\r\n", 1)
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    length = int(length.group(1)) if length else 0
                    while len(data) < length:
                        data += s.recv(65536)
                    self.requests.append((head, data[:length]))
                    data = data[length:]
                    answer = self.replies[min(len(self.requests), len(self.replies)) - 1]
                    if answer is None:
                        return
                    if callable(answer):
                        answer(s)
                        return
                    for piece in answer if isinstance(answer, list) else [answer]:
                        s.sendall(piece)
                    if b"close" in (answer if isinstance(answer, bytes) else b"").split(b"\r\n\r\n")[0]:
                        return
            except OSError:
                pass

    def paths(self):
        return [head.split(b" ")[1].decode() for head, _ in self.requests]


def windows(entries, window_ms):
    """The most entries in any window of that length, by the server's clock."""
    times = sorted(e["at"] for e in entries)
    return max((sum(1 for t in times[i:] if t < start + window_ms) for i, start in enumerate(times)), default=0)


def run_one(name):
    """One test by its name: what went wrong, in words."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(name, sys.modules["__main__"]).run(result)
    return [text for _, text in result.failures + result.errors] + [f"{name} succeeds\n" for _ in result.unexpectedSuccesses]


def names_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from names_of(test)
        else:
            yield test.id().split(".", 1)[1]


def main():
    """Runs the tests of the script (or those named on its command line), several at a time, as they wait more than they work."""
    names = sys.argv[1:] or list(names_of(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
    failed = 0
    with concurrent.futures.ProcessPoolExecutor(WORKERS, multiprocessing.get_context("fork")) as pool:
        for name, faults in zip(names, pool.map(run_one, names)):
            failed += bool(faults)
            for text in faults:
                print(f"--- {name}\n{text[:3000]}", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
