"""A bad file may hold thousands of mistakes, and each of them shows its line."""

import time

from gitopsgen.core.yamldoc import SourceDoc, parse


def test_the_lines_of_a_large_file_are_found_once() -> None:
    count = 15_000
    doc = parse("gitopsgen.yaml", "".join(f"unknown{number}: 1\n" for number in range(count)).encode())
    assert isinstance(doc, SourceDoc)
    started = time.process_time()
    found = [doc.find("x", "", "", (key,), key=True) for key in doc.data]
    # Splitting the text anew for each takes half a minute.
    assert time.process_time() - started < 3
    assert [diagnostic.source for diagnostic in found] == [f"unknown{number}: 1" for number in range(count)]
