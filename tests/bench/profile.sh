#!/bin/sh
# profile.sh BUILD [ROWS] - where the time of a conversion goes, by function: perf record and report of `convert` on the catalog that
# the bench uses. PROFILE.md reads such a report.
set -eu
program=$(realpath "$1")/qonduit rows=${2:-300000}
here=$(dirname "$(realpath "$0")")

if ! command -v perf >/dev/null; then
	echo "profile: perf is missing; it is in the package linux-perf (Debian) or linux-tools-generic (Ubuntu)" >&2
	exit 1
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT INT TERM
"${PYTHON:-python3}" "$here/../../samples/make-catalog.py" --rows "$rows" > "$place/catalog.csv"
perf record --quiet --freq 2000 --output "$place/data" "$program" convert qogita-to-quotiza "$place/catalog.csv" -o "$place/out" --no-progress
echo
echo "By library:"
perf report --stdio --input "$place/data" --sort dso --percent-limit 0.5 2>/dev/null | grep -v '^#' | grep .
echo
echo "By function:"
perf report --stdio --input "$place/data" --fields overhead,dso,symbol --percent-limit 0.7 2>/dev/null | grep -v '^#' | grep .
