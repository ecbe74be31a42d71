"""Python repositories: versions, package managers, frameworks, how they start and where they listen."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.detect.looking import APPS, look, values

Plant = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize("app", ["python-pip", "python-uv", "python-poetry"])
def test_what_is_found_in_a_sample_app_is_what_its_spec_says(app: str) -> None:
    spec = yaml.safe_load((APPS / app / "gitopsgen.yaml").read_text())

    found = look("python", APPS / app)

    known = ("runtime.version: nothing names one", "site_config/settings.py:5: the app reads SECRET_KEY")
    assert [line for line in found.problems if not line.startswith(known)] == []
    facts = values(found)
    assert {key: facts[key] for key in spec["runtime"] if key != "include"} == {
        key: value for key, value in spec["runtime"].items() if key != "include"
    }
    assert (facts["port"], facts["health"]) == (8000, "/healthz")


@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        (".python-version", "3.12.4\n", "3.12"),
        (".python-version", "cpython@3.13\n", "3.13"),
        ("runtime.txt", "python-3.11.9\n", "3.11"),
        (".tool-versions", "nodejs 24\npython 3.12.1\n", "3.12"),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.11,<3.13"\n', "3.12"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\n', "3.14"),
        ("Pipfile", '[requires]\npython_version = "3.11"\n', "3.11"),
        ("Dockerfile", "FROM python:3.13-slim AS build\n", "3.13"),
    ],
)
def test_the_version_is_where_people_write_it(plant: Plant, file: str, text: str, version: str) -> None:
    assert values(look("python", plant({"requirements.txt": "flask\n", file: text})))["version"] == version


def test_two_places_that_disagree_about_the_version_are_no_version(plant: Plant) -> None:
    found = look(
        "python", plant({"requirements.txt": "", ".python-version": "3.11\n", "runtime.txt": "python-3.13.1\n"})
    )

    assert "version" not in values(found)
    assert any(".python-version:1 says 3.11, runtime.txt:1 says 3.13.1" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"requirements.txt": "flask\n"}, "pip"),
        ({"pyproject.toml": "", "uv.lock": "", "requirements.txt": ""}, "uv"),
        ({"pyproject.toml": "", "poetry.lock": ""}, "poetry"),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'}, "poetry"),
        ({"pyproject.toml": "", "pdm.lock": ""}, "pdm"),
        ({"Pipfile": "", "Pipfile.lock": "{}"}, "pipenv"),
        ({"pyproject.toml": "", "uv.lock": "", "poetry.lock": ""}, None),
        ({"pyproject.toml": "", "main.py": ""}, None),
    ],
)
def test_the_package_manager_is_told_by_its_lock_file(
    plant: Plant, files: Mapping[str, str], manager: str | None
) -> None:
    found = look("python", plant(files))

    assert values(found).get("packageManager") == manager
    assert manager or any(problem.startswith("runtime.packageManager: ") for problem in found.problems)


FASTAPI = "from fastapi import FastAPI\n\napi = FastAPI(title='shop')\n"


@pytest.mark.parametrize(
    ("files", "framework", "start", "port"),
    [
        (
            {"requirements.txt": "fastapi[standard]>=0.1\n", "app/main.py": FASTAPI},
            "fastapi",
            "uvicorn app.main:api",
            8000,
        ),
        ({"requirements.txt": "Flask==3\n", "wsgi.py": "from shop import app\n"}, "flask", "gunicorn wsgi:app", 8000),
        (
            {
                "requirements.txt": "django\n",
                "manage.py": 'setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")\n',
            },
            "django",
            "gunicorn shop.wsgi:application",
            8000,
        ),
        (
            {"requirements.txt": "aiohttp\n", "main.py": 'run_app(app, port=int(os.environ.get("PORT", "5050")))\n'},
            "plain",
            "python main.py",
            5050,
        ),
        (
            {"requirements.txt": "flask\n", "Procfile": "web: gunicorn shop:app --workers 2 --bind 0.0.0.0:$PORT\n"},
            "flask",
            "gunicorn shop:app --workers 2",
            8000,
        ),
        ({"requirements.txt": "flask-cors\n", "main.py": "main()\n"}, "plain", "python main.py", None),
        ({"requirements.txt": "flask\n", "shop/views.py": "app = Flask(__name__)\n"}, "flask", None, None),
        (
            {
                "requirements.txt": "flask\n",
                "Procfile": "web: sh -c 'gunicorn $APP'\n",
                "app.py": "app = Flask(__name__)\n",
            },
            "flask",
            "gunicorn app:app",
            8000,
        ),
    ],
)
def test_how_it_starts_and_where_it_listens(
    plant: Plant, files: Mapping[str, str], framework: str, start: str | None, port: int | None
) -> None:
    found = look("python", plant(files))

    facts = values(found)
    assert facts["framework"] == framework
    assert facts.get("start") == (start.split() if start else None)
    assert start or any(problem.startswith("runtime.start: ") for problem in found.problems)
    assert facts.get("port") == port


def test_two_ports_are_no_port(plant: Plant) -> None:
    found = look(
        "python",
        plant(
            {
                "requirements.txt": "flask\n",
                "app.py": "app = Flask(__name__)\napp.run(port=5000)\n",
                "config.py": "PORT = 5001\n",
            }
        ),
    )

    assert "port" not in values(found)
    assert any(problem.startswith("port: app.py:2 says 5000, config.py:1 says 5001") for problem in found.problems)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("STATIC_URL = 'static/'\n", True),
        ("STATIC_URL = 'static/'\nSTATIC_ROOT = BASE_DIR / 'static'\n", False),
        ("", False),
    ],
)
def test_django_is_told_where_its_static_files_are_to_go(plant: Plant, settings: str, said: bool) -> None:
    files = {"manage.py": "", "requirements.txt": "django\n", "shop/settings.py": settings, "shop/wsgi.py": ""}
    problems = "\n".join(look("python", plant(files)).problems)
    assert (
        "shop/settings.py:1: `collectstatic`, which the build of the image runs, needs STATIC_ROOT" in problems
    ) is said


@pytest.mark.parametrize(
    ("file", "text", "packages"),
    [
        ("requirements.txt", "flask\npsycopg2==2.9\nmysqlclient\n", ["libmariadb3", "libpq5"]),
        ("requirements.txt", "psycopg2-binary==2.9\n", None),
        ("requirements.txt", "psycopg[binary]\n# psycopg2\n", None),
        ("pyproject.toml", '[project]\ndependencies = ["flask", "psycopg[c]>=3"]\n', ["libpq5"]),
    ],
)
def test_the_libraries_that_packages_load(plant: Plant, file: str, text: str, packages: list[str] | None) -> None:
    assert values(look("python", plant({file: text}))).get("packages") == packages


@pytest.mark.parametrize(
    ("needs", "guard", "procfile", "told"),
    [
        ("flask", 'if __name__ == "__main__":\n    ', {}, False),
        ("flask", "", {}, True),
        ("flask", 'if __name__ == "__main__":\n    ', {"Procfile": "web: python app.py\n"}, True),
        ("flask", 'if __name__ == "__main__":\n    ', {"Procfile": "web: gunicorn app:app\n"}, False),
        ("aiohttp", 'if __name__ == "__main__":\n    ', {}, True),
    ],
)
def test_what_a_server_does_not_run_says_no_address(
    plant: Plant, needs: str, guard: str, procfile: Mapping[str, str], told: bool
) -> None:
    code = f'app = Flask(__name__)\n{guard}app.run(host="127.0.0.1")\n'
    found = look("python", plant({"requirements.txt": f"{needs}\n", "app.py": code, **procfile}))

    assert any("127.0.0.1 alone" in line for line in found.problems) is told


@pytest.mark.parametrize(
    ("packages", "code", "start"),
    [
        ("litestar uvicorn", "app = litestar.Litestar([index])\n", "uvicorn app:app"),
        ("litestar[standard]", "app: Litestar = Litestar([index])\n", "uvicorn app:app"),
        ("litestar", "app = Litestar([index])\n", None),
        ("litestar uvicorn", "app = litestar.X()\n", None),
        ("starlette uvicorn", "web = Starlette(routes=[])\n", "uvicorn app:web"),
        ("sanic", "app = Sanic('shop')\n", None),
        ("sanic", "app = Sanic('shop')\nif __name__ == '__main__':\n    app.run()\n", "python app.py"),
        ("aiohttp", "app = web.Application()\n", None),
        ("aiohttp", "app = web.Application()\nweb.run_app(app)\n", "python app.py"),
        ("bottle", "app = bottle.Bottle()\n", None),
        ("bottle gunicorn", "app = bottle.Bottle()\n", "gunicorn app:app"),
        ("tornado", "app = tornado.web.Application([])\n", None),
        ("tornado", "app.listen(8888)\nasyncio.run(main())\n", "python app.py"),
        ("gradio", "demo = gr.Interface(answer)\n", None),
        ("gradio", "demo = gr.Interface(answer)\ndemo.launch()\n", "python app.py"),
        (
            "litestar uvicorn",
            "app = Litestar([])\nif __name__ == '__main__':\n    uvicorn.run(app)\n",
            "uvicorn app:app",
        ),
        ("aiohttp", "app = web.Application()\ndef go():\n    web.run_app(app)\n", None),
        ("aiohttp", "subprocess.run(['x'])\napp = web.Application()\n", None),
        ("tornado", "tornado.ioloop.IOLoop.current().start()\n", "python app.py"),
        ("streamlit", "from streamlit import write\n", "streamlit run app.py --server.headless=true"),
        ("falcon uvicorn", "app = falcon.asgi.App()\n", "uvicorn app:app"),
        ("falcon gunicorn", "app = falcon.App()\n", "gunicorn app:app"),
        ("falcon", "app = falcon.App()\ndef run():\n    pass\n", None),
    ],
)
def test_a_file_that_only_defines_an_app_is_not_started_by_itself(
    plant: Plant, packages: str, code: str, start: str | None
) -> None:
    found = look("python", plant({"requirements.txt": packages.replace(" ", "\n"), "app.py": code}))

    assert " ".join(values(found).get("start", [])) == (start or "")
    assert bool(start) != any(ask.field == "runtime.start" for ask in found.asks)


def test_a_job_that_runs_through_is_offered_and_not_taken(plant: Plant) -> None:
    found = look("python", plant({"requirements.txt": "requests\n", "main.py": "print('hello')\n"}))

    assert [(offer.field, offer.value) for offer in found.offers] == [("runtime.start", "python main.py")]
    assert "start" not in values(found)
