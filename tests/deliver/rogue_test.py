#!/usr/bin/env python3
"""`push` against a server that answers byte for byte what a test says: replies that the sandbox does not give. rogue_test.py PROGRAM"""
import gzip
import re
import resource
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import SANITIZED, TOKEN, Case, Rogue, ended, main, reply, taken  # noqa: E402


class Replies(Case):
    def push(self, *replies, rows=2, environment=None, settings=None, **more):
        self.server = self.opened(Rogue(*replies))
        self.here = self.place(**{"retries": 1, "timeout_ms": 5000, **(settings or {})})
        self.here.environment.update(QUOTIZA_BASE_URL=f"http://127.0.0.1:{self.server.port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1",
                                     **(environment or {}))
        done = self.here.push(self.here.mapping(), self.here.catalog(rows), **more)
        self.assertIn(done.status, (0, 1, 5, 6, 128 + 15), done.text)
        self.adds_up(done.summary)
        self.assertNotIn(b"\x1b", done.err)
        self.assertNotIn(TOKEN.encode(), done.err + done.out)
        return done

    def unknown(self, *replies, **more):
        """Not understood: sent twice, then stopped, and nothing is taken for accepted."""
        done = self.push(*replies, **more)
        self.assertEqual(done.status, 5, done.text)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["accepted"], 0)
        return done

    def test_a_proper_reply_is_understood(self):
        self.assertEqual(self.push(taken(), ended()).status, 0)

    def test_a_reply_in_chunks_with_interim_replies(self):
        chunked = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"job\r\n8\r\n_id\":\"7\"\r\n1\r\n}\r\n0\r\n\r\n"
        self.assertEqual(self.push(b"HTTP/1.1 102 Processing\r\n\r\n" * 20 + chunked, ended()).status, 0)

    def test_a_compressed_reply(self):
        self.assertEqual(self.push(reply(gzip.compress(b'{"job_id":"7"}'), "202 Accepted", ["Content-Encoding: gzip"]), ended()).status, 0)

    def test_a_compressed_bomb_is_cut_off(self):
        bomb = gzip.compress(b" " * (256 << 20), 9)

        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (96 << 20, 96 << 20))
        done = self.unknown(reply(bomb, "202 Accepted", ["Content-Encoding: gzip"]), preexec_fn=None if SANITIZED else limit)
        self.assertIn("8", done.text)

    def test_compression_that_is_broken(self):
        self.unknown(reply(b"\x1f\x8bnonsense", "202 Accepted", ["Content-Encoding: gzip"]))
        self.unknown(reply(b"nonsense", "202 Accepted", ["Content-Encoding: br"]))

    def test_replies_cut_anywhere(self):
        whole = taken()
        for end in range(0, len(whole), 9):
            with self.subTest(end):
                self.unknown(lambda s: s.sendall(whole[:end]))

    def test_headers_without_end(self):
        def drip(s):
            s.sendall(b"HTTP/1.1 202 Accepted\r\n")
            for n in range(200000):
                s.sendall(b"X-%d: %s\r\n" % (n, b"y" * 100))
        began = time.monotonic()
        self.unknown(drip)
        self.assertLess(time.monotonic() - began, 10)

    def test_a_reply_that_is_no_http(self):
        for nonsense in (b"SSH-2.0-OpenSSH\r\n", b"\x16\x03\x01\x02\x00", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 202\r\nContent-Length: -5\r\n\r\n{}", b"\r\n" * 50):
            with self.subTest(nonsense):
                self.unknown(lambda s: s.sendall(nonsense))

    def test_job_ids_that_are_none(self):
        for body in ("{}", '{"job_id":null}', '{"job_id":""}', '{"job_id":{}}', '{"job_id":[1]}', '{"job_id":true}', '["7"]', '"7"', "7", "null",
                     '{"job_id":"7"', '{"job_id":"7"}}', "\ufeff", '{"job_id":"\ud800"}'.encode("utf-8", "surrogatepass"), b'{"job_id":"\xff\xfe"}',
                     "[" * 100000, '{"a":' * 100000):
            with self.subTest(body[:20]):
                self.unknown(reply(body, "202 Accepted"))

    def test_job_ids_cannot_lead_a_poll_astray(self):
        for job in ("../../orders", "7&account_id=2", "7#x", "7?x", "a b", "%2e%2e", "é", "7\r\nX-Evil: 1", "x" * 5000, "7\x00", "\x1b[31m"):
            with self.subTest(job[:20]):
                done = self.push(taken(job), ended(job_id=job))
                for head in (head for head, _ in self.server.requests if head.startswith(b"GET")):
                    line = head.split(b"\r\n")[0].decode()
                    self.assertRegex(line, r"^GET /products/import_status\?account_id=1&job_id=[A-Za-z0-9._~%-]+ HTTP/1\.1$")
                    self.assertNotIn(b"\nX-Evil", head)
                self.assertLess(max(map(len, done.text.splitlines()), default=0), 3000)

    def test_statuses_that_lie(self):
        lies = {"another job's": ended(job_id="8"), "no state": reply({"job_id": "7", "successes": 2}), "a list": reply([]), "null state": ended(status=None), "empty": reply("")}
        for what, lie in lies.items():
            with self.subTest(what):
                self.unknown(taken(), lie)

    def test_a_state_that_is_not_known_is_warned_of_once(self):
        running = ended(status="queued")
        done = self.push(taken(), running, running, running, running, ended())
        self.assertEqual(done.status, 0)
        self.assertEqual(done.text.count('"queued"'), 1)

    def test_numbers_that_lie_lose_no_record(self):
        for more in ({"successes": 1, "failures": 0}, {"successes": 0, "failures": 0}, {"successes": 2, "failures": 2}, {"failures": 10 ** 30},
                     {"failures": -1}, {"successes": "two"}, {"total": 3}, {"errors": "none"}, {"errors": [None, 1, "text", [], {}]},
                     {"errors": [{"sku": "K000001", "message": "a"}] * 5}, {"failures": 1, "errors": [{"sku": "nobody", "message": "x"}]},
                     {"errors": [{"line": 10 ** 30, "message": "x"}]}, {"errors": [{"line": 0, "message": "x"}]},
                     {"failures": 2, "successes": 0, "errors": [{"sku": "K000001", "message": {"a": 1}}]}):
            with self.subTest(str(more)[:60]):
                done = self.push(taken(), ended(**more))
                self.assertIn(done.status, (0, 1), done.text)
                o = done.summary["outputs"]["quotiza.products"]
                self.assertEqual(o["accepted"] + o["refused"], 2)
                self.assertEqual(len(self.here.show(done.summary["run"])["refused"]), o["refused"])
                if done.status == 0:
                    self.assertIn("warning", done.text, f"{more} was believed without a word")

    def test_very_many_errors(self):
        errors = [{"sku": f"K{n % 1000 + 1:06}", "line": n, "message": f"reason {n} " + "x" * 20} for n in range(60000)]
        began = time.monotonic()
        done = self.push(taken(), ended(1000, successes=0, failures=1000, errors=errors), rows=1000)
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(done.status, 1)
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["refused"], 1000)
        self.assertLess(len(done.err), 20000)

    def test_a_kept_connection_that_dies_sends_a_body_once(self):
        def die(s):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        for how in (None, die):
            with self.subTest(how=how):
                done = self.push(taken("1"), how, taken("2"), ended(1000, job_id="1"), ended(500, job_id="2"), rows=1500)
                bodies = [body for head, body in self.server.requests if head.startswith(b"POST")]
                self.assertEqual(len(bodies), 3, self.server.paths())
                self.assertEqual(done.summary["in_doubt"], 1)
                self.assertEqual(done.summary["http"]["requests"], len(self.server.requests))

    def test_errors_tell_the_start_of_what_came(self):
        done = self.unknown(reply("<html><body>Bad gateway \x1b[2J</body></html>", "202 Accepted"))
        self.assertIn("Bad gateway", done.text)

    def test_proxies_of_the_environment_do_not_learn_the_token(self):
        proxy = self.opened(Rogue(reply({"error": "no"}, "403 Forbidden")))
        self.push(taken(), ended(), environment={"http_proxy": f"http://user:proxy-password-77@127.0.0.1:{proxy.port}",
                                                 "ALL_PROXY": f"http://user:proxy-password-77@127.0.0.1:{proxy.port}"})
        self.assertNotIn(TOKEN.encode(), b"".join(head for head, _ in proxy.requests))

    def test_a_date_of_the_server_is_what_a_retry_date_is_counted_from(self):
        busy = reply("", "429 Too Many Requests", ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sunday, 06-Nov-94 08:49:38 GMT"])
        began = time.monotonic()
        self.assertEqual(self.push(busy, taken(), ended()).status, 0)
        self.assertTrue(0.9 < time.monotonic() - began < 3)

    def test_two_servers_words_in_one_header(self):
        for value in ("1, 1", "1.5", "0x1", "+1", " 1 ", "1e9", "-1", "", "Sun, 31 Feb 2100 00:00:00 GMT", "9" * 400):
            with self.subTest(value[:20]):
                began = time.monotonic()
                done = self.push(reply("", "429 Too Many Requests", [f"Retry-After: {value}"]), taken(), ended())
                self.assertIn(done.status, (0, 5), done.text)
                self.assertLess(time.monotonic() - began, 3)

    def test_the_version_is_told_and_nothing_else(self):
        self.push(taken(), ended())
        head = self.server.requests[0][0].decode()
        self.assertRegex(head, r"\r\nUser-Agent: qonduit/\d+\.\d+\.\d+\r\n")
        names = {line.split(":")[0].lower() for line in head.split("\r\n")[1:]}
        self.assertEqual(names, {"host", "user-agent", "accept", "accept-encoding", "authorization", "content-type", "content-length"})


if __name__ == "__main__":
    main()
