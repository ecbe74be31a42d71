"""A port is told only when it is that of the app: what stands beside a server whose address is a variable is not."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.detect.looking import look, values

Plant = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    "code",
    [
        'http.ListenAndServe("localhost:6060", nil)\nsrv := &http.Server{Addr: cfg.Addr}\n',
        'http.ListenAndServe(":9090", promhttp.Handler())\nhttp.ListenAndServe(addr, mux)\n',
        'http.ListenAndServe(":9090", other)\nhttp.ListenAndServe(addr, mux)\n',
    ],
)
def test_the_port_of_another_server_of_a_go_app_is_not_its_own(plant: Plant, code: str) -> None:
    assert "port" not in values(look("go", plant({"go.mod": "module x\n", "main.go": f"package main\n{code}"})))


def test_a_variable_that_holds_the_port_of_a_go_app_is_its_port(plant: Plant) -> None:
    code = 'package main\nport := "8081"\nhttp.ListenAndServe(":9090", other)\nhttp.ListenAndServe(":" + port, mux)\n'

    assert values(look("go", plant({"go.mod": "module x\n", "main.go": code})))["port"] == 8081
