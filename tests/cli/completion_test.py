#!/usr/bin/env python3
"""Completion in the shells themselves: bash and zsh at a terminal, fish by `complete -C`. completion_test.py PROGRAM

What is typed ends with a tab; what is compared is what the shell then offers, and for bash and zsh what the line has become.
"""
import contextlib
import json
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, Case, main  # noqa: E402

# What is offered goes to the file $TOLD, "+WORD" a line; ^T adds the line as it stands, "=LINE".
BASH = r"""
PS1=
set -u
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
. "$SCRIPT"
told() { _qonduit "$@"; printf '+%s\n' "${COMPREPLY[@]}" >>"$TOLD"; }
complete -F told qonduit
line() { printf '=%s\n' "$READLINE_LINE" >>"$TOLD"; }
bind -x '"\C-t": line'
printf '=\n' >>"$TOLD"
"""
ZSH = r"""
PS1= PS2=
unsetopt autolist automenu beep
autoload -Uz compinit
compinit -u -D
compadd() {
	local -a told
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A told "$@"
	(($#told)) && print -rl -- ${told/#/+$IPREFIX} >>$TOLD
	builtin compadd "$@"
}
line() { print -r -- "=$BUFFER" >>$TOLD }
zle -N line
bindkey '^T' line
bindkey '^I' complete-word
bindkey '^U' kill-whole-line
print = >>$TOLD
"""
FISH = r"""
source $SCRIPT
while read -l typed
	for word in (complete -C $typed)
		string join \n -- "+$word" | string replace -r '\t.*' ''
	end
	echo "=$typed"
end
"""


class Terminal:
    """A shell at a terminal of its own, in `with`."""

    def __init__(self, command, rc, here):
        self.told = here.write("told", "")
        self.seen = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(here.folder)
            os.execvpe(command[0], command, {**here.environment, "TOLD": str(self.told), "TERM": "xterm", "COLUMNS": "200"})
        self.wait(rc)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def wait(self, typed):
        """Types, and gives back what is told up to the next line as it stands."""
        os.write(self.fd, typed.encode())
        until, shown = time.monotonic() + 20, b""
        while time.monotonic() < until:
            if select.select([self.fd], [], [], 0.005)[0]:
                with contextlib.suppress(OSError):
                    shown += os.read(self.fd, 65536)
            lines = self.told.read_text().split("\n")[self.seen:-1]
            if lines and lines[-1].startswith("="):
                self.seen += len(lines)
                return [l[1:] for l in lines[:-1] if l[1:]], lines[-1][1:]
        raise AssertionError((typed, lines, shown[-2000:]))

    def tab(self, typed):
        return self.wait("\x15" + typed + "\t\x14")


def pushed(here, state="state", **environment):
    """The id of a run that stopped, as nobody listened, or of one that was delivered to a sandbox."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    before = dict(here.environment)
    here.environment.update({"QUOTIZA_BASE_URL": address, "QUOTIZA_API_TOKEN": "x", "QUOTIZA_ACCOUNT_ID": "1", **environment})
    here.configure(retries=0)
    here.mapping()
    done = here.run("push", "mapping.json", here.catalog(1), "--state", state, "--json")
    here.environment = before
    (here.folder / "catalog.csv").unlink()
    return done.summary["run"]


class Shell:
    """What each of them is asked; the shells are below."""
    name = None

    def setUp(self):
        if not shutil.which(self.name):
            print(f"completion_test: {self.name} is not installed, so its completion is NOT tested", flush=True)
            self.skipTest(f"no {self.name}")
        self.here = here = self.place()
        bin = here.folder / "bin"
        bin.mkdir()
        (bin / "qonduit").symlink_to(PROGRAM)
        here.environment["PATH"] = f"{bin}:{here.environment['PATH']}"
        here.environment["SCRIPT"] = str(here.write("script", here.run("completion", self.name).out))
        for name in "mapping.json", "catalog.csv", "Two Words.csv", "zebra.csv", "folder/inner.json", "folder/inner.txt", "orders.json":
            here.write(name, "")
        here.write("folder/inner.json", {"qonduit": 1, "params": {"margin": {"type": "decimal"}, "markup": {"type": "decimal"}}}) # all it has

    def offered(self, *typed):
        return [set(words) for words, _ in self.tabs(*typed)]

    def commands(self):
        return re.findall(r"^  (\w+) ", self.here.run("help").out.decode(), re.M)

    # ---- commands and options, from the pages of help ----

    def test_every_command_is_offered(self):
        commands = set(self.commands())
        self.assertLess({"push", "help", "version", "completion"}, commands)
        first, help, pu = self.offered("qonduit ", "qonduit help ", "qonduit pu")
        self.assertEqual(first, commands)
        self.assertEqual(help, commands - {"help", "version"} | {"steps"})
        self.assertEqual(pu, {"push"})

    def test_every_option_of_every_page_of_help_is_offered(self):
        commands = [c for c in self.commands() if c not in ("help", "version")]
        for command, words in zip(commands, self.offered(*(f"qonduit {c} -" for c in commands))):
            page = self.here.run("help", command).out.decode().split("\nOptions:\n")[1]
            options = set(re.findall(r"^  (?:-\w, |    )(--[\w-]+)", page, re.M)) | set(re.findall(r"^  (-\w), ", page, re.M))
            self.assertLessEqual({"--color", "--quiet", "-q"}, options)
            self.assertEqual(words, options | {"--help"}, command)

    def test_closed_lists_are_offered_whole_and_behind_an_equals_sign(self):
        typed, wanted = [], []
        for command in self.commands():
            page = self.here.run("help", command).out.decode() if command not in ("help", "version") else ""
            for option, words in re.findall(r"(--[\w-]+) ([a-z]+(?:\|[a-z]+)+) ", page):
                typed += [f"qonduit {command} {option} ", f"qonduit {command} {option}={words[0]}"]
                wanted += [set(words.split("|")), {self.behind(option, w) for w in words.split("|") if w[0] == words[0]}]
        self.assertGreater(len(typed), 20)
        self.assertEqual(list(zip(typed, self.offered(*typed))), list(zip(typed, wanted)))

    # ---- values and operands ----

    def check(self, *cases):
        """Each: what is typed, what the line becomes (where the shell says), what is offered."""
        for (typed, line, words), (offered, became) in zip(cases, self.tabs(*("qonduit " + typed for typed, _, _ in cases))):
            offered = [w.removesuffix("/") for w in offered] # folders stand with a slash or without
            self.assertEqual(set(offered), set(words.split()) if isinstance(words, str) else set(words), typed)
            if self.shows_line:
                self.assertEqual(became, "qonduit " + line, typed)

    def test_operands_are_completed_by_what_they_are(self):
        mappings = [p.stem for p in (ROOT / "mappings").glob("*.json")]
        jsons = ["mapping.json", "orders.json", "qonduit.json"]
        self.check(
            ("convert ", "convert ", [*mappings, *jsons, "bin", "folder"]),
            ("convert qogita-to-quo", "convert qogita-to-quotiza ", "qogita-to-quotiza"),
            ("check mapping.json folder/", "check mapping.json folder/inner.json ", self.named("folder/", "inner.json")),
            ("check mapping.json ./fol", "check mapping.json ./folder/", self.named("./", "folder")),
            ("runs ", "runs ", "show resume prune"),
            ("runs sh", "runs show ", "show"),
            ("runs prune --kee", "runs prune --keep ", "--keep"),
            ("runs show ", "runs show ", ""),
            ("completion z", "completion zsh ", "zsh"),
            ("api qu", "api qu", "quotiza quarticon"),
            ("api quotiza PA", "api quotiza PATCH ", "PATCH"),
            ("schema ma", "schema ma", "mapping marketplace.prices marketplace.stocks"),
            ("schema --output orders", "schema --output orders.json ", self.own("orders.json")),
            ("fetch --list qo", "fetch --list qogita ", "qogita"),
            ("inspect catalog.csv --draft quot", "inspect catalog.csv --draft quotiza.products ", "quotiza.products"),
            ("inspect --draft=quot", "inspect --draft=quotiza.products ", [self.behind("--draft", "quotiza.products")]),
            ("push --max-rejects ", "push --max-rejects ", ""),
            ("push --set ", "push --set ", ""),
            ("push orders.json --set ", "push orders.json --set ", ""),
            ("push folder/inner.json x --set ", "push folder/inner.json x --set mar", "margin= markup="),
            ("push folder/inner.json x --set mar", "push folder/inner.json x --set mar", "margin= markup="),
            ("push folder/inner.json x --set marg", "push folder/inner.json x --set margin=", "margin="),
            ("push folder/inner.json x --set margin=1", "push folder/inner.json x --set margin=1", ""),
            ("check -q folder/inner.json --set=mark", "check -q folder/inner.json --set=markup=",
             [self.behind("--set", "markup=")]),
            ("api quotiza GET / --query m", "api quotiza GET / --query m", ""),
            ("push --nothing-like-it=", "push --nothing-like-it=", ""),
            ("nothing-like-it ", "nothing-like-it ", ""),
        )

    def test_runs_are_completed(self):
        stopped = pushed(self.here)
        self.check(
            ("runs show --state state ", f"runs show --state state {stopped} ", stopped),
            ("runs resume --state=state 2", f"runs resume --state=state {stopped} ", stopped),
            ("runs show ", "runs show ", ""),
        )

    def test_no_other_file_is_offered_for_a_mapping(self):
        words, = self.offered("qonduit check zeb") # fish takes what has these letters somewhere
        self.assertEqual([w for w in words if w.startswith("zeb")], [])

    def test_resources_are_completed_across_their_colon(self):
        (self.here.folder / "catalog.xlsx").touch() # no reason to offer it behind a colon
        listed = self.here.run("fetch", "--list", "qogita").out.decode()
        resources = {re.sub(r"(/)[A-Z].*", r"\1", r) for r in re.findall(r"^  qogita:([^ ]+)", listed, re.M)}
        self.assertIn("catalog", resources)
        self.check(
            ("fetch qogita:catal", "fetch qogita:catalog ", [self.colon("qogita:", "catalog")]),
            ("fetch -o x.csv qogita:catal", "fetch -o x.csv qogita:catalog ", [self.colon("qogita:", "catalog")]),
            ("push qogita-to-quotiza qogita:catal", "push qogita-to-quotiza qogita:catalog ", [self.colon("qogita:", "catalog")]),
            ("fetch 'qogita:catal", "fetch 'qogita:catalog' ", ["qogita:catalog"]),
            ("fetch qogita:order-l", "fetch qogita:order-lines/", [self.colon("qogita:", "order-lines")]),
        )
        self.assertEqual(self.offered("qonduit fetch qogita:")[0], {self.colon("qogita:", r) for r in resources})

    def test_parameters_of_resources_are_completed(self):
        listed = self.here.run("fetch", "--list", "qogita").out.decode()
        names = set(re.findall(r"^      (\w+) ", listed.split("qogita:orders ")[1].split("\n  qogita:")[0], re.M))
        self.assertLess({"status", "page", "size"}, names)
        for quote, before in ("", self.colon("qogita:", "orders?")), ("'", "qogita:orders?"):
            before = before if quote else self.escaped(before)
            self.assertEqual(self.offered(f"qonduit fetch {quote}qogita:orders?"), [{f"{before}{n}=" for n in names}])
        before = "qogita:order/00000000-0000-4000-8000-000000000001?"
        words, none = self.offered(f"qonduit fetch '{before}format=", f"qonduit fetch '{before}status=")
        self.assertEqual((words, none), ({f"{before}format=json", f"{before}format=xlsx"}, set()))
        self.assertEqual(self.offered("qonduit cat 'qogita:orders?page=2&fi"), [{"qogita:orders?page=2&fid="}])

    def test_files_are_completed_where_files_are_meant(self):
        """Of bash these are the shell's own: the line tells."""
        self.check(
            ("push mapping.json cat", "push mapping.json catalog.csv ", self.own("catalog.csv")),
            ("push mapping.json Two", "push mapping.json Two\\ Words.csv ", self.own("Two Words.csv")),
            ("push --config fold", "push --config folder/", self.own("folder")),
            ("push --config=cat", "push --config=catalog.csv ", self.own(self.behind("--config", "catalog.csv"))),
            ("push --state ca", "push --state ca", ""),
            ("push --state f", "push --state folder/", self.own("folder")),
            ("push --state=f", "push --state=folder/", self.own(self.behind("--state", "folder"))),
            ("convert mapping.json catalog.csv -o f", "convert mapping.json catalog.csv -o folder/", self.own("folder")),
            ("fetch qogita:catalog -o cat", "fetch qogita:catalog -o catalog.csv ", self.own("catalog.csv")),
            ("cat -- cat", "cat -- catalog.csv ", self.own("catalog.csv")),
            ("diff fol", "diff folder/", self.own("folder")),
        )

    def test_the_program_that_is_typed_is_asked(self):
        """By its path, also where none is in the PATH; else the one in the PATH."""
        path = self.here.folder / "bin/qonduit"
        self.assertEqual(self.offered(f"{path} pu", "bin/qonduit pu", "~/bin/qonduit pu"), [{"push"}] * 3)

    def test_a_program_that_fails_leaves_the_line_alone(self):
        path = self.here.folder / "bin/qonduit"
        path.unlink()
        path.write_text("#!/bin/sh\necho trouble >&2; exit 70\n")
        path.chmod(0o755)
        self.check(("pu", "pu", ""))

    # ---- what differs ----

    shows_line = True

    def behind(self, option, word):
        return f"{option}={word}"

    def colon(self, before, word):
        return before + word

    def named(self, folder, name):
        return [folder + name]

    def own(self, word):
        return [self.escaped(word)]

    def escaped(self, word):
        return word


class Bash(Shell, Case):
    name = "bash"

    def tabs(self, *typed):
        rc = self.here.write("rc", BASH)
        with Terminal(["bash", "--norc", "--noprofile", "-i"], f". {rc}\n", self.here) as terminal:
            return [terminal.tab(t) for t in typed]

    def behind(self, option, word): # what is behind the last of COMP_WORDBREAKS
        return word

    def colon(self, before, word):
        return word

    def own(self, word):
        return []

    def test_without_the_usual_word_breaks(self):
        self.here.write("rc", "")
        rc = self.here.write("rc", BASH + "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=]}\n")
        with Terminal(["bash", "--norc", "--noprofile", "-i"], f". {rc}\n", self.here) as terminal:
            self.assertEqual(terminal.tab("qonduit fetch qogita:catal"), (["qogita:catalog"], "qonduit fetch qogita:catalog "))
            self.assertEqual(terminal.tab("qonduit push --color=al"), (["--color=always"], "qonduit push --color=always "))

    def test_in_the_middle_of_a_line_and_behind_another_command(self):
        (words, line), = self.tabs("cd / && X=1 qonduit pu")
        self.assertEqual((words, line), (["push"], "cd / && X=1 qonduit push "))


class Zsh(Shell, Case):
    name = "zsh"

    def tabs(self, *typed):
        rc = self.here.write("rc", ZSH + f". {self.here.environment['SCRIPT']}\n")
        with Terminal(["zsh", "-f", "-i"], f". {rc}\n", self.here) as terminal:
            return [terminal.tab(t) for t in typed]

    def named(self, folder, name):
        return [name]

    def escaped(self, word):
        return re.sub(r"([ ?])", r"\\\1", word)

    def test_from_a_folder_of_functions(self):
        """As `make install` puts it: compinit finds it by its first line."""
        folder = self.here.folder / "functions"
        folder.mkdir()
        (folder / "_qonduit").write_bytes(self.here.run("completion", "zsh").out)
        rc = self.here.write("rc", f"fpath=({folder} $fpath)\n" + ZSH)
        with Terminal(["zsh", "-f", "-i"], f". {rc}\n", self.here) as terminal:
            self.assertEqual(terminal.tab("qonduit pu"), (["push"], "qonduit push "))
            self.assertEqual(terminal.tab("qonduit run"), (["runs"], "qonduit runs "))


class Fish(Shell, Case):
    name = "fish"
    shows_line = False

    def tabs(self, *typed):
        asked = subprocess.run(["fish", "--no-config", "-c", FISH], input="".join(t + "\n" for t in typed).encode(),
                               stdout=subprocess.PIPE, env=self.here.environment, cwd=self.here.folder, timeout=60)
        records, words = [], []
        for line in asked.stdout.decode().splitlines():
            if line.startswith("="):
                records.append((words, line[1:]))
                words = []
            else:
                words.append(line[1:])
        self.assertEqual([line for _, line in records], list(typed))
        return records


class Scripts(Case):
    def test_an_unknown_shell_is_wrong_usage(self):
        here = self.place()
        for arguments, said in (["tcsh"], '"tcsh", expected bash, zsh or fish'), ([], "one shell"), (["bash", "zsh"], "one shell"), \
                (["../completion.bash"], "expected bash, zsh or fish"), (["words"], "there is no word"), ([""], "expected bash"):
            done = here.run("completion", *arguments)
            self.assertEqual((done.status, done.out), (2, b""), arguments)
            self.assertIn(said, done.text)

    def setUp(self):
        self.here = self.place()

    def told(self, *words):
        done = self.here.run("completion", "words", "--", *words)
        self.assertEqual((done.status, done.err), (0, b""), words)
        files, *lines = done.out.decode().splitlines()
        self.assertIn(files, ("none", "folders", "mappings", "files"))
        return files, [line.split("\t")[0] for line in lines]

    def test_what_is_asked_for_by_odd_words_is_answered(self):
        odd = ["", "-", "--", "---", "=", "--=", "-=", "--output=", "--color==", "--color=auto=", "?", ":", "qogita", "qogita:", "qogita:?", "?qogita:",
               "qogita:orders?&", "qogita:orders?=", "qogita:orders??a=&&", "qogita:order/?", "qogita:order//?a", "qogita:order/a/b?", "'", '"a b', "…",
               b"\xff\xfe:?&=", "-qv", "-qo", "-oX", "-z", "x" * 100000, "a|b", "show"]
        before = ["push"], ["fetch"], ["runs"], ["cat", "--"], ["push", "a", "b", "-o"], ["api", "--color"], ["help"]
        for number, word in enumerate(odd):
            for words in [], before[number % len(before)], before[(number + 3) % len(before)], [word, word]:
                self.told(*words, word)

    def test_arguments_of_options_are_no_operands(self):
        push = self.told("push", "")
        self.assertEqual(push[0], "mappings")
        for before in ["--limit", "5"], ["--limit=5"], ["-q"], ["-qv"], ["--color", "auto", "--"], ["--set", "--", "-v"]:
            self.assertEqual(self.told("push", *before, ""), push, before)
            self.assertEqual(self.told("push", *before, "m.json", ""), ("files", []), before)
        self.assertEqual(self.told("fetch", "-qo", ""), ("files", []))
        self.assertEqual(self.told("fetch", "-ox.csv", ""), self.told("fetch", ""))
        self.assertEqual(self.told("convert", "--output", ""), ("folders", []))
        self.assertEqual(self.told("convert", "--output="), ("folders", []))
        self.assertEqual(self.told("push", "--", "--color=")[0], "mappings")
        self.assertEqual(self.told("runs", "show", "1", "-")[1][-1], "--help")
        self.assertEqual(self.told("runs", "resume", ""), ("none", []))

    def test_runs_are_told_and_those_that_can_go_on(self):
        sandbox, here = self.sandbox(), self.here
        stopped = pushed(here)
        reached = {k: v for k, v in self.place(sandbox).environment.items() if k.startswith("QUOTIZA_")}
        done = pushed(here, **reached)
        newest_first = sorted((stopped, done), reverse=True)
        for state in ["--state", "state"], ["--state=state"], ["--state", "other", "-q", "--state", "state"]:
            self.assertEqual(self.told("runs", *state, "show", ""), ("none", newest_first), state)
            self.assertEqual(self.told("runs", "show", *state, ""), ("none", newest_first), state)
            self.assertEqual(self.told("runs", "resume", *state, ""), ("none", [stopped]), state)
        self.assertEqual(self.told("runs", "show", ""), ("none", []))
        self.assertEqual(self.told("runs", "show", "--state", "nosuch/\n", ""), ("none", []))
        here.environment["XDG_STATE_HOME"] = str(here.folder)
        (here.folder / "state").rename(here.folder / "qonduit")
        self.assertEqual(self.told("runs", "show", ""), ("none", newest_first))
        lines = here.run("completion", "words", "--", "runs", "show", "").out.decode()
        self.assertIn(f"{stopped}\tmapping.json, stopped\n", lines)
        self.assertIn(f"{done}\tmapping.json, done\n", lines)

    def test_parameters_of_mappings_are_told(self):
        here = self.here
        names = list(json.loads((ROOT / "mappings/qogita-to-marketplace.json").read_text())["params"])
        for before in ["push", "qogita-to-marketplace", "--set"], ["convert", "-o", "x", "qogita-to-marketplace", "a.csv", "--set", "a=b", "--set"]:
            self.assertEqual(self.told(*before, ""), ("none", [n + "=" for n in names]))
        self.assertEqual(self.told("check", "qogita-to-marketplace", "--set=")[1], [f"--set={n}=" for n in names])
        os.mkfifo(here.folder / "pipe")
        for mapping in "pipe", ".", "-", "nosuch", "", "x" * 9999:
            self.assertEqual(self.told("push", mapping, "--set", ""), ("none", []), mapping)
        here.write("qogita", {"qonduit": 1, "params": {"a": {"type": "text"}, "b\nfiles": {"type": "text"}, "c\td": {"type": "text"}}})
        self.assertEqual(self.told("api", "qogita", "GET", "/", "--query", ""), ("none", []))
        self.assertEqual(self.told("push", "qogita", "--set", ""), ("none", ["a="]))

    def test_make_install_puts_them_where_shells_look(self):
        here = self.place()
        build = Path(PROGRAM).parent
        subprocess.run(["make", "-s", "install-completions", f"BUILD={build}", f"DESTDIR={here.folder}", "PREFIX=/usr"], cwd=ROOT, check=True,
                       env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")})
        share = here.folder / "usr/share"
        for shell, path in ("bash", "bash-completion/completions/qonduit"), ("zsh", "zsh/site-functions/_qonduit"), \
                ("fish", "fish/vendor_completions.d/qonduit.fish"):
            self.assertEqual((share / path).read_bytes(), here.run("completion", shell).out)


if __name__ == "__main__":
    main()
