"""What every command takes and prints. The flag set is frozen: options grow in components, not in flags."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from gsx.cli.main import app
from gsx.errors import EXIT_CODES

from .conftest import assert_refused

EVERYWHERE = {"--debug", "--help", "-h"}
COMPONENTS = {"--extractor", "--fusion", "--generator", "--discriminator", "--loss", "--explainer", "--metric"}
RECIPE = {"--recipe", "--set", "--size", "--strength", "--strict-plugins"}
EXPLAINING = {"--score", "--unit", "--card", "--budget"}
FLAGS = {
    "gsx": EVERYWHERE | {"--version", "--strict-plugins", "--install-completion", "--show-completion"},
    "gsx run": EVERYWHERE
    | COMPONENTS
    | RECIPE
    | EXPLAINING
    | {"--content", "--style", "--skip-bad", "--device", "--seed", "--out", "--json"},
    "gsx explain": EVERYWHERE | EXPLAINING | {"--explainer", "--set", "--out", "--json", "--strict-plugins"},
    "gsx bench": EVERYWHERE
    | (COMPONENTS - {"--discriminator", "--loss"})
    | RECIPE
    | EXPLAINING
    | {"--adversarial", "--checkpoints", "--grid", "--seeds", "--executor", "--workers", "--scheduler", "--timeout"}
    | {"--content", "--style", "--skip-bad", "--device", "--seed", "--yes", "--out", "--json"},
    "gsx bench report": EVERYWHERE | {"--json"},
    "gsx bench compare": EVERYWHERE | {"--json"},
    "gsx bench export": EVERYWHERE | {"--to"},
    "gsx check": EVERYWHERE | COMPONENTS | RECIPE,
    "gsx train": EVERYWHERE
    | (COMPONENTS - {"--explainer", "--metric"})
    | (RECIPE - {"--size", "--strength"})
    | {"--content", "--style", "--device", "--seed", "--out", "--resume", "--stop-on-collapse", "--json"},
    "gsx distill": EVERYWHERE
    | {
        "--images",
        "--out",
        "--teacher",
        "--student",
        "--held-out",
        "--steps",
        "--batch",
        "--crop",
        "--lr",
        "--seed",
        "--precision",
        "--device",
        "--threads",
        "--resume",
        "--set",
    },
    "gsx report": EVERYWHERE,
    "gsx schema": EVERYWHERE | {"--strict-plugins"},
    "gsx plugins": EVERYWHERE - {"--debug"},
    "gsx plugins list": EVERYWHERE | {"--strict-plugins", "--kind"},
    "gsx plugins show": EVERYWHERE | {"--strict-plugins"},
    "gsx plugins search": EVERYWHERE,
    "gsx plugins check": EVERYWHERE | {"--set", "--expect-failed", "--json", "--strict-plugins"},
    "gsx plugins doctor": EVERYWHERE | {"--timeout", "--json"},
    "gsx plugins new": EVERYWHERE | {"--kind", "--out", "--licence", "--author", "--strict-plugins"},
    "gsx weights": EVERYWHERE - {"--debug"},
    "gsx weights list": EVERYWHERE,
    "gsx weights fetch": EVERYWHERE,
    "gsx weights verify": EVERYWHERE,
    "gsx weights import": EVERYWHERE | {"--extractor", "--out"},
}


def commands(command, name="gsx"):
    yield name, command
    for child, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{name} {child}")


def test_the_flags_of_every_command():
    found = {}
    for name, command in commands(get_command(app)):
        context = typer.Context(command, help_option_names=["-h", "--help"])
        found[name] = {
            flag
            for item in command.get_params(context)
            if item.param_type_name == "option"
            for flag in (*item.opts, *item.secondary_opts)
        }
    assert found == FLAGS


@pytest.mark.parametrize("name", FLAGS)
def test_help_of_every_command(gsx, name):
    ran = gsx(*name.split()[1:], "--help")
    assert ran.code == 0
    assert f"Usage: {name}" in ran.out
    for flag in FLAGS[name]:
        assert flag in ran.out
    assert max(map(len, ran.out.splitlines())) <= 110
    assert not re.search(r"[^\x20-\x7e\n]", ran.out), "help has to survive a C locale"


def test_help_shows_the_exit_codes(gsx):
    shown = " ".join(gsx("--help").out.split())
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in shown


def test_the_exit_codes():
    """Scripts rely on them: a new one may be added, none may change."""
    assert set(EXIT_CODES) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 130}


def test_no_command_shows_the_help(gsx):
    ran = gsx()
    assert "Usage: gsx" in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_version(gsx):
    import gsx as library

    ran = gsx("--version")
    assert (ran.code, ran.out) == (0, f"gsx {library.__version__}\n")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project.get("version", library.__version__) == library.__version__


def test_check(gsx):
    ran = gsx("check", "--size", "64")
    assert ran.code == 0, ran.err
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert ["extractor vgg19", "relu4_1", "512×8×8, style 512×8×8"] in [line[:3] for line in lines]
    assert ["generator resnet", "stylised image", "3×64×64"] in [line[:3] for line in lines]
    assert "fit" in ran.out.splitlines()[-1]


def test_check_needs_no_weights_and_writes_nothing(gsx, place):
    before = sorted(place.rglob("*"))
    ran = gsx("check", "--extractor", "vgg16")
    assert ran.code == 0, ran.err
    assert sorted(place.rglob("*")) == before


def test_check_shows_the_padding(gsx):
    ran = gsx("check", "--generator", "resnet", "--set", "generator.weights=random", "--size", "60")
    assert "padded to 64×64" in ran.out


def test_check_of_strides_that_round_up(gsx):
    """A ResNet pads, so that even a side of 24 leaves one position at stride 32."""
    ran = gsx("check", "--extractor", "resnet18", "--size", "24")
    assert "512×1×1, style 512×1×1" in ran.out


def test_schema(gsx):
    ran = gsx("schema")
    schema = json.loads(ran.out)
    assert schema["title"] == "GSX recipe"
    assert "alpha" in schema["$defs"]["fusion.adain"]["properties"]
    assert ran.out.isascii()


def test_plugins_list(gsx):
    ran = gsx("plugins", "list")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert rows[0] == ["kind", "name", "what it is", "from"]
    assert all(len(row) == 4 for row in rows)
    assert ["fusion", "adain"] in [row[:2] for row in rows]
    assert not any(row[0] == "BROKEN" for row in rows)
    assert "…" not in ran.out


def test_plugins_list_of_a_kind(gsx):
    rows = [line.split("\t") for line in gsx("plugins", "list", "--kind", "fusion").out.splitlines()[1:]]
    assert {row[0] for row in rows} == {"fusion"}
    assert_refused(gsx("plugins", "list", "--kind", "fusions"), 3, "fusions", "Did you mean 'fusion'")


def test_plugins_list_with_a_broken_one(gsx, plant):
    def gsx_fusions():
        raise RuntimeError("no luck\ntoday")

    from gsx.api import hookimpl

    plant("unlucky", gsx_fusions=hookimpl(gsx_fusions))
    rows = [line.split("\t") for line in gsx("plugins", "list").out.splitlines()]
    assert ["BROKEN", "unlucky", "RuntimeError: no luck", "unknown 0"] in rows
    assert gsx("check").code == 0
    ran = gsx("check", "--fusion", "lucky")
    assert ran.code == 7
    assert "RuntimeError: no luck" in ran.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("adain", ("fusion adain", "alpha", "1.0", "≥ 0 ≤ 1")),
        ("gsx:adain", ("fusion adain",)),
        ("fusion:content", ("fusion content",)),
        ("content", ("fusion content", "score content", "loss content")),
        ("pixels", ("iterations", "80", "style_weight")),
        ("gradcam", ("both | positive",)),
    ],
)
def test_plugins_show(gsx, name, words):
    ran = gsx("plugins", "show", name)
    assert ran.code == 0, ran.err
    for word in words:
        assert word in ran.out


def test_plugins_show_of_nothing(gsx):
    assert_refused(gsx("plugins", "show", "adian"), 3, "adian", "Did you mean 'adain'")


def test_every_component_can_be_shown(gsx):
    rows = [line.split("\t") for line in gsx("plugins", "list").out.splitlines()[1:]]
    for kind, name, summary, _ in rows:
        assert f"{kind} {name}: {summary}" in gsx("plugins", "show", f"{kind}:{name}").out


def test_report(run, gsx):
    assert run("--explainer", "none").code == 0
    page = Path("out/report.html")
    before = page.read_bytes()
    page.unlink()
    ran = gsx("report", "out")
    assert (ran.code, ran.out) == (0, "out/report.html\n")
    assert page.read_bytes() == before


@pytest.mark.parametrize("what", ["gone", ".", "content.png"])
def test_report_of_what_is_no_run(gsx, what):
    assert_refused(gsx("report", what), 9, what)


def test_weights_list(gsx):
    ran = gsx("weights", "list")
    assert ran.code == 0
    assert "vgg19-imagenet" in ran.out
    assert "lpips-alex" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--fusion", "adian"],
        ["plugins", "show", "adian"],
        ["report", "gone"],
        ["weights", "fetch", "nothing"],
        ["weights", "import", "gone.pth", "--extractor", "vgg19"],
        ["distill", "--images", "gone", "--out", "student"],
    ],
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_debug_anywhere(gsx, arguments, where):
    """A traceback only where it is asked for, and then for every command."""
    plain = gsx(*arguments)
    assert plain.code > 2
    assert "Traceback" not in plain.err
    debug = gsx("--debug", *arguments) if where == "before" else gsx(*arguments, "--debug")
    assert debug.code == plain.code
    assert debug.err.startswith("Traceback")
    assert debug.err.endswith(plain.err)


def test_strict_plugins(gsx, plant, monkeypatch):
    from gsx.errors import PluginError

    def strict(*, strict=False):
        assert strict
        raise PluginError("plugin x: broken")

    monkeypatch.setattr("gsx.plugins.installed_catalog", strict)
    assert_refused(gsx("plugins", "list", "--strict-plugins"), 7, "plugin x: broken")


def test_a_bug_is_told_as_one(gsx, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("gsx.report.write_report", broken)
    ran = gsx("report", "content.png")
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.err
    assert "--debug" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"),
    ],
)
def test_out_of_memory(gsx, monkeypatch, error):
    def broken(*arguments):
        raise error

    monkeypatch.setattr("gsx.report.write_report", broken)
    assert_refused(gsx("report", "content.png"), 8, "out of memory", "--size")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(gsx, shell, monkeypatch):
    monkeypatch.setenv("_GSX_COMPLETE", f"source_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    ran = gsx()
    assert ran.code == 0
    assert "_GSX_COMPLETE" in ran.out
