#!/usr/bin/env python3
"""What `qonduit sandbox` gives to be read, over loopback: streams of any length, faults in them, --data. reads_test.py PROGRAM"""
import csv
import http.client
import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, SANITIZED, TOKEN, Case, Sandbox, main  # noqa: E402

HEADERS = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
CATALOG = "/variants/search/download/"


class Reads(Case):
    def ask(self, sandbox, path, method="GET", body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
        try:
            c.request(method, path, json.dumps(body) if body is not None else None, {**HEADERS, **headers})
            reply = c.getresponse()
            return reply, reply.read()
        finally:
            c.close()

    def rows(self, sandbox, query=""):
        reply, content = self.ask(sandbox, CATALOG + query)
        self.assertEqual((reply.status, reply.getheader("Content-Type"), reply.getheader("Transfer-Encoding")),
                         (200, "text/csv", "chunked"))
        return list(csv.DictReader(io.StringIO(content.decode())))

    def pages(self, sandbox, path):
        found = []
        while path:
            page = json.loads(self.ask(sandbox, path)[1])
            found += page["results"]
            path = page["next"] and page["next"].split(str(sandbox.port), 1)[1]
        return found

    def test_catalog_search_and_offers_are_of_one_world(self):
        s = self.sandbox()
        rows = self.rows(s)
        found = self.pages(s, "/search/offers/?size=73")
        self.assertEqual([r["GTIN"] for r in rows], [f["gtin"] for f in found])
        self.assertEqual(len({r["GTIN"] for r in rows}), 200)
        for row, variant in zip(rows[:9], found):
            self.assertEqual((row["Name"], row["€ Lowest Price inc. shipping"]), (variant["name"], variant["minPrice"]))
            offers = json.loads(self.ask(s, f"/variants/{variant['fid']}/{variant['slug']}/offers/")[1])["offers"]
            self.assertEqual(len(offers), int(row["Number of Offers"]))
        supplied = self.rows(s, "?cart_allocation_qid=x")
        self.assertEqual([r["GTIN"] for r in supplied], [f["gtin"] for f in self.pages(s, "/variants/offers/search/X/")])

    def test_equal_requests_have_equal_replies(self):
        a, b = self.sandbox(), self.sandbox()
        for path in (CATALOG, "/categories/", "/carts/active/allocation-lines/", "/api/v1/orders/export?account_id=1", "/api/i1/products/"):
            self.assertEqual(self.ask(a, path)[1].replace(str(a.port).encode(), b""), self.ask(b, path)[1].replace(str(b.port).encode(), b""))

    def test_a_long_catalog_takes_no_memory_and_holds_up_nobody(self):
        s = self.sandbox("--products", "150000")
        done = []
        threads = [threading.Thread(target=lambda: done.append(len(self.ask(s, CATALOG)[1]))) for _ in range(3)]
        for t in threads:
            t.start()
        self.assertEqual(self.ask(s, "/orders/")[0].status, 200)
        for t in threads:
            t.join()
        self.assertEqual(len(set(done)), 1)
        self.assertGreater(done[0], 40_000_000)
        status = Path(f"/proc/{s.process.pid}/status").read_text()
        if not SANITIZED:
            self.assertLess(int(status.split("VmHWM:")[1].split()[0]), 40_000)

    def test_a_download_breaks_off_where_the_fault_says(self):
        whole = self.ask(self.sandbox(), CATALOG)[1]
        s = self.sandbox("--fault", "1@catalog:cut", "--fault", "2@catalog:cut=1234", "--fault", "3@catalog:truncate",
                         "--fault", "4@catalog:cut-csv", "--fault", "5@catalog:reset-after", "--fault", "orders:cut=100")
        for path, n in ((CATALOG, len(whole) // 2), (CATALOG, 1234)):
            with self.assertRaises(http.client.IncompleteRead) as broken:
                self.ask(s, path)
            self.assertEqual(broken.exception.partial, whole[:n])
        self.assertEqual(self.ask(s, CATALOG)[1], whole[:len(whole) // 2])
        cut = self.ask(s, CATALOG)[1]
        self.assertTrue(whole.startswith(cut) and cut.endswith(b",") and len(cut) >= len(whole) // 2)
        with self.assertRaises(ConnectionError):
            self.ask(s, CATALOG)
        with self.assertRaises(http.client.IncompleteRead) as broken:
            self.ask(s, "/orders/")
        self.assertEqual(len(broken.exception.partial), 100)
        self.assertEqual([e["fault"] for e in s.journal()][:2], ["cut", "cut=1234"])

    def test_a_slow_catalog_ends_with_the_sandbox(self):
        s = Sandbox("--fault", "catalog:slow")
        c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
        c.request("GET", CATALOG, None, HEADERS)
        self.assertEqual(c.getresponse().read(1), b"G")
        began = time.monotonic()
        s.__exit__()
        self.assertLess(time.monotonic() - began, 5)
        c.close()

    def test_a_login_its_cookie_and_the_end_of_its_token(self):
        s = self.sandbox("--token", "password", "--token-life", "700", "--login-limit", "3")
        body = {"email": "a@example.com", "password": "password"}
        reply, content = self.ask(s, "/auth/login/", "POST", body, Authorization="")
        token = {"Authorization": "Bearer " + json.loads(content)["accessToken"]}
        cookie = reply.getheader("Set-Cookie")
        self.assertIn("HttpOnly", cookie)
        self.assertEqual(self.ask(s, "/orders/", **token)[0].status, 200)
        time.sleep(0.8)
        self.assertEqual(self.ask(s, "/orders/", **token)[0].status, 401)
        reply, content = self.ask(s, "/auth/refresh/", "POST", Cookie="a=b; " + cookie.split(";")[0], Authorization="")
        self.assertEqual(reply.status, 200)
        self.assertNotEqual(reply.getheader("Set-Cookie"), cookie)
        token = {"Authorization": "Bearer " + json.loads(content)["accessToken"]}
        self.assertEqual(self.ask(s, "/orders/", **token)[0].status, 200)
        self.ask(s, "/auth/login/", "POST", body)
        reply, _ = self.ask(s, "/auth/login/", "POST", body)
        self.assertEqual(reply.status, 429)
        self.assertIn(int(reply.getheader("Retry-After")), (59, 60))
        journal = json.dumps(s.journal())
        for secret in ("password\"", cookie.split("=")[1].split(";")[0], token["Authorization"].split()[1]):
            self.assertNotIn(secret, journal)

    def test_the_samples_are_data(self):
        s = self.sandbox("--data", str(ROOT / "samples"))
        for query, name in (("", "qogita-catalog.csv"), ("?cart_allocation_qid=x", "qogita-supplier.csv")):
            with open(ROOT / "samples" / name, newline="", encoding="utf-8") as f:
                self.assertEqual(list(csv.reader(io.StringIO(self.ask(s, CATALOG + query)[1].decode()))), list(csv.reader(f)))

        def sample(name):
            return json.loads((ROOT / "samples" / name).read_text())
        self.assertEqual(self.pages(s, "/orders/"), sample("qogita-orders.json")["results"])
        self.assertEqual(self.pages(s, "/watchlist/items/?size=3"), sample("qogita-watchlist.json")["results"])
        qid = sample("qogita-order.json")["qid"]
        self.assertEqual(json.loads(self.ask(s, f"/orders/{qid}/")[1]), sample("qogita-order.json"))
        self.assertEqual(self.pages(s, f"/orders/{qid}/lines/"), sample("qogita-order-lines.json")["results"])
        self.assertEqual(self.pages(s, f"/orders/{qid}/sales/"), sample("qogita-sales.json")["results"])
        self.assertEqual(json.loads(self.ask(s, "/api/v1/orders/export?account_id=1&n_days=9999")[1]), sample("quotiza-orders.json"))
        wanted = [r for r in self.rows(s) if r["Brand"] == "Lukoral"]
        self.assertEqual(self.rows(s, "?brand_name=LUKORAL"), wanted)

    def test_data_that_cannot_be_read_is_refused_at_once(self):
        for name, content in (("qogita-orders.json", "{"), ("qogita-catalog.csv", ""), ("qogita-catalog.csv", "a,b\n1,2\n"),
                              ("qogita-supplier.csv", "GTIN,Name\n"), ("marketplace-products.json", "[1,"), ("quotiza-orders.json", "nul")):
            place = self.place()
            (place.folder / name).write_text(content)
            done = subprocess.run([PROGRAM, "sandbox", "--data", str(place.folder)], capture_output=True, timeout=20)
            self.assertEqual((done.returncode, done.stdout), (4, b""), (name, done.stderr))
            self.assertIn(name.encode(), done.stderr)

    def test_a_folder_that_is_not_there_is_refused(self):
        done = subprocess.run([PROGRAM, "sandbox", "--data", "/nosuch"], capture_output=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (4, b""))
        self.assertIn(b"/nosuch", done.stderr)


if __name__ == "__main__":
    main()
