"""Every fenced block of every README is run or checked: what a reader copies works.

``python`` blocks run, ``toml`` blocks are read (and checked where they are recipes). Of ``sh`` and ``console`` blocks
(there, the lines after a ``$``), ``gsx`` commands run, made small; those that need a network or hours are only parsed;
``pip`` and ``pytest`` commands have to be ones that this project has, or of a new plugin, which is then installed for
what follows; those of ``dask`` are parsed. Anything else is refused, so that no README says what nobody checks. The
blocks of one README run in order in one folder; pictures that they name are put there.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import gsx.pipeline.load
from gsx.cli.main import app, main
from gsx.pipeline.load import load
from gsx.plugins import installed_catalog
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.recipe.defaults import SECTIONS, defaults
from gsx.samples import content_path
from gsx.weights.registry import find_entry

REPOSITORY = Path(__file__).parents[1]
READMES = sorted(
    REPOSITORY / path
    for path in (
        *("README.md", "core/README.md", "plugins/README.md", "plugins/HOOKS.md", "examples/README.md"),
        *("tests/README.md", "core/gsx/samples/README.md"),
    )
)
FIRST_COMMAND = "pip install . && gsx run --extractor vgg19 --fusion adain --explainer gradcam"
SECOND_COMMAND = "pip install -e '.[test]' && pytest"
SMALL = ["--size", "48", "--set", "generator.iterations=3"]
PARSED_ONLY = (["train"], ["distill"], ["weights", "fetch"], ["weights", "import"], ["bench", "compare"])
"""Commands that need hours, the network, or a file that is not ours."""
PARSED_FOR = ("--scheduler", "--adversarial", "--extractor vgg19,efficientnet-lite0", "examples/bench.toml")
"""What makes a benchmark need a cluster, hours, or an extra, or is run by tests/test_examples.py."""
FEW_PAIRS = ["--content", "chelsea", "--style", "mosaic", "--size", "48", "--card", "off", "--workers", "1"]
CHECKED = ("python", "sh", "console", "toml")
PROSE = ("", "text", "json")
PLACEHOLDER = re.compile(r"<[A-Za-z][\w .-]*>|\.\.\.|…|\bpath/to\b")
PICTURE = re.compile(r"[\w./-]+\.(?:jpe?g|png)\b")


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    line: int

    def commands(self) -> Iterator[str]:
        """The commands of a shell block, joined where a backslash continues them."""
        text = self.text.replace("\\\n", " ")
        for line in text.splitlines():
            if self.language == "console":
                if not line.startswith("$ "):
                    continue
                line = line[2:]
            command = " ".join(shlex.split(line, comments=True, posix=False))
            if command:
                yield command


def blocks(readme: Path) -> list[Block]:
    found, open_, lines = [], None, []
    for number, line in enumerate(readme.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            if open_ is None:
                open_, lines = (line.strip().removeprefix("```").strip(), number), []
            else:
                found.append(Block(open_[0], "\n".join(lines) + "\n", open_[1]))
                open_ = None
        elif open_ is not None:
            lines.append(line)
    assert open_ is None, f"{readme}: the block at line {open_} is never closed"
    return found


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_blocks_work(
    readme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gsx.pipeline.load, "defaults", small_defaults)
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    before, modules = [*sys.path], set(sys.modules)
    monkeypatch.setattr(sys, "path", [*before])
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(readme):
        where = f"{name(readme)}:{block.line}"
        assert block.language in CHECKED + PROSE, f"{where}: a test has to know how to check {block.language!r}"
        if block.language in PROSE:
            continue
        for picture in PICTURE.findall(block.text):
            provide(Path(picture))
        try:
            check(block, namespace)
        except (Exception, SystemExit, pytest.fail.Exception) as error:
            raise AssertionError(f"{where}: {error!r}\n{''.join(capsys.readouterr())}") from error
    if len(sys.path) != len(before):
        installed_catalog.cache_clear()
        for new in [new for new in set(sys.modules) - modules if new.startswith("gsx_")]:
            del sys.modules[new]


def small_defaults() -> dict[str, Any]:
    """Python blocks keep the defaults that a reader gets, except for size and iterations."""
    raw = defaults()
    raw["run"]["size"], raw["generator"]["iterations"] = 48, 3
    return raw


def provide(picture: Path) -> None:
    """A picture of that name in the current folder, unless a command makes it."""
    if not picture.is_absolute() and not picture.exists():
        picture.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(content_path("coffee"), picture)


def check(block: Block, namespace: dict[str, Any]) -> None:
    if block.language == "toml":
        tables = tomllib.loads(block.text)
        if tables.keys() <= set(SECTIONS):
            load(tables=tables)
        return
    code = re.sub(r"^\s*(#|\$ #).*$", "", block.text, flags=re.MULTILINE)
    if block.language == "python":
        assert not re.search(r"^\s*\.\.\.", code, re.MULTILINE), "a placeholder where code should be"
        exec(compile(block.text, "README.md", "exec"), namespace)
        for hook in [hook for hook in KIND_HOOKS.values() if hook in namespace]:
            assert list(namespace[hook]()), f"{hook} offers nothing"
        return
    for command in block.commands():
        assert not PLACEHOLDER.search(command), f"a placeholder: {command}"
        for part in re.split(r"&&|;", command):
            run(part.strip())


def run(command: str) -> None:
    """Run or check one command of a shell block."""
    # What follows a pipe or a redirection belongs to the shell.
    words = shlex.split(re.split(r"\||\d?>", command)[0])
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    program, *rest = words
    if program == "gsx":
        run_gsx(rest)
    elif words[:2] == ["pip", "install"]:
        check_pip(rest[1:])
    elif program == "dask":
        (tool,) = entry_points(group="dask_cli", name=rest[0])
        tool.load().make_context(rest[0], rest[1:])
    elif program == "pytest":
        assert all((REPOSITORY / word).exists() or Path(word).is_dir() for word in rest if "/" in word), (
            f"no such tests: {command}"
        )
    elif program == "python" and rest[0] == "-m":
        assert (REPOSITORY / "core" / f"{rest[1].replace('.', '/')}.py").is_file(), f"no such module: {command}"
    elif program == "python":
        assert (REPOSITORY / rest[0]).is_file(), f"no such file: {command}"
    else:
        assert "/" in program, f"nothing checks this command: {command}"
        assert (REPOSITORY / program).is_file(), f"no such file: {command}"


def run_gsx(words: list[str]) -> None:
    parsed = words[0] == "bench" and any(some in " ".join(words) for some in PARSED_FOR)
    if parsed or any(words[: len(some)] == some for some in PARSED_ONLY):
        parse(words)
        return
    if words[0] == "bench" and words[1].startswith("--"):
        words = [*words, *FEW_PAIRS]
    if words[:1] == ["run"]:
        other = "--generator" in words and words[words.index("--generator") + 1] not in ("auto", "pixels")
        words = [*words, *(SMALL[:2] if other else SMALL)]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code in (0, None), f"gsx {shlex.join(words)} exits with {stopped.value.code}"


def parse(words: list[str]) -> None:
    """Whether the command line has such a command with such options, without doing it."""
    command: Any = get_command(app)
    while hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"no such command: {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    found = command.make_context(command.name, list(words)).params
    if "weights_id" in found:
        find_entry(found["weights_id"])


def check_pip(words: list[str]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if Path(folder := words[-1].partition("[")[0], "pyproject.toml").is_file() and folder != ".":
        install(Path(folder))
        return
    target = re.fullmatch(r"(?:\.|gsx)(?:\[([\w,-]+)\])?", words[-1])
    assert target, f"pip can install this project, not {words[-1]}"
    assert words[:-1] in ([], ["-e"]), words
    assert not target[1] or set(target[1].split(",")) <= project["optional-dependencies"].keys(), (
        f"no such extra: {words[-1]}"
    )


def install(plugin: Path) -> None:
    """What ``pip install -e`` makes of a plugin: its folder on the path, and its metadata."""
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = plugin / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        + "".join(f"Requires-Dist: {line}\n" for line in project["dependencies"]),
        encoding="utf-8",
    )
    offers = project["entry-points"]["gsx.plugins"]
    lines = ["[gsx.plugins]", *(f"{name} = {module}" for name, module in offers.items())]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    sys.path.append(str(plugin.resolve()))
    installed_catalog.cache_clear()


@pytest.mark.parametrize("wanted", [FIRST_COMMAND, SECOND_COMMAND])
def test_the_first_screen_has_the_two_commands(wanted: str) -> None:
    commands = [
        command
        for block in blocks(REPOSITORY / "README.md")
        if block.language in ("sh", "console")
        for command in block.commands()
    ]
    assert wanted in commands


def test_nothing_is_left_to_fill_in() -> None:
    for readme in READMES:
        assert re.findall(r"@[A-Z_]+@|TODO|FIXME", readme.read_text(encoding="utf-8")) == [], name(readme)


def test_ci_runs_the_second_command() -> None:
    script = (REPOSITORY / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert "pytest" in script
    assert any(line.startswith("pip install") and "-e '.[test" in line for line in script)


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_links_and_pictures_of_ours_exist(readme: Path) -> None:
    text = re.sub(r"```.*?```", "", readme.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s#]+)", text) + re.findall(r'src="([^"]+)"', text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (readme.parent / target).exists(), f"{name(readme)} points at {target}"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sh", "gsx run --recipe <file>"),
        ("sh", "gsx run ..."),
        ("sh", "gsx plugins lost"),
        ("sh", "make install"),
        ("sh", "pip install gsx-pro"),
        ("sh", "gsx weights fetch vgg99"),
        ("sh", "gsx distill --no-such-flag"),
        ("console", "$ gsx check --fusion adian"),
        ("python", "import gsx_nothing"),
        ("toml", "[fusion]\nname = 'x'"),
        ("python", "..."),
        ("sh", "python examples/none.py"),
        ("sh", "pytest tests/none"),
    ],
)
def test_the_checker_refuses(language: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((Exception, SystemExit)):
        check(Block(language, text + "\n", 1), {})


def test_the_checker_accepts_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(Block("console", "$ GSX_PLUGINS=gsx gsx plugins list | head -n 3  # all\nkind ...\n", 1), {})
    check(Block("sh", "gsx distill --images photos \\\n  --out student\n", 1), {})
    check(Block("sh", "gsx weights fetch vgg19-imagenet; pytest -m perf -s tests/perf\n", 1), {})
