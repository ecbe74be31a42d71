"""A git remote that is served over HTTP and wants a password: git's own http-backend behind Python's HTTP server."""

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Server(ThreadingHTTPServer):
    """Serves the repositories of a folder to whom one of the `expected` Authorization headers names."""

    def __init__(self, repositories: Path, user: str, expected: list[list[str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories, self.user, self.expected = repositories, user, expected


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        # A server that is sent two headers refuses, as GitHub does.
        if self.headers.get_all("Authorization") not in self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.run_backend()

    def run_backend(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": self.server.user,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        result = subprocess.run(
            ["git", "http-backend"], input=body, env=os.environ | variables, capture_output=True, check=True
        )
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the HTTP server's
        """Keep the tests' output to what failed."""


@contextmanager
def serve(repositories: Path, user: str, password: str, others: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve the repositories of a folder to a user, and others with that password; yield the URL of the folder."""
    names = (user, *others)
    expected = [["Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()] for name in names]
    server = _Server(repositories, user, expected)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
