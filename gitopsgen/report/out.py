"""Where text leaves the program."""

from typing import TextIO


def emit(data: str | bytes, stream: TextIO) -> None:
    """Write `data` as it is: bytes unchanged, and no character that the stream cannot encode stops the run."""
    encoding = stream.encoding or "utf-8"
    raw = data if isinstance(data, bytes) else data.encode(encoding, "backslashreplace")
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(raw.decode(encoding, "replace"))
    else:
        stream.flush()
        buffer.write(raw)
    stream.flush()


def colour_wanted(stream: TextIO) -> bool:
    """Whether to colour: only on a terminal, and never against NO_COLOR."""
    import os

    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
