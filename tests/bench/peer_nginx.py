"""An nginx on loopback that answers every request with the same words: what a delivery comes to where nothing stands behind it."""
import shutil
import socket
import subprocess
import time

SETTINGS = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; default_type application/json; location / {{ return 200 '{{"id":"any"}}'; }} }}
}}
"""


class Nginx:
    """In `with`, ended at its end."""

    def __init__(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = folder / "nginx.conf"
        settings.write_text(SETTINGS.format(folder=folder, port=self.port))
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", settings], stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{self.port}/api/i1"

    def __enter__(self):
        for _ in range(100):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("nginx does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
