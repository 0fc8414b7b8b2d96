"""Deliveries to the sandbox on loopback, with the ledger on.

Upserts: 20,000 prices of a CSV file, a request each, beside a loop of Python's http.client over one connection. Each run has a sandbox and
a ledger of its own; what stands in the sandbox afterwards must be the same, price for price. The sandbox has a core's worth of the work on
both sides. 100,000 of them alone say how many a second; the share of the sandbox is told, and where there is an nginx (peer_nginx.py),
how many it takes when nothing stands behind it.

Job batches, on the wire: so many imports and polls as the limits let through in short windows, as the server's own clock saw them.
"""
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from decimal import Decimal

from measure import HERE, ROOT, emptied, medians, npm_packages, run, said, show
from peer_nginx import Nginx

NPM = {"undici": "7.30.2"}
PRICES = 20_000
MANY = 100_000

BAR_PYTHON = 3.0           # times as fast
BAR_SECOND = 5_000         # upserts a second
GOAL_SECOND = 25_000
BAR_WIRE = 1.05            # times the windows that the limits ask for, and one job

WINDOW, JOB = 3000, 600    # ms, of job batches
BATCHES = (5, 12, 23)

LIST = "8a7e0a3c-63a3-4e0e-9d35-6f1f4f2b9a01"
TOKEN = "made-up-for-the-bench"
MAPPING = {
    "qonduit": 1,
    "source": {"columns": {"sku": {"header": "SKU", "required": True}, "price": {"header": "Price", "type": "decimal", "required": True}}},
    "outputs": {"marketplace.prices": {"fields": {"sku": "sku", "price": "price", "price_list": {"value": LIST},
                                                  "currency_type": {"value": "EUR"}}}},
}


class Sandbox:
    """One without limits; in `with`, ended at its end."""

    def __init__(self, qonduit, *options):
        free = () if options else ("--import-limit", "0", "--request-limit", "0")
        self.process = subprocess.Popen([qonduit, "sandbox", "--token", TOKEN, *free, *options],
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.quotiza = self.process.stdout.readline().split()[-1]
        self.port = int(self.quotiza.split(":")[2].split("/")[0])
        self.address = f"http://127.0.0.1:{self.port}/api/i1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def page(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/sandbox/" + name)
        return json.loads(connection.getresponse().read(), parse_float=Decimal)

    def prices(self):
        return self.page("marketplace")["prices"]

    def cpu(self):
        """Seconds that it has used so far."""
        fields = open(f"/proc/{self.process.pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_prices(path, count=PRICES):
    with open(path, "w", encoding="utf-8") as file:
        file.write("SKU,Price\n")
        file.writelines(f"SKU-{i:06},{i % 977 + 1}.{i % 100:02}\n" for i in range(count))


def push_to(address, qonduit, folder, *job):
    return run("env", f"MARKETPLACE_BASE_URL={address}", f"MARKETPLACE_API_TOKEN={TOKEN}", qonduit, "push", *job, "--state",
               emptied(folder / "state"), "--no-progress", "--quiet")


def bench_many(qonduit, folder, mapping, rounds, bars):
    """So many that what begins and ends a run does not count."""
    many = folder / "many.csv"
    write_prices(many, MANY)
    used = []

    def to_sandbox():
        with Sandbox(qonduit) as sandbox:
            taken = push_to(sandbox.address, qonduit, folder, mapping, many)
            used.append(sandbox.cpu())
        return taken

    def to_nginx():
        with Nginx(folder / "nginx") as server:
            return push_to(server.address, qonduit, folder, mapping, many)

    programs = {"to the sandbox": to_sandbox}
    if shutil.which("nginx"):
        programs["to nginx, a fixed reply"] = to_nginx
    median = medians(programs, rounds)
    show(f"{MANY:,} prices, a request each, 8 in flight; median of {rounds} rounds", median, MANY / 1e3, "kreq")
    if not shutil.which("nginx"):
        print("skipped  nginx is not installed")
    ours = median["to the sandbox"]
    print(f"the sandbox used {sorted(used)[len(used) // 2]:.2f} s of CPU, the push {ours.cpu:.2f} s, of {ours.wall:.2f} s")
    bars.hold(MANY / ours.wall >= BAR_SECOND, f"at least {BAR_SECOND:,} upserts a second: {MANY / ours.wall:,.0f} "
              f"({MANY / ours.wall / GOAL_SECOND:.0%} of {GOAL_SECOND:,})")


def on_the_wire(sandbox, qonduit, folder, batches, prices):
    """Seconds from the first request to the last, 429s, and status of a push of so many batches."""
    catalog, before = folder / "batches.csv", len(sandbox.page("journal"))
    with open(catalog, "w", encoding="utf-8") as file:
        file.write("SKU,Name,Price\n")
        file.writelines(f"K{i:04},Name {i},{prices}.50\n" for i in range(2 * batches))
    account = ("QUOTIZA_BASE_URL=" + sandbox.quotiza, f"QUOTIZA_API_TOKEN={TOKEN}", "QUOTIZA_ACCOUNT_ID=1")
    subprocess.run(["env", *account, qonduit, "push", folder / "batches.json", catalog, "--contracts", folder / "contracts", "--config",
                    folder / "batches-config.json", "--state", folder / "state", "--no-progress", "--quiet"], check=True)
    journal = sandbox.page("journal")[before:]
    times = [e["at"] for e in journal]
    return (max(times) - min(times)) / 1000, sum(e["status"] == 429 for e in journal), len(journal)


def write_batches(folder):
    contract = json.loads((ROOT / "mappings/contracts/quotiza.products.json").read_text())
    contract["target"] = "small.products"
    contract["file"]["records_per_request"] = 2
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "contracts/small.products.json").write_text(json.dumps(contract))
    columns = {"sku": {"header": "SKU"}, "name": {"header": "Name"}, "price": {"header": "Price", "type": "decimal"}}
    (folder / "batches.json").write_text(json.dumps({"qonduit": 1, "source": {"columns": columns}, "outputs": {
        "small.products": {"fields": {"sku": "sku", "name": "name", "brand": {"value": "Brand"}, "cost": "price"}}}}))
    limits = [{"requests": 5, "per_ms": WINDOW, "path": "/products/import"}, {"requests": 10, "per_ms": WINDOW}]
    (folder / "batches-config.json").write_text(json.dumps({"quotiza": {"limits": limits, "poll_ms": JOB // 4, "poll_max_ms": 2 * JOB}}))


def bench_wire(qonduit, folder, bars):
    """A few pushes teach how long jobs take, each a little better; windows are empty before each."""
    write_batches(folder)
    emptied(folder / "state")
    print(f"\njob batches, windows of {WINDOW / 1000:g} s, jobs of {JOB / 1000:g} s")
    with Sandbox(qonduit, "--window-ms", str(WINDOW), "--job-ms", str(JOB)) as sandbox:
        for prices, batches in enumerate((1, 1, 1, *BATCHES), 1):
            took, throttled, requests = on_the_wire(sandbox, qonduit, folder, batches, prices)
            time.sleep(WINDOW / 1000)
            if batches == 1:
                continue
            windows = max(-(-batches // 5) - 1, -(-2 * batches // 10) - 1)
            # Where no window is waited for, one look more than the job takes, and what the ledger's commits take on disk.
            most = BAR_WIRE * windows * WINDOW / 1000 + JOB / 1000 + (JOB // 4 / 1000 + 0.05 if windows == 0 else 0)
            bars.hold(took <= most and not throttled, f"{batches} batches in {requests} requests: {took:.2f} s on the wire, at most {most:.2f} s "
                      f"({windows} windows and a job), {throttled} times 429")


def bench(build, rounds, bars):
    folder, qonduit = build / "bench", build / "qonduit"
    prices, mapping = folder / "prices.csv", folder / "prices-mapping.json"
    write_prices(prices)
    mapping.write_text(json.dumps(MAPPING))
    stood = {}

    def against_sandbox(name, *command):
        with Sandbox(qonduit) as sandbox:
            taken = run("env", f"MARKETPLACE_BASE_URL={sandbox.address}", f"MARKETPLACE_API_TOKEN={TOKEN}", *command)
            stood[name] = sandbox.prices()
        return taken

    npm = npm_packages(folder / "npm-push", NPM)
    programs = {
        "qonduit push": lambda: against_sandbox("ours", qonduit, "push", mapping, prices, "--state", emptied(folder / "state"),
                                                "--no-progress", "--quiet"),
        "Python, http.client": lambda: against_sandbox("theirs", sys.executable, HERE / "peer_http.py", prices, LIST),
    }
    if npm:
        programs["undici, no ledger"] = lambda: against_sandbox("undici", "node", HERE / "peer_undici.mjs", folder / "npm-push", prices, LIST)
    if shutil.which("curl"):
        programs["curl -Z, no ledger"] = lambda: against_sandbox("curl", sys.executable, HERE / "peer_curl.py", prices, LIST,
                                                                 folder / "prices.curl")
    median = medians(programs, rounds)
    versions = [f"Python {sys.version.split()[0]}", *(f"{name} {version}" for name, version in npm.items()), " ".join(said("curl", "--version").split()[:2])]
    show(f"{PRICES:,} prices, a request each; median of {rounds} interleaved rounds; {', '.join(filter(None, versions))}", median,
         PRICES / 1e3, "kreq")
    ours, theirs = stood["ours"], stood["theirs"]
    bars.hold(len(ours) == PRICES and ours == theirs, f"the sandbox holds the same {len(theirs):,} prices ({len(ours):,} of ours)")
    for name in set(stood) - {"ours", "theirs"}:
        if stood[name] != ours:
            print(f"differs  what {name} leaves in the sandbox: {len(stood[name]):,} prices")
    ratio = median["Python, http.client"].times
    bars.hold(ratio >= BAR_PYTHON, f"at least {BAR_PYTHON} times as fast as Python: {ratio:.1f}")
    bench_many(qonduit, folder, mapping, rounds, bars)
    bench_wire(qonduit, folder, bars)
