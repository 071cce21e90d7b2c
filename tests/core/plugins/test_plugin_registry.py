"""The plugins of registry.toml: what is refused, and that what it says is so."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path

import pytest

from gsx.api import API_VERSION
from gsx.errors import PluginError, RecipeError
from gsx.plugins import installed_catalog
from gsx.plugins import registry as registry_module
from gsx.plugins.api_range import in_range
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.plugins.registry import PluginEntry, how_to_get, known_plugins, read_plugins
from gsx.specs.kinds import SPEC_TYPES

REPOSITORY = Path(__file__).parents[3]
ENTRY = {
    "name": '"gsx-stars"',
    "summary": '"a fusion from the stars"',
    "components": '["fusion:stars"]',
    "api": '">=0.1,<0.2"',
    "licence": '"MIT"',
    "source": '"https://example.org/gsx-stars"',
    "install": '"gsx-stars"',
    "tested_at": '"1.2"',
}


def write(folder: Path, *tables: dict[str, str], section: str = "plugins") -> Path:
    lines = []
    for table in tables:
        lines += [f"[[{section}]]", *(f"{key} = {value}" for key, value in table.items())]
    path = folder / "registry.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make the registry hold these tables and nothing else."""

    def replace(*tables: dict[str, str]) -> None:
        entries = read_plugins(write(tmp_path, *tables))
        monkeypatch.setattr(registry_module, "known_plugins", lambda: entries)

    return replace


def test_an_entry_is_read(tmp_path: Path):
    (entry,) = read_plugins(write(tmp_path, ENTRY))
    assert entry.components == ("fusion:stars",)
    assert entry.pip_command == "pip install gsx-stars"
    assert entry.where is None
    assert entry.installed() is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"componets": '["loss:x"]'}, "(?s)gsx-stars.componets: there is no such option.*Did you mean 'components'"),
        ({"api": '"0.1 or so"'}, "gsx-stars.api: '0.1 or so' is no range of versions"),
        ({"api": '">=0.1,<"'}, "'>=0.1,<' is no range of versions"),
        ({"components": '["fussion:stars"]'}, "'fussion:stars' is no kind:name; the kinds are extractor, fusion"),
        ({"components": '["stars"]'}, "'stars' is no kind:name"),
        ({"components": '["fusion:a", "fusion:a"]'}, "components has 'fusion:a' twice"),
        ({"components": "[]"}, "components"),
        ({"name": '"../stars"'}, r"\[\[plugins\]\] ../stars.name"),
        ({"install": '"gsx-stars; rm -r ."'}, "gsx-stars.install"),
        ({"install": '"../stars"'}, "gsx-stars.install"),
        ({"install": '"-r evil.txt"'}, "gsx-stars.install"),
        ({"summary": '"two\\nlines"'}, "gsx-stars.summary"),
        ({"summary": '""'}, "gsx-stars.summary"),
        ({"tested_at": '"lately"'}, "gsx-stars.tested_at"),
        ({"licence": "3"}, "gsx-stars.licence"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_table_and_key(tmp_path: Path, change: dict[str, str], said: str):
    with pytest.raises(PluginError, match=said) as refused:
        read_plugins(write(tmp_path, {**ENTRY, **change}))
    assert refused.value.message.startswith(f"{tmp_path / 'registry.toml'} is not a valid registry: ")
    assert "pydantic" not in str(refused.value)


@pytest.mark.parametrize("missing", [key for key in ENTRY if key != "name"])
def test_a_key_that_is_missing_is_named(tmp_path: Path, missing: str):
    with pytest.raises(PluginError, match=f"gsx-stars.{missing}: field required"):
        read_plugins(write(tmp_path, {key: value for key, value in ENTRY.items() if key != missing}))


def test_an_entry_without_a_name_is_told_by_its_number(tmp_path: Path):
    nameless = {key: value for key, value in ENTRY.items() if key != "name"}
    with pytest.raises(PluginError, match=r"\[\[plugins\]\] number 2.name: field required"):
        read_plugins(write(tmp_path, ENTRY, nameless))


def test_a_name_may_occur_once(tmp_path: Path):
    with pytest.raises(PluginError, match="name 'gsx-stars' occurs twice"):
        read_plugins(write(tmp_path, ENTRY, ENTRY))


def test_an_unknown_section_is_refused(tmp_path: Path):
    with pytest.raises(PluginError, match=r"(?s)no section 'plugin'.*Did you mean 'plugins'"):
        read_plugins(write(tmp_path, ENTRY, section="plugin"))


@pytest.mark.parametrize("content", [b"[[plugins", b"\xff\xfe", None])
def test_a_file_that_is_no_registry(tmp_path: Path, content: bytes | None):
    path = tmp_path / "registry.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PluginError, match="not a valid registry"):
        read_plugins(path)


def test_an_unknown_component_is_answered_with_the_pip_command(knows):
    knows(ENTRY)
    with pytest.raises(RecipeError) as refused:
        installed_catalog().find("fusion", "stars")
    assert refused.value.message == "no fusion is called 'stars'."
    first, second = (refused.value.hint or "").splitlines()
    assert first == "Plugin gsx-stars offers it. Install it with: pip install gsx-stars"
    assert "adain" in second, "and what is here is still said"


def test_so_it_is_beside_broken_plugins(knows, install, load):
    knows(ENTRY)
    broken = load(install("wreck", "raise ImportError('no libfoo')"))
    with pytest.raises(PluginError, match=r"(?s)no libfoo.*pip install gsx-stars"):
        broken.find("fusion", "stars")


def test_the_command_says_where_it_works(knows):
    knows({**ENTRY, "install": '"./examples/stars"'})
    assert how_to_get("stars", ["fusion"]) == (
        "Plugin gsx-stars offers it. Install it, in a checkout of GSX, with: pip install ./examples/stars"
    )


@pytest.mark.parametrize(
    ("name", "kinds", "known"),
    [
        ("stars", ["fusion"], True),
        ("stars", list(KIND_HOOKS), True),
        ("gsx-stars:stars", ["fusion"], True),
        ("stars", ["loss"], False),
        ("star", ["fusion"], False),
        ("gsx-moons:stars", ["fusion"], False),
    ],
)
def test_only_for_what_the_registry_knows(knows, name: str, kinds: list[str], known: bool):
    knows(ENTRY)
    assert (how_to_get(name, kinds) is not None) is known


def test_each_of_several_that_offer_it_is_named(knows):
    knows(ENTRY, {**ENTRY, "name": '"gsx-suns"', "install": '"gsx-suns"'})
    assert [line.split()[1] for line in (how_to_get("stars", ["fusion"]) or "").splitlines()] == [
        "gsx-stars",
        "gsx-suns",
    ]


def test_nobody_is_told_to_install_what_is_installed(monkeypatch: pytest.MonkeyPatch):
    """Such as a built-in one that GSX_PLUGINS keeps out."""
    assert any("fusion:adain" in entry.components for entry in known_plugins())
    assert how_to_get("adain", ["fusion"]) is None


def test_the_registry_lists_exactly_what_the_built_in_plugins_offer():
    offered = {
        record.module: sorted(f"{spec.kind}:{spec.name}" for spec in record.specs)
        for record in installed_catalog().records
        if record.distribution == "gsx"
    }
    listed = {entry.name: sorted(entry.components) for entry in known_plugins() if entry.distribution == "gsx"}
    assert listed == offered


def test_the_registry_lists_exactly_what_the_example_offers(monkeypatch: pytest.MonkeyPatch):
    project = tomllib.loads((REPOSITORY / "examples/gsx-swd/pyproject.toml").read_text(encoding="utf-8"))["project"]
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "gsx-swd")
    modules = [importlib.import_module(name) for name in project["entry-points"]["gsx.plugins"].values()]
    offered = [
        f"{spec.kind}:{spec.name}"
        for module in modules
        for kind in SPEC_TYPES
        for spec in getattr(module, KIND_HOOKS[kind], list)()
    ]
    for name in [name for name in sys.modules if name.partition(".")[0] == "gsx_swd"]:
        monkeypatch.delitem(sys.modules, name)
    (entry,) = (entry for entry in known_plugins() if entry.name == project["name"])
    assert sorted(entry.components) == sorted(offered)


def folders() -> dict[str, PluginEntry]:
    return {entry.source: entry for entry in known_plugins() if "://" not in entry.source}


@pytest.mark.parametrize("source", folders())
def test_an_entry_of_this_repository_says_what_its_project_says(source: str):
    entry = folders()[source]
    assert (REPOSITORY / source).is_dir()
    project_file = REPOSITORY / entry.install / "pyproject.toml"
    project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
    assert project["name"] == (entry.distribution or entry.name)
    assert project["version"] == entry.tested_at
    assert project["license"] == entry.licence
    assert in_range(API_VERSION, entry.api)
    requirements = {line.partition("gsx")[2] for line in project["dependencies"] if line.startswith("gsx")}
    assert requirements <= {entry.api}, "what pip is told is what the registry tells"
