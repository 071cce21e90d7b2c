"""Naming the component that failed: its exception becomes an error that says which plugin it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from gsx.errors import GsxError, PluginError, ran_out_of_memory
from gsx.specs.chosen import Chosen
from gsx.specs.interfaces import Cancelled
from gsx.specs.layout import FeatureLayout


@contextmanager
def blamed(chosen: Chosen[Any]) -> Iterator[None]:
    """Turn what a component raises into a PluginError that names it.

    Deliberate errors pass as they are, and so does a lack of memory, which is nobody's fault in particular.
    """
    try:
        yield
    except (GsxError, Cancelled):
        raise
    except (Exception, SystemExit) as error:
        if ran_out_of_memory(error):
            raise
        raise PluginError(
            f"{named(chosen)} failed: {type(error).__name__}: {error}",
            hint="Its author can tell what it needs; --debug shows where it happened.",
        ) from error


def create(chosen: Chosen[Any], *given: Any) -> Any:
    """The component itself, made from its options and what its kind is given besides; what it raises names it."""
    with blamed(chosen):
        return chosen.spec.load()(chosen.options, *given)


def check_maps(maps: object, layers: Sequence[str], layout: FeatureLayout, chosen: Chosen[Any]) -> None:
    """Hold the maps that a component gave against what it declared.

    Raises:
        PluginError: a map is missing, no tensor, or of other channels than declared.
    """
    if not isinstance(maps, Mapping):
        raise PluginError(f"{named(chosen)} gave {type(maps).__name__}, not a dict of maps.")
    for name in layers:
        found = maps.get(name)
        if not isinstance(found, Tensor) or found.ndim != 4 or found.shape[1] != layout[name].channels:
            given = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise PluginError(
                f"{named(chosen)} gave {given} for {name}, which is declared as (N, {layout[name].channels}, h, w)."
            )


def named(chosen: Chosen[Any]) -> str:
    """``fusion 'swirl' (of gsx-swirl 1.2)``."""
    return f"{chosen.spec.kind} {chosen.name!r} (of {chosen.distribution} {chosen.version})"
