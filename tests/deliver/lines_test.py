#!/usr/bin/env python3
"""`push` to targets that take one record a request: many at once over kept connections, replies judged by status, body and field, killed and
gone on with. lines_test.py PROGRAM"""
import collections
import http.server
import json
import re
import signal
import socketserver
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import SANITIZED, TOKEN, Case, Rogue, main, reply  # noqa: E402

GROUP = 1024  # lines that a crash may repeat
ROWS = 3 * GROUP
WIRE = {"system": "marketplace", "method": "POST", "success": [200, 201], "idempotent": True, "error": {"code": "code", "fields": True}}
PRICES = {"qonduit_contract": 1, "target": "shop.prices", "title": "T", "key": "sku",
          "fields": {"sku": {"type": "string", "required": True}, "price": {"type": "number", "places": 2, "style": "string"},
                     "currency": {"type": "string"}},
          "file": {"style": "lines", "extension": "ndjson"}, "wire": {**WIRE, "path": "/prices/"}}
STOCKS = {**PRICES, "target": "shop.stocks", "fields": {"sku": {"type": "string", "required": True}, "stock": {"type": "integer"}},
          "wire": {**WIRE, "path": "/stocks/"}}
EVENTS = {**PRICES, "target": "shop.events", "wire": {**WIRE, "path": "/events/", "idempotent": False}}
WORDS = {**PRICES, "target": "shop.words", "wire": {**WIRE, "path": "/words/", "success": [200], "ok": {"path": "status", "values": ["OK"]},
                                                    "error": {"code": "data.error_code", "message": "data.error_message"}}}
MAPPING = {"qonduit": 1, "source": {"columns": {"sku": {"header": "SKU", "required": True}, "price": {"header": "Price", "type": "decimal"},
                                                "stock": {"header": "Stock", "type": "integer"}}},
           "outputs": {"shop.prices": {"fields": {"sku": "sku", "price": "price"}}}}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Keeps what it took, by path and key. `answer(path, record, times)` says (status, body) or None for 201 {"id": …}; times: how often the
    record came before. What it raises breaks the connection."""
    daemon_threads = True
    request_queue_size = 300

    def __init__(self, answer=None, delay=0.0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.delay = answer, delay
        self.lock = threading.Lock()
        self.taken = collections.defaultdict(dict)
        self.came = collections.Counter()
        self.order, self.headers, self.connections, self.now, self.most = [], [], 0, 0, 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def log_message(self, *_):
        pass

    def do_POST(self):
        s = self.server
        record = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with s.lock:
            s.now += 1
            s.most = max(s.most, s.now)
            times = s.came[self.path, record["sku"]]
            s.came[self.path, record["sku"]] += 1
            s.order.append((self.path, record["sku"]))
            s.headers.append(dict(self.headers))
        try:
            if s.delay:
                time.sleep(s.delay)
            said = s.answer and s.answer(self.path, record, times)
        finally:
            with s.lock:
                s.now -= 1
        status, body = said or (201, {"id": record["sku"]})
        if status < 300:
            with s.lock:
                s.taken[self.path][record["sku"]] = record
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Lines(Case):
    def begin(self, answer=None, delay=0.0, rows=3, **settings):
        self.server = self.opened(Server(answer, delay))
        self.here = self.place()
        quick = {"backoff_ms": 5, "backoff_max_ms": 20, "timeout_ms": 20000, **settings}
        self.here.write("qonduit.json", {"marketplace": quick, "quarticon": quick})
        self.here.environment.update(MARKETPLACE_BASE_URL=f"http://127.0.0.1:{self.server.server_address[1]}", MARKETPLACE_API_TOKEN=TOKEN)
        for contract in (PRICES, STOCKS, EVENTS, WORDS):
            self.here.write(f"contracts/{contract['target']}.json", contract)
        self.mapping()
        self.here.write("in.csv", "SKU,Price,Stock\n" + "".join(f"K{n:05},{n}.5,{n}\n" for n in range(1, rows + 1)))

    def mapping(self, *targets):
        fields = {"sku": "sku", "price": "price"}
        outputs = {t: {"fields": {"sku": "sku", "stock": "stock"} if t == "shop.stocks" else fields} for t in targets or ["shop.prices"]}
        self.here.write("m.json", {**MAPPING, "outputs": outputs})

    def push(self, *more):
        done = self.here.push("m.json", "in.csv", "--contracts", "contracts", *more)
        self.assertNotIn(TOKEN.encode(), done.err + done.out)
        return done

    def resume(self, run):
        return self.here.resume(run, "--contracts", "contracts")

    def output(self, summary, target="shop.prices"):
        o = summary["outputs"][target]
        return tuple(o[k] for k in ("records", "requests", "sent", "accepted", "refused"))


class Sending(Lines):
    def test_every_line_is_a_request_as_it_stands(self):
        self.begin()
        done = self.push()
        self.ended(done, 0)
        self.assertEqual(self.output(done.summary), (3, 3, 3, 3, 0))
        self.assertEqual(done.summary["http"]["requests"], 3)
        self.assertEqual(self.server.taken["/prices/"]["K00002"], {"sku": "K00002", "price": "2.50"})
        self.assertEqual(self.server.headers[0]["Authorization"], "Bearer " + TOKEN)
        self.assertEqual(self.server.headers[0]["Content-Type"], "application/json")

    def test_many_at_once_over_kept_connections(self):
        self.begin(delay=0.002, rows=1000)
        done = self.push()
        self.ended(done, 0)
        self.assertEqual(self.output(done.summary), (1000, 1000, 1000, 1000, 0))
        self.assertEqual(len(self.server.taken["/prices/"]), 1000)
        self.assertLessEqual(self.server.connections, 8)
        self.assertLessEqual(self.server.most, 8)
        self.assertGreater(self.server.most, 4)

    def test_concurrency_is_a_setting(self):
        self.begin(delay=0.001, rows=100, concurrency=1)
        self.ended(self.push(), 0)
        self.assertEqual((self.server.connections, self.server.most), (1, 1))
        self.assertEqual([k for _, k in self.server.order], sorted(k for _, k in self.server.order))

    def test_groups_of_any_size(self):
        for rows in (1, GROUP - 1, GROUP, GROUP + 1, 2 * GROUP):
            self.begin(rows=rows)
            done = self.push()
            self.ended(done, 0)
            self.assertEqual(self.output(done.summary), (rows,) * 4 + (0,))
            self.assertEqual(len(self.server.taken["/prices/"]), rows)

    def test_one_mapping_writes_two_targets_one_after_the_other(self):
        self.begin(rows=300)
        self.mapping("shop.prices", "shop.stocks")
        done = self.push()
        self.ended(done, 0)
        for target in ("shop.prices", "shop.stocks"):
            self.assertEqual(self.output(done.summary, target), (300, 300, 300, 300, 0))
        self.assertEqual([p for p, _ in self.server.order], ["/prices/"] * 300 + ["/stocks/"] * 300)
        self.assertEqual(self.server.taken["/stocks/"]["K00007"], {"sku": "K00007", "stock": 7})

    def test_a_folder_is_pushed_too_and_a_dry_run_sends_nothing(self):
        self.begin(rows=300)
        plan = self.push("--dry-run")
        self.assertEqual(plan.summary["plan"]["shop.prices"], {"records": 300, "requests": 300, "polls": 0, "least_ms": 0})
        self.assertEqual(self.here.run("convert", "m.json", "in.csv", "--contracts", "contracts", "-o", "out").status, 0)
        self.assertEqual(self.server.order, [])
        done = self.here.push("out", "--contracts", "contracts")
        self.ended(done, 0)
        self.assertEqual(self.output(done.summary), (300, 300, 300, 300, 0))
        self.assertEqual(len(self.server.taken["/prices/"]), 300)

    def test_a_folder_that_was_changed_is_refused(self):
        self.begin(rows=300)
        self.assertEqual(self.here.run("convert", "m.json", "in.csv", "--contracts", "contracts", "-o", "out").status, 0)
        path = self.here.folder / "out/shop.prices.ndjson"
        path.write_text(path.read_text().replace("K00299", "K99999"))
        self.assertEqual(self.here.push("out", "--contracts", "contracts").status, 4)
        self.assertEqual(self.server.order, [])

    def test_another_header_for_the_token(self):
        self.begin(auth_header="Authentication: Bearer")
        self.ended(self.push(), 0)
        self.assertEqual(self.server.headers[0]["Authentication"], "Bearer " + TOKEN)
        self.assertNotIn("Authorization", self.server.headers[0])

    def test_memory_does_not_grow_with_the_lines(self):
        if SANITIZED:
            return
        peaks = []
        for rows in (2000, 20000):
            self.begin(rows=rows)
            self.assertEqual(self.here.run("convert", "m.json", "in.csv", "--contracts", "contracts", "-o", "out").status, 0)
            done = self.here.push("out", "--contracts", "contracts", before=("/usr/bin/env", "python3", "-c", MEASURE), timeout=120)
            self.ended(done, 0)
            peaks.append(int(re.search(r"peak (\d+) KiB", done.text).group(1)))
        self.assertLess(peaks[1], 30 * 1024)
        self.assertLess(peaks[1], peaks[0] + 4096)


MEASURE = """import os, resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, "KiB", file=sys.stderr)
sys.exit(status)"""


class Judging(Lines):
    def test_a_refused_record_is_told_by_field_and_the_others_go_on(self):
        def answer(path, record, times):
            if record["sku"] == "K00002":
                return 400, {"price": ["A valid number is required."], "currency": ["Gone.", "Bad."], "code": "invalid", "detail": "No."}
        self.begin(answer, rows=5)
        done = self.push()
        self.ended(done, 1)
        self.assertEqual(self.output(done.summary), (5, 5, 5, 4, 1))
        self.assertIn("refused K00002 (in.csv:3): price: A valid number is required.; currency: Gone. Bad.; detail: No.",
                      self.here.run("push", "m.json", "in.csv", "--contracts", "contracts", "--state", self.here.state).text)
        shown = self.here.show(done.summary["run"])["refused"]
        self.assertEqual(shown, [{"target": "shop.prices", "key": "K00002", "origin": "in.csv:3", "code": "invalid", "field": "price",
                                  "message": "price: A valid number is required.; currency: Gone. Bad.; detail: No."}])

    def test_an_envelope_that_says_no_with_200(self):
        def answer(path, record, times):
            if record["sku"] == "K00001":
                return 200, {"status": "ERROR", "data": {"error_code": "http.status.405", "error_message": "Invalid data"}}
            if record["sku"] == "K00002":
                return 405, {"status": "ERROR", "data": {"error_code": "http.status.405", "error_message": "Invalid id"}}
            return 200, {"status": "ok", "timestamp": 1}
        self.begin(answer, rows=4)
        self.mapping("shop.words")
        done = self.push()
        self.ended(done, 1)
        self.assertEqual(self.output(done.summary, "shop.words"), (4, 4, 4, 2, 2))
        self.assertEqual(sorted((r["key"], r["code"], r["message"]) for r in self.here.show(done.summary["run"])["refused"]),
                         [("K00001", "http.status.405", "Invalid data"), ("K00002", "http.status.405", "Invalid id")])

    def test_a_success_that_is_none_is_never_taken_for_one(self):
        for target, body in (("shop.words", b"<html>welcome</html>"), ("shop.words", b""), ("shop.words", b'{"data":{}}'), ("shop.words", b"[1"),
                             ("shop.prices", b"<html>welcome</html>"), ("shop.prices", b'{"id":')):
            self.begin(lambda *_, body=body: (200, body), rows=2, retries=1)
            self.mapping(target)
            done = self.push()
            self.ended(done, 5)
            self.assertEqual(self.output(done.summary, target)[2:], (0, 0, 0), body)
            self.assertIn("reply 200 with", done.text)

    def test_an_empty_body_is_fine_where_the_status_says_enough(self):
        self.begin(lambda *_: (201, b""), rows=2)
        self.ended(self.push(), 0)

    def test_401_ends_the_run(self):
        self.begin(lambda path, record, times: (401, {"detail": "Invalid token."}) if record["sku"] == "K00020" else None, rows=2000, concurrency=4)
        done = self.push()
        self.ended(done, 6)
        self.assertLess(len(self.server.order), 40)
        records, _, sent, accepted, refused = self.output(done.summary)
        self.assertEqual((records, sent, refused), (2000, accepted, 0))
        self.assertEqual(accepted, len(self.server.taken["/prices/"]))
        self.assertIn("K00020 (in.csv:21): 401: detail: Invalid token.", done.text)
        self.server.answer = None
        again = self.resume(done.summary["run"])
        self.ended(again, 0)
        self.assertEqual(self.output(again.summary), (2000, 2000, 2000, 2000, 0))
        self.assertEqual(sum(self.server.came.values()), 2000 + 1, "what is known is not sent again")

    def test_a_route_that_is_not_there_ends_the_run(self):
        self.begin(lambda *_: (404, {"detail": "No."}), rows=300, concurrency=2)
        done = self.push()
        self.ended(done, 5)
        self.assertLess(len(self.server.order), 6)
        self.assertEqual(self.output(done.summary)[2:], (0, 0, 0))

    def test_a_media_type_that_is_refused_is_told_of_each_record(self):
        self.begin(lambda *_: (415, {"detail": "No."}), rows=30, concurrency=2)
        done = self.push()
        self.ended(done, 1)
        self.assertEqual(len(self.server.order), 30)
        self.assertEqual(self.output(done.summary)[2:], (30, 0, 30))

    def test_trouble_that_passes_is_outlived(self):
        def answer(path, record, times):
            n = int(record["sku"][1:])
            if n % 50 == 0 and times < 2:
                return (500, 502, 503, 429, 408)[n // 50 % 5], b"<html>"
            if n % 77 == 0 and times == 0:
                raise ConnectionError
        self.begin(answer, rows=600)
        done = self.push()
        self.ended(done, 0)
        self.assertEqual(self.output(done.summary), (600, 600, 600, 600, 0))
        self.assertEqual(done.summary["http"]["retries"], 2 * 12 + 7)
        self.assertEqual(done.summary["http"]["requests"], 600 + 2 * 12 + 7)
        self.assertEqual(done.summary["in_doubt"], 7)

    def test_trouble_that_stays_stops_and_is_gone_on_with(self):
        bad = {f"K{n:05}" for n in (3, 4, 5, 400, 1000)}
        self.begin(lambda path, record, times: (500, b"") if record["sku"] in bad else None, rows=1000, retries=2)
        done = self.push()
        self.ended(done, 5)
        self.assertRegex(done.text, r"K0000[345] \(in.csv:[456]\): sending it failed 3 times")
        self.assertIn("and 4 others stay to be sent", done.text)
        self.assertEqual(self.output(done.summary)[2:], (995, 995, 0), "a record that fails does not keep others from being sent")
        self.assertEqual({self.server.came["/prices/", k] for k in bad}, {3})
        self.server.answer = None
        again = self.resume(done.summary["run"])
        self.ended(again, 0)
        self.assertEqual(self.output(again.summary), (1000, 1000, 1000, 1000, 0))
        self.assertEqual(sum(self.server.came.values()), 1000 + 3 * 5)

    def test_a_system_in_trouble_is_left_alone(self):
        for status, body in ((503, b""), (500, b"<html>")):
            self.begin(lambda *_, said=(status, body): said, rows=1000, delay=0.01)
            done = self.push()
            self.ended(done, 5)
            self.assertIn("10 in a row failed", done.text)
            self.assertIn(str(status), done.text)
            self.assertLess(len(self.server.order), 8 + 12, "those under way, then one at a time")
            self.assertEqual(self.output(done.summary)[2:], (0, 0, 0))
            self.server.answer = None
            self.ended(self.resume(done.summary["run"]), 0)
            self.assertEqual(len(self.server.taken["/prices/"]), 1000)

    def test_a_system_that_is_not_there_is_left_alone(self):
        self.begin(rows=1000)
        self.here.environment["MARKETPLACE_BASE_URL"] = "http://127.0.0.1:9"
        began = time.monotonic()
        done = self.push()
        self.ended(done, 5)
        self.assertLess(time.monotonic() - began, 5)
        self.assertLess(done.summary["http"]["requests"], 8 + 12)
        self.assertIn("onnect", done.text)


class Doubt(Lines):
    """A target that does not know its records again."""

    def test_a_record_in_doubt_is_refused_by_name_and_never_sent_again(self):
        def answer(path, record, times):
            if record["sku"] in ("K00003", "K00005"):
                raise ConnectionError
        self.begin(answer, rows=8)
        self.mapping("shop.events")
        done = self.push()
        self.ended(done, 1)
        self.assertEqual(self.output(done.summary, "shop.events"), (8, 8, 8, 6, 2))
        self.assertEqual([(r["key"], r["origin"], r["code"]) for r in self.here.show(done.summary["run"])["refused"]],
                         [("K00003", "in.csv:4", "in_doubt"), ("K00005", "in.csv:6", "in_doubt")])
        self.assertEqual(set(self.server.came.values()), {1})
        self.assertEqual(self.server.most, 1)

    def test_a_server_that_is_gone_does_not_put_all_in_doubt(self):
        def answer(*_):
            raise ConnectionError
        self.begin(answer, rows=50, retries=2)
        self.mapping("shop.events")
        done = self.push()
        self.ended(done, 5)
        self.assertEqual(self.output(done.summary, "shop.events"), (50, 50, 3, 0, 3))
        self.server.answer = None
        again = self.resume(done.summary["run"])
        self.ended(again, 1)
        self.assertEqual(self.output(again.summary, "shop.events"), (50, 50, 50, 47, 3))
        self.assertEqual(set(self.server.came.values()), {1})

    def test_killed_in_the_middle_sends_nothing_twice(self):
        self.begin(delay=0.002, rows=60)
        self.mapping("shop.events")
        run, killed = self.kill_when(lambda: len(self.server.order) > 20, "shop.events")
        again = self.resume(run)
        self.assertIn(again.status, (0, 1), again.text)
        self.adds_up(again.summary)
        records, _, sent, accepted, refused = self.output(again.summary, "shop.events")
        self.assertEqual((records, sent, accepted + refused), (60, 60, 60))
        self.assertLessEqual(refused, 1)
        self.assertEqual(set(self.server.came.values()), {1})
        self.assertGreaterEqual(len(self.server.taken["/events/"]), accepted)

    def kill_when(self, due, target):
        process = self.here.start("push", "m.json", "in.csv", "--contracts", "contracts", "--state", self.here.state, "--json")
        while not due() and process.poll() is None:
            time.sleep(0.001)
        self.assertIsNone(process.poll(), "it ended too early")
        process.kill()
        process.communicate()
        runs = self.here.runs()
        self.assertEqual([r["status"] for r in runs], ["stopped"])
        return runs[0]["run"], runs[0]


class Killed(Doubt):
    test_a_record_in_doubt_is_refused_by_name_and_never_sent_again = test_a_server_that_is_gone_does_not_put_all_in_doubt = None
    test_killed_in_the_middle_sends_nothing_twice = None

    def test_what_goes_slowly_is_noted_within_a_group(self):
        """A crash repeats what went since the last look, not all that went."""
        self.begin(delay=0.05, rows=100, concurrency=1)
        run, _ = self.kill_when(lambda: len(self.server.order) > 75, "shop.prices")
        self.ended(self.resume(run), 0)
        self.assertEqual(len(self.server.taken["/prices/"]), 100)
        self.assertLess(sum(self.server.came.values()), 100 + 75)
        self.assertLessEqual(max(self.server.came.values()), 2)

    def test_every_record_arrives_and_at_most_one_group_twice(self):
        for least in (1, GROUP + 100, 2 * GROUP + 500, 3 * GROUP - 200):
            self.begin(delay=0.001, rows=ROWS)
            run, _ = self.kill_when(lambda least=least: len(self.server.order) > least, "shop.prices")
            before = len(self.server.order)
            again = self.resume(run)
            self.ended(again, 0)
            self.assertEqual(self.output(again.summary), (ROWS,) * 4 + (0,))
            self.assertEqual(len(self.server.taken["/prices/"]), ROWS)
            self.assertLessEqual(sum(self.server.came.values()), ROWS + GROUP)
            self.assertLessEqual(max(self.server.came.values()), 2)
            self.assertLess(before, ROWS)
            self.ended(self.resume(run), 0)
            self.assertLessEqual(sum(self.server.came.values()), ROWS + GROUP, "nothing is left to be done")

    def test_killed_again_and_again(self):
        self.begin(delay=0.001, rows=ROWS)
        run, _ = self.kill_when(lambda: len(self.server.order) > 100, "shop.prices")
        kills = 1
        for more in (200, 900, 1500):
            process = self.here.start("runs", "resume", run, "--contracts", "contracts", "--state", self.here.state)
            goal = len(self.server.order) + more
            while len(self.server.order) < goal and process.poll() is None:
                time.sleep(0.001)
            process.kill()
            process.communicate()
            kills += 1
        again = self.resume(run)
        self.ended(again, 0)
        self.assertEqual(self.output(again.summary), (ROWS,) * 4 + (0,))
        self.assertLessEqual(sum(self.server.came.values()), ROWS + kills * GROUP)

    def test_a_signal_keeps_what_is_known(self):
        self.begin(delay=0.002, rows=1500)
        process = self.here.start("push", "m.json", "in.csv", "--contracts", "contracts", "--state", self.here.state, "--json")
        while len(self.server.order) < 400:
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, err)
        said = json.loads(out)
        self.adds_up(said)
        self.assertEqual(self.output(said)[3], len(self.server.order))
        again = self.resume(said["run"])
        self.ended(again, 0)
        self.assertEqual(self.output(again.summary), (1500, 1500, 1500, 1500, 0))
        self.assertEqual(set(self.server.came.values()), {1})
        self.assertEqual(again.summary["in_doubt"], 0)


class Upserts(Case):
    """The shipped contract of an upsert, whose document shows {"id": …} as its reply."""

    def pushed(self, body):
        server = self.opened(Rogue(reply(body)))
        here = self.place()
        here.write("qonduit.json", {"marketplace": {"retries": 1, "backoff_ms": 2, "backoff_max_ms": 4}})
        here.environment.update(MARKETPLACE_BASE_URL=f"http://127.0.0.1:{server.port}/api/i1", MARKETPLACE_API_TOKEN=TOKEN)
        done = here.push(here.mapping("marketplace.prices", {"sku": "sku", "price": "price"}), here.catalog(1))
        self.assertTrue(all(b"\r\nAuthentication:" not in head and b"\r\nAuthorization: Bearer " in head for head, _ in server.requests))
        return here, done, done.summary["outputs"]["marketplace.prices"]

    def test_the_reply_of_the_document_is_a_success(self):
        _, done, output = self.pushed({"id": "50c366e7-68de-4bd1-94ca-4af47a40ff92"})
        self.ended(done, 0)
        self.assertEqual(output["accepted"], 1)

    def test_an_error_with_a_status_of_success_is_refused_in_its_words(self):
        here, done, output = self.pushed({"price": ["A valid number is required."], "code": "invalid"})
        self.ended(done, 1)
        [refused] = here.show(done.summary["run"])["refused"]
        self.assertEqual((refused["code"], refused["field"], refused["message"]), ("invalid", "price", "price: A valid number is required."))

    def test_a_reply_without_an_id_is_never_taken_for_a_success(self):
        for body in ("", {}, [], "null", '"OK"', {"id": None}, {"id": ""}, {"detail": "Not found."}):
            _, done, output = self.pushed(body)
            self.ended(done, 5)
            self.assertEqual((output["accepted"], output["refused"]), (0, 0), body)
            self.assertIn('expected JSON with "id"', done.text)


if __name__ == "__main__":
    main()
