"""A server that plays an API byte for byte as a test says, for what the sandbox does not do: fields that go, replies that break off."""
import http.server
import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from e2e_tools import PROGRAM, ROOT, Case, main  # noqa: E402,F401

PASSWORD = "canary-P4ss/word+9c1e?"
TOKEN = "canary-T0ken.7d2f-ZmVl.x_Y"
CATALOG = "GTIN,Name,Category,Brand,€ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Is a pre-order?," \
          "Estimated Delivery Time (weeks),Number of Offers,Total Inventory of All Offers,Product URL,Image URL\n"


def row(n):
    digits = f"211000{n:06}"
    check = -sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10
    return f"{digits}{check},Cream {n},Face Care,Gakagre,6.10,12,12,No,,5,444,https://www.qogita.com/products/{n}/cream-{n}/,\n"


def catalog(rows):
    return CATALOG + "".join(row(n) for n in range(1, rows + 1))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        found = self.server.routes.get(path, (404, {"code": "not_found", "detail": "there is nothing here"}))
        if callable(found):
            found = found(self)
        if found is None:  # a connection that dies
            self.close_connection = True
            return
        status, content, *more = found if isinstance(found, tuple) else (200, found)
        headers = {"Content-Type": "application/json"}
        if not isinstance(content, (bytes, str)):
            content = json.dumps(content)
        elif isinstance(content, str):
            headers["Content-Type"] = "text/csv"
        content = content.encode() if isinstance(content, str) else content
        headers["Content-Length"] = str(len(content))
        headers.update(*more)
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        if int(headers["Content-Length"] or 0) > len(content):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Who asked may have gone."""


class Api:
    """Serves `routes`: path → what is answered, or a function of the handler that gives it. In `with`, ended at its end."""

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.seen = self.seen = []
        self.routes = self.server.routes = {"/auth/login/": {"accessToken": TOKEN, "accessExp": 1}}
        self.port = self.server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def asked(self, path="/"):
        """What was asked for, without logins."""
        return [(m, p) for m, p, *_ in self.seen if p.startswith(path) and not p.startswith("/auth/")]


class LiveCase(Case):
    def api(self):
        return self.opened(Api())

    def at(self, api, **settings):
        """A place that reaches the API as Qogita, with a password."""
        here = self.place()
        here.environment.update(QOGITA_BASE_URL=api.address, QOGITA_EMAIL="buyer@shop.example", QOGITA_PASSWORD=PASSWORD)
        here.write("qonduit.json", {"qogita": {"backoff_ms": 5, "backoff_max_ms": 20, "retries": 2, "limits": [], **settings}})
        return here

    def live(self, here, *arguments, **more):
        return here.run(*arguments, "--state", here.state, **more)
