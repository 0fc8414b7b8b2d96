#!/usr/bin/env python3
"""`push` over networks and proxies that misbehave: what leaves, how often, how long it takes and how much memory. network_test.py PROGRAM"""
import gzip
import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from e2e_tools import SANITIZED, TOKEN, Case, Listener, Rogue, ended, main, reply, taken  # noqa: E402
from lines_test import PRICES  # noqa: E402
from tls_test import Authority, Secure  # noqa: E402

PASSWORD = "proxy-password-77"


def memory(mebibytes):
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (mebibytes << 20, mebibytes << 20))


class Network(Case):
    """Of both ways to deliver: a batch with a job, and records one by one."""

    def batches(self, *replies, rows=2, url="http://127.0.0.1:{}", server=None, **settings):
        self.server = server or self.opened(Rogue(*replies))
        self.here = self.place(**{"retries": 0, "timeout_ms": 5000, **settings})
        self.here.environment.update(QUOTIZA_BASE_URL=url.format(self.server.port), QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
        self.arguments = (self.here.mapping(), self.here.catalog(rows))
        return self.run_it("quotiza.products")

    def lines(self, *replies, rows=2, **settings):
        self.server = self.opened(Rogue(*replies))
        self.here = self.place()
        self.here.write("qonduit.json", {"marketplace": {"retries": 0, "timeout_ms": 5000, "backoff_ms": 5, "backoff_max_ms": 20, "concurrency": 1,
                                                         **settings}})
        self.here.environment.update(MARKETPLACE_BASE_URL=f"http://127.0.0.1:{self.server.port}", MARKETPLACE_API_TOKEN=TOKEN)
        self.here.write("contracts/shop.prices.json", PRICES)
        self.here.mapping("shop.prices", {"sku": "sku", "price": "price"})
        self.arguments = ("mapping.json", self.here.catalog(rows), "--contracts", "contracts")
        return self.run_it("shop.prices")

    mebibytes = 96

    def run_it(self, target):
        began = time.monotonic()
        done = self.here.push(*self.arguments, preexec_fn=None if SANITIZED else memory(self.mebibytes))
        self.took = time.monotonic() - began
        self.assertIn(done.status, (0, 1, 5, 6), done.text)
        self.adds_up(done.summary)
        self.assertNotIn(TOKEN.encode(), done.err + done.out)
        self.accepted = done.summary["outputs"][target]["accepted"]
        return done

    def both(self, *replies, status=5, **more):
        """Neither way takes it for a success."""
        for way in (self.batches, self.lines):
            with self.subTest(way.__name__):
                done = way(*replies, rows=1, **more)
                self.assertEqual((done.status, self.accepted), (status, 0), done.text)
                self.assertLess(self.took, 5)
                yield done


class Headers(Network):
    def test_one_header_of_a_mebibyte(self):
        for done in self.both(reply({"job_id": "7"}, "202 Accepted", ["X-Long: " + "y" * (1 << 20)])):
            self.assertIn("headers", done.text)

    def test_very_many_headers(self):
        for done in self.both(reply({"job_id": "7"}, "202 Accepted", [f"X-{n}: {'y' * 30}" for n in range(10000)])):
            self.assertIn("headers of the reply are larger", done.text)

    def test_a_hundred_interim_replies(self):
        interim = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 7200\r\n\r\n" * 100
        self.assertEqual(self.batches(interim + taken(), ended()).status, 0)
        self.assertEqual(self.lines(interim + reply({"id": 1}, "201 Created")).status, 0)

    def test_interim_replies_without_end(self):
        def drip(s):
            for _ in range(200000):
                s.sendall(b"HTTP/1.1 102 Processing\r\nX-Y: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\r\n\r\n")
        for _ in self.both(drip):
            self.assertEqual(len(self.server.requests), 1)

    def test_headers_that_drip(self):
        def drip(s):
            for c in b"HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n":
                s.sendall(bytes([c]))
                time.sleep(0.05)
        for _ in self.both(drip, timeout_ms=400):
            self.assertLess(self.took, 3)


class Names(Network):
    def test_a_name_that_is_none(self):
        """On a machine without any network, so that nobody is asked."""
        if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
            self.skipTest("needs a network namespace of its own")
        here = self.place(retries=0)
        here.environment.update(QUOTIZA_BASE_URL="https://shop.invalid/api/v1", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
        done = here.push(here.mapping(), here.catalog(2), before=["unshare", "-n"])
        self.assertEqual(done.status, 5, done.text)
        self.assertIn("resolve host: shop.invalid", done.text)
        self.adds_up(done.summary)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["accepted"], 0)

    def test_a_name_whose_first_address_is_dead(self):
        """localhost is ::1 too, where nobody listens."""
        self.assertEqual(self.batches(taken(), ended(), url="http://localhost:{}").status, 0)
        self.assertEqual(len(self.server.requests), 2)


class Bodies(Network):
    def test_a_compressed_bomb(self):
        bomb = gzip.compress(b" " * (64 << 20), 9)
        for done in self.both(reply(bomb, "200 OK", ["Content-Encoding: gzip"])):
            self.assertIn("larger than 8 MiB", done.text)

    def test_compression_that_is_broken_or_cut(self):
        whole = gzip.compress(json.dumps({"job_id": "7", "words": [hex(n * n * 7919) for n in range(2000)]}).encode())
        for body in (b"\x1f\x8bnonsense", whole[:-3000], whole[:2000] + b"\0" * 2000 + whole[4000:], whole[:-8] + b"\0" * 8):
            for _ in self.both(reply(body, "200 OK", ["Content-Encoding: gzip"])):
                pass

    def test_lengths_that_lie(self):
        short = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"job_id\":\"7\"}"
        chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n{\"job_id\":\"7\"}"
        for lie in (short, chunk):
            for _ in self.both(lambda s, lie=lie: s.sendall(lie)):
                pass

    def test_a_body_that_never_ends_is_cut_off(self):
        def endless(s):
            s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
            for _ in range(4000):
                s.sendall(piece)
        for done in self.both(endless):
            self.assertIn("larger than 8 MiB", done.text)

    def test_what_stands_behind_a_reply_is_no_answer_to_the_next_request(self):
        smuggled = reply({"id": 1}, "201 Created")
        done = self.lines(reply({"id": 1}, "201 Created") + smuggled, reply({"detail": "No."}, "400 Bad Request"), reply({"id": 3}, "201 Created"), rows=3)
        self.assertEqual((done.status, self.accepted, len(self.server.requests)), (1, 2, 3), done.text)
        done = self.batches(taken("1") + taken("9"), taken("2"), ended(1000, job_id="1"), ended(500, job_id="2"), rows=1500)
        self.assertEqual((done.status, self.accepted), (0, 1500), done.text)
        self.assertEqual(sum(head.startswith(b"POST") for head, _ in self.server.requests), 2)

    def test_a_connection_that_is_closed_while_idle_costs_nothing(self):
        """The server says that it keeps the connection, and does not."""
        done = self.batches(lambda s: (s.sendall(taken("1")), s.close()), lambda s: (s.sendall(ended(2, job_id="1", status="processing")), s.close()),
                            ended(2, job_id="1"))
        self.assertEqual((done.status, self.accepted, len(self.server.requests)), (0, 2, 3), done.text)
        done = self.lines(lambda s: (s.sendall(reply({"id": 1}, "201 Created")), s.close()), rows=20, retries=3)
        self.assertEqual((done.status, self.accepted), (0, 20), done.text)
        bodies = [json.loads(body)["sku"] for _, body in self.server.requests]
        self.assertEqual(len(bodies), 20, "none was read twice")


class Jobs(Network):
    def test_a_hundred_thousand_errors_of_one_job(self):
        errors = [{"sku": f"K{n % 1000 + 1:06}", "message": f"no {n}"} for n in range(100000)]
        self.mebibytes = 256
        done = self.batches(taken(), ended(1000, successes=0, failures=1000, errors=errors), rows=1000)
        self.assertEqual(done.status, 1, done.text)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["refused"], 1000)
        self.assertLess(self.took, 30 if SANITIZED else 5)
        self.assertLess(len(done.err), 20000)

    def test_a_job_that_is_gone_when_the_run_is_gone_on_with_is_sent_once_more(self):
        gone = reply({"error": {"code": "job_not_found", "message": "Job not found"}}, "404 Not Found")
        done = self.batches(taken("1"), reply({"job_id": "1", "status": "processing"}), job_timeout_ms=1)
        self.assertEqual(done.status, 5, done.text)
        self.assertIn("job_timeout_ms", done.text)
        before = len(self.server.requests)
        self.server.replies[before:] = [gone, taken("2"), ended(2, job_id="2")]
        self.server.replies[:before] = [b""] * before
        again = self.here.resume(done.summary["run"])
        self.assertEqual(again.status, 0, again.text)
        self.assertEqual(again.summary["in_doubt"], 1)
        asked = [head.split(b" ")[0] for head, _ in self.server.requests[before:]]
        self.assertEqual(asked, [b"GET", b"POST", b"GET"], "the job is asked for before anything is sent")


class Proxy(Listener):
    """A proxy that connects, or answers as told; it keeps what it was asked."""

    def __init__(self, answer=None):
        self.answer, self.asked = answer, []
        super().__init__()

    def talk(self, s):
        data = b""
        while b"\r\n\r\n" not in data:
            more = s.recv(65536)
            if not more:
                return
            data += more
        self.asked.append(data)
        if self.answer:
            s.sendall(self.answer)
            s.close()
            return
        host, port = data.split(b" ")[1].decode().rsplit(":", 1)
        other = socket.create_connection((host, int(port)))
        s.sendall(b"HTTP/1.1 200 Connection established\r\nRetry-After: 7200\r\n\r\n")
        threading.Thread(target=self.pump, args=(other, s), daemon=True).start()
        self.pump(s, other)

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Proxies(Network):
    def through(self, answer=None, address="http://user:{password}@127.0.0.1:{port}", name="HTTPS_PROXY", **variables):
        authority = self.opened(Authority())
        self.proxy = self.opened(Proxy(answer))
        self.server = self.opened(Secure(*authority.certificate("good"), taken(), ended()))
        self.here = self.place(retries=1, timeout_ms=5000, ca_file=str(authority.folder / "ca.pem"))
        self.here.environment.update(QUOTIZA_BASE_URL=f"https://127.0.0.1:{self.server.port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1",
                                     **{name: address.format(password=PASSWORD, port=self.proxy.port)}, **variables)
        self.arguments = (self.here.mapping(), self.here.catalog(2), "--verbose")
        done = self.run_it("quotiza.products")
        self.assertNotIn(PASSWORD.encode(), done.err + done.out)
        for path in self.here.files():
            self.assertNotIn(PASSWORD.encode(), path.read_bytes(), path)
        self.assertNotIn(TOKEN.encode(), b"".join(self.proxy.asked), "the proxy has seen the token")
        return done

    def test_https_goes_through_the_proxy_which_sees_nothing_of_it(self):
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            with self.subTest(name):
                done = self.through(name=name)
                self.assertEqual(done.status, 0, done.text)
                self.assertEqual(len(self.proxy.asked), 2)
                self.assertTrue(all(re.match(rb"CONNECT 127\.0\.0\.1:\d+ HTTP/1\.[01]\r\n", asked) for asked in self.proxy.asked))
                self.assertEqual([head.split(b" ")[0] for head, _ in self.server.requests], [b"POST", b"GET"])
                self.assertNotIn(b"Proxy-Authorization", b"".join(head for head, _ in self.server.requests))

    def test_no_proxy_is_heeded(self):
        done = self.through(NO_PROXY="127.0.0.1")
        self.assertEqual((done.status, self.proxy.asked), (0, []), done.text)
        self.assertEqual(len(self.server.requests), 2)

    def test_a_proxy_that_refuses_puts_nothing_in_doubt(self):
        for answer in ("407 Proxy Authentication Required", "502 Bad Gateway", "403 Forbidden"):
            with self.subTest(answer):
                done = self.through(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                self.assertEqual((done.status, done.summary["in_doubt"], self.server.requests), (5, 0, []), done.text)
                self.assertIn(answer[:3], done.text)

    def test_the_address_of_a_proxy_that_is_wrong_tells_no_password(self):
        for address in ("nonsense://user:{password}@127.0.0.1:{port}", "http://user:{password}@127.0.0.1:port", "http://user:{password}@[::1:{port}",
                        "http://user:{password}@127.0.0.1:9", "user:{password}@127.0.0.1:9"):
            with self.subTest(address):
                done = self.through(address=address)
                self.assertEqual((done.status, done.summary["in_doubt"], self.server.requests), (5, 0, []), done.text)


if __name__ == "__main__":
    main()
