#!/usr/bin/env python3
"""Downloads over TLS that break off: a catalog of --mib MiB, whole and cut at random bytes. The file appears whole or the old one stays, a second
try begins anew, and memory does not grow with what comes. download_sweep.py PROGRAM [--mib N] [--cuts N] [--seed N]"""
import http.server
import os
import random
import socket
import ssl
import sys
import tempfile
import threading
from pathlib import Path

from sweep_tools import Case, Place, arguments, sweep
from e2e_tools import SANITIZED
from tls_tools import Authority

DOWNLOAD = "/variants/search/download/"
HEADER = b"GTIN,Name,Category,Brand\n"
MIB = 1 << 20
GROWTH = 4  # MiB that the large download may take more than a small one
check = Case("run")


def piece():
    """A MiB of whole rows."""
    rows = b"".join(b'"2110000%06d","Cream, No %d","Face Care","Gakagre"\n' % (n, n) for n in range(30000))
    rows = rows[:rows.rfind(b"\n", 0, MIB - 64) + 1]
    last = b'"1","'
    return rows + last + b"x" * (MIB - len(rows) - len(last) - len(b'","c","b"\n')) + b'","c","b"\n'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        size = len(HEADER) + server.mib * MIB
        cut = server.cuts.pop(0) if server.cuts else None
        server.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        left = size if cut is None else cut
        try:
            for part in (HEADER, *(server.piece for _ in range(server.mib))):
                self.wfile.write(part[:left])
                left -= len(part)
                if left <= 0:
                    break
        except OSError:
            pass
        if cut is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, authority):
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.certificate("good"))
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.piece, self.mib, self.cuts, self.asked = piece(), 1, [], 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Who asked may have gone."""


class Download:
    def __init__(self, server, authority, folder):
        self.server, self.folder, self.small = server, folder, None
        self.ca_file = str(authority.folder / "ca.pem")

    def run(self, mib, cuts, retries=0):
        """Exit status, peak of memory in MiB, size of what stands after it; the file was there before."""
        self.server.mib, self.server.cuts, self.server.asked = mib, list(cuts), 0
        with Place() as here:
            here.environment.update(QOGITA_BASE_URL=f"https://127.0.0.1:{self.server.server_address[1]}", QOGITA_API_KEY="made-up-for-a-sweep")
            here.write("qonduit.json", {"qogita": {"ca_file": self.ca_file, "limits": [], "retries": retries, "backoff_ms": 5}})
            target = Path(self.folder) / "catalog.csv"
            target.write_text("old")
            process = here.start("fetch", "qogita:catalog", "-o", target, "--state", here.state, "-q")
            said = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            check.assertEqual([p.name for p in Path(self.folder).iterdir()], ["catalog.csv"], "nothing stays beside it")
            return process.returncode, usage.ru_maxrss / 1024, target.stat().st_size, said

    def whole(self, mib):
        """Memory is flat, measured against a download of a MiB."""
        small = self.run(1, [])[1]
        status, peak, size, said = self.run(mib, [])
        check.assertEqual((status, size), (0, len(HEADER) + mib * MIB), said)
        if not SANITIZED:
            check.assertLess(peak, small + GROWTH)
        return 0

    def cut(self, mib, at):
        status, _, size, said = self.run(mib, [at])
        check.assertEqual((status, size), (5, len("old")), (at, said))
        return 0

    def again(self, mib, at):
        status, _, size, said = self.run(mib, [at], retries=1)
        check.assertEqual((status, size, self.server.asked), (0, len(HEADER) + mib * MIB, 2), (at, said))
        return 1


def points(download, given):
    chance = random.Random(given.seed)
    size = len(HEADER) + given.mib * MIB
    yield f"{given.mib} MiB", download.whole, given.mib
    for _ in range(given.cuts):
        at = chance.randrange(size)
        yield f"{given.mib} MiB cut at byte {at}", download.cut, given.mib, at
    at = chance.randrange(size)
    yield f"{given.mib} MiB cut at byte {at}, then whole", download.again, given.mib, at


def main():
    given = arguments(mib=1024, cuts=4, seed=1)
    with Authority() as authority, tempfile.TemporaryDirectory(prefix="qonduit-sweep-") as folder:
        download = Download(Server(authority), authority, folder)
        _, violations = sweep("download_sweep", points(download, given), workers=1)
    sys.exit(violations > 0)


if __name__ == "__main__":
    main()
