"""Certificates that tests make for themselves, and a server's end of TLS."""
import datetime
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path

from e2e_tools import Listener

DAY = datetime.timedelta(days=1)


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


class Authority:
    """A certificate authority in a folder, and certificates that it signs."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="qonduit-tls-"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA",
                cwd=self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def certificate(self, name, host="IP:127.0.0.1", begins=-1, ends=1, signed=True):
        """The paths of a certificate and its key; `begins` and `ends` are days from now."""
        f = self.folder
        (f / f"{name}.conf").write_text(f"subjectAltName={host}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}", cwd=f)
        if not signed:
            openssl("x509", "-req", "-in", f"{name}.csr", "-signkey", f"{name}.key", "-days", "1", "-extfile", f"{name}.conf", "-out", f"{name}.pem",
                    cwd=f)
            return f / f"{name}.pem", f / f"{name}.key"
        (f / "index.txt").write_text("")
        (f / "serial").write_text("01\n")
        (f / "ca.conf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
                                   "copy_extensions=copy\n[p]\ncommonName=supplied\n")
        now = datetime.datetime.now(datetime.timezone.utc)
        dates = [(now + days * DAY).strftime("%Y%m%d%H%M%SZ") for days in (begins, ends)]
        openssl("ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr", "-out", f"{name}.pem",
                "-startdate", dates[0], "-enddate", dates[1], "-extfile", f"{name}.conf", "-notext", cwd=f)
        return f / f"{name}.pem", f / f"{name}.key"


class Tunnel(Listener):
    """Takes TLS on a port of its own and speaks plainly to `port`. `cut`, where it is set, is called with each reply's bytes so far: what
    it gives is how many of them go through before the connection breaks off, None: all."""

    def __init__(self, certificate, key, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.behind, self.cut, self.asked = port, None, b""
        super().__init__()
        self.address = f"https://127.0.0.1:{self.port}"

    def talk(self, s):
        try:
            with self.context.wrap_socket(s, server_side=True) as outside, socket.create_connection(("127.0.0.1", self.behind)) as inside:
                threading.Thread(target=self.ask, args=(outside, inside), daemon=True).start()
                try:
                    self.reply(inside, outside)
                finally:  # the other thread may be reading
                    inside.shutdown(socket.SHUT_RDWR)
                    outside.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def ask(self, outside, inside):
        try:
            while piece := outside.recv(65536):
                self.asked += piece
                inside.sendall(piece)
            inside.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def reply(self, inside, outside):
        sent = 0
        while piece := inside.recv(65536):
            most = self.cut(sent + len(piece)) if self.cut else None
            if most is not None and sent + len(piece) > most:
                outside.sendall(piece[:max(0, most - sent)])
                return
            outside.sendall(piece)
            sent += len(piece)
