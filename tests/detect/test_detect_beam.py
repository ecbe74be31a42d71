"""Elixir and Erlang repositories: the release, versions, Phoenix, ports."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.detect.looking import look, values

Plant = Callable[[Mapping[str, str]], Path]
PHOENIX = {
    "mix.exs": '  def project do\n    [\n      app: :shop,\n      elixir: "~> 1.15",\n'
    '    ]\n  end\n  defp deps, do: [\n      {:phoenix, "~> 1.8"},\n  ]\n',
    "mix.lock": "%{}\n",
    "config/config.exs": "",
    "config/runtime.exs": 'port = String.to_integer(System.get_env("PORT") || "4000")\n',
    "lib/shop_web/router.ex": 'get "/healthz", HealthController, :show\n',
    "assets/js/app.js": "",
    "priv/static/robots.txt": "",
    "test/test_helper.exs": "",
}
REBAR = {
    "rebar.config": '{minimum_otp_vsn, "27"}.\n{relx, [{release, {shop, "0.1.0"},\n  [shop, sasl]}]}.\n',
    "rebar.lock": "[].\n",
    "src/shop_app.erl": "start(_, _) -> cowboy:start_clear(http, [{port, 8085}], #{}).\n%% {port, 9}\n"
    '{"/healthz", health_h, []}\n',
}


def test_phoenix_as_it_is_generated(plant: Plant) -> None:
    found = look("elixir", plant(PHOENIX))

    facts = values(found)
    assert found.problems == []
    assert (facts["app"], facts["framework"], facts["version"]) == ("shop", "phoenix", "1.20")
    assert (facts["port"], facts["health"]) == (4000, "/healthz")
    assert facts["include"] == ["assets", "config", "lib", "mix.exs", "mix.lock", "priv"]


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({".tool-versions": "erlang 28.1\nelixir 1.19.2-otp-28\n"}, "1.19"),
        ({"mix.exs": 'app: :shop,\nelixir: ">= 1.14.0 and < 1.20.0",\n'}, "1.19"),
        ({"mix.exs": 'app: :shop,\nelixir: "~> 1.18.2 or ~> 1.16.0",\n'}, "1.18"),
        ({".tool-versions": "elixir 1.14.5\n"}, None),
    ],
)
def test_the_version_of_elixir(plant: Plant, change: Mapping[str, str], version: str | None) -> None:
    found = look("elixir", plant({**PHOENIX, **change}))

    assert values(found).get("version") == version


def test_an_umbrella_is_asked_for_its_release(plant: Plant) -> None:
    found = look("elixir", plant({"mix.exs": '[apps_path: "apps"]\n', "mix.lock": ""}))

    assert any(problem.startswith("runtime.app: mix.exs names no app") for problem in found.problems)


def test_erlang(plant: Plant) -> None:
    found = look("erlang", plant(REBAR))

    facts = values(found)
    assert found.problems == []
    assert (facts["app"], facts["version"], facts["port"], facts["health"]) == ("shop", "29", 8085, "/healthz")


def test_without_lock_file_and_release_erlang_says_what_to_do(plant: Plant) -> None:
    found = look("erlang", plant({"rebar.config": "{deps, [cowboy]}.\n"}))

    assert [problem.partition(":")[0] for problem in found.problems] == [
        "runtime.app",
        "runtime.version",
        "runtime.packageManager",
        "health",
    ]


def test_the_app_on_one_line_and_no_task_for_assets(plant: Plant) -> None:
    mix = (
        'defmodule Shop.MixProject do\n  def project, do: [app: :shop, version: "0.1.0"]\n  {:phoenix, "~> 1.8"}\nend\n'
    )
    facts = values(look("elixir", plant({**PHOENIX, "mix.exs": mix})))

    assert (facts["app"], facts["build"]) == ("shop", "mix compile")
