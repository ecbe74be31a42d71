"""What is mounted over the app, wherever the runtime's image has it, is refused; what the image has not is free."""

import pytest

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from tests.runtimes.golden import COMPILER, HEADER


@pytest.mark.parametrize(
    ("section", "hides", "free"),
    [
        ("name: java", ["/app"], ["/app/data", "/usr/local/tomcat"]),
        ("name: kotlin, framework: tomcat", ["/usr/local/tomcat/webapps/ROOT", "/usr/local/tomcat"], ["/app"]),
        ("name: bun, include: [src]", ["/app", "/app/src"], ["/app/src/uploads", "/app/data"]),
        ("name: python, include: [app/views]", ["/app", "/venv", "/app/app"], ["/app/data", "/app/appendix"]),
        ("name: python, folder: api, workspaces: [api], include: [src]", ["/app/api", "/app/api/src"], ["/app/src"]),
        ("name: ruby", ["/app", "/bundle"], ["/app/storage"]),
        ("name: go, assets: [templates]", ["/app", "/app/templates"], ["/app/cache"]),
        ("name: static", ["/usr/share/nginx", "/usr/share/nginx/html", "/etc/nginx"], ["/app", "/var/cache/nginx"]),
        ("name: dockerfile", [], ["/app", "/venv"]),
    ],
)
def test_mounts_over_the_app(section: str, hides: list[str], free: list[str]) -> None:
    for mount in [*hides, *free]:
        spec = HEADER + f"runtime: {{{section}}}\nvolumes: {{files: {{mount: {mount}}}}}\n".encode()
        outcome = COMPILER.compile(spec, Root("/nonexistent"))
        codes = [] if isinstance(outcome, Compiled) else [found.code for found in outcome.diagnostics]
        assert codes == ["rule.mount-hides"] * (mount in hides), (mount, codes)
