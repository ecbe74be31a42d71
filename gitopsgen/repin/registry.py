"""The digest of an image, asked of its registry by the HTTP API (distribution, version 2), without an account.

The standard library is enough: two kinds of request, and every client library would bring a container engine's worth
of more.
"""

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, NamedTuple

_SECONDS = 20
_LARGEST = 4 * 1024 * 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+)(:[0-9]+)?\Z")
# Lists of several platforms first: their digest is right for every machine.
_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_REASONS = {
    401: "it wants a login; only public images can be looked up",
    403: "it refuses to show the image",
    404: "it has no such image",
    429: "it has answered too many questions from here; try again later",
}


class LookupFailed(Exception):  # noqa: N818 - what happened, as the message says it
    """Something could not be looked up; the text is why."""


class _Image(NamedTuple):
    host: str
    base: str
    name: str
    tag: str


def digest_of(reference: str) -> str:
    """Return the digest of an image reference with a tag. Raises LookupFailed."""
    image = _parsed(reference)
    url = f"{image.base}/v2/{image.name}/manifests/{image.tag}"
    headers = {"Accept": ", ".join(_TYPES)}
    try:
        return _digest(url, headers)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise _failed(image.host, error) from error
        challenge = error.headers.get("WWW-Authenticate", "")
    except (OSError, HTTPException) as error:
        raise _failed(image.host, error) from error
    try:
        return _digest(url, {**headers, "Authorization": f"Bearer {_token(image, challenge)}"})
    except (OSError, HTTPException) as error:
        raise _failed(image.host, error) from error


def _parsed(reference: str) -> _Image:
    """Find out where an image is: a first part with a dot or a port is a host, as every engine has it."""
    name, _, tag = reference.rpartition(":")
    host, _, path = name.partition("/")
    if not path or not ("." in host or ":" in host or host == "localhost"):
        host, path = "docker.io", name
    if host == "docker.io":
        return _Image(host, "https://registry-1.docker.io", path if "/" in path else f"library/{path}", tag)
    scheme = "http" if _LOOPBACK.match(host) else "https"
    return _Image(host, f"{scheme}://{host}", path, tag)


def _digest(url: str, headers: dict[str, str]) -> str:
    """Ask for the headers alone, which registries do not count; for the text where they do not tell."""
    with _open(url, headers, "HEAD") as answer:
        told = answer.headers.get("Docker-Content-Digest", "")
    if _DIGEST.fullmatch(told):
        return str(told)
    with _open(url, headers, "GET") as answer:
        return f"sha256:{hashlib.sha256(_read(answer)).hexdigest()}"


def _token(image: _Image, challenge: str) -> str:
    """Return the token that everybody gets who asks where the registry says. Raises LookupFailed."""
    scheme, _, rest = challenge.partition(" ")
    told = dict(_CHALLENGE.findall(rest))
    realm = told.pop("realm", "")
    if scheme.lower() != "bearer" or not realm:
        raise LookupFailed(f"{image.host}: {_REASONS[401]}")
    try:
        safe = urllib.parse.urlsplit(realm)
    except ValueError as error:
        raise LookupFailed(f"{image.host}: it sends for a token to {realm}, which is no address") from error
    if safe.scheme != "https" and not (image.base.startswith("http:") and _LOOPBACK.match(safe.netloc)):
        raise LookupFailed(f"{image.host}: it sends for a token to {realm}, which is no https address")
    asked = {key: told[key] for key in ("service", "scope") if key in told}
    asked.setdefault("scope", f"repository:{image.name}:pull")
    with _open(f"{realm}{'&' if safe.query else '?'}{urllib.parse.urlencode(asked)}", {}, "GET") as answer:
        text = _read(answer)
    try:
        found = json.loads(text)
        token = found.get("token") or found.get("access_token")
    except (ValueError, AttributeError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise LookupFailed(f"{image.host}: its answer to the question for a token is none")
    return token


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Never from https to anything less."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request, see urllib."""
        if req.type == "https" and not newurl.startswith("https:"):
            raise urllib.error.URLError(f"it leads to {newurl}, which is no https address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: dict[str, str], method: str) -> "urllib.request._UrlopenRet":
    request = urllib.request.Request(url, method=method)  # noqa: S310 - our own scheme, or checked
    for name, value in headers.items():
        # Not for the host that a redirect leads to.
        request.add_unredirected_header(name, value) if name == "Authorization" else request.add_header(name, value)
    return urllib.request.build_opener(_Redirects).open(request, timeout=_SECONDS)


def _read(answer: "urllib.request._UrlopenRet") -> bytes:
    text: bytes = answer.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise LookupFailed(f"the answer is larger than {_LARGEST:,} bytes")
    return text


def _failed(host: str, error: Exception) -> LookupFailed:
    if isinstance(error, urllib.error.HTTPError):
        return LookupFailed(f"{host}: {_REASONS.get(error.code, f'it answers {error.code}')}")
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return LookupFailed(f"{host}: it cannot be reached: {reason}")
