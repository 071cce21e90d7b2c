"""What a plan's user should know before reading its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gsx.bench.pictures import Pictures
from gsx.pipeline.load import Loaded


def same_pictures(pictures: Pictures) -> list[str]:
    """Files of one role that hold the same bytes: a copy is no further evidence, and intervals take it for some."""
    found = []
    for role, side in (("content", pictures.contents), ("style", pictures.styles)):
        names: dict[str, list[str]] = {}
        for one in side:
            names.setdefault(one.sha256, []).append(one.name)
        found += [
            f"{role} {', '.join(same)} are the same file {len(same)} times: intervals take them for different pictures "
            "and come out too narrow. Leave the copies out."
            for same in names.values()
            if len(same) > 1
        ]
    return found


def opposite_strengths(axes: Iterable[str], recipes: Sequence[Loaded]) -> list[str]:
    """Options of the grid of which more is more style in one fusion and less in another, such as ``fusion.alpha``.

    The effect of such an axis is an average over opposite things.
    """
    found = []
    fusions = {loaded.recipe.parts.fusion.name: loaded.recipe.parts.fusion.spec for loaded in recipes}
    for axis in axes:
        section, _, option = axis.partition(".")
        if section != "fusion":
            continue
        more: list[str] = []
        less: list[str] = []
        for name, spec in fusions.items():
            none, full = (spec.strength(end).get(option) for end in (0.0, 1.0))
            if isinstance(none, (int, float)) and isinstance(full, (int, float)) and none != full:
                (more if full > none else less).append(name)
        if more and less:
            found.append(
                f"{axis} is no common scale: more of it is more style in {', '.join(more)}, and less in "
                f"{', '.join(less)}. run.strength means the same in all: --grid run.strength=0.25,0.5,1."
            )
    return found
