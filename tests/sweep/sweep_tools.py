"""What the sweeps share: a delivery to three systems, what must stand after it however it came about, and the figures."""
import argparse
import base64
import collections
import concurrent.futures
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import traceback
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import TOKEN, Case, Place, Sandbox, wanted  # noqa: E402

CONTRACTS = ("--contracts", "contracts")
QUICK = {"limits": [], "backoff_ms": 5, "backoff_max_ms": 20, "timeout_ms": 20000}
PRICES, UPDATES = "/api/i1/product-prices/", "/store/data/product"
LEGAL = {0, 1, 2, 3, 4, 5}  # of a parcel: pending, sending, in doubt, job, done, refused
ENDED = {4, 5}
CANARIES = [form.encode() for form in (TOKEN, urllib.parse.quote(TOKEN, safe=""), urllib.parse.quote(TOKEN),
                                       base64.b64encode(TOKEN.encode()).decode().rstrip("="))]


class Delivery(Case):
    """One mapping for three targets: its rows as imports, as upserts of prices, as updates of products."""

    def __init__(self, rows=20, batch=7):
        super().__init__("run")
        self.rows, self.batch = rows, batch

    def open(self, sandbox, price="1.50", **settings):
        place = Place(sandbox)
        quotiza = {**QUICK, "poll_ms": 5, "poll_max_ms": 40, **settings}
        place.write("qonduit.json", {"quotiza": quotiza, "marketplace": QUICK, "quarticon": QUICK})
        mapping = place.small_batches(self.batch)
        job = json.loads(mapping.read_text())
        job["outputs"]["marketplace.prices"] = {"fields": {"sku": "sku", "price": "price", "currency_type": {"value": "EUR"},
                                                           "price_list": {"value": "4f61bf48-7f9f-49a5-b5be-ea55b020e058"}}}
        job["outputs"]["quarticon.products"] = {"fields": {"id": "sku", "title": "name", "price": "price"}}
        mapping.write_text(json.dumps(job))
        place.job = (mapping, place.catalog(self.rows, price=price))
        return place

    @property
    def requests(self):
        return {"small.products": -(-self.rows // self.batch), "marketplace.prices": self.rows, "quarticon.products": self.rows}

    def start(self, place, before=()):
        return place.start("push", *place.job, *CONTRACTS, "--state", place.state, "--json", before=before)

    # ---- what must hold ----

    def stands_everywhere(self, sandbox, price="1.50"):
        """I1: what every system holds is what the input says, and nothing else."""
        self.stands(sandbox, wanted(self.rows, price=price))
        skus = [f"K{n:06}" for n in range(1, self.rows + 1)]
        prices = sandbox.page("marketplace")["prices"]
        self.assertEqual(sorted((r["sku"], r["price"]) for r in prices.values()), [(sku, price) for sku in skus])
        updates = sandbox.page("quarticon")["products"]
        self.assertEqual(sorted(updates), skus)
        for r in updates.values():
            self.assertEqual((r["title"], str(r["price"])), (f"Name {int(r['id'][1:])}", price))

    def repeats(self, sandbox):
        """I2: how many requests came again, by target. Every one must have come."""
        count = {"small.products": sandbox.sends()}
        for target, path in (("marketplace.prices", PRICES), ("quarticon.products", UPDATES)):
            came = collections.Counter(e["sha256"] for e in sandbox.journal() if e["whole"] and e["path"] == path)
            count[target] = came
        count["small.products"] = {k: v for k, v in count["small.products"].items()
                                   if k not in count["marketplace.prices"] and k not in count["quarticon.products"]}
        self.assertEqual({t: len(c) for t, c in count.items()}, self.requests)
        return {t: sum(c.values()) - len(c) for t, c in count.items()}

    def window(self, repeats, kills=1):
        """I2: a kill repeats an import, or the lines of one group."""
        self.assertLessEqual(repeats["small.products"], kills)
        for target in ("marketplace.prices", "quarticon.products"):
            self.assertLessEqual(repeats[target], kills * min(self.rows, 1024), target)
        self.assertLessEqual(sum(n > 0 for n in repeats.values()), kills, repeats)

    def ledgers_are_sound(self, place, states=LEGAL):
        """I5: whole databases, and no parcel in a state that does not exist."""
        for path in place.state.rglob("*.db"):
            db = sqlite3.connect(path)
            try:
                self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",), path)
                if path.name != "run.db" or not db.execute("SELECT 1 FROM sqlite_schema WHERE name='parcel'").fetchone():
                    continue
                for state, accepted, refused, records, job in db.execute("SELECT state, accepted, refused, records, job FROM parcel"):
                    self.assertIn(state, states, path)
                    self.assertLessEqual(accepted + refused, records)
                    if state in ENDED:
                        self.assertEqual(accepted + refused, records)
                    self.assertTrue(state != 3 or job, "a job that has no id")
            finally:
                db.close()

    def keeps_the_secret(self, place, *texts):
        """I6: the token is in no output and in no file."""
        for text in texts + tuple(p.read_bytes() for p in place.state.rglob("*") if p.is_file()):
            for canary in CANARIES:
                self.assertNotIn(canary, text)

    def goes_on(self, place, sandbox):
        """What a user does after a crash: resumes the run where there is one, else pushes again."""
        runs = place.runs()
        self.assertLessEqual(len(runs), 1)
        for run in runs:
            self.assertIn(run["status"], ("stopped", "done"), "nobody runs it any more")
            self.adds_up(run)
            done = place.resume(run["run"], *CONTRACTS)
            if done.status != 5 or "push again" not in done.text:
                return done
            self.assertIn("sent nothing", done.text)
        self.assertEqual(len(sandbox.imports()), 0, "said that nothing was sent")
        return place.push(*place.job, *CONTRACTS)

    def converges(self, place, sandbox, kills=1, texts=(), price="1.50"):
        """Goes on after the last kill, and looks at everything. The number of requests that were repeated."""
        self.ledgers_are_sound(place)
        done = self.goes_on(place, sandbox)
        self.ended(done, 0)
        said = done.summary
        self.assertEqual(said["status"], "done")
        for target, requests in self.requests.items():
            o = said["outputs"][target]
            self.assertEqual((o["records"], o["requests"], o["sent"], o["accepted"], o["refused"]),
                             (self.rows, requests, self.rows, self.rows, 0), target)
        self.assertEqual(place.show(said["run"])["outputs"], said["outputs"])
        self.stands_everywhere(sandbox, price)
        repeats = self.repeats(sandbox)
        self.window(repeats, kills)
        self.assertGreaterEqual(said["in_doubt"], sum(repeats.values()), "repeats are told")
        self.ledgers_are_sound(place, ENDED)
        self.keeps_the_secret(place, done.out, done.err, *texts)
        before = len(sandbox.journal())
        self.ended(place.resume(said["run"], *CONTRACTS), 0)
        self.assertEqual(len(sandbox.journal()), before, "nothing is left to be done")
        return sum(repeats.values())


# ---- strace ----

UNTRACED = 77  # exit status of a sweep where nothing can be traced


def need_strace():
    """A container may have strace and not let it trace."""
    trial = ["strace", "-o", "/dev/null", "-e", "inject=fdatasync:signal=KILL:when=999", "true"]
    if not shutil.which("strace") or subprocess.run(trial, capture_output=True).returncode != 0:
        print("strace is needed, and a machine that lets it trace")
        sys.exit(UNTRACED)


def traced(calls, inject=None, log="/dev/null"):
    """The words before a command that trace `calls` ("write" or "rename,renameat"), and do something to one of them."""
    return ["strace", "-f", "-o", str(log), "-e", f"trace={calls}", *(["-e", f"inject={calls}:{inject}"] if inject else [])]


def count_calls(log):
    return sum(1 for line in Path(log).read_text(errors="replace").splitlines() if re.match(r"\d+ +\w+\(", line))


# ---- figures ----

def arguments(**numbers):
    """Options of a sweep, each a number: --every 3."""
    parser = argparse.ArgumentParser()
    for name, default in numbers.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    return parser.parse_args()


def sweep(title, points, workers=2, take=1):
    """Does every `take`-th point, (name, function that returns the number of repeats, its arguments), and tells the figures. One that raises
    is a violation."""
    began = time.monotonic()
    violations = repeats = 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        tasks = [(name, pool.submit(function, *given)) for name, function, *given in list(points)[::take]]
        for name, task in tasks:
            try:
                repeats += task.result()
            except Exception as e:  # whatever it is, the others go on
                violations += 1
                text = "".join(traceback.format_exception(e)) if not isinstance(e, AssertionError) else str(e)
                where = traceback.extract_tb(e.__traceback__)[-2:]
                print(f"--- {title}: {name}\n{' < '.join(f'{f.name}:{f.lineno}' for f in reversed(where))}\n{text[:3000]}", flush=True)
    print(f"{title}: {len(tasks)} points, {violations} violations, {repeats} repeats, {time.monotonic() - began:.0f} s", flush=True)
    return len(tasks), violations
