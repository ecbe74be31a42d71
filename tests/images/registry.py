"""A private npm registry with one package, which it gives to nobody without the token."""

import base64
import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_FILES = {
    "package/package.json": json.dumps({"name": "@acme/greeting", "version": "1.0.0", "main": "index.js"}),
    "package/index.js": "module.exports = (name) => `Hello from ${name}`;\n",
}


def package() -> bytes:
    """Return the package as npm packs one; always the same bytes, which the lock file of the app has the hash of."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in _FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    # Not compressed: two versions of zlib do not agree about the bytes.
    return gzip.compress(raw.getvalue(), compresslevel=0, mtime=0)


def integrity() -> str:
    """Return the hash of the package as a lock file says it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(package()).digest()).decode()


def _about(host: str) -> bytes:
    """Return what the registry says of the package, as npm asks it."""
    dist = {"tarball": f"http://{host}/@acme/greeting/-/greeting-1.0.0.tgz", "integrity": integrity()}
    version = {**json.loads(_FILES["package/package.json"]), "dist": dist}
    return json.dumps(
        {"name": version["name"], "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    ).encode()


@contextlib.contextmanager
def serving(token: str) -> Iterator[str]:
    """Run the registry on a free port of this machine; give its address without the scheme."""

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == f"Bearer {token}"
            self.send_response(200 if known else 401)
            self.end_headers()
            asked = package() if self.path.endswith(".tgz") else _about(self.headers["Host"])
            self.wfile.write(asked if known else b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
