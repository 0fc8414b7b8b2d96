#!/usr/bin/env python3
"""What the program says of itself and in which colours, and where its settings come from: the environment, the env file, the config file,
the state folder. settings_test.py PROGRAM"""
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, TOKEN, Case, main  # noqa: E402

RED, YELLOW, GREEN, PLAIN = b"\x1b[1;31m", b"\x1b[1;33m", b"\x1b[32m", b"\x1b[0m"


class Help(Case):
    def setUp(self):
        self.here = self.place()

    def test_every_command_that_is_listed_has_a_page(self):
        commands = re.findall(r"^  (\w+) ", self.here.run("help").out.decode(), re.M)
        self.assertLess({"push", "help", "version"}, set(commands))
        for command in commands:
            done = self.here.run("help", command)
            self.assertEqual((done.status, done.err), (0, b""), command)
            self.assertTrue(done.out.startswith(f"usage: qonduit {command}".encode()), done.out)
        self.assertEqual(self.here.run("version", "--help").out, self.here.run("help", "version").out)

    def test_a_word_that_is_nearly_right_is_told(self):
        for wrong, right in (("verison", "version"), ("hlep", "help"), ("pusch", "push")):
            for arguments in ((wrong,), ("help", wrong)):
                done = self.here.run(*arguments)
                self.assertEqual((done.status, done.out), (2, b""))
                self.assertIn(f'there is no command "{wrong}", did you mean "{right}"?', done.text)
        done = self.here.run("help", "push", "pull")
        self.assertEqual((done.status, done.out), (2, b""))
        self.assertIn('"pull"', done.text)


class Color(Case):
    def setUp(self):
        self.here = self.place()
        self.here.mapping("file.ndjson")
        self.here.catalog(3, bad=(2,))
        self.out = 0

    def convert(self, *arguments, mapping="mapping.json"):
        self.out += 1
        return self.here.run("convert", mapping, "catalog.csv", "-o", f"out{self.out}", *arguments)

    def test_what_went_wrong_is_seen_at_a_glance(self):
        err = self.convert("--color", "always").err
        self.assertIn(b": " + GREEN + b"done" + PLAIN + b",", err)
        self.assertIn(YELLOW + b"1 rejected" + PLAIN, err)
        self.assertNotIn(RED, err)
        stripped = re.sub(rb"\x1b\[[0-9;]*m", b"", err)
        plain = self.convert("--color", "never").err
        self.assertEqual([re.sub(rb"\d\.\d s|out\d", b"", e) for e in (stripped, plain)][0], re.sub(rb"\d\.\d s|out\d", b"", plain))
        self.assertIn(RED + b"qonduit:" + PLAIN + b" nowhere.csv: ", self.here.run("cat", "nowhere.csv", "--color", "always").err)
        self.assertIn(RED + b"error:" + PLAIN, self.convert("--color", "always", mapping="nowhere.json").err)

    def test_none_where_nobody_looks(self):
        for arguments in ((), ("--color", "auto"), ("--color", "never"), ("--log-format", "json", "--color", "always")):
            self.assertNotIn(b"\x1b", self.convert(*arguments).err, arguments)

    def test_data_brings_no_colour_of_its_own(self):
        hostile = self.here.folder / "\x1b[31mred.csv"
        (self.here.folder / "catalog.csv").rename(hostile)
        err = self.here.run("convert", "mapping.json", hostile.name, "-o", "out", "--color", "always", "-v").err
        self.assertNotIn(b"\x1b[31m", err)

    def on_terminal(self, *arguments, **environment):
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a machine without /dev/pts
            self.skipTest(f"no terminal: {error}")
        self.out += 1
        process = subprocess.Popen([PROGRAM, "convert", "mapping.json", "catalog.csv", "-o", f"out{self.out}", *arguments], stdout=subprocess.DEVNULL,
                                   stderr=theirs, cwd=self.here.folder, env={**self.here.environment, "TERM": "xterm", **environment})
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                text += piece
        os.close(ours)
        process.wait(timeout=20)
        return text

    def test_a_terminal_gets_colours_unless_it_must_not(self):
        self.assertIn(GREEN, self.on_terminal())
        self.assertIn(GREEN, self.on_terminal("--color", "always", NO_COLOR="1"))
        for arguments, environment in (((), {"NO_COLOR": "1"}), (("--color=never",), {}), ((), {"TERM": "dumb"})):
            self.assertNotIn(GREEN, self.on_terminal(*arguments, **environment))


class Settings(Case):
    def setUp(self):
        self.server = self.sandbox()
        self.here = self.place(self.server)
        self.here.mapping()
        self.here.catalog(3)

    def push(self, *arguments, status=0):
        done = self.here.run("push", "mapping.json", "catalog.csv", "--state", self.here.state, *arguments)
        self.assertEqual(done.status, status, done.text)
        return done

    def config(self, **settings):
        (self.here.folder / "qonduit.json").write_text(json.dumps({"quotiza": settings}))

    def test_the_config_file_overrides_the_environment(self):
        self.here.environment["QUOTIZA_BASE_URL"] = "http://127.0.0.1:1"
        self.here.environment["QUOTIZA_ACCOUNT_ID"] = "77"
        self.config(base_url=self.server.address, account_id="1")
        done = self.push()
        self.assertEqual(len(self.server.products("1")), 3)
        self.assertEqual(done.text.count("QUOTIZA_BASE_URL is left aside"), 1, done.text)
        self.assertEqual(done.text.count("QUOTIZA_ACCOUNT_ID is left aside"), 1, done.text)
        self.assertIn(f"quotiza: the config file's base_url holds, {self.server.address}", done.text)

    def test_nothing_is_said_where_both_say_the_same(self):
        self.config(base_url=self.server.address + "/", account_id=1)
        self.assertNotIn("left aside", self.push("-v").text)

    def test_a_misspelt_credential_is_found_in_the_env_file(self):
        del self.here.environment["QUOTIZA_API_TOKEN"]
        file = self.here.folder / ".env.local"
        file.write_text(f"# ours\nQUOTIZA_API_TOKN={TOKEN}\n")
        file.chmod(0o600)
        done = self.push(status=6)
        self.assertIn("line 2 of the env file has QUOTIZA_API_TOKN, did you mean QUOTIZA_API_TOKEN?", done.text)
        self.assertNotIn(TOKEN, done.text)
        file.write_text(f"\n  QUOTIZA_API_TOKEN=\"{TOKEN}\n")
        self.assertIn(".env.local:2:21: this line cannot be understood, expected NAME=VALUE: a quote is not closed", self.push(status=6).text)

    def test_a_folder_that_anybody_writes_to_is_no_place_for_secrets_and_told_of_as_a_state(self):
        folder = self.here.folder / "open"
        folder.mkdir()
        (folder / "env").write_text("QUOTIZA_ACCOUNT_ID=1\n")
        (folder / "env").chmod(0o600)
        self.push("--env-file", "open/env")
        folder.chmod(0o777)
        done = self.push("--env-file", "open/env", status=6)
        self.assertIn("chmod o-w open", done.text)
        self.here.state.chmod(0o777)
        for arguments in (("push", "mapping.json", "catalog.csv"), ("runs",)):
            done = self.here.run(*arguments, "--state", self.here.state)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(done.text.count(f"chmod o-w {self.here.state}"), 1, done.text)
        self.here.state.chmod(0o1777) # a mounted tmpfs
        self.assertNotIn("chmod", self.push().text)


if __name__ == "__main__":
    main()
