"""`gitopsgen pin`, against a registry on loopback and git repositories on disk; nothing else is ever asked."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitopsgen.compiler import generate, inspect
from gitopsgen.outcome import Outcome
from gitopsgen.pins.model import PINS, Pins, parse_pins, pins_text
from gitopsgen.pins.used import Used
from gitopsgen.repin import update as repin
from gitopsgen.report.pins import pins_text as report
from gitopsgen.report.text import diagnostics_text
from tests.trees import PUSH, SMALLEST, Ran, read_tree, run, write_tree

from .registry import Registry, running

DIGEST = f"sha256:{'ab' * 32}"
OTHER = f"sha256:{'cd' * 32}"
BUILDKITE = ".buildkite/storefront.yml"
DOCKERFILE = ".gitopsgen/templates/runtime/node/Dockerfile"


@pytest.fixture(scope="module")
def server() -> Iterator[Registry]:
    with running() as registry:
        yield registry


@pytest.fixture
def registry(server: Registry) -> Registry:
    server.digests, server.bodies, server.status, server.realm = {"acme/node:1": DIGEST}, {}, 0, ""
    server.asked.clear()
    return server


def git(*words: str, cwd: Path) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "tag.gpgSign=false")
    return subprocess.run(["git", *who, *words], cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


class Actions:
    """The git host of the actions: a folder that git's configuration puts in the place of https://github.com/."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        config = folder / "config"
        folder.mkdir()
        config.write_text(f'[url "file://{folder}/"]\n\tinsteadOf = https://github.com/\n', encoding="utf-8")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def commit(self, name: str) -> str:
        where = self._folder / name
        if not where.exists():
            where.mkdir(parents=True)
            git("init", "--quiet", "--initial-branch", "main", cwd=where)
        git("commit", "--quiet", "--allow-empty", "--message", "a", cwd=where)
        return git("rev-parse", "HEAD", cwd=where)

    def tag(self, name: str, tag: str, commit: str) -> None:
        """An annotated tag: an object of its own, whose own hash is not the commit's."""
        git("tag", "--force", "--annotate", tag, "--message", tag, commit, cwd=self._folder / name)


@pytest.fixture
def actions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actions:
    return Actions(tmp_path / "githost", monkeypatch)


def repository(folder: Path, registry: Registry, actions: dict[str, tuple[str, str]], spec: str = SMALLEST) -> Path:
    """A repository whose only base image is one of the registry's, and whose packs pin `actions` as given."""
    layers = {DOCKERFILE: f'FROM <%= base("{registry.host}/acme/node:1") %> AS base\nUSER 10001\n'}
    text = (Path(__file__).parents[2] / "templates/ci/github-actions/pack.yaml").read_text(encoding="utf-8")
    for name, (tag, sha) in actions.items():
        text, count = re.subn(rf"uses: {name}@\w+, tag: [^,}}]+", f'uses: {name}@{sha}, tag: "{tag}"', text)
        assert count == 1
    # Only the actions that the test is about.
    layers[".gitopsgen/templates/ci/github-actions/pack.yaml"] = text
    for step, name in {"checkout": "checkout", "build-push": "build", "registry-login": "login"}.items():
        used = f"<%= ci.data.actions.{name}.uses %>" if any(name in known for known in actions) else "./x"
        tag = f"  # <%= ci.data.actions.{name}.tag | inside %>" if used != "./x" else ""
        layers[f".gitopsgen/templates/ci/github-actions/steps/{step}.yaml"] = (
            f"      - name: <%= step.title %>\n        id: push\n        uses: {used}{tag}\n"
        )
    layers[".gitopsgen/templates/runtime/node/steps/github-actions.yaml"] = "      - run: <%= runtime.test %>\n"
    return write_tree(
        folder / "repo", {"gitopsgen.yaml": spec, "package.json": "{}", "package-lock.json": "{}", **layers}
    )


def generated(root: Path) -> tuple[str, str]:
    outcome = generate(str(root))
    assert outcome.exit_code == 0, diagnostics_text(outcome.diagnostics)
    files = read_tree(root)
    return files["Dockerfile"], files[".github/workflows/storefront.yaml"]


def listed(root: Path) -> dict[str, Used]:
    found = repin.pinned(str(root))
    assert isinstance(found, repin.Listing)
    return {item.name: item for item in found.items}


def update(root: Path, *names: str) -> Ran:
    """What `gitopsgen pin --update NAMES` does, without a process."""
    wanted = dict(name.split("@") for name in names)
    found = repin.update(str(root), wanted, "2026-11-27", lambda _: None)
    if isinstance(found, Outcome):
        return Ran(found.exit_code, "", diagnostics_text(found.diagnostics))
    return Ran(0, report(found.items, found.newer, updated=True), "")


def test_a_digest_is_recorded_and_the_next_generate_uses_it(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    root = repository(tmp_path, registry, {})
    assert f"FROM {registry.host}/acme/node:1 AS base\n" in generated(root)[0]
    ran = update(root)
    assert ran.code == 0, ran.err
    assert "gitopsgen generate" in ran.out
    # The pins are an input: what was up to date is not any more.
    assert inspect(str(root)).exit_code == 1
    assert f"FROM {registry.host}/acme/node:1@{DIGEST} AS base\n" in generated(root)[0]
    assert inspect(str(root)).exit_code == 0
    item = listed(root)[f"{registry.host}/acme/node"]
    assert (item.version, item.fixed, item.checked, item.pinned) == ("1", DIGEST, "2026-11-27", True)
    # Asked without a token first, then with the one that everybody gets, and never for more than the headers.
    assert [(method, path.partition("?")[0]) for method, path, _ in registry.asked] == [
        ("HEAD", "/v2/acme/node/manifests/1"),
        ("GET", "/token"),
        ("HEAD", "/v2/acme/node/manifests/1"),
    ]


def test_a_plugin_that_is_named_by_a_tag_gets_the_commit_of_it(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    name, known = "buildkite-plugins/docker-buildkite-plugin", "v5.13.0"
    pinned = actions.commit(name)
    actions.tag(name, known, pinned)
    root = repository(tmp_path, registry, {}, f"{SMALLEST}ci: buildkite\n")
    # The container of the tests is the registry's image too, so that no other is asked.
    job = (Path(__file__).parents[2] / "templates/ci/buildkite/job.yaml").read_text(encoding="utf-8")
    own = job.replace("base(job.image)", f'base("{registry.host}/acme/node:1")')
    write_tree(root, {".gitopsgen/templates/ci/buildkite/job.yaml": own})
    assert generate(str(root)).exit_code == 0
    assert f'      - "https://github.com/{name}#{known}":\n' in read_tree(root)[BUILDKITE]
    assert (listed(root)[name].fixed, listed(root)[name].moves) == ("", True)

    assert update(root).code == 0
    assert generate(str(root)).exit_code == 0
    assert (
        f'      # The release {known}.\n      - "https://github.com/{name}#{pinned}":\n' in read_tree(root)[BUILDKITE]
    )
    assert (listed(root)[name].fixed, listed(root)[name].moves) == (pinned, False)

    # From now on a release that moves is an error.
    actions.tag(name, known, actions.commit(name))
    ran = update(root)
    assert ran.code != 0
    assert f"the release {known} was the commit {pinned}" in ran.err


def test_generate_and_check_ask_nobody(tmp_path: Path, registry: Registry, actions: Actions) -> None:
    root = repository(tmp_path, registry, {})
    for words in (("generate",), ("pin",)):
        assert run(*words, cwd=root).code == 0
    assert registry.asked == []


def test_the_command_line_records_and_lists(tmp_path: Path, registry: Registry, actions: Actions) -> None:
    root = repository(tmp_path, registry, {})
    ran = run("pin", "--update", cwd=root)
    assert ran.code == 0, ran.err
    assert ran.out.endswith("recorded in .gitopsgen/pins.yaml; `gitopsgen generate` uses it\n")
    pins = json.loads(run("pin", "--format", "json", cwd=root).out)["pins"]
    assert [item["fixed"] for item in pins if item["kind"] == "image"] == [DIGEST]


def test_a_moved_tag_changes_the_record_and_a_registry_without_the_header_is_read(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    root = repository(tmp_path, registry, {})
    assert update(root).code == 0
    body = b'{"schemaVersion": 2}'
    registry.digests, registry.bodies = {}, {"acme/node:1": body}
    assert update(root).code == 0
    assert f"@sha256:{hashlib.sha256(body).hexdigest()}" in generated(root)[0]


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "it has no such image"), (403, "it refuses"), (429, "too many questions"), (500, "it answers 500")],
)
def test_what_a_registry_refuses_is_said_and_nothing_is_written(
    tmp_path: Path, registry: Registry, actions: Actions, status: int, said: str
) -> None:
    root = repository(tmp_path, registry, {})
    registry.status = status
    ran = update(root)
    assert ran.code == 4
    assert f"pin.lookup: {registry.host}/acme/node" in ran.err
    assert said in ran.err
    assert not (root / PINS).exists()


@pytest.mark.parametrize(
    ("realm", "said"), [("http://token.example.com/x", "no https address"), ("https://[abc", "no address")]
)
def test_nobody_is_asked_for_a_token_where_it_would_be_read_on_the_way(
    tmp_path: Path, registry: Registry, actions: Actions, realm: str, said: str
) -> None:
    root = repository(tmp_path, registry, {})
    registry.realm = realm
    ran = update(root)
    assert ran.code == 4
    assert said in ran.err
    assert len(registry.asked) == 1


def test_a_registry_that_is_not_there_is_said(tmp_path: Path, registry: Registry, actions: Actions) -> None:
    root = repository(tmp_path, registry, {})
    path = root / DOCKERFILE
    path.write_text(path.read_text().replace(registry.host, "localhost:1"), encoding="utf-8")
    ran = update(root)
    assert ran.code == 4
    assert "localhost:1: it cannot be reached" in ran.err


def test_an_action_that_is_what_its_pack_says_gets_no_record(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    sha = actions.commit("actions/checkout")
    actions.tag("actions/checkout", "v7.0.1", sha)
    newer = actions.commit("actions/checkout")
    actions.tag("actions/checkout", "v7.1.0", newer)
    root = repository(tmp_path, registry, {"actions/checkout": ("v7.0.1", sha)})
    ran = update(root)
    assert ran.code == 0, ran.err
    assert "v7.1.0 is newer" in ran.out
    assert "actions:" not in (root / PINS).read_text()
    # Asked for, it is taken, with the commit and not the hash of the tag.
    assert update(root, "actions/checkout@v7.1.0").code == 0
    assert f"uses: actions/checkout@{newer}  # v7.1.0\n" in generated(root)[1]
    # And stays, whatever else is refreshed.
    assert update(root).code == 0
    assert listed(root)["actions/checkout"].version == "v7.1.0"


def test_a_release_that_moved_is_reported_and_taken_only_when_named(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    known = actions.commit("actions/checkout")
    now = actions.commit("actions/checkout")
    actions.tag("actions/checkout", "v7.0.1", now)
    root = repository(tmp_path, registry, {"actions/checkout": ("v7.0.1", known)})
    ran = update(root)
    assert ran.code == 4
    assert f"pin.moved: actions/checkout: the release v7.0.1 was the commit {known} and is {now} now" in ran.err
    assert not (root / PINS).exists()
    assert update(root, "actions/checkout@v7.0.1").code == 0
    assert f"actions/checkout@{now}" in generated(root)[1]


def test_a_major_tag_moves_by_design(tmp_path: Path, registry: Registry, actions: Actions) -> None:
    known = actions.commit("actions/checkout")
    now = actions.commit("actions/checkout")
    actions.tag("actions/checkout", "v7", now)
    root = repository(tmp_path, registry, {"actions/checkout": ("v7", known)})
    assert update(root).code == 0
    assert f"actions/checkout@{now}  # v7\n" in generated(root)[1]


def test_when_the_pack_knows_a_newer_release_than_the_record_the_pack_wins(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    shas = [actions.commit("actions/checkout") for _ in range(3)]
    for number, sha in enumerate(shas):
        actions.tag("actions/checkout", f"v7.{number}.0", sha)
    root = repository(tmp_path, registry, {"actions/checkout": ("v7.0.0", shas[0])})
    assert update(root, "actions/checkout@v7.1.0").code == 0
    manifest = root / ".gitopsgen/templates/ci/github-actions/pack.yaml"
    manifest.write_text(manifest.read_text().replace(shas[0], shas[2]).replace('"v7.0.0"', '"v7.2.0"'))
    assert f"actions/checkout@{shas[1]}  # v7.1.0\n" in generated(root)[1]
    assert update(root).code == 0
    assert f"actions/checkout@{shas[2]}  # v7.2.0\n" in generated(root)[1]


def test_every_failure_is_told_and_nothing_is_written(tmp_path: Path, registry: Registry, actions: Actions) -> None:
    actions.commit("docker/login-action")
    root = repository(
        tmp_path, registry, {"actions/checkout": ("v7.0.1", "1" * 40), "docker/login-action": ("v4.1.0", "2" * 40)}
    )
    ran = update(root)
    assert ran.code == 4
    assert "actions/checkout: https://github.com/actions/checkout:" in ran.err
    assert "docker/login-action: it has no tag v4.1.0" in ran.err
    assert not (root / PINS).exists()
    before = b"tools: {}\n"
    (root / PINS).write_bytes(before)
    assert update(root).code == 4
    assert (root / PINS).read_bytes() == before


def test_tools_of_the_pipeline_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_tree(tmp_path, {"gitopsgen.yaml": PUSH, "package.json": "{}", "package-lock.json": "{}"})
    (root / PINS).parent.mkdir()
    (root / PINS).write_text('tools: {kubelogin: {version: v0.3.0, checked: "2026-11-01"}}\n', encoding="utf-8")
    assert "kubelogin-version: v0.3.0\n" in generated(root)[1]
    item = listed(root)["kubelogin"]
    assert (item.kind, item.version, item.checked) == ("tool", "v0.3.0", "2026-11-01")


def test_a_base_image_without_a_digest_among_others_is_a_warning(
    tmp_path: Path, registry: Registry, actions: Actions
) -> None:
    root = repository(tmp_path, registry, {})
    assert update(root).code == 0
    path = root / DOCKERFILE
    path.write_text(path.read_text().replace("node:1", "node:2"), encoding="utf-8")
    outcome = generate(str(root))
    assert outcome.exit_code == 0
    assert f"warning: pins.missing: {registry.host}/acme/node:2 has no digest" in diagnostics_text(outcome.diagnostics)


def test_the_names_of_an_update_are_checked(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, "package.json": "{}", "package-lock.json": "{}"})
    ran = update(root, "actions/chekout@v1")
    assert ran.code == 2
    assert 'did you mean "actions/checkout"' in ran.err
    for words in (["actions/checkout@v1"], ["--update", "actions/checkout"], ["--update", "a/b@--upload-pack=x"]):
        assert run("pin", *words, cwd=root).code == 2


def test_what_is_written_is_read_back_as_it_was() -> None:
    text = (
        b'images: {"node:1": {digest: "' + DIGEST.encode() + b'", checked: 2026-11-27}}\n'
        b'actions: {a/b: {tag: v1, sha: "' + b"0" * 40 + b'", checked: 2026-11-27}}\n'
        b"tools: {kubectl: {version: v1.2.3, checked: 2026-11-27}}\n"
    )
    pins = parse_pins(text)
    assert isinstance(pins, Pins)
    assert parse_pins(pins_text(pins)) == pins
    assert pins_text(pins) == pins_text(parse_pins(pins_text(pins)))  # type: ignore[arg-type]


def test_a_link_in_the_place_of_the_pins_is_refused(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, "package.json": "{}", "package-lock.json": "{}"})
    (root / PINS).parent.mkdir()
    (root / PINS).symlink_to("../package.json")
    outcome = inspect(str(root))
    assert outcome.exit_code == 3
    assert [found.code for found in outcome.diagnostics] == ["pins.unreadable"]
