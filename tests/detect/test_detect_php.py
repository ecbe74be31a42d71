"""PHP repositories: Laravel, Symfony and plain, versions, document roots, tests."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.detect.looking import APPS, look, values

Plant = Callable[[Mapping[str, str]], Path]


def composer(php: str = "^8.3", require: str = "", dev: str = "") -> dict[str, str]:
    packages = {"require": {"php": php} | ({require: "*"} if require else {}), "require-dev": {dev: "*"} if dev else {}}
    return {"composer.json": json.dumps({"name": "acme/shop"} | packages), "composer.lock": "{}"}


def test_the_sample_app() -> None:
    found = look("php", APPS / "php-plain")

    facts = values(found)
    health, package = found.problems
    assert health.startswith("health: ") and "a package lies in dev/checks" in package
    assert (facts["framework"], facts["documentRoot"], facts["test"]) == ("plain", "public", "composer test")
    assert facts["include"] == ["composer.json", "composer.lock", "public", "src"]
    assert facts["port"] == 8080


@pytest.mark.parametrize(
    ("files", "framework", "test", "health"),
    [
        (
            composer(require="laravel/framework")
            | {"artisan": "", "public/index.php": "", "bootstrap/app.php": "withRouting(\n    health: '/up',\n"},
            "laravel",
            "php artisan test",
            "/up",
        ),
        (
            composer(require="symfony/framework-bundle", dev="phpunit/phpunit")
            | {"bin/console": "", "public/index.php": "", "src/Controller/Health.php": "#[Route('/healthz')]\n"},
            "symfony",
            "vendor/bin/phpunit",
            "/healthz",
        ),
        (composer(dev="pestphp/pest") | {"index.php": ""}, "plain", "vendor/bin/pest", None),
    ],
)
def test_frameworks(plant: Plant, files: Mapping[str, str], framework: str, test: str, health: str | None) -> None:
    found = look("php", plant(files))

    facts = values(found)
    said = [problem.partition(":")[0] for problem in found.problems if "APP_KEY" not in problem]
    assert said == ([] if health else ["health"])
    assert (facts["framework"], facts["test"], facts.get("health")) == (framework, test, health)
    assert facts["documentRoot"] == ("." if "index.php" in files else "public")


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("^8.2", "8.5"),
        ("^7.4|^8.0", "8.5"),
        ("^7.4 || ~8.3.0", "8.3"),
        (">=8.1 <8.5", "8.4"),
        ("8.4.*", "8.4"),
        ("~7.4", None),
    ],
)
def test_the_version_of_composer_json(plant: Plant, written: str, version: str | None) -> None:
    found = look("php", plant(composer(php=written) | {"index.php": ""}))

    assert values(found).get("version") == version
    assert version or any(f"says {written}; none of" in problem for problem in found.problems)


def test_extensions_are_those_that_composer_json_asks_for(plant: Plant) -> None:
    needs = {"ext-gd": "*", "ext-intl": "*", "ext-pdo_mysql": "*", "ext-redis": "^6", "ext-json": "*", "ext-odd": "*"}
    found = look("php", plant({"composer.json": json.dumps({"require": needs}, indent=2), "public/index.php": ""}))

    assert values(found)["extensions"] == ["gd", "intl", "pdo_mysql", "redis"]
    said = [problem for problem in found.problems if "ext-" in problem]
    assert [problem.partition(", which")[0] for problem in said] == [
        "composer.json require.ext-odd, line 8: composer.json asks for ext-odd"
    ]
