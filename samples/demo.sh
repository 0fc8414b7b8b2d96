#!/bin/sh
# demo.sh BUILD - pushes the sample catalog through the shipped mapping into a sandbox on loopback. Nothing leaves this machine, nothing
# is left behind but BUILD/demo.
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

say "1. A sandbox plays the Quotiza API: windows of 2 s instead of a minute, and it refuses two products"
"$qonduit" sandbox --window-ms 2000 --job-ms 600 --token demo-token --account 1 \
	--fail-sku 2110000000028 --fail-sku 2110000001001 >"$demo/sandbox.out" 2>"$demo/sandbox.err" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true' EXIT
tries=0
while ! grep -q '^listening on ' "$demo/sandbox.out"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$sandbox" 2>/dev/null; then
		echo "the sandbox did not start:" >&2
		cat "$demo/sandbox.err" >&2
		exit 1
	fi
	sleep 0.05
done
address=$(sed -n 's/^listening on //p' "$demo/sandbox.out")
echo "$address"

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

say "3. What came of it"
if [ "$status" -ne 1 ]; then
	echo "push ended with status $status; 1 was expected: done, but some rows were rejected and two records refused" >&2
	exit 1
fi
echo "Exit status 1: done, but rows were rejected or records refused. That is what the bad rows are for."
rejects=$(find "$demo/state" -name rejects.csv)
echo "The rejected rows, each with its reason, lie in $rejects, such as"
sed -n '2,5s/.*\(qogita-catalog\.csv:[0-9]*,.*\)/  \1/p' "$rejects"
echo "Once mended, that file is an input like any other. The ledger keeps the run:"
"$qonduit" runs --state "$demo/state"
