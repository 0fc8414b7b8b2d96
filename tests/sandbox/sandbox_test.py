#!/usr/bin/env python3
"""Drives `qonduit sandbox` as a process over loopback: sandbox_test.py [build/qonduit].

What only sockets show is tested here: listening, resets, hangs, drips, cut bodies, connections, signals. What the sandbox
answers is tested without them in tests/unit/sandbox.
"""
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

QONDUIT = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "build/qonduit"
TOKEN = "canary-5f2a9c"
HEADERS = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}


def products(*skus):
    body = {"account_id": "1", "products": [{"sku": s, "name": "N", "brand": "B"} for s in skus]}
    return json.dumps(body).encode()


class Sandbox:
    """A running sandbox; ended and waited for at the end of `with`, which fails where it did not end cleanly."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([QONDUIT, "sandbox", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http://127.0.0.1:"):
            raise AssertionError((line, self.process.communicate()[1]))
        self.address = line[len("listening on "):].strip()
        self.port = int(self.address.split(":")[2].split("/")[0])

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        errors = self.end()
        if kind is None and (self.process.returncode != 0 or errors):
            raise AssertionError("exit status %s, standard error: %s" % (self.process.returncode, errors))

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.communicate(timeout=10)[1]

    def connect(self, timeout=10):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, body=None, connection=None, headers=HEADERS):
        c = connection or self.connect()
        try:
            c.request(method, path, body, headers)
            reply = c.getresponse()
            return reply, reply.read()
        finally:
            if not connection:
                c.close()

    def post(self, body, connection=None):
        return self.ask("POST", "/api/v1/products/import", body, connection)

    def page(self, name):
        return json.loads(self.ask("GET", "/sandbox/" + name)[1], parse_float=str)

    def journal(self):
        return self.page("journal")


class SandboxTest(unittest.TestCase):
    def test_a_delivery_goes_through(self):
        with Sandbox("--job-ms", "50", "--fail-sku", "B") as s:
            self.assertTrue(s.address.endswith("/api/v1"))
            reply, content = s.post(products("A", "B"))
            self.assertEqual((reply.status, reply.getheader("Content-Type")), (202, "application/json"))
            job = json.loads(content)["job_id"]
            self.assertIsInstance(job, str)
            time.sleep(0.06)
            reply, content = s.ask("GET", "/api/v1/products/import_status?account_id=1&job_id=" + job)
            status = json.loads(content)
            self.assertEqual((status["status"], status["successes"], status["failures"]), ("completed", 1, 1))
            self.assertEqual(list(s.page("products?account_id=1")), ["A"])

    def test_the_window_moves(self):
        with Sandbox("--window-ms", "300", "--import-limit", "2") as s:
            statuses = [s.post(products("A"))[0].status for _ in range(3)]
            self.assertEqual(statuses, [202, 202, 429])
            reply, content = s.post(products("A"))
            self.assertEqual(reply.getheader("Retry-After"), "1")
            self.assertEqual(json.loads(content)["error"]["message"], "Rate limit exceeded. Try again in 1 seconds.")
            time.sleep(0.31)
            self.assertEqual(s.post(products("A"))[0].status, 202)

    def test_an_address_is_the_clients_own(self):
        with Sandbox("--import-limit", "1") as s:
            for source, account in (("127.0.0.1", "1"), ("127.0.0.2", "2")):
                c = http.client.HTTPConnection("127.0.0.1", s.port, source_address=(source, 0))
                body = products("A").replace(b'"account_id": "1"', b'"account_id": "%s"' % account.encode())
                self.assertEqual(s.post(body, c)[0].status, 202)
                c.close()
            self.assertEqual([e["address"] for e in s.journal()], ["127.0.0.1", "127.0.0.2"])

    def test_only_loopback_is_listened_on(self):
        with Sandbox() as s:
            with open("/proc/net/tcp") as f, open("/proc/net/tcp6") as f6:
                listening = [line.split()[1] for line in f.readlines() + f6.readlines() if line.split()[3] == "0A"]
            self.assertEqual([a for a in listening if a.endswith(":%04X" % s.port)], ["0100007F:%04X" % s.port])

    def test_a_port_that_is_taken_is_said(self):
        with Sandbox() as s:
            other = subprocess.run([QONDUIT, "sandbox", "--port", str(s.port)], capture_output=True, timeout=10)
            self.assertEqual((other.returncode, other.stdout), (2, b""))
            self.assertIn(b"Address already in use", other.stderr)

    def test_wrong_usage_ends_with_2(self):
        for wrong in (["--fault", "imports:500"], ["--fault", "import:nonsense"], ["--port", "65536"],
                      ["--window-ms", "0"], ["--job-ms", "18446744073709551615"]):
            done = subprocess.run([QONDUIT, "sandbox", *wrong], capture_output=True, timeout=10)
            self.assertEqual((done.returncode, done.stdout), (2, b""), wrong)
            self.assertIn(b"expected", done.stderr)

    def test_signals_end_it_cleanly_even_while_a_request_hangs(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            s = Sandbox("--fault", "import:hang", "--fault", "status:slow")
            hanging = threading.Thread(target=lambda: self.assertRaises(Exception, s.post, products("A")))
            dripping = threading.Thread(target=lambda: self.assertRaises(
                Exception, s.ask, "GET", "/products/import_status?account_id=1&job_id=1"))
            hanging.start()
            dripping.start()
            idle = s.connect()
            idle.connect()
            time.sleep(0.2)
            began = time.monotonic()
            self.assertEqual(s.end(how), b"")
            self.assertEqual(s.process.returncode, 0)
            self.assertLess(time.monotonic() - began, 5)
            hanging.join()
            dripping.join()
            idle.close()

    def reset_on_a_kept_connection(self, fault):
        """The bytes that came before the reset, and the journal."""
        with Sandbox("--fault", "2@import:" + fault) as s:
            c = s.connect()
            self.assertEqual(s.post(products("A"), c)[0].status, 202)
            first = c.sock.getsockname()
            c.sock.sendall(b"POST /products/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: %d\r\n\r\n"
                           % len(products("B")) + products("B"))
            self.assertEqual(c.sock.getsockname(), first)
            with self.assertRaises(ConnectionResetError):
                if c.sock.recv(1000) == b"":
                    self.fail("closed in an orderly way")
            c.close()
            stands = s.page("products?account_id=1")
            journal = s.journal()
            self.assertEqual([e["connection"] for e in journal], [1, 1])
            self.assertEqual([e["status"] for e in journal], [202, None])
            self.assertEqual(journal[1]["sha256"], hashlib.sha256(products("B")).hexdigest())
            return stands

    def test_a_reset_is_a_reset(self):
        self.assertEqual(list(self.reset_on_a_kept_connection("reset")), ["A"])
        self.assertEqual(list(self.reset_on_a_kept_connection("reset-after")), ["A", "B"])

    def test_a_hang_lasts_until_the_client_goes_and_holds_up_nobody(self):
        with Sandbox("--fault", "1@import:hang", "--fault", "2@import:hang-after") as s:
            for sku in ("A", "B"):
                c = s.connect(timeout=0.3)
                with self.assertRaises(TimeoutError):
                    s.post(products(sku), c)
                c.close()
            self.assertEqual(s.post(products("C"))[0].status, 202)
            self.assertEqual(list(s.page("products?account_id=1")), ["B", "C"])

    def test_a_slow_reply_drips(self):
        with Sandbox("--fault", "import:slow") as s:
            c = s.connect()
            c.request("POST", "/products/import", products("A"), HEADERS)
            reply = c.getresponse()
            began = time.monotonic()
            self.assertEqual(reply.read(2), b'{"')
            self.assertGreater(time.monotonic() - began, 0.9)
            c.close()

    def test_a_big_reply_is_big_and_chunked(self):
        with Sandbox("--fault", "import:big") as s:
            reply, content = s.post(products("A"))
            self.assertEqual((reply.getheader("Transfer-Encoding"), reply.getheader("Content-Length")), ("chunked", None))
            self.assertEqual(len(content), 64 << 20)

    def test_a_cut_reply_ends_before_its_length(self):
        with Sandbox("--fault", "import:cut") as s:
            with self.assertRaises(http.client.IncompleteRead) as cut:
                s.post(products("A"))
            self.assertTrue(0 < len(cut.exception.partial) < 26)

    def test_replies_that_are_no_answer(self):
        faults = ["1@import:html", "2@import:empty", "3@import:garbage", "4@import:truncate", "5@import:502"]
        with Sandbox(*[a for f in faults for a in ("--fault", f)]) as s:
            replies = [s.post(products("A")) for _ in faults]
            self.assertEqual([r.status for r, _ in replies], [200, 200, 200, 202, 502])
            self.assertEqual([r.getheader("Content-Type") for r, _ in replies],
                             ["text/html", "application/json", "application/json", "application/json", "text/html"])
            self.assertEqual(replies[1][1], b"")
            for _, content in replies:
                self.assertRaises(ValueError, json.loads, content)

    def test_a_redirect_and_a_retry_after_stand_in_headers(self):
        with Sandbox("--fault", "1@import:redirect=http://127.0.0.1:1/x", "--fault", "2@import:429=7") as s:
            reply = s.post(products("A"))[0]
            self.assertEqual((reply.status, reply.getheader("Location")), (307, "http://127.0.0.1:1/x"))
            reply = s.post(products("A"))[0]
            self.assertEqual((reply.status, reply.getheader("Retry-After")), (429, "7"))

    def test_the_log_is_there_before_the_reply_and_has_no_token(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "journal")
            with Sandbox("--log", path) as s:
                for n in range(1, 4):
                    s.post(products("A"))
                    with open(path) as f:
                        self.assertEqual([json.loads(line)["n"] for line in f], list(range(1, n + 1)))
                with open(path) as f:
                    text = f.read()
                self.assertEqual(s.journal(), [json.loads(line) for line in text.splitlines()])
            self.assertNotIn(TOKEN, text)
            self.assertIn(hashlib.sha256(TOKEN.encode()).hexdigest(), text)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_request_that_the_client_did_not_finish_is_in_the_journal(self):
        with Sandbox() as s:
            with socket.create_connection(("127.0.0.1", s.port)) as c:
                c.sendall(b"POST /products/import HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"half")
                time.sleep(0.1)
            time.sleep(0.2)
            entry, = s.journal()
            self.assertEqual((entry["whole"], entry["status"], entry["bytes"]), (False, None, 6))

    def test_a_body_too_large_is_refused(self):
        with Sandbox() as s:
            reply, content = s.post(b" " * ((32 << 20) + 1))
            self.assertEqual((reply.status, json.loads(content)["error"]["status"]), (413, 413))
            self.assertEqual(s.post(products("A"))[0].status, 202)

    def test_a_chunked_body_and_expect_are_understood(self):
        with Sandbox() as s:
            body = products("A")
            reply, _ = s.ask("POST", "/products/import", iter([body[:10], body[10:]]))
            self.assertEqual(reply.status, 202)
            with socket.create_connection(("127.0.0.1", s.port)) as c:
                c.sendall(b"POST /products/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n"
                          b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
                self.assertTrue(c.recv(1000).startswith(b"HTTP/1.1 100"))
                c.sendall(body)
                self.assertTrue(c.recv(1000).startswith(b"HTTP/1.1 202"))

    def test_nothing_sent_to_it_brings_it_down(self):
        rubbish = [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /products/import HTTP/1.1\r\n\r\n",
                   b"POST /products/import HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                   b"POST /products/import HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                   b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n",
                   b"GET /products/import_status?%zz&=&&a%2 HTTP/1.1\r\nHost: x\r\n\r\n",
                   b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b""]
        with Sandbox("--request-limit", "0") as s:
            for bytes_sent in rubbish:
                with socket.create_connection(("127.0.0.1", s.port)) as c:
                    try:
                        c.sendall(bytes_sent)
                        c.shutdown(socket.SHUT_WR)
                        c.settimeout(2)
                        c.recv(100000)
                    except OSError:
                        pass
            deep = b'{"account_id":"1","products":' + b"[" * 100000
            self.assertEqual(s.post(deep)[0].status, 400)
            self.assertEqual(s.post(products("A"))[0].status, 202)
            json.dumps(s.journal())

    def test_many_at_once_are_each_answered(self):
        with Sandbox("--import-limit", "0", "--request-limit", "0") as s:
            def work(worker):
                c = s.connect()
                for i in range(25):
                    results.append(s.post(products("S%d-%d" % (worker, i)), c)[0].status)
                c.close()
            results = []
            workers = [threading.Thread(target=work, args=(w,)) for w in range(8)]
            for w in workers:
                w.start()
            for w in workers:
                w.join()
            self.assertEqual(results, [202] * 200)
            self.assertEqual(len(s.page("products?account_id=1")), 200)
            self.assertEqual([e["n"] for e in s.journal()], list(range(1, 201)))


if __name__ == "__main__":
    unittest.main()
