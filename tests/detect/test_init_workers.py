"""An app that takes its work from a queue and serves nobody is a worker: told as one, and never asked for a port."""

from pathlib import Path

import pytest

from tests.detect.looking import look, values
from tests.terminal import talk
from tests.trees import run, write_tree

URL = "https://github.com/acme/mail.git"
CELERY = {"requirements.txt": "celery\n", "tasks.py": 'app = Celery("tasks", broker=broker)\n'}
BULLMQ = {"package.json": '{"dependencies": {"bullmq": "5"}}', "worker.js": "new Worker('mail', send)\n"}
SIDEKIQ = {"Gemfile": 'gem "sidekiq"\n', "Gemfile.lock": "", "mail.rb": "class Mail\n  include Sidekiq::Job\nend\n"}
SDK = (
    '<Project Sdk="Microsoft.NET.Sdk.Worker"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>'
)
HOST = {"Mail.csproj": f"{SDK}</Project>", "Program.cs": ""}
ASYNQ = {
    "go.mod": "module mail\n",
    "main.go": "package main\nfunc main() {\n\tsrv := asynq.NewServer(redis, config)\n}\n",
}
ARQ = {"requirements.txt": "arq\n", "worker.py": "class WorkerSettings:\n    functions = [send]\n"}

STARTER = "  <dependency><artifactId>spring-boot-starter-{}</artifactId></dependency>\n"
PARENT = (
    "<project>\n  <parent><artifactId>spring-boot-starter-parent</artifactId></parent>\n"
    "  <dependencies>\n{}  </dependencies>\n</project>\n"
)
LISTENER = {"pom.xml": PARENT.format(STARTER.format("amqp"))}
BATCH = {"pom.xml": PARENT.format(STARTER.format("batch"))}
PACKAGE = {**CELERY, "tasks.py": "", "mail/celery.py": 'app = Celery("mail")\n'}
WEB = '<ItemGroup><FrameworkReference Include="Microsoft.AspNetCore.App"/></ItemGroup>'
LISTENS = "package main\nfunc api() { http.ListenAndServe(addr, nil) }\n"

WORKERS = {
    "celery": ("python", CELERY, "celery -A tasks worker"),
    "celery in a package": ("python", PACKAGE, "celery -A mail worker"),
    "arq": ("python", ARQ, "arq worker.WorkerSettings"),
    "a Procfile": ("python", {"requirements.txt": "", "Procfile": "worker: python loop.py\n"}, "python loop.py"),
    "bullmq": ("node", BULLMQ, "node worker.js"),
    "sidekiq": ("ruby", SIDEKIQ, "bundle exec sidekiq -r ./mail.rb"),
    "a host of .NET": ("dotnet", HOST, ""),
    "asynq": ("go", ASYNQ, ""),
    "a listener of Spring": ("java", LISTENER, ""),
}  # fmt: skip
SERVERS = {
    "a listener of Spring behind a server": (
        "java",
        {"pom.xml": PARENT.format(STARTER.format("amqp") + STARTER.format("web"))},
    ),
    "Django with Celery": ("python", {**CELERY, "manage.py": ""}),
    "FastAPI with Celery": ("python", {**CELERY, "requirements.txt": "celery\nfastapi\n"}),
    "a queue behind a server": ("node", {**BULLMQ, "app.js": "http.createServer(f).listen(config.port)\n"}),
    "Express with a queue": ("node", {**BULLMQ, "package.json": '{"dependencies": {"bullmq": "5", "express": "5"}}'}),
    "Sidekiq in Rails": ("ruby", {**SIDEKIQ, "config/application.rb": ""}),
    "a host that is a server": ("dotnet", {"Mail.csproj": f"{SDK}{WEB}</Project>"}),
    "asynq behind a server": ("go", {**ASYNQ, "api.go": LISTENS}),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKERS)
def test_what_serves_nobody_is_a_worker_and_its_start_is_known_or_offered(tmp_path: Path, name: str) -> None:
    runtime, files, start = WORKERS[name]
    write_tree(tmp_path, files)
    found = look(runtime, tmp_path)

    assert values(found).get("type") == "worker"
    offered = [offer.value for offer in found.offers if offer.field == "runtime.start"]
    known = values(found).get("start")
    assert (" ".join(known) if isinstance(known, list) else known or "".join(offered)) == start


@pytest.mark.parametrize("name", SERVERS)
def test_what_serves_somebody_is_none(tmp_path: Path, name: str) -> None:
    runtime, files = SERVERS[name]
    write_tree(tmp_path, files)

    assert "type" not in values(look(runtime, tmp_path))


def test_a_workspace_leaves_no_worker_out_and_asks_for_no_port(tmp_path: Path) -> None:
    apps = {"python": CELERY, "node": BULLMQ, "ruby": SIDEKIQ, "dotnet": HOST, "go": ASYNQ}
    files = {f"{name}/{path}": text for name, files in apps.items() for path, text in files.items()}
    files |= {"api/requirements.txt": "flask\ngunicorn\n", "api/app.py": "app = Flask(__name__)\n"}
    write_tree(tmp_path, files)
    flags = ("--yes", "--mode", "pull", "--image", "ghcr.io/acme", "--workspace", "--set", f"repository={URL}")
    ran = run("init", *flags, cwd=tmp_path)

    assert ran.code == 2
    assert "port" not in ran.err.partition("Error:")[2]
    assert "  --set python:runtime.start=VALUE " in ran.err and "celery -A tasks worker" in ran.err

    starts = (
        "--set",
        "python:runtime.start=[celery, -A, tasks, worker]",
        "--set",
        "ruby:runtime.start=[bundle, exec, sidekiq]",
    )
    done = run("init", *flags, *starts, cwd=tmp_path)
    assert done.code == 0, done.err
    for name in apps:
        spec = (tmp_path / name / "gitopsgen.yaml").read_text()
        assert "\ntype: worker\n" in spec and "port:" not in spec and "health:" not in spec


def test_who_is_asked_for_a_port_can_say_that_there_is_none(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": "module mail\n", "main.go": "package main\nfunc main() {\n}\n"})
    screen = talk(["init"], tmp_path, ["pull", "docker.io/acme/mail", URL, "nobody", "none"])

    assert "Which port does the app listen on? (no file tells); none: type worker" in screen
    assert "'nobody' is not a valid integer" in screen
    spec = (tmp_path / "gitopsgen.yaml").read_text()
    assert "\ntype: worker\n" in spec and "port:" not in spec


def test_a_batch_of_spring_has_no_port_and_is_told_to_end(tmp_path: Path) -> None:
    write_tree(tmp_path, BATCH)
    found = look("java", tmp_path)

    assert not {"port", "type"} & values(found).keys()
    assert any("say `type: cron`" in line for line in found.problems)
