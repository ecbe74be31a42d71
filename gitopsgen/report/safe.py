"""Other people's text on our terminal: what could move the cursor or turn the reading direction is spelled out."""


def safe(text: str) -> str:
    """Return `text` as one line of printable characters; any other character is shown as its escape."""
    if text.isprintable():
        return text
    return "".join(map(shown, text))


def shown(character: str) -> str:
    """Return one character as it is shown; a tab has the width of four spaces, wherever it stands."""
    if character == "\t":
        return "    "
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def width(text: str) -> int:
    """Return how many columns of a terminal the printable `text` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
