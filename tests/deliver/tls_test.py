#!/usr/bin/env python3
"""`push` over real TLS, with certificates made here: what is not to be trusted never sees a byte of a request. tls_test.py PROGRAM"""
import ssl
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from e2e_tools import TOKEN, Case, Rogue, ended, main, taken  # noqa: E402
from tls_tools import Authority  # noqa: E402


class Secure(Rogue):
    def __init__(self, certificate, key, *replies, most=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if most:
            warnings.simplefilter("ignore", DeprecationWarning)
            self.context.minimum_version, self.context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, most
            self.context.set_ciphers("DEFAULT@SECLEVEL=0")
        super().__init__(*replies)

    def talk(self, s):
        try:
            secure = self.context.wrap_socket(s, server_side=True)
        except (ssl.SSLError, OSError):
            s.close()
            return
        super().talk(secure)


class Handshakes(Case):
    def setUp(self):
        self.authority = self.opened(Authority())

    def push(self, certificate, *replies, host="127.0.0.1", trusted=True, most=None):
        self.server = self.opened(Secure(*certificate, *(replies or (taken(), ended())), most=most))
        settings = {"retries": 0, "timeout_ms": 5000, **({"ca_file": str(self.authority.folder / "ca.pem")} if trusted else {})}
        here = self.place(**settings)
        here.environment.update(QUOTIZA_BASE_URL=f"https://{host}:{self.server.port}", QUOTIZA_API_TOKEN=TOKEN, QUOTIZA_ACCOUNT_ID="1")
        return here.push(here.mapping(), here.catalog(2))

    def refused(self, done):
        self.assertEqual(done.status, 5, done.text)
        self.assertEqual(self.server.requests, [], "a request was sent all the same")
        self.assertEqual(done.summary["outputs"]["quotiza.products"]["accepted"], 0)

    def test_an_authority_of_ones_own_is_trusted_where_the_config_names_it(self):
        done = self.push(self.authority.certificate("good"))
        self.assertEqual(done.status, 0, done.text)
        self.assertEqual([head.split(b" ")[0] for head, _ in self.server.requests], [b"POST", b"GET"])
        self.assertEqual(sum(TOKEN.encode() in head for head, _ in self.server.requests), 2)

    def test_an_unknown_authority_is_refused(self):
        self.refused(self.push(self.authority.certificate("good"), trusted=False))

    def test_a_certificate_that_signs_itself_is_refused(self):
        self.refused(self.push(self.authority.certificate("self", signed=False)))

    def test_a_certificate_that_has_run_out_is_refused(self):
        self.refused(self.push(self.authority.certificate("old", begins=-9, ends=-2)))

    def test_a_certificate_that_is_not_valid_yet_is_refused(self):
        self.refused(self.push(self.authority.certificate("young", begins=3, ends=9)))

    def test_a_certificate_of_another_host_is_refused(self):
        self.refused(self.push(self.authority.certificate("other", host="DNS:app.quotiza.com.com")))

    def test_a_reply_that_is_cut_with_the_connection_is_not_believed(self):
        """Nothing says how long it is, and no word of TLS that it ends."""
        for cut in (b'{"job_id":"7', b'{"job_id":"7"', b"", b" "):
            with self.subTest(cut):
                done = self.push(self.authority.certificate("good"), lambda s, cut=cut: s.sendall(b"HTTP/1.1 202 Accepted\r\n\r\n" + cut))
                self.assertEqual((done.status, done.summary["outputs"]["quotiza.products"]["accepted"]), (5, 0), done.text)
                self.assertEqual(len(self.server.requests), 1)

    def test_tls_that_is_out_of_date_is_refused(self):
        self.refused(self.push(self.authority.certificate("good"), most=ssl.TLSVersion.TLSv1_1))


if __name__ == "__main__":
    main()
