"""SHA-256 from the interpreter's own C module: hashlib would load OpenSSL, which costs more than a whole run."""

import functools
import sys

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from hashlib import sha256


def digest(raw: bytes) -> str:
    """Return the SHA-256 of `raw` in lower-case hex."""
    # Jinja loads hashlib; when it is there, OpenSSL's is four times as quick.
    loaded = sys.modules.get("hashlib")
    text: str = (loaded.sha256 if loaded else sha256)(raw).hexdigest()
    return text


@functools.lru_cache(maxsize=64)
def encoded(text: str) -> tuple[bytes, str]:
    """Return a text in UTF-8 with its digest. The schema and most scripts are the same in every repository."""
    raw = text.encode()
    return raw, digest(raw)
