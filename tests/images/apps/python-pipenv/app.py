"""The smallest web service that Python alone can be, with one dependency."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import itsdangerous


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"Hello from python-pipenv, {itsdangerous.base64_encode(b'x').decode()}\n".encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", int(os.environ.get("PORT", "8080"))), Greeter).serve_forever()
