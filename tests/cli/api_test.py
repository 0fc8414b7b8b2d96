#!/usr/bin/env python3
"""`api`: one request to any endpoint. api_test.py PROGRAM"""
import base64
import contextlib
import json
import os
import pty
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from live_tools import PASSWORD, PROGRAM, TOKEN, LiveCase, main  # noqa: E402

QID = "/carts/00000000-0000-4000-8000-000000000001/"


class Request(LiveCase):
    def setUp(self):
        self.server = self.api()
        self.here = self.at(self.server)
        self.server.routes.update({"/orders/": {"count": 0, "next": None, "previous": None, "results": []},
                                   QID: lambda h: (204, b"") if h.command == "DELETE" else {"done": h.command}})

    def call(self, *arguments, **more):
        return self.live(self.here, "api", "qogita", *arguments, **more)

    def test_the_reply_is_printed_as_it_came(self):
        raw = bytes(range(256)) * 5000
        self.server.routes["/raw/"] = (200, raw, {"Content-Type": "application/octet-stream"})
        done = self.call("GET", "/raw/")
        self.assertEqual((done.status, done.out), (0, raw), done.text)
        self.assertIn("GET: 200, 1.2 MB, application/octet-stream", done.text)
        self.assertEqual(self.server.seen[-1][2]["Authorization"], "Bearer " + TOKEN)
        self.assertEqual(self.call("get", "/raw/", "-q").err, b"")

    def test_the_query_is_encoded_and_the_path_left_as_it_is(self):
        done = self.call("GET", "/orders/?order=-createdAt", "--query", "search=Ö & = #/?", "--query", "status=PAID,SHIPPED", "--query", "x=")
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(self.server.asked(), [("GET", "/orders/?order=-createdAt&search=%C3%96%20%26%20%3D%20%23%2F%3F&status=PAID%2CSHIPPED&x=")])
        self.assertEqual(self.call("GET", "/orders/", "--query", "page=2").status, 0)
        self.assertEqual(self.server.asked()[-1][1], "/orders/?page=2")

    def test_nothing_goes_to_another_host_or_out_of_the_base_address(self):
        base = self.server.address
        wrong = ["orders/", "", "https://evil.example/orders/", "//evil.example/orders/", base + ".evil.example/orders/", base + "@evil.example/",
                 base.replace("http:", "https:") + "/orders/", f"http://x@127.0.0.1:{self.server.port}/", "/a/../b/", "/a/%2e%2E/b", "/..", "/.",
                 "/a/.%2e", "/a b/", "/a#b", "/a\r\nX: y", "/a\\b", "/ö/", "/a%zz", "/a%2", "/a\0"[:2] + "\t", "/<x>", base]
        for path in wrong:
            done = self.call("GET", path)
            self.assertEqual((done.status, done.out), (2, b""), (path, done.text))
        self.assertEqual(self.server.seen, [])
        self.assertEqual(self.call("GET", base + "/orders/").status, 0)
        self.assertEqual(self.server.asked(), [("GET", "/orders/")])
        self.assertEqual(self.call("GET", "/orders/%C3%B6/..x/?a=../b").status, 1)

    def test_below_a_base_address_with_a_path(self):
        self.here.environment["QOGITA_BASE_URL"] = self.server.address + "/api/v1"
        self.here.environment["QOGITA_API_KEY"] = TOKEN
        self.server.routes["/api/v1/orders/"] = {"a": 1}
        self.assertEqual(self.call("GET", "/orders/").status, 0)
        self.assertEqual(self.call("GET", self.server.address + "/api/v1/orders/").status, 0)
        self.assertEqual(self.call("GET", self.server.address + "/api/v2/orders/").status, 2)
        self.assertEqual(self.server.asked(), [("GET", "/api/v1/orders/")] * 2)

    def test_wrong_usage_sends_nothing(self):
        for arguments in (["GET"], ["GET", "/a/", "b"], ["FETCH", "/a/"], ["HEAD", "/a/"], ["GET", "/a/", "--query", "x"], ["GET", "/a/", "--query", "=x"],
                          ["GET", "/a/", "--body", "-"], ["POST", "/a/", "--quer", "x=y"]):
            done = self.call(*arguments, stdin=b"{}")
            self.assertEqual(done.status, 2, (arguments, done.text))
        done = self.live(self.here, "api", "qogta", "GET", "/a/")
        self.assertEqual(done.status, 2)
        self.assertIn('did you mean "qogita"?', done.text)
        self.assertEqual(self.server.seen, [])

    def test_a_body_must_be_json(self):
        self.server.routes["/watchlist/items/"] = lambda h: {"ok": True}
        for text in (b"", b"{", b"{} {}", b"\xff", b"name=x", b"{'a': 1}"):
            done = self.call("PATCH", "/watchlist/items/", "--body", "-", stdin=text)
            self.assertEqual(done.status, 4, (text, done.text))
        self.assertEqual(self.server.seen, [])
        body = json.dumps({"gtin": "0200000000011", "targetPrice": 1.10}).encode()
        self.here.write("body.json", body)
        for arguments in (["--body", "-"], ["--body", "body.json"]):
            self.assertEqual(self.call("PATCH", "/watchlist/items/", *arguments, stdin=body).status, 0)
            self.assertEqual((self.server.seen[-1][0], self.server.seen[-1][3]), ("PATCH", body))
        self.assertEqual(self.call("PATCH", "/watchlist/items/", "--body", "none.json").status, 4)

    def test_the_status_decides_the_exit(self):
        for status, expected in ((200, 0), (201, 0), (204, 0), (301, 1), (400, 1), (403, 6), (404, 1), (409, 1), (422, 1), (500, 5), (503, 5), (429, 5)):
            content = {"code": "some_code", "detail": "in words"} if status >= 300 else {"ok": 1}
            self.server.routes["/x/"] = (status, b"" if status == 204 else json.dumps(content).encode())
            done = self.call("POST", "/x/", "--max-wait", "1s")
            self.assertEqual(done.status, expected, (status, done.text))
            if status in (400, 404):
                self.assertEqual(json.loads(done.out), content)
                self.assertIn("in words", done.text)
        self.server.server.shutdown()
        self.server.server.server_close()
        self.assertEqual(self.call("GET", "/orders/").status, 5)

    def test_only_a_get_is_tried_again(self):
        answers = [(503, {"detail": "busy"}), {"fine": 1}]
        self.server.routes["/x/"] = lambda h: answers.pop(0)
        self.assertEqual(self.call("GET", "/x/").status, 0)
        answers[:] = [(503, {"detail": "busy"}), {"fine": 1}]
        self.assertEqual(self.call("DELETE", "/x/").status, 5)
        answers[:] = [(429, {"detail": "slowly"}, {"Retry-After": "0"}), {"fine": 1}]
        self.assertEqual(self.call("POST", "/x/").status, 5)
        self.assertEqual([m for m, _ in self.server.asked("/x/")], ["GET", "GET", "DELETE", "POST"])

    def test_one_401_costs_one_renewal_and_a_second_is_6(self):
        logins = self.server.routes["/auth/login/"]
        answers = [(401, {"code": "token_not_valid"}), {"fine": 1}]
        self.server.routes["/x/"] = lambda h: answers.pop(0) if answers else (401, {"code": "token_not_valid"})
        self.server.routes["/auth/login/"] = logins
        self.assertEqual(self.call("GET", "/x/").status, 0)
        self.assertEqual(self.call("GET", "/x/").status, 6)

    def test_a_reply_that_breaks_off_is_5(self):
        self.server.routes["/x/"] = (200, b"x" * 70000, {"Content-Length": "99999"})
        done = self.call("GET", "/x/")
        self.assertEqual(done.status, 5, done.text)
        self.assertEqual(done.out, b"x" * len(done.out))
        self.assertLessEqual(len(done.out), 70000)

    def test_a_dry_run_shows_and_sends_nothing(self):
        done = self.call("POST", QID + "empty/", "--query", "a=b c", "--body", "-", "--dry-run", stdin=b'{"a":1}')
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual(done.out.decode(), f"POST {self.server.address}{QID}empty/?a=b%20c, 7 bytes of JSON\n")
        self.assertEqual(self.server.seen, [])

    def on_terminal(self, typed, *arguments):
        """What `api` says with a terminal as standard input."""
        ours, theirs = pty.openpty()
        process = self.here.start("api", "qogita", *arguments, "--state", self.here.state, stdin=theirs)
        os.close(theirs)
        time.sleep(0.05)
        os.write(ours, typed)
        out, err = process.communicate(timeout=30)
        os.close(ours)
        return process.returncode, out, err.decode()

    def test_a_terminal_is_asked_before_something_may_change(self):
        status, out, err = self.on_terminal(b"n\n", "DELETE", QID)
        self.assertEqual((status, out, self.server.asked()), (2, b"", []), err)
        self.assertIn(f"DELETE {self.server.address}{QID}\nThis may change something there. Send it? [y/N]", err)
        self.assertEqual(self.on_terminal(b"\n", "DELETE", QID)[0], 2)
        self.assertEqual(self.on_terminal(b"\x04", "DELETE", QID)[0], 2)
        self.assertEqual(self.server.asked(), [])
        self.assertEqual(self.on_terminal(b"y\n", "DELETE", QID)[0], 0)
        self.assertEqual(self.on_terminal(b"", "DELETE", QID, "--yes")[0], 0)
        self.assertEqual(self.on_terminal(b"", "GET", "/orders/")[0], 0)
        self.assertEqual(self.on_terminal(b"{}\n\x04", "PATCH", QID, "--body", "-")[0], 2)
        self.assertEqual(self.server.asked(), [("DELETE", QID)] * 2 + [("GET", "/orders/")])

    def test_a_reply_on_a_terminal_stays_there(self):
        """Neither the line of progress nor what is said afterwards takes its place."""
        self.server.routes["/bad/"] = (404, {"code": "gone"})
        for path, reply, said in (("/orders/", b'{"count": 0}', b"qonduit: GET: 200"), ("/bad/", b'{"code": "gone"}', b"qonduit: GET: 404")):
            self.server.routes["/orders/"] = {"count": 0}
            ours, theirs = pty.openpty()
            process = subprocess.Popen([PROGRAM, "api", "qogita", "GET", path, "--state", self.here.state], stdin=theirs, stdout=theirs,
                                       stderr=theirs, cwd=self.here.folder, env=self.here.environment)
            os.close(theirs)
            seen = b""
            with contextlib.suppress(OSError):
                while piece := os.read(ours, 4096):
                    seen += piece
            process.wait(timeout=20)
            os.close(ours)
            self.assertIn(reply + b"\r\n" + said, seen)
            self.assertEqual(seen.count(b"\x1b[K"), seen[:seen.index(reply)].count(b"\x1b[K"), "nothing is wiped after it")

    def test_a_job_is_not_asked(self):
        self.assertEqual(self.call("DELETE", QID).status, 0)
        self.assertEqual(self.call("PATCH", QID, "--body", "-", stdin=b"{}").out, b'{"done": "PATCH"}')

    def test_secrets_stand_nowhere(self):
        self.server.routes["/x/"] = lambda h: (400, {"code": "bad", "detail": f"you sent {TOKEN}, {PASSWORD}"})
        texts = b""
        for arguments in (["GET", "/orders/", "-v"], ["GET", "/orders/", "--log-format", "json"], ["POST", "/orders/", "--dry-run"]):
            done = self.call(*arguments)
            texts += done.out + done.err
        texts += self.call("GET", "/x/", "-v").err  # the reply itself is printed as it came
        for path in self.here.files():
            texts += path.read_bytes()
        for secret in (TOKEN, PASSWORD):
            for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), urllib.parse.quote(secret, safe="").encode()):
                self.assertNotIn(form, texts)


if __name__ == "__main__":
    main()
