#!/usr/bin/env python3
"""A target and a source of one's own: JSON files beside the contracts, and no C. system_test.py PROGRAM"""
import http.server
import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import Case, main  # noqa: E402

TOKEN = "canary-sh0p.7d2f-ZmVl.x_Y"
ITEMS = [{"code": f"C{n}", "name": f"Item {n}"} for n in range(1, 6)]

SYSTEM = {
    "qonduit_system": 1, "system": "my-shop", "title": "A shop of one's own", "account": True, "auth_header": "x-shop-key:",
    "error": {"code": "problem", "message": "said"},
    "paging": {"page": "page", "size": "per", "size_asked": 2, "count": "total", "next": "more", "records": "items"},
    "resources": {
        "items": {"doc": "all items", "path": "/items/", "paged": True, "account": "shop", "needs": ["code"],
                  "parameters": {"colour": {"values": ["red", "green"], "many": "commas"}}},
        "item/CODE": {"doc": "one item", "path": "/items/{CODE}/", "account": "shop"},
    },
}
CONTRACT = {
    "qonduit_contract": 1, "target": "my-shop.items", "title": "Items of a shop", "key": "code",
    "fields": {"code": {"type": "string", "required": True}, "name": {"type": "string"}},
    "file": {"style": "lines", "extension": "ndjson"},
    "wire": {"system": "my-shop", "method": "PUT", "path": "/items/", "success": [200], "idempotent": True,
             "error": {"code": "problem", "message": "said"}},
}


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, content):
        content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, self.headers.get("x-shop-key"), body))
        if self.headers.get("x-shop-key") != TOKEN:
            self.answer(401, {"problem": "key", "said": "no such key"})
        elif self.command == "PUT":
            self.answer(200, {})
        elif self.path.startswith("/api/items/?"):
            page = int(self.path.split("page=")[1].split("&")[0]) if "page=" in self.path else 1
            more = f"http://127.0.0.1:{self.server.server_port}/api/items/?page={page + 1}" if page < 3 else None
            self.answer(200, {"total": 5, "more": more, "items": ITEMS[page * 2 - 2:page * 2]})
        else:
            self.answer(200, ITEMS[0])

    do_GET = do_PUT = do_POST = handle_any


class Systems(Case):
    def shop(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        server.daemon_threads, server.seen = True, []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def prepared(self, server=None, system=None):
        place = self.place()
        place.write("contracts/my-shop.items.json", CONTRACT)
        (place.folder / "contracts/systems").mkdir()
        place.write("contracts/systems/my-shop.json", {**SYSTEM, **(system or {})})
        place.write("qonduit.json", {"my-shop": {"backoff_ms": 5}})
        if server:
            place.environment.update(MY_SHOP_BASE_URL=f"http://127.0.0.1:{server.server_port}/api", MY_SHOP_API_TOKEN=TOKEN, MY_SHOP_ACCOUNT_ID="7")
        place.mapping("my-shop.items", {"code": "sku", "name": "name"})
        place.catalog(3)
        return place

    def test_a_target_of_ones_own_is_delivered(self):
        server = self.shop()
        place = self.prepared(server)
        done = place.push("mapping.json", "catalog.csv", "--contracts", "contracts")
        self.ended(done, 0)
        self.assertEqual(done.summary["outputs"]["my-shop.items"]["accepted"], 3)
        self.assertEqual([(m, p, k) for m, p, k, _ in server.seen], [("PUT", "/api/items/", TOKEN)] * 3)
        self.assertEqual(json.loads(server.seen[0][3]), {"code": "K000001", "name": "Name 1"})

    def test_a_source_of_ones_own_is_fetched(self):
        server = self.shop()
        place = self.prepared(server)
        done = place.run("fetch", "my-shop:items?colour=red&colour=green", "-o", "items.json", "--contracts", "contracts", "--state", place.state)
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(json.loads((place.folder / "items.json").read_text())["items"], ITEMS)
        self.assertEqual(server.seen[0][1], "/api/items/?shop=7&colour=red,green&per=2")
        self.assertEqual(len(server.seen), 3)
        done = place.run("fetch", "my-shop:item/a b", "-o", "-", "--contracts", "contracts", "--state", place.state)
        self.assertEqual((done.status, server.seen[-1][1]), (0, "/api/items/a%20b/?shop=7"), done.text)
        listed = place.run("fetch", "--list", "my-shop", "--contracts", "contracts")
        self.assertIn(b"my-shop:item/CODE  one item", listed.out)
        self.assertIn(b"red|green", listed.out)

    def test_credentials_come_from_files_and_are_never_shown(self):
        server = self.shop()
        place = self.prepared(server)
        del place.environment["MY_SHOP_API_TOKEN"], place.environment["MY_SHOP_ACCOUNT_ID"]
        folder = place.folder / "credentials"
        folder.mkdir()
        for name, text in (("MY_SHOP_API_TOKEN", TOKEN), ("MY_SHOP_ACCOUNT_ID", "7")):
            (folder / name).write_text(text + "\n")
            (folder / name).chmod(0o444)
        missing = place.push("mapping.json", "catalog.csv", "--contracts", "contracts")
        self.ended(missing, 6)
        self.assertIn("my-shop", missing.text)
        self.assertIn("MY_SHOP_API_TOKEN", missing.text)
        place.environment["CREDENTIALS_DIRECTORY"] = str(folder)
        done = place.push("mapping.json", "catalog.csv", "--contracts", "contracts", "-v")
        self.ended(done, 0)
        self.assertEqual(server.seen[0][2], TOKEN)
        self.assertNotIn(TOKEN, done.text + done.out.decode())
        del place.environment["CREDENTIALS_DIRECTORY"]
        place.environment["MY_SHOP_API_TOKEN_FILE"] = str(folder / "MY_SHOP_API_TOKEN")
        refused = place.push("mapping.json", "catalog.csv", "--contracts", "contracts")
        self.ended(refused, 6)
        self.assertIn("MY_SHOP_API_TOKEN_FILE", refused.text)

    def test_a_refused_token_names_where_it_comes_from(self):
        server = self.shop()
        place = self.prepared(server)
        place.environment["MY_SHOP_API_TOKEN"] = "wrong-" + TOKEN
        done = place.push("mapping.json", "catalog.csv", "--contracts", "contracts")
        self.ended(done, 6)
        for word in ("my-shop", "MY_SHOP_API_TOKEN", "no such key"):
            self.assertIn(word, done.text)
        done = place.run("fetch", "my-shop:items", "-o", "-", "--contracts", "contracts", "--state", place.state)
        self.assertEqual(done.status, 6, done.text)
        for word in ("my-shop", "MY_SHOP_API_TOKEN"):
            self.assertIn(word, done.text)

    def test_an_anonymous_system_needs_no_token(self):
        server = self.shop()
        place = self.prepared(server, {"anonymous": True, "account": False, "auth_header": "x:", "resources": {}})
        system = {k: v for k, v in SYSTEM.items() if k not in ("auth_header", "account")}
        system["resources"] = {"items": {"doc": "items", "path": "/items/"}}
        place.write("contracts/systems/my-shop.json", {**system, "anonymous": True})
        place.environment["MY_SHOP_API_TOKEN"] = TOKEN
        done = place.run("fetch", "my-shop:items", "-o", "-", "--contracts", "contracts", "--state", place.state)
        self.assertEqual(server.seen[0][2], None)
        self.assertEqual(done.status, 6, done.text)  # this one wants a key
        self.assertNotIn("(null)", done.text)

    def test_wrong_files_are_told_by_their_place(self):
        place = self.prepared()
        place.write("contracts/systems/my-shop.json", json.dumps({**SYSTEM, "limts": []}, indent=1))
        for command in (["check", "mapping.json"], ["fetch", "--list"], ["convert", "mapping.json", "catalog.csv", "-o", "out"]):
            done = place.run(*command, "--contracts", "contracts")
            self.assertEqual(done.status, 3, done.text)
            self.assertIn("contracts/systems/my-shop.json:", done.text)
            self.assertIn('did you mean "limits"?', done.text)
        place.write("contracts/systems/my-shop.json", SYSTEM)
        place.write("contracts/my-shop.items.json", {**CONTRACT, "wire": {**CONTRACT["wire"], "system": "my-shp"}})
        done = place.run("check", "mapping.json", "--contracts", "contracts")
        self.assertEqual(done.status, 0, done.text)  # its files can be made
        self.assertIn('"my-shp" is no system; did you mean "my-shop"?', done.text)
        self.assertIn("contracts/my-shop.items.json:1:", done.text)
        done = place.push("mapping.json", "catalog.csv", "--contracts", "contracts")
        self.ended(done, 2)
        self.assertIn('no system is called "my-shp", expected marketplace, my-shop, qogita, quarticon or quotiza', done.text)
        place.write("contracts/my-shop.items.json", {**CONTRACT, "wire": {**CONTRACT["wire"], "system": "elsewhere"}})
        done = place.run("check", "mapping.json", "--contracts", "contracts")
        self.assertIn("expected one of marketplace, my-shop, qogita, quarticon, quotiza", done.text)


if __name__ == "__main__":
    main()
