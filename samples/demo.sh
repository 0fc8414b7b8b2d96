#!/bin/sh
# demo.sh BUILD - pushes the sample catalog and the sample orders through shipped mappings into a sandbox on loopback. Nothing leaves this
# machine, nothing is left behind but BUILD/demo.
set -eu
build=${1:-build}
qonduit=$build/qonduit
demo=$build/demo
samples=$(dirname "$0")

rm -rf "$demo"
mkdir -p "$demo"

bold= plain=
if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi

say() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# ended STATUS EXPECTED
ended() {
	if [ "$1" -ne "$2" ]; then
		echo "push ended with status $1; $2 was expected" >&2
		exit 1
	fi
}

say "1. A sandbox plays the APIs: Quotiza's with windows of 2 s instead of a minute. It refuses two products"
"$qonduit" sandbox --window-ms 2000 --job-ms 600 --token demo-token --account 1 \
	--fail-sku 2110000000028 --fail-sku 2110000001001 >"$demo/sandbox.out" 2>"$demo/sandbox.err" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true' EXIT
tries=0
while ! grep -q '^QOGITA_BASE_URL=' "$demo/sandbox.out"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$sandbox" 2>/dev/null; then
		echo "the sandbox did not start:" >&2
		cat "$demo/sandbox.err" >&2
		exit 1
	fi
	sleep 0.05
done
address=$(sed -n 's/^listening on //p' "$demo/sandbox.out")
cat "$demo/sandbox.out"

cat >"$demo/qonduit.json" <<CONFIG
{
  "quotiza": {
    "base_url": "$address",
    "account_id": "1",
    "limits": [
      { "path": "/products/import", "requests": 5, "per_ms": 2000, "scope": "ip" },
      { "path": "/products/import", "requests": 5, "per_ms": 2000, "scope": "account" },
      { "requests": 10, "per_ms": 2000, "scope": "ip" }
    ],
    "poll_ms": 200, "poll_max_ms": 1000
  }
}
CONFIG

say "2. push: 3,000 rows, of which some dozens are bad on purpose"
set -- push qogita-to-quotiza "$samples/qogita-catalog.csv" --set margin=1.40 --config "$demo/qonduit.json" --state "$demo/state"
echo "QUOTIZA_API_TOKEN=demo-token qonduit $*"
status=0
QUOTIZA_API_TOKEN=demo-token "$qonduit" "$@" || status=$?
ended "$status" 1

say "3. The same catalog to the marketplace: prices and stocks from one read, a request a record, eight in flight"
set -- push qogita-to-marketplace "$samples/qogita-catalog.csv" --set price_list=4f61bf48-7f9f-49a5-b5be-ea55b020e058 \
	--set stock_list=a9af0aed-5984-43c2-bb72-1886c6f87b2a --config "$demo/qonduit.json" --state "$demo/state"
echo "MARKETPLACE_API_TOKEN=demo-token qonduit $*"
status=0
env MARKETPLACE_API_TOKEN=demo-token "$(grep '^MARKETPLACE_' "$demo/sandbox.out")" "$qonduit" "$@" || status=$?
ended "$status" 1

say "4. Orders, which are JSON: what was bought at Quotiza goes to Quarticon as transactions"
set -- push quotiza-orders-to-quarticon-events "$samples/quotiza-orders.json" --set customer=demo --config "$demo/qonduit.json" \
	--state "$demo/state"
echo "QUARTICON_API_KEY=demo-token qonduit $*"
status=0
env QUARTICON_API_KEY=demo-token "$(grep '^QUARTICON_' "$demo/sandbox.out")" "$qonduit" "$@" || status=$?
ended "$status" 0

say "5. What came of it"
echo "Exit status 1 of the catalog: done, but rows were rejected and records refused. That is what the bad rows are for."
rejects=$(find "$demo/state" -name rejects.csv | sort | head -n 1)
echo "The rejected rows, each with its reason, lie in $rejects, such as"
sed -n '2,5s/.*\(qogita-catalog\.csv:[0-9]*,.*\)/  \1/p' "$rejects"
echo "Once mended, that file is an input like any other. The ledger keeps the runs:"
"$qonduit" runs --state "$demo/state"
