"""``gsx plugins new``: what it prints, and how it refuses."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command

from gsx.cli.main import app
from gsx.plugins.hookspecs import KIND_HOOKS

from .conftest import assert_refused


def test_it_says_where_and_what_next(gsx, place):
    ran = gsx("plugins", "new", "--kind", "fusion", "soft-light", "--out", "my work")
    assert ran.code == 0, ran.err
    assert (place / "my work/gsx-soft-light/gsx_soft_light/fusion.py").is_file()
    first, second = ran.out.splitlines()
    assert first.startswith("my work/gsx-soft-light: soft-light")
    assert second == "cd 'my work/gsx-soft-light' && pip install -e '.[test]' && pytest"


def test_several_kinds(gsx, place):
    ran = gsx("plugins", "new", "mine", "--kind", "score,explainer", "--kind", "metric", "--licence", "none")
    assert ran.code == 0, ran.err
    made = {path.name for path in (place / "gsx-mine/gsx_mine").iterdir()}
    assert made == {"__init__.py", "score.py", "explainer.py", "metric.py"}


def test_the_commands_of_its_readme_exist(gsx, place):
    assert gsx("plugins", "new", "mine", "--kind", ",".join(KIND_HOOKS)).code == 0
    _, block, _ = (place / "gsx-mine/README.md").read_text(encoding="utf-8").split("```")
    commands = [shlex.split(line, comments=True) for line in block.splitlines() if line.startswith("gsx ")]
    assert len(commands) > len(KIND_HOOKS)
    for _, *words in commands:
        command = get_command(app)
        while words[0] in getattr(command, "commands", {}):
            command, words = command.commands[words[0]], words[1:]
        assert command.make_context(command.name, list(words)).params  # or it raises


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["My_Fusion", "--kind", "fusion"], 3, ("'My_Fusion'", "lower case letters", "Try my-fusion.")),
        (["../mine", "--kind", "fusion"], 3, ("'../mine'", "lower case letters")),
        (["adain", "--kind", "fusion"], 3, ("a fusion 'adain' already, from gsx", "another name")),
        (["mine", "--kind", "fusoin"], 3, ("'fusoin'", "Did you mean 'fusion'")),
        (["mine", "--kind", "fusion", "--licence", "gpl"], 3, ("'gpl'", "mit")),
        (["mine", "--kind", "fusion", "--author", ""], 3, ("--author",)),
        (["mine", "--kind", "fusion", "--out", "content.png"], 9, ("content.png", "--out")),
    ],
)
def test_refused(gsx, place, arguments, code, words):
    before = sorted(place.rglob("*"))
    assert_refused(gsx("plugins", "new", *arguments), code, *words)
    assert sorted(place.rglob("*")) == before


def test_nothing_is_overwritten(gsx, place):
    assert gsx("plugins", "new", "mine", "--kind", "fusion").code == 0
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    assert_refused(gsx("plugins", "new", "mine", "--kind", "loss"), 9, "gsx-mine exists already")
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


def test_a_kind_is_needed(gsx, place):
    ran = gsx("plugins", "new", "mine")
    assert ran.code == 2
    assert "--kind" in ran.err
