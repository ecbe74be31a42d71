"""The rule that a cluster would enforce at the first deployment: no replica asks for more than it may use."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc

_UNITS = {"": 1000, "m": 1, "Mi": 1, "Gi": 1024}


def limits_below_requests(
    doc: SourceDoc, data: dict[str, Any], sizes: Mapping[str, Mapping[str, str]]
) -> Iterator[Diagnostic]:
    """Report a written request above its limit, or a written limit below its request."""
    written, size_name = data.get("resources", {}), data.get("resources", {}).get("size", "small")
    size = sizes[size_name]
    for request, limit in (("cpu", "cpuLimit"), ("memory", "memoryLimit")):
        if request not in written and limit not in written:
            continue
        asked = written.get(request, size[request])
        most = written.get(limit, asked if request == "memory" and request in written else size[limit])
        if _amount(asked) <= _amount(most):
            continue
        at, other = (request, limit) if request in written else (limit, request)
        says = {name: "" if name in written else f" (of the size {size_name})" for name in (request, limit)}
        yield doc.find(
            "rule.limit-below-request",
            f'"resources.{request}" asks for {asked}{says[request]}, more than "resources.{limit}" allows, '
            f"{most}{says[limit]}",
            f"raise `{limit}` or lower `{request}`"
            if other in written
            else f"write `{other}` too, or choose another size",
            ("resources", at),
        )


def _amount(quantity: str) -> int:
    number, unit = re.findall(r"^([0-9]+)(.*)$", quantity)[0]
    return int(number) * _UNITS[unit]
