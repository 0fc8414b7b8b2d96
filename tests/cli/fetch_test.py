#!/usr/bin/env python3
"""`fetch`: a resource of an API as a file. fetch_test.py PROGRAM"""
import base64
import gzip
import json
import os
import signal
import stat
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from live_tools import CATALOG, PASSWORD, TOKEN, LiveCase, catalog, main, row  # noqa: E402

DOWNLOAD = "/variants/search/download/"


def order(n):
    return {"qid": f"00000000-0000-4000-8000-{n:012}", "fid": f"O{n}", "total": "12.50"}


class Fetch(LiveCase):
    def setUp(self):
        self.server = self.api()
        self.here = self.at(self.server)
        self.file = self.here.folder / "catalog.csv"
        self.server.routes[DOWNLOAD] = catalog(3)

    def fetch(self, *arguments, **more):
        return self.live(self.here, "fetch", *arguments, **more)

    def beside(self):
        return sorted(p.name for p in self.here.folder.iterdir() if p.is_file())

    def test_a_download_stands_as_it_came(self):
        done = self.fetch("qogita:catalog?brand_name=Calvin Klein", "-o", "catalog.csv")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(self.file.read_bytes().decode(), catalog(3))
        self.assertEqual(self.server.asked(), [("GET", DOWNLOAD + "?brand_name=Calvin%20Klein")])
        self.assertIn("fetch qogita:catalog?brand_name=Calvin Klein: 3 records, ", done.text)
        self.assertEqual(self.beside(), ["catalog.csv", "qonduit.json"])
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o644 & ~os.umask(os.umask(0)))

    def test_the_summary_is_one_object(self):
        done = self.fetch("qogita:catalog", "-o", "catalog.csv", "--json")
        found = done.summary
        self.assertEqual((found["command"], found["resource"], found["status"], found["exit"]), ("fetch", "qogita:catalog", "done", 0))
        self.assertEqual((found["records"], found["pages"], found["bytes"], found["requests"]), (3, 1, len(catalog(3).encode()), 2))
        self.assertGreaterEqual(found["seconds"], 0)
        self.server.routes[DOWNLOAD] = (404, {"code": "none", "detail": "no such thing"})
        done = self.fetch("qogita:catalog", "-o", "catalog.csv", "--json")
        self.assertEqual((done.status, done.summary["exit"], done.summary["status"], done.summary["error"]["class"]), (4, 4, "stopped", "input"))
        self.assertIn("no such thing", done.summary["error"]["message"])

    def test_a_file_is_replaced_and_keeps_its_mode_and_its_link(self):
        real = self.here.write("real.csv", "old")
        real.chmod(0o600)
        self.file.symlink_to("real.csv")
        self.assertEqual(self.fetch("qogita:catalog", "-o", "catalog.csv").status, 0)
        self.assertTrue(self.file.is_symlink())
        self.assertEqual(real.read_text(), catalog(3))
        self.assertEqual(stat.S_IMODE(real.stat().st_mode), 0o600)

    def test_what_is_no_file_is_refused_before_a_request(self):
        for place in ("/dev/null", ".", "/dev/full"):
            done = self.fetch("qogita:catalog", "-o", place)
            self.assertEqual(done.status, 2, done.text)
            self.assertIn("is not a file", done.text)
        self.assertEqual(self.server.seen, [])
        done = self.fetch("qogita:catalog", "-o", "none/catalog.csv")
        self.assertEqual(done.status, 4, done.text)
        self.assertEqual(self.server.seen, [])

    def test_standard_output_gets_all_or_nothing(self):
        done = self.fetch("qogita:catalog", "-o", "-")
        self.assertEqual((done.status, done.out.decode()), (0, catalog(3)))
        self.server.routes[DOWNLOAD] = (200, catalog(3), {"Content-Length": "99999"})
        done = self.fetch("qogita:catalog", "-o", "-")
        self.assertEqual((done.status, done.out), (5, b""), done.text)

    def test_what_is_wrong_is_told_before_any_request(self):
        for text, said in (("qogita:catalogue", 'did you mean "'), ("qogita:catalog?brand_nme=x", "brand_name"), ("qogta:catalog", "qogita"),
                           ("qogita:catalog?page=0", "page"), ("qogita:order-lines/7", "QID"), ("qogita:", "qogita"),
                           ("qogita:orders?status=a&status", "status"), ("catalog.csv", "system")):
            done = self.fetch(text, "-o", "catalog.csv")
            self.assertEqual(done.status, 2, (text, done.text))
            self.assertIn(said, done.text)
        for arguments in (["qogita:catalog"], [], ["qogita:catalog", "-o", "-", "--json"], ["a", "b", "-o", "x"], ["--list", "a", "b"]):
            self.assertEqual(self.fetch(*arguments).status, 2, arguments)
        self.assertEqual(self.server.seen, [])
        self.assertEqual(self.beside(), ["qonduit.json"])

    def test_the_list_tells_every_resource(self):
        everything, one = self.fetch("--list"), self.fetch("--list", "qogita")
        self.assertEqual((everything.status, one.status), (0, 0))
        for name in ("qogita:catalog", "qogita:order-lines/QID", "quotiza:orders", "marketplace:product-stocks", "quarticon:recommendation"):
            self.assertIn(name, everything.out.decode())
        self.assertIn(one.out, everything.out)
        self.assertNotIn(b"quotiza", one.out)
        done = self.fetch("--list", "qogitta")
        self.assertEqual(done.status, 2)
        self.assertIn('did you mean "qogita"?', done.text)

    def test_pages_come_as_one_document(self):
        def page(handler):
            query = urllib.parse.parse_qs(handler.path.partition("?")[2])
            at = int(query.get("page", ["1"])[0])
            more = f"{self.server.address}/orders/?page={at + 1}&status=PAID" if at < 3 else None
            return {"count": 6, "next": more, "previous": None, "results": [order(2 * at - 1), order(2 * at)]}
        self.server.routes["/orders/"] = page
        done = self.fetch("qogita:orders?status=PAID", "-o", "orders.json", "--json")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual((done.summary["pages"], done.summary["records"], done.summary["count"]), (3, 6, 6))
        document = json.loads((self.here.folder / "orders.json").read_text())
        self.assertEqual([o["fid"] for o in document["results"]], ["O1", "O2", "O3", "O4", "O5", "O6"])

    def test_a_reply_that_is_not_whole_leaves_the_old_file(self):
        self.file.write_text("old")
        broken = ((200, catalog(3), {"Content-Length": "99999"}), (200, CATALOG + '"2110000000011,Cream'), (200, catalog(2)[:-40]),
                  (200, "<html><body>Sign in</body></html>", {"Content-Type": "text/html"}), (200, ""), (500, {"detail": "broken"}))
        for answer in broken:
            self.server.routes[DOWNLOAD] = answer
            done = self.fetch("qogita:catalog", "-o", "catalog.csv")
            self.assertIn(done.status, (4, 5), (answer, done.text))
            self.assertEqual(done.status, 5 if answer[0] == 500 or answer[2:] and "Content-Length" in answer[2] else 4, (answer, done.text))
            self.assertEqual(self.file.read_text(), "old")
            self.assertEqual(self.beside(), ["catalog.csv", "qonduit.json"])

    def test_what_may_be_cut_is_told(self):
        self.server.routes[DOWNLOAD] = catalog(3)[:-1]
        done = self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.assertEqual(done.status, 0, done.text)
        self.assertIn("warning: qogita:catalog: the file ends without the end of a line: its last field may be cut", done.text)

    def test_a_compressed_reply_that_was_not_asked_for_is_refused_at_once(self):
        self.file.write_text("old")
        for content in (b"x", gzip.compress(catalog(3).encode()), gzip.compress(catalog(3).encode())[:-9]):
            self.server.seen.clear()
            self.server.routes[DOWNLOAD] = (200, content, {"Content-Type": "text/csv", "Content-Encoding": "gzip"})
            done = self.fetch("qogita:catalog", "-o", "catalog.csv", "--allow-empty")
            self.assertEqual((done.status, self.file.read_text(), len(self.server.asked())), (5, "old", 1), done.text)

    def test_a_download_has_a_ceiling_that_the_config_sets(self):
        self.file.write_text("old")
        self.server.routes[DOWNLOAD] = catalog(30000)
        for most, status in ((1, 4), (64, 0)):
            self.server.seen.clear()
            self.here.write("qonduit.json", {"qogita": {"limits": [], "download_max_mib": most}})
            done = self.fetch("qogita:catalog", "-o", "catalog.csv")
            self.assertEqual((done.status, self.file.read_text() == "old", len(self.server.asked())), (status, status == 4, 1), done.text)
            self.assertEqual("larger than 1 MiB (download_max_mib)" in done.text, status == 4)
        self.assertGreater(self.file.stat().st_size, 1 << 20)

    def test_a_long_wait_for_a_limit_is_told(self):
        self.here.write("qonduit.json", {})
        for _ in range(5):
            self.assertEqual(self.fetch("qogita:catalog", "-o", "catalog.csv").status, 0)
        process = self.here.start("fetch", "qogita:catalog", "-o", "catalog.csv", "--state", self.here.state)
        line = process.stderr.readline().decode()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertRegex(line, r"qogita: GET /variants/search/download/: the rate limit is used up; it goes on in (89\d|900) s")
        self.assertEqual((process.returncode, len(self.server.asked())), (143, 5))

    def test_each_system_is_asked_as_its_document_says(self):
        """Path, parameters, and the headers that the document shows."""
        found = {"count": 1, "next": None, "results": [{"sku": "a"}]}
        self.server.routes.update({"/api/i1/product-prices/": found, "/api/v1/orders/export": {"orders": [{"id": 1}]}, "/store/contact": {"data": {}},
                                   "/store/recommendation": {"status": "OK", "data": [{"id": "a"}]}})
        at = self.server.address
        self.here.environment.update(MARKETPLACE_BASE_URL=f"{at}/api/i1", MARKETPLACE_API_TOKEN=TOKEN, QUARTICON_BASE_URL=f"{at}/store",
                                     QUARTICON_API_KEY=TOKEN, QUOTIZA_BASE_URL=f"{at}/api/v1", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="6")
        bearer, key, typed = {"Authorization": f"Bearer {TOKEN}"}, {"x-api-key": TOKEN}, {"Content-Type": "application/json"}
        both = {**bearer, "Authentication": f"Bearer {TOKEN}"}
        for resource, path, headers, body in (
                ("marketplace:product-prices?price__lt=10.5&currency_type=EUR", "/api/i1/product-prices/?price__lt=10.5&currency_type=EUR", {**both, **typed}, b""),
                ("quotiza:orders?status=open&n_days=30", "/api/v1/orders/export?account_id=6&status=open&n_days=30", {**bearer, **typed}, b""),
                ("quarticon:recommendation?cookie=c", "/store/recommendation?cookie=c", key, b""),
                ("quarticon:contact?email=a@b.example", "/store/contact", {**key, **typed}, b'{"email":"a@b.example"}')):
            self.server.seen.clear()
            done = self.fetch(resource, "-o", "-")
            self.assertEqual(done.status, 0, (resource, done.text))
            [(method, asked, sent, content)] = self.server.seen
            self.assertEqual((method, asked, content), ("GET", path, body))
            self.assertEqual({n: v for n, v in sent.items() if n in ("Authorization", "Authentication", "x-api-key", "Content-Type")}, headers)

    def test_a_signal_leaves_the_old_file(self):
        self.file.write_text("old")
        came, go_on = threading.Event(), threading.Event()

        def slow(handler):
            came.set()
            go_on.wait(20)
            return catalog(3)
        self.server.routes[DOWNLOAD] = slow
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            came.clear()
            process = self.here.start("fetch", "qogita:catalog", "-o", "catalog.csv", "--state", self.here.state)
            self.assertTrue(came.wait(20))
            time.sleep(0.1)
            process.send_signal(number)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, -9 if number == signal.SIGKILL else 128 + number)
            self.assertEqual(self.file.read_text(), "old")
            self.assertEqual(self.beside(), ["catalog.csv", "qonduit.json"])
        go_on.set()

    def test_nothing_is_no_success(self):
        self.file.write_text("old")
        self.server.routes[DOWNLOAD] = CATALOG
        self.server.routes["/orders/"] = {"count": 0, "next": None, "previous": None, "results": []}
        for resource in ("qogita:catalog", "qogita:orders"):
            done = self.fetch(resource, "-o", "catalog.csv")
            self.assertEqual(done.status, 4, done.text)
            self.assertIn("--allow-empty", done.text)
            self.assertEqual(self.file.read_text(), "old")
        self.assertEqual(self.fetch("qogita:catalog", "-o", "catalog.csv", "--allow-empty").status, 0)
        self.assertEqual(self.file.read_text(), CATALOG)

    def test_credentials_that_are_missing_or_refused_are_6(self):
        del self.here.environment["QOGITA_PASSWORD"]
        done = self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.assertEqual((done.status, self.server.seen), (6, []), done.text)
        self.assertIn("QOGITA_", done.text)
        self.here.environment["QOGITA_PASSWORD"] = PASSWORD
        self.server.routes["/auth/login/"] = (401, {"code": "no_active_account", "detail": "No such account"})
        done = self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.assertEqual(done.status, 6, done.text)
        self.assertEqual(self.server.asked(), [])

    def test_downloads_of_all_processes_stay_within_the_limit(self):
        self.here.write("qonduit.json", {"qogita": {"limits": [{"path": "/variants/search/download", "requests": 2, "per_ms": 1500}]}})
        times = []
        self.server.routes[DOWNLOAD] = lambda _: times.append(time.monotonic()) or catalog(3)
        running = [self.here.start("fetch", "qogita:catalog", "-o", f"{n}.csv", "--state", self.here.state) for n in range(4)]
        for process in running:
            process.communicate(timeout=60)
        self.assertEqual([p.returncode for p in running], [0] * 4)
        self.assertGreaterEqual(times[2] - times[0], 1.49)
        self.assertGreaterEqual(times[3] - times[1], 1.49)

    def test_secrets_stand_nowhere(self):
        self.server.routes["/orders/"] = (400, {"code": "bad", "detail": f"you sent {TOKEN} and {PASSWORD}"})
        texts = b""
        for arguments in (["qogita:catalog", "-o", "catalog.csv", "-v"], ["qogita:orders", "-o", "x", "-v"], ["qogita:orders", "-o", "x", "--json"],
                          ["qogita:orders", "-o", "x", "--log-format", "json", "-v"], ["qogita:brands", "-o", "-"]):
            done = self.fetch(*arguments)
            texts += done.out + done.err
        self.assertTrue([h for _, p, h, _ in self.server.seen if TOKEN in h.get("Authorization", "")])
        for path in self.here.files():
            texts += path.read_bytes()
        for secret in (TOKEN, PASSWORD):
            forms = [secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), urllib.parse.quote(secret, safe="").encode()]
            for form in forms:
                self.assertNotIn(form, texts)

    def test_the_sandbox_has_it_too(self):
        sandbox = self.sandbox()
        self.here.environment.update(sandbox.settings)
        for resource, least in (("qogita:catalog", 100), ("qogita:orders", 1), ("qogita:brands", 1)):
            done = self.fetch(resource, "-o", "x", "--json")
            self.assertEqual(done.status, 0, done.text)
            self.assertGreaterEqual(done.summary["records"], least)
            self.assertEqual(done.summary["bytes"], (self.here.folder / "x").stat().st_size)
        before = len(sandbox.journal())
        self.assertEqual(self.fetch("qogita:orders?statsu=PAID", "-o", "x").status, 2)
        self.assertEqual(len(sandbox.journal()), before)

    # ---- fields that go ----

    def test_fields_that_go_are_told_with_what_is_there_instead(self):
        self.assertEqual(self.fetch("qogita:catalog", "-o", "catalog.csv").status, 0)
        self.server.routes[DOWNLOAD] = catalog(3).replace("Brand,", "Brand name,", 1)
        done = self.fetch("qogita:catalog", "-o", "catalog.csv", "-v")
        self.assertEqual(done.status, 0, done.text)
        self.assertRegex(done.text, r'warning: qogita:catalog: fields are gone: "Brand" was there until 20\d\d-\d\d-\d\d \d\d:\d\d UTC, '
                                    r'now there is "Brand name"')
        self.assertIn('new since the last fetch: "Brand name"', done.text)
        self.server.routes[DOWNLOAD] = catalog(3)
        self.assertNotIn('"Brand" was', self.fetch("qogita:catalog", "-o", "catalog.csv").text)
        memory = list((self.here.state / "fields").iterdir())
        self.assertEqual([stat.S_IMODE(p.stat().st_mode) for p in memory], [0o600])

    def test_what_the_resource_needs_is_4_and_says_since_when(self):
        self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.server.routes[DOWNLOAD] = catalog(3).replace("GTIN,", "EAN,", 1)
        done = self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.assertEqual(done.status, 4, done.text)
        self.assertRegex(done.text, r'"GTIN" was there until 20\d\d-\d\d-\d\d \d\d:\d\d UTC, now there is "EAN"')
        self.assertEqual(self.file.read_text(), catalog(3))

    def test_a_damaged_memory_is_a_warning(self):
        self.fetch("qogita:catalog", "-o", "catalog.csv")
        memory = next((self.here.state / "fields").iterdir())
        memory.write_bytes(b"\0\xff{")
        done = self.fetch("qogita:catalog", "-o", "catalog.csv")
        self.assertEqual(done.status, 0, done.text)
        self.assertIn("it begins anew", done.text)
        self.assertNotIn("warning", self.fetch("qogita:catalog", "-o", "catalog.csv").text)

    def test_rows_count_by_their_quotes(self):
        self.server.routes[DOWNLOAD] = CATALOG + row(1).replace("Cream 1,", '"Cream\n\n1",', 1)
        done = self.fetch("qogita:catalog", "-o", "catalog.csv", "--json")
        self.assertEqual((done.status, done.summary["records"]), (0, 1), done.text)


if __name__ == "__main__":
    main()
