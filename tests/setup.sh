#!/bin/sh
# setup.sh build|test|lint|cover|bench - installs the Debian packages that this step needs and that are missing. Says which; does nothing
# and needs no network where all are there.
set -eu

build="gcc make pkg-config libc6-dev libcurl4-openssl-dev libcsv-dev libcjson-dev libpcre2-dev libutf8proc-dev libuchardet-dev
	libsqlite3-dev libssl-dev libmicrohttpd-dev libgumbo-dev libisal-dev zlib1g-dev libexpat1-dev libxlsxwriter-dev python3"
optional= # what a peer needs, which is left out where they cannot be had
case ${1:-} in
build) wanted=$build ;;
test) wanted="$build libcunit1-dev openssl strace faketime zsh fish python3-openpyxl python3-jsonschema libreoffice-calc-nogui" ;;
lint) wanted="$build libcunit1-dev clang clang-tidy cppcheck" ;;
cover) wanted="$build libcunit1-dev gcovr" ;;
bench)
	wanted="$build jq miller time python3-openpyxl"
	optional=python3-pandas
	command -v npm >/dev/null || optional="$optional nodejs npm"
	;;
*) echo "usage: setup.sh build|test|lint|cover|bench" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system; these packages are needed under whatever name they have here:" $wanted >&2
	exit 0
fi
missing_of()
{
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
		*' installed') ;;
		*) printf ' %s' "$package" ;;
		esac
	done
}

missing=$(missing_of $wanted)
optional=$(missing_of $optional)
[ -n "$missing$optional" ] || exit 0

echo "setup: installing$missing$optional"
root=
[ "$(id -u)" = 0 ] || root=sudo
install="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install"
if ! $root apt-get -qq update; then
	[ -z "$missing" ] || exit 1
fi
[ -z "$missing" ] || $install $missing >/dev/null
[ -z "$optional" ] || $install $optional >/dev/null || echo "setup: could not install$optional" >&2
