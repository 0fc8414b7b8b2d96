#!/usr/bin/env python3
"""Drives the systems that `qonduit sandbox` plays besides Quotiza over loopback: systems_test.py PROGRAM.

What they answer to one request is tested without sockets in tests/unit/sandbox; here are the headers, kept connections, many at once,
hostile bodies, faults.
"""
import hashlib
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, TOKEN, Case, Sandbox, main  # noqa: E402

LIST = "4f61bf48-7f9f-49a5-b5be-ea55b020e058"
PRICES, STOCKS = "/api/i1/product-prices/", "/api/i1/product-stocks/"
PRODUCT, EVENT, CART, WATCHLIST = "/store/data/product", "/store/track/event", "/carts/active/lines/", "/watchlist/items/"
HEADERS = {"Authorization": "Bearer " + TOKEN, "x-api-key": TOKEN, "Content-Type": "application/json"}
RECORDS = {
    PRICES: {"sku": "A", "price_list": LIST, "price": "10.00", "currency_type": "EUR"},
    STOCKS: {"sku": "A", "stock_list": LIST, "stock": 5},
    PRODUCT: {"id": "A", "price": "1.00"},
    "/store/contact": {"email": "a@example.com"},
    "/store/collectprofile": {"userId": "1", "cookie": "c"},
    EVENT: {"customer": "c", "eventType": "eventClick", "timestamp": 1},
    CART: {"gtin": "1", "quantity": 1},
    WATCHLIST: {"gtin": "1"},
    "/auth/login/": {"email": "a@example.com", "password": "p"},
}


def price(n):
    return {"sku": f"S{n}", "price_list": LIST, "price": f"{n}.50", "currency_type": "PLN", "is_active": True}


class Systems(Case):
    def ask(self, sandbox, method, path, body=None, headers=HEADERS, connection=None):
        c = connection or http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)
        try:
            c.request(method, path, json.dumps(body) if isinstance(body, (dict, list)) else body, headers)
            reply = c.getresponse()
            return reply, reply.read()
        finally:
            if not connection:
                c.close()

    def test_the_addresses_are_printed_as_settings(self):
        s = self.sandbox()
        base = f"http://127.0.0.1:{s.port}"
        self.assertEqual(s.address, base + "/api/v1")
        self.assertEqual(s.settings, {"MARKETPLACE_BASE_URL": base + "/api/i1", "QUARTICON_BASE_URL": base + "/store",
                                      "QOGITA_BASE_URL": base})

    def test_every_endpoint_takes_a_record_and_answers_json(self):
        s = self.sandbox()
        for path, record in RECORDS.items():
            reply, content = self.ask(s, "POST", path, record)
            self.assertEqual(reply.status, 201 if path in (CART, WATCHLIST) else 200, (path, content))
            self.assertEqual(reply.getheader("Content-Type"), "application/json")
            json.loads(content)
        self.assertEqual([e["products"] for e in s.journal()], [1] * 8 + [None])
        self.assertEqual({e["token_sha256"] for e in s.journal()}, {hashlib.sha256(TOKEN.encode()).hexdigest()})
        self.assertNotIn(TOKEN, json.dumps(s.journal()))
        self.assertEqual(s.page("marketplace")["prices"], {"A/" + LIST: RECORDS[PRICES]})
        self.assertEqual(s.page("quarticon")["products"], {"A": {"id": "A", "price": "1.00"}})
        self.assertEqual(s.page("qogita"), {"cart": {"1": {"gtin": "1", "quantity": 1}}, "watchlist": {"1": {"gtin": "1"}}})

    def test_headers_are_told_apart(self):
        s = self.sandbox("--token", "t")
        key, bearer = {"x-api-key": "t"}, {"Authorization": "Bearer t"}
        other, json_type = {"Authentication": "Bearer t"}, {"Content-Type": "application/json; charset=UTF-8"}
        for path, method, headers, status in (
                (PRICES, "POST", {**bearer, **json_type}, 200), (PRICES, "POST", {**key, **json_type}, 401),
                (PRICES, "POST", {**other, **json_type}, 401), (PRICES, "GET", {**other, **json_type}, 200),
                (PRICES, "POST", bearer, 415), (PRICES, "POST", {**bearer, "Content-Type": "text/json"}, 415),
                (PRODUCT, "POST", {"X-API-KEY": "t", **json_type}, 200), (PRODUCT, "POST", {**bearer, **json_type}, 401),
                (PRODUCT, "POST", {"x-api-key": "T", **json_type}, 401), (CART, "POST", {**bearer, **json_type}, 201),
                (CART, "POST", {**key, **json_type}, 401), (CART, "GET", bearer, 200), (CART, "GET", {}, 401)):
            reply, content = self.ask(s, method, path, json.dumps(RECORDS[path]) if method == "POST" else None, headers)
            self.assertEqual(reply.status, status, (path, method, headers, content))
            json.loads(content)

    def test_a_login_leads_to_the_cart(self):
        s = self.sandbox("--token", "password")
        plain = {"Content-Type": "application/json"}
        reply, _ = self.ask(s, "POST", "/auth/login/", {"email": "a@example.com", "password": "other"}, plain)
        self.assertEqual(reply.status, 401)
        _, content = self.ask(s, "POST", "/auth/login/", {"email": "a@example.com", "password": "password"}, plain)
        login = json.loads(content)
        issued = {**plain, "Authorization": "Bearer " + login["accessToken"]}
        lines = f"/carts/{login['user']['activeCartQid']}/lines/"
        self.assertEqual(self.ask(s, "POST", lines, {"gtin": "1", "quantity": 2}, issued)[0].status, 201)
        self.assertEqual(json.loads(self.ask(s, "GET", CART, None, issued)[1])["results"][0]["quantity"], 2)

    def test_the_links_of_a_list_lead_through_it(self):
        s = self.sandbox()
        for n in range(23):
            self.ask(s, "POST", PRICES, price(n))
        path, found = PRICES + "?currency_type=PLN&limit=5", []
        while path:
            page = json.loads(self.ask(s, "GET", path)[1])
            self.assertEqual(page["count"], 23)
            found += [r["sku"] for r in page["results"]]
            self.assertTrue(page["next"] is None or page["next"].startswith(f"http://127.0.0.1:{s.port}/"))
            path = page["next"] and page["next"].split(str(s.port), 1)[1]
        self.assertEqual(found, [f"S{n}" for n in range(23)])

    def test_sixteen_kept_connections_at_once(self):
        s = self.sandbox()
        replies, workers, each = {}, 16, 40

        def work(worker):
            c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
            for n in range(each):
                body = price(worker * each + n)
                reply, content = self.ask(s, "POST", PRICES, body, connection=c)
                replies[body["sku"]] = reply.status, json.loads(content).get("id")
            c.close()

        threads = [threading.Thread(target=work, args=(w,)) for w in range(workers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(replies), workers * each)
        self.assertEqual({status for status, _ in replies.values()}, {200})
        self.assertEqual(len({i for _, i in replies.values()}), workers * each)
        journal = s.journal()
        self.assertEqual([e["n"] for e in journal], list(range(1, workers * each + 1)))
        self.assertEqual(len({e["connection"] for e in journal}), workers)
        self.assertEqual(len(s.page("marketplace")["prices"]), workers * each)

    def test_ten_thousand_upserts_on_one_connection(self):
        s = self.sandbox()
        with socket.create_connection(("127.0.0.1", s.port), timeout=30) as c:
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for n in range(10000):
                body = json.dumps(price(n % 5000)).encode()
                c.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
                          b"Content-Length: %d\r\n\r\n" % (PRICES.encode(), len(body)) + body)
                self.assertTrue(c.recv(4096).startswith(b"HTTP/1.1 200"))
        self.assertEqual(len(s.page("marketplace")["prices"]), 5000)
        journal = s.journal()
        self.assertEqual((len(journal), {e["connection"] for e in journal}), (10000, {1}))

    def test_hostile_bodies_are_refused_and_nothing_stands(self):
        s = self.sandbox()
        deep = b'{"sku":' + b"[" * 100000 + b"]" * 100000 + b"}"
        bodies = [b"", b" ", b"null", b"true", b"7", b'"text"', b"[]", b"{}", b"{", b"}", b"{}{}", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe{}",
                  b"[" * 5000, deep, b'{"sku":1e999999999999}', b'{"price":' + b"9" * 5000 + b"}", b'{"a":1,"a":2}',
                  b'{"sku":"\xc3\x28"}', b'{"sku":"\\ud800"}', b'{"sku":"\\u0000"}', b"sku=A&price=1", b"<a/>", b'{"id":"A",}',
                  b'{"sku":"A","price_list":[],"price":{},"currency_type":null,"stock":[],"stock_list":{},"gtin":[],"quantity":{},'
                  b'"email":[],"userId":{},"cookie":1,"customer":[],"eventType":[],"timestamp":"now","id":[],"password":{}}',
                  b'{"gtin":"1","quantity":-1}', b'{"gtin":"1","quantity":1e400,"id":-1e400,"timestamp":1e400,"stock":1e400}']
        for path in RECORDS:
            c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
            for body in bodies:
                if path == WATCHLIST and body.startswith(b'{"gtin":"1"'):
                    continue
                reply, content = self.ask(s, "POST", path, body, connection=c)
                self.assertEqual(reply.status, 405 if path.startswith("/store/") else 400, (path, body[:60], content))
                json.loads(content)
            c.close()
        self.assertEqual(s.page("marketplace"), {"prices": {}, "stocks": {}})
        self.assertEqual(s.page("quarticon"), {"products": {}, "contacts": {}, "profiles": {}, "events": []})
        self.assertEqual(s.page("qogita"), {"cart": {}, "watchlist": {}})

    def test_random_changes_to_good_bodies_are_answered(self):
        s = self.sandbox()
        chance = random.Random(4)
        connections = {path: http.client.HTTPConnection("127.0.0.1", s.port, timeout=20) for path in RECORDS}
        for path, record in RECORDS.items():
            good = json.dumps(record).encode()
            for _ in range(60):
                body = bytearray(good)
                for _ in range(chance.randint(1, 4)):
                    at = chance.randrange(len(body))
                    body[at:at + chance.randint(0, 2)] = chance.choice([b"", b"{", b'"', b"\\", b"\xff", b"0", b"null", b"e", b":", b","])
                reply, content = self.ask(s, "POST", path, bytes(body), connection=connections[path])
                self.assertIn(reply.status, (200, 201, 400, 401, 405), (path, body))
                json.loads(content)
        for c in connections.values():
            c.close()
        json.dumps([s.page(p) for p in ("marketplace", "quarticon", "qogita", "journal")], default=str)

    def test_bodies_that_are_too_large_are_refused_in_the_systems_own_words(self):
        s = self.sandbox()
        reply, content = self.ask(s, "POST", PRICES, b" " * ((32 << 20) + 1))
        self.assertEqual((reply.status, json.loads(content)["code"]), (413, "payload_too_large"))
        reply, content = self.ask(s, "POST", PRODUCT, b" " * ((32 << 20) + 1))
        self.assertEqual((reply.status, json.loads(content)["data"]["error_code"]), (413, "http.status.413"))

    def test_faults_strike_one_system_and_not_the_others(self):
        s = self.sandbox("--fault", "2@prices:reset-after", "--fault", "product:error-200", "--fault", "1@cart:429=2", "--fault",
                         "1@stocks:hang")
        self.assertEqual(self.ask(s, "POST", PRICES, price(1))[0].status, 200)
        with self.assertRaises(ConnectionResetError):
            self.ask(s, "POST", PRICES, price(2))
        self.assertEqual(len(s.page("marketplace")["prices"]), 2)
        reply, content = self.ask(s, "POST", PRODUCT, RECORDS[PRODUCT])
        self.assertEqual((reply.status, json.loads(content)["status"]), (200, "ERROR"))
        reply, _ = self.ask(s, "POST", CART, RECORDS[CART])
        self.assertEqual((reply.status, reply.getheader("Retry-After")), (429, "2"))
        c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=0.3)
        with self.assertRaises(TimeoutError):
            self.ask(s, "POST", STOCKS, RECORDS[STOCKS], connection=c)
        c.close()
        self.assertEqual(self.ask(s, "POST", STOCKS, RECORDS[STOCKS])[0].status, 200)
        self.assertEqual([e["fault"] for e in s.journal()], [None, "reset-after", "error-200", "429=2", "hang", None])

    def test_limits_are_quotizas_only(self):
        s = self.opened(Sandbox(limits=True))
        for n in range(12):
            self.assertEqual(self.ask(s, "POST", PRICES, price(n))[0].status, 200)
        self.assertEqual(self.ask(s, "GET", "/api/v1/products/import_status?account_id=1&job_id=1")[0].status, 404)

    def test_a_route_that_is_none_is_named_with_those_that_are(self):
        done = subprocess.run([PROGRAM, "sandbox", "--fault", "price:500"], capture_output=True, timeout=10)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        for named in (b"expected one of import, status, export, products, product-offers, delete-offer, prices, list-prices, stocks, ",
                      b"login, refresh, catalog, search, supplier-offers, offers, orders, order, order-lines, sales, ",
                      b"clear-watchlist, change-watched, delete-watched, any"):
            self.assertIn(named, done.stderr)


if __name__ == "__main__":
    main()
