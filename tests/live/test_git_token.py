"""The token that the scripts of pull mode push with: used for one server, and seen nowhere."""

from pathlib import Path

from . import http_remote
from .scripts import Clone, Remote, git, recorded_revision, write

TOKEN = "t0ken-that-nobody-may-see"  # noqa: S105 - a made-up one


def test_the_token_is_used_and_seen_nowhere(remote: Remote, clone: Clone, tmp_path: Path) -> None:
    (revision,) = remote.commits(1)
    git(remote.path, "config", "http.receivepack", "true")
    home = tmp_path / "home"
    write(home / ".gitconfig", "[credential]\n\thelper = store\n")
    with http_remote.serve(tmp_path, "bot", TOKEN) as url:
        git(clone.path, "remote", "set-url", "origin", f"{url}/remote.git")
        # What a checkout step leaves behind: another identity's token, which must not get in the way.
        git(clone.path, "config", f"http.{url}/.extraheader", "AUTHORIZATION: basic bm90OnRoaXM=")
        config = (clone.path / ".git/config").read_text(encoding="utf-8")
        trace = {name: str(tmp_path / f"{name}.log") for name in ("GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE2_EVENT")}
        variables = clone.variables(1, revision, HOME=str(home), GIT_TOKEN=TOKEN, GIT_USER="bot", **trace)
        del variables["GIT_CONFIG_GLOBAL"]
        result = clone.run("bump.sh", variables)
        wrong = clone.bump(2, revision, GIT_TOKEN="wrong", GIT_USER="bot")  # noqa: S106
    assert result.returncode == 0, result.stderr
    assert recorded_revision(remote.image_file()) == revision
    assert wrong.returncode != 0
    assert "Authentication failed" in wrong.stderr
    traced = Path(trace["GIT_TRACE"]).read_text(encoding="utf-8")
    assert "push --quiet origin" in traced
    assert "Authorization: Basic <redacted>" in Path(trace["GIT_TRACE_CURL"]).read_text(encoding="utf-8")
    seen = [result.stdout, result.stderr, *(Path(log).read_text(encoding="utf-8") for log in trace.values())]
    assert not [text for text in seen if TOKEN in text]
    assert (clone.path / ".git/config").read_text(encoding="utf-8") == config
    files = [path for top in (clone.path, home) for path in top.rglob("*") if path.is_file()]
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_token_without_a_remote_to_use_it_for_is_an_error(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    result = clone.bump(1, revision, GIT_TOKEN=TOKEN)
    assert result.returncode == 2
    assert "no https URL" in result.stderr
    assert TOKEN not in result.stdout + result.stderr
