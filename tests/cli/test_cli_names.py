"""File names that could break a page, a terminal, a folder or a JSON file."""

import json
import os
from pathlib import Path

import pytest

from .conftest import assert_no_escapes, assert_refused, noise

NAMES = {
    "html": "<script>alert(1)</script>.png".replace("/", "∕"),
    "newline": "two\nlines.png",
    "escape": "\x1b[31mred\x1b[0m.png",
    "unicode": "שלום 東京 😀.png",
    "spaces and quotes": " a 'b' \"c\" & d.png",
    "dash": "-rf.png",
    "not utf-8": os.fsdecode(b"caf\xe9.png"),
    "long": "n" * 240 + ".png",
}


@pytest.mark.parametrize("kind", NAMES)
def test_strange_names(run, kind):
    name = NAMES[kind]
    os.replace(noise("plain.png"), name)
    ran = run("--content", "./" + name if name[0] == "-" else name, "--explainer", "none")
    assert ran.code == 0, ran.err
    assert_no_escapes(ran.out + ran.err)
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "\x1b" not in page
    recorded = json.loads(Path("out/inputs.json").read_text(encoding="utf-8"))["content"]["file"]
    if kind not in ("newline", "escape", "not utf-8"):
        assert recorded == name
    json.loads(Path("out/recipe.json").read_text(encoding="utf-8"))


def test_strange_names_in_a_folder(run):
    Path("many").mkdir()
    for name in NAMES.values():
        os.replace(noise("plain.png", 32, 32), Path("many", name))
    ran = run("--json", "--content", "many", "--explainer", "none", "--set", "generator.iterations=1", "--size", "32")
    assert ran.code == 0, ran.err
    assert_no_escapes(ran.out + ran.err)
    folders = [path.name for path in Path("out").iterdir()]
    assert len(folders) == len(json.loads(ran.out)) == len(NAMES)
    assert all(folder.isprintable() and not folder.startswith(("-", ".")) for folder in folders)


@pytest.mark.parametrize("kind", NAMES)
def test_strange_names_of_what_is_not_there(run, kind):
    ran = run("--style", "./" + NAMES[kind])
    assert_refused(ran, 5)
    assert_no_escapes(ran.err)
    assert len(ran.err.splitlines()) <= 3


@pytest.mark.parametrize("kind", ["newline", "escape", "not utf-8", "dash"])
def test_strange_names_of_the_output(run, kind):
    ran = run("--out", "./" + NAMES[kind], "--explainer", "none", "--set", "generator.iterations=1")
    assert ran.code == 0, ran.err
    assert Path(NAMES[kind], "report.html").exists()
    assert_no_escapes(ran.out + ran.err)
