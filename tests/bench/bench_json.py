"""Orders flattened to their lines, beside jq: one document, and an order a line.

The file is that of make_orders.py, 200 MB unless told otherwise. Each line of goods becomes a record with seven fields of its own and
six of its order, two of which stand behind the lines. jq does it the usual way, the document in memory; its records must be ours,
numbers by value, for jq makes doubles of them. What jq writes goes to a file as ours does.
"""
import json
import sys
from itertools import zip_longest
from pathlib import Path

from measure import HERE, emptied, equal, made_all, medians, run, said, show, warmed

MEGABYTES = 200

BAR_JQ = 8.0               # times as fast
BAR_MIB = 24

# The field: where it stands, and its type where that is not text. Those of the order begin with a point.
FIELDS = {
    "order": (".id", "integer"), "number": (".sequential_id", None), "status": (".status", None), "created": (".created_at", None),
    "sku": ("sku", None), "name": ("name", None), "brand": ("brand", None), "quantity": ("quantity", "integer"),
    "price": ("price", "decimal"), "subtotal": ("subtotal", "decimal"), "rules": ("discount_rules", None),
    "email": (".customer_info.email", None), "company": (".customer_info.company_name", None),
}

# Kind of file: where the lines are, what leads from there to the order, and the same for jq.
KINDS = {
    "json": ("orders[].cart_data[]", "orders", ".orders[]"),
    "ndjson": ("cart_data[]", "$", "."),
}


def mapping(kind):
    records, order, _ = KINDS[kind]
    columns = {name: {"path": order + path if path[0] == "." else path} | ({"type": of} if of else {})
               for name, (path, of) in FIELDS.items()}
    return {"qonduit": 1, "source": {"format": kind, "records": records, "columns": columns},
            "outputs": {"file.ndjson": {"fields": {name: name for name in FIELDS}}}}


def jq_program(kind):
    fields = ", ".join(f"{name}: {'$o' if path[0] == '.' else '.'}{path}" for name, (path, _) in FIELDS.items())
    return f"{KINDS[kind][2]} as $o | $o.cart_data[] | {{{fields}}}"


def records_of(path):
    with open(path, encoding="utf-8") as file:
        yield from map(json.loads, file)


def compare(ours, theirs):
    """An empty text is no value with us, and left out."""
    count = 0
    for count, (a, b) in enumerate(zip_longest(records_of(ours), records_of(theirs)), 1):
        b = b and {key: value for key, value in b.items() if value != ""}
        if a != b:
            print(f"record {count} differs: ours {a or 'none'}, jq's {b or 'none'}")
            return 1
    print(f"{count:,} records equal jq's, numbers by value")
    return 0 if count else 1


def output_of(folder):
    """The one file of records, without the run's report."""
    files = sorted(folder.glob("*.ndjson"))
    return files[0] if len(files) == 1 else folder / "file.ndjson"


def bench_one(build, rounds, bars, kind, path):
    folder, megabytes = build / "bench", path.stat().st_size / 1e6
    ours, theirs, written = folder / "ours", folder / "jq.ndjson", folder / f"orders-{kind}-mapping.json"
    written.write_text(json.dumps(mapping(kind)))
    warmed(path)
    median = medians({
        "qonduit": lambda: run(build / "qonduit", "convert", written, path, "-o", emptied(ours), "--no-progress"),
        "jq": lambda: run("sh", HERE / "peer_jq.sh", jq_program(kind), path, theirs),
    }, rounds)
    equal(bars, __file__, output_of(ours), theirs)
    show(f"orders to their lines, {megabytes:.0f} MB, {'one document' if kind == 'json' else 'an order a line'}; median of {rounds} "
         f"interleaved rounds; {said('jq', '--version')}", median, megabytes, "MB")
    ratio, mib = median["jq"].times, median["qonduit"].mib
    bars.hold(ratio >= BAR_JQ, f"at least {BAR_JQ} times as fast as jq: {ratio:.1f}")
    bars.hold(mib <= BAR_MIB, f"at most {BAR_MIB} MiB: {mib:.1f} MiB (jq: {median['jq'].mib:.0f} MiB)")


def bench(build, rounds, bars):
    maker = [sys.executable, HERE / "make_orders.py", MEGABYTES * 1_000_000]
    inputs = {kind: build / "bench" / f"orders-{MEGABYTES}.{kind}" for kind in KINDS}
    made_all([(inputs["json"], maker), (inputs["ndjson"], [*maker, "--lines"])])
    for kind, path in inputs.items():
        bench_one(build, rounds, bars, kind, path)


if __name__ == "__main__":
    sys.exit(compare(Path(sys.argv[2]), Path(sys.argv[3])))
