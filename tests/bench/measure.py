"""What the parts of the bench share: inputs made once, whole processes timed in interleaved rounds, bars held or missed."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Taken(NamedTuple):
    wall: float  # until what it wrote is on disk
    cpu: float
    mib: float  # at its peak
    times: float = 1.0  # as long as the first of the programs, right before it


REST = 2      # seconds
RESULTS = []  # what was shown, as Markdown
SET_ASIDE = []  # folders of earlier outputs


class Bars:
    def __init__(self):
        self.missed = []

    def hold(self, held, sentence):
        if RESULTS and not RESULTS[-1].startswith("- "):
            RESULTS.append("")
        RESULTS.append(f"- {'held' if held else '**missed**'}: {' '.join(sentence.split())}")
        print(f"{'held  ' if held else 'MISSED'}  {sentence}", flush=True)
        if not held:
            self.missed.append(sentence)


def made(path, command, named=False):
    """The path, made by the command if it is missing: from what it prints, or by itself where its last argument names the file."""
    if not path.exists():
        print(f"making {path.name}", flush=True)
        part = path.with_suffix(path.suffix + ".part")
        command = [str(c) for c in command]
        with open(part, "wb") as file:
            subprocess.run([*command, part] if named else command, stdout=subprocess.DEVNULL if named else file, check=True)
        part.rename(path)
    return path


def made_all(wanted):
    """`made` of each (path, command), as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda one: made(*one), wanted))


def warmed(path):
    """The path, whose bytes are in the page cache now."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass
    return path


def emptied(path):
    """The path, where nothing is now. A folder that was there is set aside: for minutes after files are removed ext4 makes new ones
    slowly (it looks at each inode freed lately), which took a quarter of a conversion that began right behind the removal of its last output.
    """
    if path.is_dir():
        SET_ASIDE.append(Path(tempfile.mkdtemp(prefix="old-", dir=path.parent)))
        path.rename(SET_ASIDE[-1] / path.name)
    else:
        path.unlink(missing_ok=True)
    return path


def clear_up(rest=0):
    """Removes what was set aside, and rests so many seconds."""
    while SET_ASIDE:
        shutil.rmtree(SET_ASIDE.pop())
    time.sleep(rest)


def run(*command):
    """One process; what it prints is thrown away. GNU time starts it, for else its peak would be this script's own where that is more.
    What others wrote is on disk before: who syncs files would wait for it. Its own is on disk when its time ends: who does not sync would
    have done less."""
    command = [str(c) for c in command]
    os.sync()
    with tempfile.NamedTemporaryFile("r") as used:
        began = time.monotonic()
        done = subprocess.run(["/usr/bin/time", "--quiet", "--format=%U %S %M", f"--output={used.name}", *command], text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        os.sync()
        wall = time.monotonic() - began
        if done.returncode:
            sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
        user, system, kib = map(float, used.read().split())
    return Taken(wall, user + system, kib / 1024)


def medians(programs, rounds):
    """{name: Taken} of {name: a function that runs it once}. Every round runs each of them, and the first one right before each of the
    others, behind a rest: a machine that others use too has slow minutes, and short work gets more of it than long work.
    """
    (first, ours), *others = programs.items()
    taken = {name: [] for name in programs}
    for _ in range(rounds):
        if not others:
            taken[first].append(ours())
        for name, once in others:
            time.sleep(REST)
            beside = ours()
            one = once()
            taken[first].append(beside)
            taken[name].append(one._replace(times=one.wall / beside.wall))
    return {name: Taken(*map(statistics.median, zip(*all_of))) for name, all_of in taken.items()}


def show(title, median, amount, unit):
    """The table, whose first program is ours; `amount` is how much each program went through, in `unit`."""
    ours = next(iter(median))
    print(f"\n{title}")
    print(f"{'program':28} {'wall s':>8} {'CPU s':>8} {unit + '/s':>8} {'peak MiB':>9} {ours + ' is':>12}")
    RESULTS.extend(["", f"### {title}", "", f"| program | wall s | CPU s | {unit}/s | peak MiB | {ours} is |", "| --- | --: | --: | --: | --: | --: |"])
    for name, one in median.items():
        times = f"{one.times:.2f} x" if name != ours else ""
        RESULTS.append(f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {amount / one.wall:.1f} | {one.mib:.1f} | {times} |")
        print(f"{name:28} {one.wall:8.2f} {one.cpu:8.2f} {amount / one.wall:8.1f} {one.mib:9.1f} {times:>12}".rstrip(), flush=True)


def left_out(sentence):
    print(f"left out: {sentence}", flush=True)
    RESULTS.extend(["", f"Left out: {sentence}."])


def npm_packages(folder, wanted):
    """{name: version} of the packages from npm that are in the folder afterwards; `wanted` says which versions. Says what is missing."""
    def there():
        found = {}
        for name in wanted:
            package = folder / "node_modules" / name / "package.json"
            if package.exists():
                found[name] = json.loads(package.read_text(encoding="utf-8"))["version"]
        return found

    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("node") and len(there()) < len(wanted) and shutil.which("npm"):
        print(f"installing {', '.join(wanted)} in {folder}", flush=True)
        subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1",
                        *(f"{name}@{version}" for name, version in wanted.items())], stdout=subprocess.DEVNULL, check=False)
    return there() if shutil.which("node") else {}


def said(*command):
    """The first line that a command prints, or nothing where there is no such command."""
    if not shutil.which(str(command[0])):
        return ""
    return (subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, check=False).stdout.splitlines() or [""])[0]


def equal(bars, script, *arguments, how="--compare", before=""):
    """Runs the comparison of a part in a process of its own, so that its memory does not count as a child's."""
    done = subprocess.run([sys.executable, "-B", script, how, *map(str, arguments)], text=True, stdout=subprocess.PIPE, check=False)
    bars.hold(done.returncode == 0, before + (done.stdout.strip() or "the comparison failed"))
