#!/usr/bin/env python3
"""Sources over real TLS, with certificates made here: the sandbox behind a tunnel, and a server that lies.

live_tls_test.py PROGRAM
"""
import base64
import contextlib
import json
import random
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from live_tools import PASSWORD, TOKEN, LiveCase, main  # noqa: E402
from e2e_tools import PROGRAM, windows  # noqa: E402
from tls_tools import Authority, Tunnel  # noqa: E402

DOWNLOAD = "/variants/search/download/"
SEARCH = "/search/offers/"
REFUSED = (401, {"code": "token_not_valid", "detail": "Token is expired"})


class Secure(LiveCase):
    def setUp(self):
        self.authority = self.opened(Authority())

    def reach(self, port, trusted=True, certificate=None, **settings):
        """A place that reaches what listens on the port through TLS."""
        self.tunnel = self.opened(Tunnel(*(certificate or self.authority.certificate("good")), port))
        trust = {"ca_file": str(self.authority.folder / "ca.pem")} if trusted else {}
        self.here = self.at(self.tunnel, **trust, **settings)
        self.file = self.here.folder / "file"
        return self.here

    def fetch(self, *arguments, **more):
        return self.live(self.here, "fetch", *arguments, **more)

    def summary(self, resource, *arguments, status=0):
        done = self.fetch(resource, "-o", "file", "--json", *arguments)
        self.assertEqual(done.status, status, done.text)
        return done


class Sandboxed(Secure):
    def shop(self, *arguments, settings=None, **more):
        self.server = self.sandbox(*arguments, **more)
        return self.reach(self.server.port, **(settings or {}))

    def paths(self):
        return [e["path"] for e in self.server.journal()]

    def test_a_login_then_all_pages(self):
        self.shop("--token", PASSWORD)
        done = self.summary("qogita:orders?size=4")
        self.assertEqual((done.summary["records"], done.summary["pages"], done.summary["requests"]), (25, 7, 8))
        self.assertEqual(len(json.loads(self.file.read_text())["results"]), 25)
        paths = self.paths()
        self.assertEqual((paths[0], {p.split("?")[0] for p in paths[1:]}), ("/auth/login/", {"/orders/"}))
        self.assertIn(b"POST /auth/login/ HTTP/1.1\r\n", self.tunnel.asked)
        self.assertIn(json.dumps({"email": "buyer@shop.example", "password": PASSWORD}, separators=(",", ":")).encode(), self.tunnel.asked)

    def test_who_is_not_to_be_trusted_never_sees_the_password(self):
        self.server = self.sandbox()
        a = self.authority
        for certificate, trusted in ((a.certificate("good"), False), (a.certificate("old", begins=-9, ends=-2), True),
                                     (a.certificate("other", host="DNS:api.qogita.com"), True), (a.certificate("self", signed=False), True)):
            self.reach(self.server.port, trusted, certificate, retries=1)
            done = self.fetch("qogita:orders", "-o", "file")
            self.assertEqual((done.status, self.tunnel.asked, self.file.exists()), (5, b"", False), done.text)
        self.assertEqual(self.server.journal(), [])

    def test_a_token_that_expires_between_pages_is_refreshed(self):
        self.shop("--fault", "3@orders:expire-token")
        done = self.summary("qogita:orders?size=5")
        self.assertEqual((done.summary["records"], done.summary["pages"]), (25, 5))
        self.assertEqual([e["status"] for e in self.server.journal() if e["path"].startswith("/orders/")], [200, 200, 401, 200, 200, 200])
        self.assertEqual([p for p in self.paths() if p.startswith("/auth/")], ["/auth/login/", "/auth/refresh/"])

    def test_faults_of_pages_end_with_4_and_keep_the_file(self):
        for fault, said in (("next-loops", "same records as one before"), ("next-other-host", "the next page is said to be at"),
                            ("2@orders:page-repeats", "same records as one before"), ("count-lies", "there are 26 records and gave 25"),
                            ("2@orders:page-short", "there are 25 records and gave 24")):
            self.shop("--fault", fault if "@" in fault else f"orders:{fault}")
            self.file.write_text("old")
            done = self.summary("qogita:orders?size=10", status=4)
            self.assertIn(said, done.text, fault)
            self.assertEqual(self.file.read_text(), "old", fault)

    def test_a_next_with_http_is_asked_for_by_tls(self):
        self.shop("--fault", "orders:next-http")
        self.assertEqual(self.summary("qogita:orders?size=10").summary["records"], 25)
        self.assertEqual(self.tunnel.asked.count(b"GET /orders/"), 3)

    def test_two_processes_stay_within_the_limit_together(self):
        window = 1500
        self.shop("--catalog-limit", "5", window_ms=window // 15,
                  settings={"limits": [{"path": "/variants/search/download", "requests": 5, "per_ms": window}]})
        script = 'for i in 1 2 3 4; do "$0" fetch qogita:catalog -o "$1$i" -q --state "$2" || exit; done'
        running = [subprocess.Popen(["sh", "-c", script, PROGRAM, name, str(self.here.state)], cwd=self.here.folder,
                                    env=self.here.environment, stderr=subprocess.PIPE) for name in "ab"]
        said = [p.communicate(timeout=60)[1] for p in running]
        self.assertEqual([p.returncode for p in running], [0, 0], said)
        downloads = [e for e in self.server.journal() if e["path"].startswith(DOWNLOAD)]
        self.assertEqual((len(downloads), {e["status"] for e in downloads}), (8, {200}))
        self.assertLessEqual(windows(downloads, window), 5)
        files = [(self.here.folder / f"{name}{i}").read_bytes() for name in "ab" for i in range(1, 5)]
        self.assertEqual(len(set(files)), 1)

    def test_a_download_that_is_cut_anywhere_leaves_the_old_file(self):
        self.shop("--products", "3000", settings={"retries": 0})
        whole = self.summary("qogita:catalog").summary["bytes"]
        self.file.write_text("old")
        for _ in range(12):
            at = random.randrange(1000, whole)
            self.tunnel.cut = lambda sent, at=at: at
            done = self.fetch("qogita:catalog", "-o", "file")
            self.assertEqual((done.status, self.file.read_text()), (5, "old"), (at, done.text))
            self.assertEqual(sorted(p.name for p in self.here.folder.iterdir() if p.is_file()), ["file", "qonduit.json"])
        self.here.write("qonduit.json", {"qogita": {**json.loads((self.here.folder / "qonduit.json").read_text())["qogita"], "retries": 3}})
        cuts = [whole // 2]
        self.tunnel.cut = lambda sent: cuts.pop() if cuts and sent > cuts[0] else None
        self.assertEqual(self.summary("qogita:catalog").summary["bytes"], whole, "a second try begins anew")


class Lying(Secure):
    def setUp(self):
        super().setUp()
        self.server = self.api()
        self.reach(self.server.port)

    def pages(self, count, per=2, says=None):
        def page(handler):
            query = urllib.parse.parse_qs(handler.path.partition("?")[2])
            at = int(query.get("page", ["1"])[0])
            more = f"{self.tunnel.address}{SEARCH}?page={at + 1}" if at < count else None
            return {"count": says or count * per, "next": more, "previous": None, "results": [{"gtin": f"{at}-{i}"} for i in range(per)]}
        return page

    def expires(self, *numbers):
        """The requests of these numbers are refused."""
        page, count = self.pages(4), [0]

        def answer(handler):
            count[0] += 1
            return REFUSED if count[0] in numbers else page(handler)
        self.server.routes[SEARCH] = answer

    def logins(self):
        return [p for _, p, *_ in self.server.seen if p.startswith("/auth/")]

    def test_one_401_costs_one_refresh_with_the_cookie(self):
        self.server.routes["/auth/login/"] = (200, {"accessToken": TOKEN}, {"Set-Cookie": "refresh=canary-c00kie/1; Path=/auth; Secure; HttpOnly"})
        self.server.routes["/auth/refresh/"] = {"accessToken": TOKEN + "2"}
        self.expires(3)
        self.assertEqual(self.summary("qogita:search/offers").summary["records"], 8)
        self.assertEqual(self.logins(), ["/auth/login/", "/auth/refresh/"])
        for _, path, headers, body in self.server.seen:
            self.assertEqual("Cookie" in headers, path == "/auth/refresh/")
        [(_, _, headers, body)] = [r for r in self.server.seen if r[1] == "/auth/refresh/"]
        self.assertEqual((headers["Cookie"], body, headers.get("Authorization")), ("refresh=canary-c00kie/1", b"", None))
        self.assertEqual([h["Authorization"] for _, p, h, _ in self.server.seen if p.startswith(SEARCH)],
                         [f"Bearer {TOKEN}"] * 3 + [f"Bearer {TOKEN}2"] * 2)

    def test_a_refresh_that_is_refused_costs_one_login(self):
        self.server.routes["/auth/refresh/"] = REFUSED
        self.expires(3)
        self.assertEqual(self.summary("qogita:search/offers").summary["records"], 8)
        self.assertEqual(self.logins(), ["/auth/login/", "/auth/refresh/", "/auth/login/"])

    def test_a_second_401_ends_with_6(self):
        self.server.routes["/auth/refresh/"] = {"accessToken": TOKEN + "2"}
        self.file.write_text("old")
        self.expires(3, 4)
        done = self.summary("qogita:search/offers", status=6)
        self.assertEqual((len(self.server.asked(SEARCH)), self.logins(), self.file.read_text()), (4, ["/auth/login/", "/auth/refresh/"], "old"))
        self.assertIn("refuses the token", done.text)

    def test_a_login_that_is_throttled_is_waited_for(self):
        answers = [(429, {"message": "Expected available in 1 second"}, {"Retry-After": "1"}), (200, {"accessToken": TOKEN})]
        self.server.routes["/auth/login/"] = lambda _: answers.pop(0)
        self.server.routes[SEARCH] = self.pages(1)
        began = time.monotonic()
        self.summary("qogita:search/offers")
        self.assertGreaterEqual(time.monotonic() - began, 0.99)
        self.server.routes["/auth/login/"] = (429, {"message": "slowly"}, {"Retry-After": "7200"})
        self.assertEqual(self.fetch("qogita:search/offers", "-o", "file").status, 5)

    def test_the_cap_of_the_search_is_told(self):
        self.server.routes[SEARCH] = self.pages(60, per=200)
        done = self.summary("qogita:search/offers")
        self.assertEqual((done.summary["records"], done.summary["count"], done.summary["missing"]), (10000, 12000, 2000))
        self.assertIn("never gives more than 10000 records: 2000 are missing", done.text)

    def test_no_page_leads_elsewhere(self):
        """Neither the token nor a request leaves for what a server says is its next page."""
        other = self.api()
        for next_page in (f"{other.address}{SEARCH}?page=2", f"https://127.0.0.1:{other.port}{SEARCH}?page=2", f"//127.0.0.1:{other.port}{SEARCH}",
                          f"https://127.0.0.1:{self.tunnel.port}@127.0.0.1:{other.port}{SEARCH}?page=2", f"{self.tunnel.address}/orders/?page=2",
                          f"{self.tunnel.address}{SEARCH}../orders/?page=2", "file:///etc/passwd", f"ftp://127.0.0.1{SEARCH}"):
            self.server.routes[SEARCH] = {"count": 4, "next": next_page, "previous": None, "results": [{"gtin": "1"}]}
            done = self.summary("qogita:search/offers", status=4)
            self.assertIn("the next page is said to be at", done.text, next_page)
        self.assertEqual((other.seen, self.server.asked("/orders/")), ([], []))

    def test_a_count_that_is_none_is_refused(self):
        for says in (-1, 10**30, "many", 1.5):
            self.server.routes[SEARCH] = self.pages(2, says=says)
            self.assertIn("expected a whole number", self.summary("qogita:search/offers", status=4).text)

    def test_secrets_stand_nowhere(self):
        cookie = "canary-c00kie/1?z~"
        self.server.routes["/auth/login/"] = (200, {"accessToken": TOKEN}, {"Set-Cookie": f"refresh={cookie}; Path=/; Secure"})
        self.server.routes["/auth/refresh/"] = (401, {"detail": f"{TOKEN} {cookie}"})
        commands, found = [], b""

        def watch(handler):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    command = place.read_bytes()
                    if str(self.here.state).encode() in command:
                        commands.append(command)
            return (400, {"code": TOKEN, "detail": f"{PASSWORD} {handler.headers['Authorization']} {urllib.parse.quote(PASSWORD, safe='')} {cookie} "
                                                   f"{base64.b64encode(PASSWORD.encode()).decode()}"})
        self.server.routes["/orders/"] = watch
        self.server.routes["/brands/"] = REFUSED
        self.server.routes["/carts/"] = (302, {}, {"Location": f"https://elsewhere.example/{TOKEN}?{PASSWORD}"})
        self.server.routes["/categories/"] = (200, f"<html>{TOKEN} {PASSWORD}".encode())
        self.server.routes["/addresses/"] = {"count": 2, "next": f"https://elsewhere.example/{TOKEN}/{urllib.parse.quote(PASSWORD, safe='')}",
                                             "results": [{"qid": "a"}]}
        self.server.routes[SEARCH] = self.pages(3)
        for resource in ("orders", "brands", "carts", "categories", "addresses", "search/offers"):
            for more in ([], ["-v"], ["-v", "--log-format", "json"], ["--json", "-v"]):
                done = self.fetch(f"qogita:{resource}", "-o", "file", *more)
                found += done.out + done.err
        for path in ("/orders/", "/brands/", "/carts/"):
            done = self.live(self.here, "api", "qogita", "GET", path, "-v")
            found += done.err
        found += b"".join(p.read_bytes() for p in self.here.files() if p != self.here.folder / "qonduit.json")
        self.assertTrue(any(b"fetch" in c for c in commands))
        for secret in (TOKEN, PASSWORD, cookie):
            for form in (secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
                self.assertNotIn(form.encode(), found)
                self.assertFalse([c for c in commands if form.encode() in c])


if __name__ == "__main__":
    main()
