"""Ruby repositories: Rails and Rack, versions, tests, ports."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.detect.looking import APPS, look, values

Plant = Callable[[Mapping[str, str]], Path]
RAILS = {
    "Gemfile": 'source "https://rubygems.org"\nruby "~> 3.3"\ngem "rails", "~> 8.0"\ngem "puma"\n',
    "Gemfile.lock": "",
    "config.ru": "run Rails.application\n",
    "config/application.rb": "class Application < Rails::Application\n",
    "config/puma.rb": 'threads 3, 3\nport ENV.fetch("PORT", 3000)\n',
    "config/routes.rb": 'get "up" => "rails/health#show", as: :rails_health_check\n',
    "test/test_helper.rb": "",
}


def test_the_sample_app(tmp_path: Path) -> None:
    found = look("ruby", APPS / "ruby-rack")

    facts = values(found)
    assert [line.partition(";")[0] for line in found.problems] == ["runtime.version: nothing names one"]
    assert (facts["framework"], facts["packageManager"], facts["test"]) == ("rack", "bundler", "bundle exec rake test")
    assert (facts["port"], facts["health"]) == (9292, "/healthz")
    assert "start" not in facts, "the default names the port; puma without a configuration does not read it"


def test_rails_as_it_is_generated(plant: Plant) -> None:
    found = look("ruby", plant(RAILS))

    facts = values(found)
    assert [problem for problem in found.problems if "SECRET_KEY_BASE" not in problem] == []
    assert (facts["framework"], facts["version"], facts["test"]) == ("rails", "3.4", "bin/rails test")
    assert (facts["start"], facts["port"], facts["health"]) == (["bundle", "exec", "puma"], 3000, "/up")


@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        (".ruby-version", "ruby-3.4.1\n", "3.4"),
        (".ruby-version", "4.0.0\n", "4.0"),
        (".tool-versions", "ruby 3.3.6\n", "3.3"),
        ("Gemfile", 'ruby "~> 3.3.0"\n', "3.3"),
        ("Gemfile", 'ruby "3.4.4"\n', "3.4.4"),
        ("Gemfile", 'ruby ">= 3.2", "< 4"\n', None),
        ("Gemfile", 'ruby "2.7.1"\n', None),
    ],
)
def test_the_version_is_where_people_write_it(plant: Plant, file: str, text: str, version: str | None) -> None:
    found = look("ruby", plant({"Gemfile": "", "Gemfile.lock": "", file: text}))

    assert values(found).get("version") == version


def test_bundler_refuses_another_version_than_the_file_that_the_gemfile_names(plant: Plant) -> None:
    files = {"Gemfile": 'ruby file: ".ruby-version"\n', "Gemfile.lock": "", ".ruby-version": "ruby-3.4.1\n"}

    facts = values(look("ruby", plant(files)))

    assert (facts["version"], facts["versionFile"]) == ("3.4.1", ".ruby-version")


def test_a_gemfile_that_reads_the_version_from_a_file_needs_that_file(plant: Plant) -> None:
    found = look(
        "ruby", plant({"Gemfile": 'ruby file: ".ruby-version"\n', "Gemfile.lock": "", ".ruby-version": "3.4\n"})
    )

    assert values(found)["versionFile"] == ".ruby-version"


def test_without_a_lock_file_it_says_what_to_do(plant: Plant) -> None:
    found = look("ruby", plant({"Gemfile": "", "config.ru": ""}))

    assert any("run `bundle lock` and commit it" in problem for problem in found.problems)


def test_rspec_and_a_procfile(plant: Plant) -> None:
    procfile = "web: bundle exec puma -t 5:5 -p ${PORT:-3000} -e production\n"
    found = look("ruby", plant(RAILS | {"Gemfile": 'gem "rails"\n  gem "rspec-rails"\n', "Procfile": procfile}))

    facts = values(found)
    assert facts["test"] == "bundle exec rspec"
    assert facts["start"] == ["bundle", "exec", "puma"]


def test_sinatra_without_a_config_ru_is_started_as_a_script(plant: Plant) -> None:
    files = {
        "Gemfile": 'gem "sinatra"\n',
        "Gemfile.lock": "",
        "web.rb": "require 'sinatra'\nset :port, ENV['PORT'] || 5000\n",
    }

    facts = values(look("ruby", plant(files)))

    assert (facts["start"], facts["port"]) == (["bundle", "exec", "ruby", "web.rb"], 5000)


def test_a_gemfile_alone_is_no_web_app(plant: Plant) -> None:
    found = look("ruby", plant({"Gemfile": "", "Gemfile.lock": "", "lib/shop.rb": ""}))

    assert any("set how the app is started" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("gems", "build", "packages"),
    [
        (["railties"], "none", None),
        (["railties", "propshaft"], None, None),
        (["railties", "sprockets", "pg"], None, ["libpq5"]),
        (["railties", "pg", "mysql2"], "none", ["libmariadb3", "libpq5"]),
    ],
)
def test_what_the_locked_gems_say(plant: Plant, gems: list[str], build: str | None, packages: list[str] | None) -> None:
    lock = "GEM\n  specs:\n" + "".join(f"    {gem} (1.2.3)\n" for gem in gems)

    facts = values(look("ruby", plant({**RAILS, "Gemfile.lock": lock})))

    assert (facts.get("build"), facts.get("packages")) == (build, packages)
