"""``gsx plugins search``, and the pip command where a component is missing that the registry knows."""

from __future__ import annotations

import pytest

from gsx.plugins import registry
from gsx.plugins.registry import PluginEntry, known_plugins

from .conftest import assert_refused

STARS = PluginEntry(
    name="gsx-stars",
    summary="a fusion from the stars",
    components=("fusion:stars", "loss:starlight"),
    api=">=7",
    licence="BSD-3-Clause",
    source="https://example.org/gsx-stars",
    install="gsx-stars",
    tested_at="1.2",
)


@pytest.fixture
def stars(monkeypatch):
    """A registry that knows one more."""
    entries = (*known_plugins(), STARS)
    monkeypatch.setattr(registry, "known_plugins", lambda: entries)


def rows(ran):
    assert ran.code == 0, ran.err
    return [line.split("\t") for line in ran.out.splitlines()]


@pytest.mark.parametrize("word", ["stars", "STARS", "starlight", "loss:star", "from the"])
def test_it_is_found_by_name_summary_and_components(gsx, stars, word):
    headings, found = rows(gsx("plugins", "search", word))
    assert headings == ["plugin", "what it is", "components", "licence", "here", "how to get it"]
    assert found == [
        "gsx-stars",
        "a fusion from the stars",
        "fusion:stars, loss:starlight",
        "BSD-3-Clause",
        "not installed; needs GSX API >=7, and this is 0.1",
        "pip install gsx-stars",
    ]


def test_what_is_installed_is_said_to_be(gsx):
    import gsx as library

    (found,) = (row for row in rows(gsx("plugins", "search", "fusion:adain")) if row[0] == "gsx_fusions")
    assert found[4] == f"installed, gsx {library.__version__}"


def test_without_a_word_it_lists_everything(gsx):
    assert [row[0] for row in rows(gsx("plugins", "search"))[1:]] == [entry.name for entry in known_plugins()]


def test_nothing_found_is_an_error_with_a_guess(gsx):
    assert_refused(gsx("plugins", "search", "adian"), 3, "no plugin about 'adian'", "Did you mean 'adain'")


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--fusion", "stars"),
        ("check", "--loss", "starlight"),
        ("check", "--score", "loss:starlight"),
        ("run", "--fusion", "gsx-stars:stars"),
        ("bench", "--fusion", "adain,stars"),
        ("plugins", "show", "stars"),
        ("plugins", "show", "loss:starlight"),
    ],
)
def test_a_missing_component_is_answered_with_the_pip_command(gsx, stars, command):
    if command[1] == "--score":
        command = ("run", *command[1:])
    assert_refused(gsx(*command), 3, "Plugin gsx-stars offers it. Install it with: pip install gsx-stars")
