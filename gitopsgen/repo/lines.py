"""Line ends: a checkout may turn our LF into CRLF, and that is nobody's edit."""


def to_lf(raw: bytes) -> bytes:
    """Return `raw` with LF line ends."""
    return raw.replace(b"\r\n", b"\n")


def line_end(raw: bytes) -> bytes:
    """Return the line end that `raw` uses, told by its first line; LF when it has none."""
    first = raw.find(b"\n")
    return b"\r\n" if first > 0 and raw[first - 1 : first] == b"\r" else b"\n"


def like(raw: bytes, model: bytes) -> bytes:
    """Return `raw` with the line ends of `model`; a text that has CRLF of its own is left alone."""
    if b"\r" in raw or line_end(model) == b"\n":
        return raw
    return raw.replace(b"\n", b"\r\n")
