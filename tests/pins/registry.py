"""A registry on loopback that speaks the API of the distribution project, version 2, and wants a token."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

INDEX = "application/vnd.oci.image.index.v1+json"


class Registry:
    """What the server knows and has seen: `digests` by `name:tag`, `status` to answer with instead of a manifest."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.bodies: dict[str, bytes] = {}
        self.status = 0
        self.realm = ""
        self.host = ""
        self.asked: list[tuple[str, str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    registry: Registry

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        registry = self.registry
        parts = urlsplit(self.path)
        registry.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
        if parts.path == "/token":
            scope = parse_qs(parts.query)["scope"][0]
            self._send(200, {}, json.dumps({"token": f"for {scope}"}).encode())
            return
        _, _, *name, _, tag = parts.path.split("/")
        scope = f"repository:{'/'.join(name)}:pull"
        if self.headers.get("Authorization") != f"Bearer for {scope}":
            realm = registry.realm or f"http://{registry.host}/token"
            self._send(401, {"WWW-Authenticate": f'Bearer realm="{realm}",service="test",scope="{scope}"'})
            return
        reference = f"{'/'.join(name)}:{tag}"
        known = reference in registry.digests or reference in registry.bodies
        if registry.status or not known or INDEX not in self.headers.get("Accept", ""):
            self._send(registry.status or 404, {})
        elif reference in registry.digests:
            self._send(200, {"Docker-Content-Digest": registry.digests[reference], "Content-Type": INDEX})
        else:
            self._send(200, {"Content-Type": INDEX}, registry.bodies[reference])

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Registry]:
    """Serve on a free port until the end of the block."""
    registry = Registry()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"registry": registry}))
    registry.host = f"localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
