"""What a person sees and answers on a terminal, and what is never asked."""

import re
from pathlib import Path

import pytest
import yaml

from tests.terminal import talk
from tests.trees import run, write_tree

APP = {
    "package.json": '{"name": "shop", "scripts": {"start": "node app.js"}, "dependencies": {"express": "5"}}',
    "package-lock.json": "{}",
    "app.js": 'app.get("/healthz")\napp.listen(3000)\n',
}
MODULES = {
    "pom.xml": "<project><artifactId>parent</artifactId><parent><artifactId>spring-boot-starter-parent</artifactId>"
    "</parent><properties><java.version>21</java.version></properties></project>",
    "mvnw": "",
} | {
    f"{name}/pom.xml": f"<project><artifactId>{name}</artifactId><build><plugins><plugin><artifactId>"
    "spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>"
    for name in ("billing", "orders")
}
URL = "https://github.com/acme/shop.git"


def spec(root: Path) -> dict[str, object]:
    return dict(yaml.safe_load((root / "gitopsgen.yaml").read_text()))


def test_a_number_answers_a_list_and_enter_is_no_answer_where_there_is_no_default(tmp_path: Path) -> None:
    screen = talk(["init"], write_tree(tmp_path, APP), ["3", "0", "2", "", "docker.io/acme/shop", URL])

    assert "How is it delivered? (push, pull)" in screen
    assert screen.count("is not one of 'push', 'pull'") == 2, "a number that the list does not have is asked again"
    assert screen.count("Which image, without a tag?") == 2
    assert "This has no default; it must be answered." in screen
    assert spec(tmp_path)["mode"] == "pull"


def test_a_command_that_is_asked_for_may_be_none_of_those_found(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "django\ngunicorn\nuvicorn\n",
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    }
    command = "gunicorn -k x.Worker --bind 0.0.0.0:8090 shop.asgi:application"
    talk(["init"], write_tree(tmp_path, files), ["pull", "docker.io/acme/shop", URL, command, "/healthz"])

    assert spec(tmp_path)["runtime"]["start"] == command.split()  # type: ignore[index]
    assert spec(tmp_path)["port"] == 8090, "what the command says"


def test_a_runtime_that_is_answered_is_looked_at_before_the_next_question(tmp_path: Path) -> None:
    files = APP | {"requirements.txt": "flask\n", "app.py": "app.run(port=5000)\n"}
    screen = talk(["init"], write_tree(tmp_path, files), ["pull", "docker.io/acme/shop", URL, "node"])

    after = screen.partition("Which runtime?")[2]
    assert "port: " not in screen.partition("Which runtime?")[0]
    assert "express on 3000 (app.js:2)" in after
    assert "Which port" not in after
    assert spec(tmp_path)["port"] == 3000


def test_a_dockerfile_alone_is_the_answer_that_enter_takes(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM nimlang/nim:2.2.4\nEXPOSE 5000\n", "app.nim": ""}
    answers = ["pull", "docker.io/acme/shop", URL, "", ""]
    screen = talk(["init"], write_tree(tmp_path, files), answers)

    assert "No runtime is recognised, and there is a Dockerfile. Which runtime?" in screen
    assert "[dockerfile]" in screen
    assert (spec(tmp_path)["runtime"], spec(tmp_path)["port"]) == ({"name": "dockerfile"}, 5000)


def test_without_a_dockerfile_the_question_says_what_one_is_for(tmp_path: Path) -> None:
    ran = run("init", "--yes", cwd=write_tree(tmp_path, {"app.nim": ""}))

    assert "--runtime                        Which runtime? (dockerfile: A Dockerfile that is there already" in ran.err


def test_modules_are_asked_about_and_only_the_port_of_the_chosen_one_counts(tmp_path: Path) -> None:
    write_tree(tmp_path, MODULES | {"orders/src/main/resources/application.properties": "server.port=8085\n"})
    flags = ("init", "--yes", "--mode", "pull", "--image", "docker.io/acme/shop")
    ran = run(*flags, cwd=tmp_path)

    assert ran.code == 2
    assert "--set runtime.module=VALUE       Which module is the app? (billing/pom.xml" in ran.err
    assert "8085" not in ran.err and "8080" not in ran.err

    pushed = {"Jenkinsfile": "sh 'docker push reg.acme.io/shop/billing'\n"}
    ran = run("init", "--yes", "--mode", "pull", "--set", "runtime.module=orders", cwd=write_tree(tmp_path, pushed))
    assert "  --image" in ran.err, "what is pushed is the other one's"
    (tmp_path / "Jenkinsfile").unlink()

    screen = talk(["init"], tmp_path, ["pull", "docker.io/acme/shop", URL, "2", ""])
    assert (
        "spring-boot on 8085 (orders/src/main/resources/application.properties:1)"
        in screen.partition("Which module")[2]
    )
    assert (spec(tmp_path)["name"], spec(tmp_path)["port"]) == ("orders", 8085)


def test_which_of_two_ci_systems_delivers_is_asked(tmp_path: Path) -> None:
    both = {".gitlab-ci.yml": "test: {script: [npm test]}\n", ".circleci/config.yml": "version: 2.1\n"}
    flags = ("init", "--yes", "--mode", "pull", "--image", "docker.io/acme/shop")
    ran = run(*flags, cwd=write_tree(tmp_path, APP | both))

    assert ran.code == 2
    assert "--ci                             Which one delivers? (" in ran.err
    assert ".circleci/config.yml says circleci" in ran.err and ".gitlab-ci.yml says gitlab-ci" in ran.err


def test_pages_say_whether_a_path_without_a_file_is_one_of_theirs(tmp_path: Path) -> None:
    pages = {"package-lock.json": "{}", "index.html": ""}
    with_router = (
        '{"scripts": {"build": "vite build"}, "dependencies": {"vue-router": "4"}, "devDependencies": {"vite": "7"}}'
    )
    flags = ("init", "--yes", "--mode", "pull", "--image", "docker.io/acme/shop")
    ran = run(*flags, cwd=write_tree(tmp_path / "router", pages | {"package.json": with_router}))

    assert ran.code == 0, ran.err
    assert re.search(r"runtime\.spa +true  \(", ran.err) and "no router is among the dependencies" not in ran.err
    assert "spa: true" in (tmp_path / "router/gitopsgen.yaml").read_text()

    without = with_router.replace('"vue-router"', '"vue"')
    ran = run(*flags, cwd=write_tree(tmp_path / "plain", pages | {"package.json": without}))
    assert "? runtime.spa: no router is among the dependencies, so a path without a file is not found" in ran.err
    assert "spa" not in (tmp_path / "plain/gitopsgen.yaml").read_text()


def test_a_system_that_nobody_knows_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app.nim": ""})
    for flag, name, said in (
        ("--runtime", "cobol", 'gitopsgen knows no runtime "cobol"\nchoose '),
        ("--runtime", "pyton", 'gitopsgen knows no runtime "pyton"; did you mean "python"?\nchoose '),
        ("--operator", "fluxx", 'gitopsgen knows no gitops "fluxx"; did you mean "flux"?\nchoose argocd, flux'),
        ("--ci", "gitlab", 'did you mean "gitlab-ci"?'),
    ):
        ran = run("init", "--yes", flag, name, cwd=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert f"{flag} {name}: " in ran.err and said in ran.err
        assert "say it by" not in ran.err


def test_where_two_places_disagree_about_the_port_none_is_offered(tmp_path: Path) -> None:
    files = APP | {"app.js": "app.listen(3000)\nother.listen(9090)\n"}
    screen = talk(["init"], write_tree(tmp_path, files), ["pull", "docker.io/acme/shop", URL, "", "9090", ""])

    question = screen.partition("Which port")[2]
    assert "3000" in question.partition("\n")[0] and "9090" in question.partition("\n")[0]
    assert "[8080]" not in screen
    assert spec(tmp_path)["port"] == 9090


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("serve(app)\n", "no file tells"),
        ("app.listen(process.env.PORT)\n", "app.js:1 says process.env.PORT, which cannot be told"),
    ],
)
def test_a_port_that_no_file_tells_is_not_offered_either(tmp_path: Path, code: str, why: str) -> None:
    files = APP | {"app.js": code}
    screen = talk(["init"], write_tree(tmp_path, files), ["pull", "docker.io/acme/shop", URL, "", "9090", ""])

    assert f"Which port does the app listen on? ({why})" in screen and "[8080]" not in screen
    assert spec(tmp_path)["port"] == 9090


def test_the_default_that_a_question_names_is_taken_by_enter(tmp_path: Path) -> None:
    screen = talk(["init"], write_tree(tmp_path, APP | {".nvmrc": "18\n"}), ["pull", "docker.io/acme/shop", URL, ""])

    default = re.search(r"Which version\? \(.*the default is (\d+)\) \[\1\]:", screen)
    assert default, screen
    assert spec(tmp_path)["runtime"]["version"] == default[1]  # type: ignore[index]


def test_an_answer_that_the_spec_refuses_is_asked_for_again(tmp_path: Path) -> None:
    files = APP | {".nvmrc": "18\n", "app.js": 'app.get("/healthz")\nserve(app)\n'}
    answers = ["pull", "docker.io/acme/shop", URL, "20", "24", "80", "http", "9090", ""]
    screen = talk(["init"], write_tree(tmp_path, files), answers)

    assert screen.count("Which version?") == 2 and screen.count("Which port") == 3, screen
    assert screen.count("    cure: ") >= 2
    assert spec(tmp_path)["port"] == 9090
    assert spec(tmp_path)["runtime"]["version"] == "24"  # type: ignore[index]
