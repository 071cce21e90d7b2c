"""plugins/HOOKS.md, made of docstrings: ``python tests/surface/hooks_page.py`` writes it again."""

from __future__ import annotations

import doctest
import inspect
import re
import runpy
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gsx.api
from gsx.plugins import hookspecs, installed_catalog
from gsx.scaffold.rendering import import_from
from gsx.specs.kinds import SPEC_TYPES
from gsx.testing import isolated_catalog
from gsx.testing.checks import functions_for

PAGE = Path(__file__).parents[2] / "plugins" / "HOOKS.md"
HEAD = """# Hooks

Every hook that a plugin may implement, what the class behind each spec looks like, and the checks that it has to pass.
Made of the docstrings (`python tests/surface/hooks_page.py`); how to begin is in [README.md](README.md).

"""
CLASSES: dict[str, tuple[str, ...]] = {
    "extractor": ("Extractor", "FeatureLayout", "Layer", "ExtractorOptions"),
    "fusion": ("Fusion",),
    "generator": ("Generator", "Context", "GeneratorOptions"),
    "discriminator": ("Discriminator",),
    "loss": ("Loss", "AdversarialLoss"),
    "score": ("Score", "Outputs"),
    "unit": ("Unit", "Address", "Space"),
    "explainer": ("Explainer", "Probe", "Activation", "Evaluation", "Explanation", "HeatMap", "UnitValue"),
    "metric": ("Metric", "Skip"),
    "executor": ("Executor", "CellJob", "CellOutcome", "CellWorker"),
    "tracker": ("Tracker",),
}
"""What of gsx.api is told with each kind, besides its spec."""


def page() -> str:
    """The whole page."""
    lines: dict[str, str] = runpy.run_path(str(Path(__file__).with_name("surface.py")))["surface"]()
    kind_of = {hook: kind for kind, hook in hookspecs.KIND_HOOKS.items()}
    hooks = [hook for name, hook in vars(hookspecs).items() if name.startswith("gsx_")]
    checks = {kind: _checks(kind) for kind in hookspecs.KIND_HOOKS}
    every = {name: told for name, told in checks["fusion"].items() if all(name in of for of in checks.values())}
    parts = [HEAD, *(f"- [`{hook.__name__}`](#{hook.__name__})\n" for hook in hooks)]
    parts += ["\n## Every kind\n", *_class("Spec", lines), *_list("Checks of every component", every)]
    for hook in hooks:
        parts += _hook(hook, lines)
        if hook.__name__ in kind_of:
            kind = kind_of[hook.__name__]
            for name in (SPEC_TYPES[kind].__name__, *CLASSES[kind]):
                parts += _class(name, lines)
            own = {name: told for name, told in checks[kind].items() if name not in every}
            parts += _list(f"Checks of every {kind}", own)
    return "".join(parts)


def _hook(hook: Any, lines: dict[str, str]) -> Iterator[str]:
    text, _, example = (inspect.getdoc(hook) or "").partition("Example:\n")
    (shown,) = doctest.DocTestParser().get_examples(example)
    used = [name for name in (*gsx.api.__all__,) if re.search(rf"\b{name}\b", shown.source)]
    yield f"\n## {hook.__name__}\n\n`{hook.__name__}{lines[f'hooks.{hook.__name__}']}`\n\n{markdown(text)}\n\n"
    yield f"```python\n{import_from(used, 'gsx.api')}\n\n\n{textwrap.dedent(shown.source)}```\n"


def _checks(kind: str) -> dict[str, str]:
    """Name -> rule of the checks that apply to components of a kind."""
    catalogs = (installed_catalog(), isolated_catalog("gsx.testing.toy"))  # trackers are none of ours
    specs = [offer.spec for catalog in catalogs for offer in catalog.offers(kind)]
    functions = {function.__name__: function for spec in specs for function in functions_for(spec)}
    return {name: (function.__doc__ or "").strip().splitlines()[0] for name, function in functions.items()}


def _list(title: str, checks: dict[str, str]) -> Iterator[str]:
    yield f"\n### {title}\n\n"
    yield from (f"- `{name}`: {markdown(told)}\n" for name, told in checks.items())


def _class(name: str, lines: dict[str, str]) -> Iterator[str]:
    yield f"\n### {name}\n\n{markdown(inspect.getdoc(getattr(gsx.api, name)) or '')}\n"
    start = f"gsx.api.{name}."
    found = [f"{key.removeprefix(start)}{rest}" for key, rest in lines.items() if key.startswith(start)]
    shown = [line.replace("<lambda>", "...") for line in found if not line.startswith("kind:")]
    if shown:
        yield "\n" + "".join(f"- `{line}`\n" for line in shown)


def markdown(docstring: str) -> str:
    """A docstring as Markdown: its roles and double backticks as code, its sections of arguments as lists."""
    text = re.sub(r":\w+:`~?(?:gsx\.api\.)?([^`]+)`", r"`\1`", docstring).replace("``", "`")
    found: list[str] = []
    listing = False
    for line in text.strip().splitlines():
        if re.fullmatch(r"(Args|Raises|Returns|Yields):", line):
            listing = True
            found.append(f"{line}\n")
        elif line == "Example:":
            found.append(f"{line}\n")
        elif listing and re.match(r"    \S", line):
            found.append("- " + re.sub(r"^([\w, ]+):", r"`\1`:", line.strip()))
        elif listing and line.startswith("        "):
            found.append(f"  {line.strip()}")
        else:
            listing = listing and not line
            found.append(line)
    return "\n".join(found)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
