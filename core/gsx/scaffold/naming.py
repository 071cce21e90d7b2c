"""What a new distribution, its package and its classes are called, and which names cannot be taken."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gsx.errors import RecipeError
from gsx.plugins.catalog import PluginCatalog
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.plugins.registry import known_plugins
from gsx.specs.suggest import did_you_mean

LONGEST = 24
"""Characters of a name: with it, every line of the templates stays as ruff would break it."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RULE = (
    f"A name is lower case letters, digits and single hyphens, begins with a letter and has at most {LONGEST} "
    "characters, such as soft-light."
)


@dataclass(frozen=True)
class Names:
    """A component's name, and every other that follows from it.

    Args:
        name: the component's, as a recipe calls it: ``soft-light``.
    """

    name: str

    @property
    def distribution(self) -> str:
        """``gsx-soft-light``, which pip installs."""
        return f"gsx-{self.name}"

    @property
    def module(self) -> str:
        """``gsx_soft_light``, which Python imports."""
        return f"gsx_{self.function}"

    @property
    def function(self) -> str:
        """``soft_light``, to begin the name of a function with."""
        return self.name.replace("-", "_")

    def class_of(self, kind: str) -> str:
        """``SoftLightFusion``; with its kind, for one name may be that of several kinds, or of something imported."""
        return "".join(part.capitalize() for part in (*self.name.split("-"), kind))


def check_kinds(given: Sequence[str]) -> tuple[str, ...]:
    """The kinds that are meant, each once, in the order of the pipeline; an entry may hold several, with commas.

    Raises:
        RecipeError: one that does not exist, or none at all.
    """
    kinds = [part.strip() for entry in given for part in entry.split(",")]
    for kind in kinds:
        if kind not in KIND_HOOKS:
            raise RecipeError(f"no kind of component is called {kind!r}.", hint=did_you_mean(kind, KIND_HOOKS))
    if not kinds:
        raise RecipeError("no kind of component is given.", hint=did_you_mean("", KIND_HOOKS))
    return tuple(kind for kind in KIND_HOOKS if kind in kinds)


def check_name(name: str) -> Names:
    """The names that follow from a component's.

    Raises:
        RecipeError: it is no valid one; the hint says what is, and the nearest where there is one.
    """
    problem = None
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        problem = f"{name!r} cannot be the name of a component."
    elif name.startswith("gsx-"):
        problem = f"{name!r}: the gsx- of the distribution is put before the name anyway."
    if problem is None:
        return Names(name)
    bare = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
    bare = bare.removeprefix("gsx-").lstrip("0123456789-")
    near = f" Try {bare}." if len(bare) <= LONGEST and _NAME.fullmatch(bare) else ""
    raise RecipeError(problem, hint=RULE + near)


def check_free(names: Names, kinds: Sequence[str], catalog: PluginCatalog) -> None:
    """Refuse what somebody else's component, package or published plugin is called already.

    Raises:
        RecipeError: so that nobody ends up with two of one name, and asking for it being an error.
    """
    for kind in kinds:
        for offer in catalog.offers(kind):
            if offer.spec.name == names.name and offer.distribution != names.distribution:
                raise RecipeError(
                    f"there is a {kind} {names.name!r} already, from {offer.distribution} {offer.version}.",
                    hint="Choose another name: two components of one kind and name cannot be told apart in a recipe.",
                )
    for entry in known_plugins():
        if (entry.distribution or entry.name) == names.distribution and entry.installed() is None:
            raise RecipeError(
                f"there is a plugin {names.distribution} already: {entry.summary}.",
                hint=f"Choose another name, or install that one with: {entry.pip_command}",
            )
    taken = importlib.util.find_spec(names.module)
    owners = {record.distribution for record in catalog.records if record.module.split(".")[0] == names.module}
    if taken is not None and owners != {names.distribution}:
        raise RecipeError(
            f"a package {names.module} is installed already, at {taken.origin}.",
            hint=f"Choose another name: {names.distribution} would put its own in that one's place.",
        )
