"""A broken plugin costs only itself, and says why."""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint

import pytest

from gsx.errors import InterruptedRun, PluginError, RecipeError

GOOD = """
from gsx.api import FusionSpec, hookimpl

@hookimpl
def gsx_fusions():
    yield FusionSpec(name="good", summary="a fusion", target="good.part:Part", strength=lambda s: {})
"""
OFFER = "from gsx.api import *\nfrom gsx.api import hookimpl\n@hookimpl\ndef gsx_fusions():\n"
METRIC = "from gsx.api import *\nfrom gsx.api import hookimpl\n@hookimpl\ndef gsx_metrics():\n"
SPEC = "FusionSpec(name={name}, summary={summary}, target='a.b:C', strength=lambda s: {{}}, options={options})"


def spec(name: str = "'bad'", summary: str = "'s'", options: str = "Options") -> str:
    return SPEC.format(name=name, summary=summary, options=options)


BROKEN = {
    "import error": ("import no_such_module_at_all\n", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
    "syntax error": ("def broken(:\n", "SyntaxError: "),
    "exit at import": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "own way to stop at import": ("class Stop(BaseException): ...\nraise Stop('enough')\n", "Stop: enough"),
    "error without words": (
        "class Odd(Exception):\n    def __str__(self):\n        return self.nothing\nraise Odd\n",
        "Odd: its message cannot be read (AttributeError)",
    ),
    "raise at import": ("raise RuntimeError('first line\\nsecond line')\n", "RuntimeError: first line"),
    "hook raises midway": (f"{OFFER}    yield {spec()}\n    raise ValueError('half done')\n", "ValueError: half done"),
    "hook exits midway": (f"{OFFER}    yield {spec()}\n    raise SystemExit(0)\n", "SystemExit: 0"),
    "hook gives no iterable": (f"{OFFER}    return 5\n", "TypeError: 'int' object is not iterable"),
    "wrong spec type": (
        f"{OFFER}    yield ScoreSpec(name='bad', summary='s', target='a.b:C', higher='more')\n",
        "PluginError: gsx_fusions yields ScoreSpec, expected FusionSpec",
    ),
    "no spec at all": (f"{OFFER}    yield 'adain'\n", "PluginError: gsx_fusions yields str, expected FusionSpec"),
    "reserved option": (
        f"class Bad(Options):\n    weight: float = 1\n    name: str = 'x'\n{OFFER}    yield {spec(options='Bad')}\n",
        "PluginError: fusion 'bad' has options of reserved names: name, weight",
    ),
    "option without default": (
        f"class Bad(Options):\n    alpha: float\n{OFFER}    yield {spec(options='Bad')}\n",
        "PluginError: fusion 'bad' has options without a default: alpha",
    ),
    "error of no words": ("raise RuntimeError\n", "RuntimeError"),
    "error whose first line is empty": ("raise RuntimeError('\\n\\n then words')\n", "RuntimeError: then words"),
    "options are no model": (
        f"{OFFER}    yield {spec(options='dict')}\n",
        "PluginError: fusion 'bad': its options are <class 'dict'>, no subclass of gsx.api.Options",
    ),
    "options are none": (f"{OFFER}    yield {spec(options='None')}\n", "fusion 'bad': its options are None"),
    "name is no text": (f"{OFFER}    yield {spec(name='7')}\n", "PluginError: fusion 7: a name is lower case"),
    "name is no name": (f"{OFFER}    yield {spec(name=repr('a:b'))}\n", "PluginError: fusion 'a:b': a name is"),
    "summary is no text": (f"{OFFER}    yield {spec(summary='None')}\n", "fusion 'bad': its summary is no text"),
    "version is no number": (
        f"{METRIC}    yield MetricSpec(name='bad', summary='s', target='a.b:C', version='1')\n",
        "PluginError: metric 'bad': its version is '1', and has to be a whole number",
    ),
    "direction is none": (
        f"{METRIC}    yield MetricSpec(name='bad', summary='s', target='a.b:C', direction='up')\n",
        "PluginError: metric 'bad': its direction is none of lower, higher, none",
    ),
    "same name twice": (
        f"{OFFER}    yield {spec()}\n    yield {spec()}\n",
        "PluginError: it offers fusion 'bad' more than once",
    ),
    "unknown hook": (
        "from gsx.api import hookimpl\n@hookimpl\ndef gsx_fusion():\n    return []\n",
        "PluginError: it implements a hook 'gsx_fusion', which does not exist. Did you mean 'gsx_fusions' or ",
    ),
    "unknown hook argument": (
        "from gsx.api import hookimpl\n@hookimpl\ndef gsx_run_end(folder, result_):\n    pass\n",
        "PluginError: its gsx_run_end asks for 'result_', which that hook is not told. Did you mean 'result'? Known: ",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_costs_only_itself(case: str, install, load):
    source, error = BROKEN[case]
    bad = "from gsx.api import *\n" + source
    catalog = load(install("bad", bad, dist="gsx-bad", version="0.3"), install("good", GOOD))
    broken, good = catalog.records
    assert broken.broken
    assert broken.error.startswith(error) or error in broken.error
    assert "\n" not in broken.error
    assert (broken.distribution, broken.version, broken.entry_point) == ("gsx-bad", "0.3", "bad")
    assert broken.specs == []
    assert not good.broken
    assert catalog.find("fusion", "good").distribution == "good"
    assert [offer.spec.name for offer in catalog.offers("fusion")] == ["good"]
    assert catalog.manager.hook.gsx_fusions.get_hookimpls()[0].plugin_name == "good:good"
    assert len(catalog.manager.hook.gsx_fusions.get_hookimpls()) == 1


def test_asking_for_what_a_broken_plugin_may_offer_gives_its_cause(install, load):
    catalog = load(install("bad", "import no_such_thing\n", dist="gsx-bad", version="0.3"), install("good", GOOD))
    with pytest.raises(PluginError) as refusal:
        catalog.find("fusion", "bad")
    assert "gsx-bad 0.3: ModuleNotFoundError: No module named 'no_such_thing'" in refusal.value.message
    assert refusal.value.hint == "Known: good."


def test_asking_for_nothing_known_says_what_there_is(install, load):
    catalog = load(install("good", GOOD))
    with pytest.raises(RecipeError, match="no fusion is called 'goood'") as refusal:
        catalog.find("fusion", "goood")
    assert refusal.value.hint == "Did you mean 'good'? Known: good."
    with pytest.raises(RecipeError, match="no fusion is called 'elsewhere:good'"):
        catalog.find("fusion", "elsewhere:good")
    with pytest.raises(RecipeError) as refusal:
        catalog.find("score", "good")
    assert refusal.value.hint == "None is installed."


def test_strict_names_every_broken_plugin(install, load):
    entries = [
        install("bad", "import no_such_thing\n", dist="gsx-bad", version="0.3"),
        install("worse", "raise RuntimeError('oh')\n", dist="gsx-worse"),
        install("good", GOOD),
    ]
    with pytest.raises(PluginError) as refusal:
        load(*entries, strict=True)
    assert "plugin gsx-bad 0.3: ModuleNotFoundError" in refusal.value.message
    assert "plugin gsx-worse 1.0: RuntimeError: oh" in refusal.value.message
    assert "good" not in refusal.value.message


def test_junk_printed_at_import_stays_off_stdout(install, load, capfd):
    around = "import os, sys\nos.write(1, b'past Python')\nsys.__stdout__.write('past print')\n"
    noisy = f"print('hello from the plugin')\n{around}{GOOD}    print('and again')\n"
    catalog = load(install("good", noisy))
    assert not catalog.records[0].broken
    os.write(1, b"ours")
    assert capfd.readouterr().out == "ours"


def test_ctrl_c_is_the_users_and_names_the_plugin_that_was_waited_for(install, load):
    with pytest.raises(InterruptedRun, match=r"interrupted while plugin slow 1\.0 was imported") as told:
        load(install("slow", "raise KeyboardInterrupt\n"))
    assert told.value.exit_code == 130
    assert "gsx plugins doctor" in told.value.hint


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("gone", "ModuleNotFoundError: No module named 'gone'"),
        ("good:plugin", "AttributeError: module 'good' has no attribute 'plugin'"),
        ("not a module!", "PluginError: its entry point good = 'not a module!' names no module; write it as in "),
    ],
)
def test_an_entry_point_to_nothing(value, error, install, load):
    install("good", GOOD)
    (record,) = load(EntryPoint("good", value, "gsx.plugins")).records
    assert record.error.startswith(error)


@pytest.mark.parametrize("body", ["import no_such_thing", "def broken(:", "raise SystemExit(1)", "x = 1"])
def test_a_component_that_breaks_on_use_says_so(body: str, install, load):
    install("part", body + "\n")
    offer = load(install("good", GOOD.replace("good.part:Part", "part:Part"))).find("fusion", "good")
    with pytest.raises(PluginError, match=r"fusion 'good' could not be loaded from part:Part: \w+: "):
        offer.spec.load()


def test_a_plain_function_of_a_hooks_name_is_no_offer(install, load):
    catalog = load(install("good", GOOD.replace("@hookimpl\n", "")))
    assert catalog.records[0].specs == []
    assert not catalog.records[0].broken


def test_two_entry_points_to_one_module_keep_the_first(install, load):
    first = install("good", GOOD, dist="gsx-two", entry="a")
    second = install("good", GOOD, dist="gsx-two", entry="b")
    catalog = load(first, second)
    assert [record.broken for record in catalog.records] == [False, True]
    assert catalog.find("fusion", "good").distribution == "gsx-two"


@pytest.mark.parametrize(
    ("requires", "said"),
    [
        (["torch>=2", "gsx>=7,<8"], "a newer GSX API: gsx>=7,<8"),
        (["GSX[dask] (>=7)"], "a newer GSX API: gsx>=7"),
        (["gsx>=0; python_version > '3'", "gsx>=7"], "gsx>=0,>=7"),
        (["gsx>=0.1 <0.2"], "its requirement gsx>=0.1 <0.2 cannot be read"),
        (["gsx>=7; extra == 'new'", "gsx-more>=7", "gsx", "gsx @ https://example.org/gsx.whl"], None),
    ],
)
def test_a_plugin_built_for_another_gsx_is_never_imported(requires, said, install, load):
    """What it was built for is read from its distribution's requirements."""
    entry = install("other", GOOD, dist="gsx-other", version="3.1", requires=requires)
    sys.modules.pop("other", None)
    (record,) = load(entry).records
    assert record.broken is (said is not None)
    assert ("other" in sys.modules) is (said is None)
    if said is not None:
        assert said in record.error
        assert (record.distribution, record.version) == ("gsx-other", "3.1")
