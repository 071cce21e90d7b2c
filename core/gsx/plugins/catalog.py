"""PluginCatalog: finding the one component of a name among what is installed."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from gsx.errors import PluginError, RecipeError
from gsx.plugins.loading import PluginManager, chosen_names
from gsx.plugins.records import PluginRecord
from gsx.specs.chosen import Offer
from gsx.specs.suggest import did_you_mean


class PluginCatalog:
    """Offers by kind and name, over the records of a :class:`PluginManager`."""

    def __init__(self, manager: PluginManager) -> None:
        self.manager = manager

    @property
    def records(self) -> list[PluginRecord]:
        return self.manager.records

    def offers(self, kind: str) -> Iterator[Offer[Any]]:
        """Every offer of a kind, ordered by name, then distribution."""
        found = [
            Offer(spec, record.distribution, record.version)
            for record in self.records
            for spec in record.specs
            if spec.kind == kind
        ]
        return iter(sorted(found, key=lambda offer: (offer.spec.name, offer.distribution)))

    def find(self, kind: str, name: str) -> Offer[Any]:
        """The one offer of that name; ``distribution:name`` picks among several distributions.

        Raises:
            RecipeError: nothing of that name; says what was meant, which broken plugins may have held it, or how to
                install the one that the registry knows to have it.
            PluginError: two distributions offer the name.
        """
        distribution, _, bare = name.rpartition(":")
        matches = [
            offer
            for offer in self.offers(kind)
            if offer.spec.name == bare and (not distribution or offer.distribution == distribution)
        ]
        if len(matches) == 1:
            return matches[0]
        if len({offer.distribution for offer in matches}) == 1:
            raise PluginError(f"{kind} {bare!r} is offered {len(matches)} times by {matches[0].distribution}.")
        if matches:
            names = list(dict.fromkeys(offer.distribution for offer in matches))
            raise PluginError(
                f"{kind} {bare!r} is offered by {len(names)} distributions: {', '.join(names)}.",
                hint=f"Write the one you mean: {' or '.join(f'{name}:{bare}' for name in names)}.",
            )
        broken = [record for record in self.records if record.broken]
        if broken:
            causes = "\n".join(f"  {record.distribution} {record.version}: {record.error}" for record in broken)
            raise PluginError(
                f"no {kind} is called {name!r}, but these plugins are BROKEN and may offer it:\n{causes}",
                hint=self._instead(kind, name),
            )
        let_through = chosen_names()
        named = ", ".join(let_through or ()) or "nothing"
        filtered = "" if let_through is None else f" (GSX_PLUGINS lets only {named} through)"
        raise RecipeError(
            f"no {kind} is called {name!r}{filtered}.",
            hint=self._instead(kind, name),
        )

    def _instead(self, kind: str, name: str) -> str:
        """What to do where nothing here has that name: install what the registry says has it, or mean another."""
        # Only here, so that starting costs nothing for a file that is read where a name is wrong.
        from gsx.plugins.registry import how_to_get

        guess = did_you_mean(name.rpartition(":")[2], [offer.spec.name for offer in self.offers(kind)])
        elsewhere = how_to_get(name, [kind])
        return guess if elsewhere is None else f"{elsewhere}\n{guess}"


@functools.cache
def installed_catalog(*, strict: bool = False) -> PluginCatalog:
    """The catalog of this environment's plugins, loaded once per process."""
    manager = PluginManager()
    manager.load(strict=strict)
    return PluginCatalog(manager)
