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


@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        ("rust", {"Cargo.toml": "", "src/main.rs": 'metrics.bind("0.0.0.0:9102");\nserver.bind(cfg.addr);\n'}),
        (
            "node",
            {"package.json": "{}", "app.js": "const PORT = 8000 + Number(process.env.OFFSET)\napp.listen(PORT)\n"},
        ),
        ("python", {"requirements.txt": "flask\n", "app.py": 'app.run(port=int(os.environ["WEB_PORT"]))\n'}),
    ],
)
def test_a_port_that_only_the_environment_knows_is_left_open(plant: Plant, runtime: str, files: dict[str, str]) -> None:
    assert "port" not in values(look(runtime, plant(files)))
