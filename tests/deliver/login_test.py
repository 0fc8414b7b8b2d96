#!/usr/bin/env python3
"""`push` to a system that gives a token at login: logged in before, again where the token has expired, and no more than that.
login_test.py PROGRAM"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import TOKEN, Case, Rogue, main, reply  # noqa: E402

PASSWORD = "made-up-password-91"
DENIED = reply({"detail": "Invalid token."}, "401 Unauthorized")


def login(token="token-one-77"):
    return reply({"accessToken": token, "accessExp": 1})


class Login(Case):
    def shop(self, server=None, address=None, **settings):
        here = self.place(server)
        for name in ("QOGITA_API_KEY", "QOGITA_API_TOKEN", "QOGITA_TOKEN"):
            here.environment.pop(name, None)
        here.write("qonduit.json", {"qogita": {"limits": [], "backoff_ms": 5, "backoff_max_ms": 20, "timeout_ms": 5000, **settings}})
        here.environment.update(QOGITA_EMAIL="buyer@example.com", QOGITA_PASSWORD=PASSWORD)
        if address:
            here.environment["QOGITA_BASE_URL"] = address
        here.mapping("qogita.watchlist", {"gtin": "sku"})
        return here

    def push(self, here, rows=5):
        done = here.push("mapping.json", here.catalog(rows))
        self.assertNotIn(PASSWORD.encode(), done.err + done.out)
        return done

    def rogue(self, *replies, rows=2, **settings):
        self.server = self.opened(Rogue(*replies))
        here = self.shop(address=f"http://127.0.0.1:{self.server.port}", retries=1, concurrency=1, **settings)
        return self.push(here, rows)

    def heads(self):
        return [(head.split(b" ")[1].decode(), b"token-two" in head) for head, _ in self.server.requests]

    def test_email_and_password_are_enough(self):
        server = self.sandbox("--token", PASSWORD)
        here = self.shop(server)
        done = self.push(here)
        self.ended(done, 0)
        self.assertEqual(done.summary["outputs"]["qogita.watchlist"]["accepted"], 5)
        self.assertEqual(len([e for e in server.journal() if "auth" in e["path"]]), 1)
        self.assertEqual(done.summary["http"]["requests"], 6)

    def test_a_token_that_expires_is_renewed_as_often_as_needed(self):
        server = self.sandbox("--token-life", "150")
        here = self.shop(server, concurrency=2)
        done = self.push(here, 3000)
        self.ended(done, 0)
        self.assertEqual(done.summary["outputs"]["qogita.watchlist"]["accepted"], 3000)
        self.assertGreater(len([e for e in server.journal() if "auth" in e["path"]]), 1)

    def test_a_wrong_password_sends_nothing_and_names_the_variables(self):
        server = self.sandbox("--token", "another-password")
        done = self.push(self.shop(server))
        self.ended(done, 6)
        self.assertIn("QOGITA_EMAIL", done.text)
        self.assertEqual([e for e in server.journal() if "watchlist" in e["path"]], [])
        self.assertEqual(done.summary["outputs"]["qogita.watchlist"]["sent"], 0)

    def test_a_request_is_sent_again_once_with_the_new_token(self):
        done = self.rogue(login(), DENIED, login("token-two-88"), reply({}, "201 Created"))
        self.ended(done, 0)
        watched = [(path, new) for path, new in self.heads() if "watchlist" in path]
        self.assertEqual(watched, [("/watchlist/items/", False), ("/watchlist/items/", True), ("/watchlist/items/", True)])

    def test_a_second_refusal_stops_and_the_rest_stays_to_be_sent(self):
        done = self.rogue(login(), DENIED, login("token-two-88"), DENIED, rows=3)
        self.ended(done, 6)
        self.assertEqual([path for path, _ in self.heads() if "watchlist" in path], ["/watchlist/items/"] * 2)
        o = done.summary["outputs"]["qogita.watchlist"]
        self.assertEqual((o["accepted"], o["refused"], done.summary["status"]), (0, 0, "stopped"))
        self.assertIn("QOGITA_PASSWORD", done.text)

    def test_without_a_login_the_first_refusal_stops_and_names_the_variable(self):
        server = self.opened(Rogue(DENIED))
        here = self.place()
        here.environment.update(QUOTIZA_BASE_URL=f"http://127.0.0.1:{server.port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
        done = here.push(here.mapping(), here.catalog(2))
        self.ended(done, 6)
        self.assertEqual(len(server.requests), 1)
        self.assertIn("the token of quotiza is that of QUOTIZA_API_TOKEN", done.text)


if __name__ == "__main__":
    main()
