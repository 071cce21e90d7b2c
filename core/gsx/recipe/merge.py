"""One merge: defaults < recipe file < component flags < --set."""

from __future__ import annotations

import copy
import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from gsx.errors import RecipeError
from gsx.recipe.defaults import COMPONENT_SECTIONS, LIST_SECTIONS, SECTIONS
from gsx.recipe.shorthand import expand
from gsx.specs.suggest import did_you_mean

Raw = dict[str, Any]

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._+-]+")

_SHORTHANDS = ("score", "unit")
"""Keys of an explainer entry that name a component; ``score = "style"`` is short for ``{name = "style"}``."""


def merge_file(base: Raw, tables: Mapping[str, Any], *, source: str) -> None:
    """Lay a recipe file's tables over ``base``, in place.

    A component table that names another component replaces the section; a list replaces the list.

    Raises:
        RecipeError: an unknown section, or a section of the wrong shape.
    """
    for section, value in tables.items():
        if section not in SECTIONS:
            raise RecipeError(f"{source}: no section is called [{section}].", hint=did_you_mean(section, SECTIONS))
        if section in LIST_SECTIONS:
            if not isinstance(value, list) or not all(isinstance(item, dict) and "name" in item for item in value):
                raise RecipeError(
                    f'{source}: {section} is a list of entries with a name: write [[{section}]] and name = "...".'
                )
            base[section] = copy.deepcopy([dict(item) for item in value])  # --set must not write into the caller's
        elif not isinstance(value, dict):
            raise RecipeError(f"{source}: [{section}] has to be a table, not {value!r}.")
        elif section in COMPONENT_SECTIONS and value.get("name", base[section]["name"]) != base[section]["name"]:
            base[section] = copy.deepcopy(dict(value))
        else:
            base[section].update(copy.deepcopy(dict(value)))


def choose(base: Raw, section: str, name: str) -> None:
    """Apply a flag such as ``--extractor vgg16``: the options of another component do not carry over."""
    if base[section].get("name") != name:
        base[section] = {"name": name}


def choose_list(base: Raw, section: str, names: Sequence[str]) -> None:
    """Apply a flag such as ``--explainer gradcam,ablation``: entries that exist keep their options."""
    known = {entry.get("id", entry["name"]): entry for entry in base[section]}
    base[section] = [known.get(name, {"name": name}) for name in names]


def choose_card(base: Raw, depth: str) -> None:
    """Apply ``--card``, which holds for every explainer."""
    for entry in base["explainer"]:
        entry["card"] = depth


def choose_unit(base: Raw, unit: str) -> None:
    """Apply ``--unit channels``, which holds for every explainer."""
    for entry in base["explainer"]:
        entry["unit"] = _chosen(_table(entry.get("unit")), unit)


def cross_scores(base: Raw, scores: Sequence[str]) -> None:
    """Apply ``--score style,content``: each explainer with each score, told apart by their ids.

    A baseline goes with the score that it was chosen for, and so is left to another score's own default.

    Example:
        >>> raw = {"explainer": [{"name": "gradcam"}]}
        >>> cross_scores(raw, ["style@relu3_1", "content"])
        >>> [(entry["id"], entry["score"]["name"]) for entry in raw["explainer"]]
        [('gradcam-style-relu3_1', 'style'), ('gradcam-content', 'content')]
    """
    crossed = []
    for entry in base["explainer"]:
        before = _table(entry.get("score"))
        for score in scores:
            own = copy.deepcopy(entry)
            own["id"] = _NOT_IN_ID.sub("-", f"{entry.get('id', entry['name'])}-{score}").strip("-")
            own["score"] = _chosen(before, score)
            if before.get("name") not in (None, own["score"]["name"]):
                own.pop("baseline", None)
            crossed.append(own)
    base["explainer"] = crossed


def _table(given: Any) -> Raw:
    """A score or unit as a table, whether it was given as one, as a word, or not at all."""
    return expand(given) if isinstance(given, str) else copy.deepcopy(dict(given or {}))


def _chosen(before: Raw, word: str) -> Raw:
    """The table that a flag's word stands for, with the options given before where it names the same component."""
    table = expand(word)
    return {**before, **table} if before.get("name") == table["name"] else table


def apply_set(base: Raw, assignment: str) -> None:
    """Apply one ``--set section.option=value``; list entries go by name: ``loss.gram.weight=10``.

    Raises:
        RecipeError: not of that form, or a section or entry that is not there.
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise _no_assignment(f"--set {assignment!r}")
    apply_value(base, path, parse_value(text), said=f"--set {assignment}")


def _no_assignment(said: str) -> RecipeError:
    return RecipeError(
        f"{said} is not of the form section.option=value.",
        hint="For example --set fusion.alpha=0.8 or --set explainer.gradcam.unit.layer=relu3_1.",
    )


def apply_value(base: Raw, path: str, value: Any, *, said: str) -> None:
    """Set the option at ``path`` to a value; ``said`` is what the user wrote, which errors quote. Errors as above."""
    keys = path.strip().split(".")
    if len(keys) < 2 or not all(keys):
        raise _no_assignment(said)
    section, *inside = keys
    if section not in SECTIONS:
        raise RecipeError(f"{said}: no section is called {section!r}.", hint=did_you_mean(section, SECTIONS))
    targets: list[Raw] = (
        [base[section]] if section not in LIST_SECTIONS else _entries(base, section, inside.pop(0), said)
    )
    if not inside:
        raise RecipeError(f"{said}: say which option, as in {section}.{keys[1]}.option=value.")
    if section in COMPONENT_SECTIONS and base[section].get("name") is None and inside != ["name"]:
        raise RecipeError(f"{said}: the recipe has no {section}.", hint=f"Choose one first: --set {section}.name=NAME.")
    if section in COMPONENT_SECTIONS and inside == ["name"]:
        choose(base, section, str(value))
        return
    for target in targets:
        _assign(target, inside, value, said)


def _assign(target: Raw, inside: Sequence[str], value: Any, said: str) -> None:
    """Set the option at the path ``inside`` of one section or entry."""
    for key in inside[:-1]:
        step = target.setdefault(key, {})
        if isinstance(step, str) and key in _SHORTHANDS:
            step = target[key] = expand(step)
        if not isinstance(step, dict):
            raise RecipeError(f"{said}: {key!r} is not a table of options.")
        target = step
    if inside[-1] == "name" and len(inside) > 1:
        target.clear()
    target[inside[-1]] = copy.deepcopy(value)


def _entries(base: Raw, section: str, name: str, said: str) -> list[Raw]:
    """The entry of that id; where there is none, every entry of that component."""
    by_id = [entry for entry in base[section] if entry.get("id", entry["name"]) == name]
    found = by_id or [entry for entry in base[section] if entry["name"] == name]
    if found:
        return found
    known = [entry.get("id", entry["name"]) for entry in base[section]]
    raise RecipeError(
        f"{said}: the recipe has no {section} called {name!r}.",
        hint=did_you_mean(name, known) if known else f"It has none at all; a recipe file adds one as [[{section}]].",
    )


_WORD_IN_LIST = re.compile(r"""("[^"]*"|'[^']*')|(?<=[\[,])\s*([A-Za-z_][\w./:@+-]*)\s*(?=[,\]])""")
_TOML_WORDS = {"true", "false", "inf", "nan"}


def parse_value(text: str) -> Any:
    """A TOML value, where bare words (also inside a list) are strings: ``0.8``, ``true``, ``[relu3_1, relu4_1]``."""
    text = text.strip()
    quoted = _WORD_IN_LIST.sub(
        lambda found: found[1] or (found[2] if found[2] in _TOML_WORDS else f'"{found[2]}"'), text
    )
    for attempt in (text, quoted) if text.startswith("[") else (text,):
        try:
            table = tomllib.loads(f"value = {attempt}")
        except tomllib.TOMLDecodeError:
            continue
        # A date is a word to us (a folder's name, say), and a second line is no second option.
        if table.keys() == {"value"} and not isinstance(table["value"], (datetime.date, datetime.time)):
            return table["value"]
    return text
