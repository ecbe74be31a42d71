"""What tests say at the end of a run: counts that are a part of what they show."""

from collections.abc import Callable

import pytest
from _pytest.terminal import TerminalReporter

_TOLD = "told"
Tell = Callable[[str], None]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Return a function that adds a line to the end of the run, from whichever process the test runs in."""

    def add(line: str) -> None:
        record_property(_TOLD, line)

    return add


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the lines of the tests that passed."""
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if report.when == "call" and name == _TOLD
    ]
    if lines:
        terminalreporter.section("counts")
        terminalreporter.write("".join(f"{line}\n" for line in lines))
