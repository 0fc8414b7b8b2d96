#!/usr/bin/env python3
"""Who may include whom, read from the include lines; and every header compiles alone, twice.

A header in include/qonduit/ belongs to the layer of the source file of its name (src/LAYER/NAME.c or NAME_*.c); those without one
are listed in HEADER_ONLY. Prints a line for each breach and a closing count.
"""
import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A layer may include itself and these.
BELOW = {
    "base": [],
    "format": ["base"],
    "model": ["format", "base"],
    "transform": ["model", "format", "base"],
    "api": ["model", "format", "base"],
    "sandbox": ["model", "format", "base"],
    "deliver": ["api", "model", "format", "base"],
    "cli": ["transform", "deliver", "api", "sandbox", "model", "format", "base"],
}

HEADER_ONLY = {"report": "transform"}

# The C library's and the system's; anything else in <> is an outside library, which one file of ours may include.
SYSTEM = set("""assert ctype dirent endian errno fcntl fenv fnmatch ftw getopt glob inttypes langinfo limits locale math netdb
    poll pthread sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string
    strings syslog termios time unistd wchar arpa/inet emmintrin immintrin net/if netinet/in netinet/tcp""".split())
SYSTEM_FOLDERS = {"sys", "linux"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[>"]', re.M)


def includes(path):
    text = path.read_text(encoding="utf-8")
    for found in INCLUDE.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1], found[2]


def layer_of_header(name, sources):
    """Layers that hold NAME.c, else those that hold NAME_*.c."""
    layers = {p.parent.name for p in sources if p.stem == name}
    if not layers:
        layers = {p.parent.name for p in sources if p.stem.startswith(name + "_")}
    if not layers and name in HEADER_ONLY:
        layers = {HEADER_ONLY[name]}
    return layers


def library(name):
    """The outside library that a <name> belongs to; None: the system."""
    stem = name.removesuffix(".h")
    if stem in SYSTEM or stem.split("/")[0] in SYSTEM_FOLDERS:
        return None
    return stem.split("/")[0]


def compiles_alone(header, flags):
    text = f'#include "qonduit/{header.name}"\n' * 2
    done = subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Iinclude",
                           *flags, "-fsyntax-only", "-x", "c", "-"], input=text, text=True, capture_output=True, cwd=ROOT)
    return None if done.returncode == 0 else done.stderr.strip().split("\n")[0]


def main():
    breaches = []
    checked = 0
    sources = sorted((ROOT / "src").glob("*/*.c"))
    headers = sorted((ROOT / "include/qonduit").glob("*.h"))

    layer = {}
    for header in headers:
        found = layer_of_header(header.stem, sources)
        if len(found) == 1:
            layer[header.stem] = found.pop()
        else:
            breaches.append(f"include/qonduit/{header.name}: no single layer has a {header.stem}.c"
                            f" ({', '.join(sorted(found)) or 'none has'}); say its layer in tests/layers.py")

    users = {}
    for path in sources + sorted((ROOT / "src").glob("*/*.h")) + headers:
        where = path.relative_to(ROOT)
        own = layer.get(path.stem) if path.parent.name == "qonduit" else path.parent.name
        if own is None:
            continue
        if own not in BELOW:
            breaches.append(f"{where}: {own} is not a layer")
            continue
        for line, kind, name in includes(path):
            checked += 1
            if kind == "<":
                outside = library(name)
                if outside:
                    users.setdefault(outside, set()).add(str(where))
            elif name.startswith("qonduit/"):
                other = layer.get(name.removeprefix("qonduit/").removesuffix(".h"))
                if other and other != own and other not in BELOW[own]:
                    breaches.append(f"{where}:{line}: {own} includes {name}, which is of {other}")
            elif not (path.parent / name).exists() or "/" in name:
                breaches.append(f"{where}:{line}: {name} is neither qonduit/… nor a header beside this file")
    for outside, files in sorted(users.items()):
        checked += 1
        if len(files) > 1:
            breaches.append(f"<{outside}> is included by {len(files)} files, one is allowed: {', '.join(sorted(files))}")

    flags = []
    if shutil.which("pkg-config"):
        flags = subprocess.run(["pkg-config", "--cflags", "libcjson"], text=True, capture_output=True).stdout.split()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, fault in zip(headers, pool.map(lambda h: compiles_alone(h, flags), headers)):
            checked += 1
            if fault:
                breaches.append(f"include/qonduit/{header.name} does not compile alone: {fault}")

    for breach in breaches:
        print(breach)
    print(f"{checked - min(checked, len(breaches))} passed, {len(breaches)} failed")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
