"""Which plugins are loaded, and which one a name means."""

from __future__ import annotations

import importlib.metadata
import shutil

import pytest

from gsx.errors import PluginError
from gsx.plugins.loading import ENVIRONMENT_VARIABLE, installed_entry_points

from .conftest import fusion


def names() -> list[str]:
    return [entry.name for entry in installed_entry_points()]


@pytest.fixture
def two(install, monkeypatch):
    """Two fake distributions beside what is really installed."""
    entries = (
        install("red", fusion("red", "shared"), dist="gsx-red"),
        install("blue", fusion("blue", "shared"), dist="gsx-blue", version="2.0"),
    )
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    return entries


def test_everything_installed_is_found_in_a_fixed_order(two):
    found = installed_entry_points()
    assert {"red", "blue", "fusions", "losses"} <= {entry.name for entry in found}
    keys = [(entry.dist.name, entry.name) for entry in found]
    assert keys == sorted(keys)


def test_empty_means_none(two, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "")
    assert names() == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("red", ["red"]),
        ("gsx-blue", ["blue"]),
        (" red , gsx-blue,", ["blue", "red"]),
        ("fusions", ["fusions"]),
        ("no-such-plugin", []),
    ],
)
def test_a_list_takes_entry_points_or_distributions(two, monkeypatch, value: str, expected: list[str]):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, value)
    assert names() == expected


def test_a_distribution_takes_all_of_its_entry_points(two, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "gsx")
    assert {"extractors", "fusions", "losses"} <= set(names())
    assert "red" not in names()


def test_two_distributions_of_one_name(two, load):
    catalog = load(*two)
    assert not any(record.broken for record in catalog.records)
    with pytest.raises(PluginError) as refusal:
        catalog.find("fusion", "shared")
    assert refusal.value.message == "fusion 'shared' is offered by 2 distributions: gsx-blue, gsx-red."
    assert refusal.value.hint == "Write the one you mean: gsx-blue:shared or gsx-red:shared."
    assert refusal.value.exit_code == 7
    assert catalog.find("fusion", "gsx-red:shared").spec.target == "red.part:Part"
    assert catalog.find("fusion", "gsx-blue:shared").version == "2.0"


def test_a_clash_breaks_nothing_else(two, install, load):
    catalog = load(*two, install("green", fusion("green", "own")))
    assert catalog.find("fusion", "own").distribution == "green"
    assert catalog.find("fusion", "green:own").distribution == "green"


def test_one_distribution_that_offers_a_name_in_two_plugins(install, load):
    sources = {module: fusion(module, "shared") for module in ("red", "pink")}
    catalog = load(*(install(module, source, dist="gsx-red") for module, source in sources.items()))
    with pytest.raises(PluginError, match="fusion 'shared' is offered 2 times by gsx-red"):
        catalog.find("fusion", "gsx-red:shared")


def test_a_half_deleted_distribution_costs_only_itself(two, tmp_path, load):
    (info,) = tmp_path.glob("gsx_red-*.dist-info")
    (info / "METADATA").unlink()
    found = [entry for entry in installed_entry_points() if entry.name in ("red", "blue")]
    assert {entry.name for entry in found} == {"red", "blue"}
    catalog = load(*found)
    assert {record.distribution for record in catalog.records} == {"gsx-blue", "unknown"}
    shutil.rmtree(info)


@pytest.mark.parametrize(("content", "cause"), [(b"[gsx.plugins]\nred\n", "TypeError"), (b"\xff\xfe", "UnicodeDecode")])
def test_a_damaged_list_of_entry_points_costs_only_itself(two, tmp_path, load, content: bytes, cause: str):
    (info,) = tmp_path.glob("gsx_red-*.dist-info")
    (info / "entry_points.txt").write_bytes(content)
    found = installed_entry_points()
    assert {"blue", "fusions", "losses"} <= {entry.name for entry in found}
    red, blue = load(*(entry for entry in found if entry.name in ("gsx-red", "blue"))).records[::-1]
    assert (red.distribution, red.version, blue.broken) == ("gsx-red", "1.0", False)
    assert f"its entry_points.txt cannot be read ({cause}" in red.error


def test_an_entry_point_without_distribution(load):
    entry = importlib.metadata.EntryPoint("toy", "gsx.testing.toy", "gsx.plugins")
    (record,) = load(entry).records
    assert (record.distribution, record.version, record.broken) == ("unknown", "0", False)
    assert len(record.specs) == 11


def test_a_name_that_nothing_has_is_no_silent_empty_house(two, monkeypatch):
    from gsx.plugins import PluginCatalog, PluginManager

    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "gsx-redd,blue")
    manager = PluginManager()
    manager.load()
    (broken,) = [record for record in manager.records if record.broken]
    assert broken.entry_point == "gsx-redd"
    assert "Did you mean 'gsx-red'" in broken.error
    with pytest.raises(PluginError, match="no installed plugin or distribution is called 'gsx-redd'"):
        PluginCatalog(manager).find("fusion", "red")


@pytest.mark.parametrize(("chosen", "said"), [("blue", "lets only blue through"), ("", "lets only nothing through")])
def test_what_the_filter_keeps_out_is_not_called_missing(two, monkeypatch, chosen, said):
    from gsx.errors import RecipeError
    from gsx.plugins import PluginCatalog, PluginManager

    monkeypatch.setenv(ENVIRONMENT_VARIABLE, chosen)
    manager = PluginManager()
    manager.load()
    with pytest.raises(RecipeError, match=said):
        PluginCatalog(manager).find("extractor", "vgg19")
