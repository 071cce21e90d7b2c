"""Offer and Chosen: a spec as a distribution offers it, and as a recipe chose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from gsx.specs.kinds import Spec
from gsx.specs.options import Options

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Offer(Generic[S]):
    """One spec as one distribution offers it."""

    spec: S
    distribution: str
    version: str


@dataclass(frozen=True)
class Chosen(Generic[S]):
    """A component that a recipe named: its spec, validated options, and the distribution it came from.

    ``id`` tells apart two entries of one component in a list section; it defaults to the name.
    ``ambiguous``: another distribution offers the name too, so a recipe has to say which is meant.
    """

    spec: S
    options: Any
    distribution: str
    version: str
    id: str
    ambiguous: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    def canonical(self) -> dict[str, object]:
        """The JSON-ready section that reproduces this choice, every option spelled out."""
        assert isinstance(self.options, Options)
        name = f"{self.distribution}:{self.name}" if self.ambiguous else self.name
        return {
            "name": name,
            **({"id": self.id} if self.id != self.name else {}),
            **self.options.model_dump(mode="json"),
        }


class Catalog(Protocol):
    """What recipes need of the plugins: to find an offer by kind and name."""

    def find(self, kind: str, name: str) -> Offer[Any]:
        """The one offer of that name.

        Raises:
            RecipeError: unknown (did you mean). PluginError: broken, or offered by two distributions.
        """
        ...

    def offers(self, kind: str) -> Iterator[Offer[Any]]:
        """Every offer of a kind."""
        ...
