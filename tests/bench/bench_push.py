"""Price upserts to the sandbox on loopback, with the ledger on, beside a loop of Python's http.client over one connection.

20,000 prices of a CSV file, a request each. Each run has a sandbox and a ledger of its own; what stands in the sandbox afterwards must
be the same, price for price. The sandbox has a core's worth of the work on both sides.
"""
import http.client
import json
import subprocess
import sys
from decimal import Decimal

from measure import HERE, emptied, medians, run, show

PRICES = 20_000

BAR_PYTHON = 3.0           # times as fast

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

    def __init__(self, qonduit):
        self.process = subprocess.Popen([qonduit, "sandbox", "--import-limit", "0", "--request-limit", "0", "--token", TOKEN],
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline().split(":")[2].split("/")[0])
        self.address = f"http://127.0.0.1:{self.port}/api/i1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def prices(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/sandbox/marketplace")
        return json.loads(connection.getresponse().read(), parse_float=Decimal)["prices"]


def write_prices(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("SKU,Price\n")
        file.writelines(f"SKU-{i:06},{i % 977 + 1}.{i % 100:02}\n" for i in range(PRICES))


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

    median = medians({
        "qonduit push": lambda: against_sandbox("ours", qonduit, "push", mapping, prices, "--state", emptied(folder / "state"),
                                                "--no-progress", "--quiet"),
        "Python, http.client": lambda: against_sandbox("theirs", sys.executable, HERE / "peer_http.py", prices, LIST),
    }, rounds)
    show(f"{PRICES:,} prices, a request each; median of {rounds} interleaved rounds; Python {sys.version.split()[0]}", median,
         "qonduit push", PRICES / 1e3, "kreq")
    ours, theirs = stood["ours"], stood["theirs"]
    bars.hold(len(ours) == PRICES and ours == theirs, f"the sandbox holds the same {len(theirs):,} prices ({len(ours):,} of ours)")
    ratio = median["Python, http.client"].wall / median["qonduit push"].wall
    bars.hold(ratio >= BAR_PYTHON, f"at least {BAR_PYTHON} times as fast as Python: {ratio:.1f}")
