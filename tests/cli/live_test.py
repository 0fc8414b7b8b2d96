#!/usr/bin/env python3
"""A resource of an API in place of a file: convert, push, cat, inspect, check --sample. live_test.py PROGRAM"""
import base64
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from live_tools import CATALOG, PASSWORD, PROGRAM, ROOT, TOKEN, LiveCase, catalog, main, row  # noqa: E402

DOWNLOAD = "/variants/search/download/"
RESOURCE = "qogita:catalog?brand_name=Calvin Klein"


class Live(LiveCase):
    def setUp(self):
        self.server = self.api()
        self.here = self.at(self.server)
        self.server.routes[DOWNLOAD] = catalog(5)
        self.server.routes["/orders/"] = {"count": 2, "next": None, "previous": None,
                                          "results": [{"qid": "q1", "fid": "F1", "total": 12.50}, {"qid": "q2", "fid": "F2", "total": 1e2}]}

    def run_it(self, *arguments, **more):
        return self.live(self.here, *arguments, **more)

    def output(self, name, folder="out"):
        return (self.here.folder / folder / name).read_text()

    def test_a_conversion_is_that_of_the_file(self):
        self.here.write("catalog.csv", catalog(5))
        self.assertEqual(self.here.run("convert", "qogita-to-quotiza", "catalog.csv", "-o", "plain").status, 0)
        done = self.run_it("convert", "qogita-to-quotiza", RESOURCE, "-o", "out")
        self.assertEqual(done.status, 0, done.text)
        self.assertIn(f"{RESOURCE}: 5 records", done.text)
        name = "quotiza.products-00001.json"
        self.assertEqual(self.output(name), self.output(name, "plain"))
        self.assertEqual(self.output(name + ".rows").splitlines(), [f"{RESOURCE}:{n}" for n in range(2, 7)])
        ours, plain = (json.loads(self.output("manifest.json", f)) for f in ("out", "plain"))
        self.assertEqual([i["name"] for i in ours["inputs"]], [RESOURCE])
        self.assertEqual(ours["inputs"][0]["sha256"], plain["inputs"][0]["sha256"])

    def test_rejects_name_the_resource(self):
        self.server.routes[DOWNLOAD] = catalog(2) + row(3).replace(",6.10,", ",n/a,")
        done = self.run_it("convert", "qogita-to-quotiza", RESOURCE, "-o", "out")
        self.assertEqual(done.status, 1, done.text)
        self.assertIn(f"{RESOURCE}:4", self.output("rejects.csv"))

    def test_inputs_may_be_mixed_and_a_file_of_that_name_is_a_file(self):
        self.here.write("catalog.csv", catalog(2))
        self.here.write("qogita:catalog", CATALOG + row(9))
        done = self.run_it("convert", "qogita-to-quotiza", "catalog.csv", "qogita:catalog", RESOURCE, "-o", "out", "--json")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(done.summary["rows"]["read"], 8)
        self.assertEqual(len(self.server.asked()), 1)
        self.assertEqual([i["name"] for i in json.loads(self.output("manifest.json"))["inputs"]], ["catalog.csv", "qogita:catalog", RESOURCE])

    def test_origins_keep_one_line(self):
        for text in ("qogita:catalog?brand_name=a\nb", "qogita:catalog?brand_name=a%0Ab", "qogita:catalog\n", "qogita:brand/a\rb", "qogita:catalog?\n=a"):
            done = self.run_it("convert", "qogita-to-quotiza", text, "-o", "out")
            self.assertEqual((done.status, self.server.seen), (2, []), (text, done.text))

    def test_what_is_meant_to_be_a_resource_is_told_as_one(self):
        for text, said in (("qogta:catalog", "qogita"), ("qogita:catalogs", '"catalog"'), ("qogita:catalog?brand=x", "brand_name")):
            for command in (["convert", "qogita-to-quotiza", text, "-o", "out"], ["cat", text], ["inspect", text]):
                done = self.run_it(*command)
                self.assertEqual(done.status, 2, (command, done.text))
                self.assertIn(said, done.text)
        for text in ("shop.example:x", "C:\\a.csv", "a:b"):
            self.assertEqual(self.run_it("cat", text).status, 4, text)
        self.assertEqual(self.server.seen, [])

    def test_cat_and_inspect_read_it_too(self):
        done = self.run_it("cat", "qogita:catalog", "--limit", "1")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(json.loads(done.out)["Name"], "Cream 1")
        done = self.run_it("cat", "qogita:orders")
        self.assertEqual([json.loads(line)["fid"] for line in done.out.splitlines()], ["F1", "F2"])
        self.assertIn(b"12.5", done.out)
        done = self.run_it("inspect", "qogita:orders?status=PAID", "--json")
        found = json.loads(done.out)
        self.assertEqual((done.status, found["file"], found["rows"]), (0, "qogita:orders?status=PAID", 2))
        self.assertEqual(self.run_it("cat", "qogita:orders", "--sheets").status, 2)
        self.assertNotIn("/dev/fd", self.run_it("cat", "qogita:orders", "--sheets").text + self.run_it("cat", "qogita:catalog", "--sheets").text)

    def test_check_takes_a_sample_from_it(self):
        done = self.run_it("check", "qogita-to-quotiza", "--sample", "qogita:catalog")
        self.assertEqual(done.status, 0, done.text)
        self.assertIn("0 of the first 5 rows would be rejected", done.text)
        self.server.routes[DOWNLOAD] = (403, {"code": "forbidden", "detail": "no"})
        self.assertEqual(self.run_it("check", "qogita-to-quotiza", "--sample", "qogita:catalog").status, 6)

    def test_nothing_follows_the_rule_of_inputs_without_rows(self):
        self.server.routes[DOWNLOAD] = CATALOG
        self.server.routes["/orders/"] = {"count": 0, "next": None, "previous": None, "results": []}
        for arguments in (["convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out"], ["cat", "qogita:catalog"],
                          ["convert", "qogita-orders-report", "qogita:orders", "-o", "out"]):
            self.assertEqual(self.run_it(*arguments).status, 4, arguments)
        self.assertEqual(self.run_it("convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out", "--allow-empty").status, 0)

    def test_a_reply_that_is_not_whole_gives_no_output(self):
        for answer, status in (((200, catalog(3), {"Content-Length": "99999"}), 5), ((200, catalog(3)[:-40]), 4), ((401, {}), 6)):
            self.server.routes[DOWNLOAD] = answer
            done = self.run_it("convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out", "--json")
            self.assertEqual((done.status, done.summary["exit"]), (status, status), done.text)
            self.assertFalse((self.here.folder / "out").exists())

    def test_a_column_that_went_is_told_with_until_when_it_was_there(self):
        self.assertEqual(self.run_it("convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out").status, 0)
        self.server.routes[DOWNLOAD] = catalog(3).replace(",Brand,", ",Brand name,", 1)
        done = self.run_it("convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out", "--force")
        self.assertEqual(done.status, 4, done.text)
        error = done.text[done.text.index("qonduit: qogita:catalog"):]
        self.assertRegex(error, r'(?s)Brand.*; "Brand" was there until 20\d\d-\d\d-\d\d \d\d:\d\d UTC, now there is "Brand name"')

    def test_a_signal_ends_the_wait(self):
        came, go_on = threading.Event(), threading.Event()

        def slow(_):
            came.set()
            go_on.wait(20)
            return catalog(1)
        self.server.routes[DOWNLOAD] = slow
        for command in (["cat", "qogita:catalog"], ["convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out"],
                        ["check", "qogita-to-quotiza", "--sample", "qogita:catalog"], ["inspect", "qogita:catalog"]):
            came.clear()
            process = self.here.start(*command, "--state", self.here.state)
            self.assertTrue(came.wait(20))
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, 128 + signal.SIGTERM, command)
        go_on.set()

    def test_push_delivers_what_it_fetches(self):
        shop = self.sandbox()
        self.here.environment.update(QUOTIZA_BASE_URL=shop.address, QUOTIZA_API_TOKEN="canary-quotiza", QUOTIZA_ACCOUNT_ID="1")
        self.here.write("qonduit.json", {"quotiza": {"limits": [], "poll_ms": 5, "poll_max_ms": 40}, "qogita": {"limits": []}})
        done = self.here.push("qogita-to-quotiza", RESOURCE, "--set", "margin=1.40")
        self.ended(done, 0)
        self.assertEqual(len(shop.products()), 5)
        self.assertEqual(self.here.runs()[0]["input"], RESOURCE)
        # a download that fails is no run
        self.server.routes[DOWNLOAD] = (403, {"code": "forbidden", "detail": "no"})
        done = self.here.push("qogita-to-quotiza", RESOURCE)
        self.assertEqual((done.status, len(self.here.runs())), (6, 1), done.text)
        self.assertEqual(done.summary["exit"], 6)

    def test_secrets_stand_nowhere(self):
        texts = b""
        for arguments in (["convert", "qogita-to-quotiza", "qogita:catalog", "-o", "out", "-v"], ["cat", "qogita:orders", "-v"],
                          ["inspect", "qogita:catalog", "--log-format", "json", "-v"]):
            done = self.run_it(*arguments)
            self.assertEqual(done.status, 0, done.text)
            texts += done.out + done.err
        for path in self.here.files():
            texts += path.read_bytes()
        for secret in (TOKEN, PASSWORD):
            for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), urllib.parse.quote(secret, safe="").encode()):
                self.assertNotIn(form, texts)


class Scheduled(LiveCase):
    """The samples of jobs do what they say."""

    def setUp(self):
        shop = self.sandbox()
        self.server = self.api()
        self.here = self.at(self.server)
        self.server.routes[DOWNLOAD] = catalog(5)
        self.server.routes["/orders/export"] = json.loads((ROOT / "samples/quotiza-orders.json").read_text())
        self.here.write("qonduit.json", {"quotiza": {"limits": [], "poll_ms": 5, "poll_max_ms": 40}, "qogita": {"limits": []}})
        self.here.environment["PATH"] = f"{self.here.folder}:" + self.here.environment["PATH"]
        (self.here.folder / "qonduit").symlink_to(PROGRAM)
        secrets = self.here.write("env", f"QOGITA_EMAIL=b@shop.example\nQOGITA_PASSWORD={PASSWORD}\nQUOTIZA_API_TOKEN={TOKEN}\nQUOTIZA_ACCOUNT_ID=1\n"
                                         f"QUOTIZA_BASE_URL={shop.address}\nQOGITA_BASE_URL={self.server.address}\n")
        secrets.chmod(0o600)
        for name in ("QOGITA_EMAIL", "QOGITA_PASSWORD", "QOGITA_BASE_URL"):
            del self.here.environment[name]
        self.shop = shop

    def moved(self, text):
        for path in ("/srv/catalog", "/var/lib/prometheus/node-exporter", "/var/lib/qonduit", "/etc/qonduit"):
            text = text.replace(path, str(self.here.folder))
        return text

    def test_the_lines_of_the_crontab(self):
        lines = [line for line in (ROOT / "samples/crontab").read_text().splitlines() if line and line[0] != "#"]
        settings = dict(line.split("=", 1) for line in lines if line[0].isupper())
        jobs = [line.split(None, 5)[5].replace("\\%", "%") for line in lines if not line[0].isupper()]
        self.assertEqual((len(settings), len(jobs)), (5, 4))
        self.here.environment.update(STATE=self.moved(settings["STATE"]), ENV_FILE=self.moved(settings["ENV_FILE"]))
        for job in jobs:
            base = self.server.address if "quotiza:orders" in job else None
            more = {"QUOTIZA_BASE_URL": base} if base else {}
            done = subprocess.run(["sh", "-c", self.moved(job)], cwd=self.here.folder, env={**self.here.environment, **more}, capture_output=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""), job)
        self.assertEqual(len(self.shop.products()), 5)
        self.assertEqual((self.here.folder / "catalog.csv").read_text(), catalog(5))
        self.assertIn("qonduit_last_exit_status", (self.here.folder / "qonduit-catalog.prom").read_text())
        self.assertTrue((self.here.folder / "orders/report.xlsx").exists())

    def test_the_command_of_the_service(self):
        unit = (ROOT / "samples/systemd/qonduit-catalog.service").read_text()
        command = unit.split("ExecStart=")[1].split("\n\n")[0].replace("\\\n", " ").replace("%%", "%")
        self.assertNotIn("canary", unit)
        secrets = dict(line.split("=", 1) for line in (self.here.folder / "env").read_text().splitlines())
        for name in re.findall(r"LoadCredential=(\w+):", unit):
            self.here.write(f"credentials/{name}", secrets.pop(name) + "\n").chmod(0o400)
        self.here.environment.update(secrets, CREDENTIALS_DIRECTORY=str(self.here.folder / "credentials"))
        done = subprocess.run(["sh", "-c", self.moved(command.replace("/usr/local/bin/", ""))], cwd=self.here.folder, env=self.here.environment,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(len(self.shop.products()), 5)

    def test_systemd_takes_the_units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze")
        folder = self.here.folder / "units"
        folder.mkdir()
        for path in (ROOT / "samples/systemd").iterdir():
            (folder / path.name).write_text(path.read_text().replace("/usr/local/bin/qonduit", PROGRAM))
        units = sorted(map(str, folder.iterdir()))
        self.assertEqual(len(units), 2)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        broken = Path(units[0])
        broken.write_text(broken.read_text().replace("ProtectSystem=", "ProtectSytem="))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", units[0]], capture_output=True, text=True)
        self.assertIn("ProtectSytem", done.stderr)

    def test_the_workflow_checks_what_it_says(self):
        text = (ROOT / "samples/github-actions-check.yml").read_text()
        self.assertTrue((ROOT / "tests/setup.sh").exists())
        command = re.search(r"run: qonduit/build/(qonduit check .*)", text)[1]
        self.here.write("mappings/a.json", (ROOT / "mappings/qogita-to-quotiza.json").read_text())
        done = subprocess.run(["sh", "-c", command], cwd=self.here.folder, env=self.here.environment, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())


class Names(LiveCase):
    def test_lines_are_known_by_their_name_in_either_case(self):
        here = self.place()
        for name in ("in.ndjson", "IN.NDJSON", "In.JsonL"):
            here.write(name, '{"a":1}\n')
            found = json.loads(here.run("inspect", name, "--json").out)
            self.assertEqual((found["format"], found["records"], found["rows"]), ("json", "", 1), name)
            self.assertIn("one a line", here.run("inspect", name).out.decode(), name)


if __name__ == "__main__":
    main()
