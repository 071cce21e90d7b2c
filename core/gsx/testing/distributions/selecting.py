"""Which components a word on the command line means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from gsx.errors import RecipeError
from gsx.plugins.catalog import PluginCatalog
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.plugins.loading import chosen_names
from gsx.plugins.records import PluginRecord
from gsx.plugins.registry import how_to_get
from gsx.specs.chosen import Offer
from gsx.specs.suggest import nearest


@dataclass
class Selection:
    """What was found.

    Args:
        offers: components to check, each once, in the order of kinds.
        broken: plugins that were meant, and did not load.
        silent: plugins that were meant, and offer no component.
    """

    offers: list[Offer[Any]] = field(default_factory=list)
    broken: list[PluginRecord] = field(default_factory=list)
    silent: list[PluginRecord] = field(default_factory=list)


def select(catalog: PluginCatalog, words: Iterable[str]) -> Selection:
    """What these words mean, each one of: a distribution, an entry point, ``distribution:component``, ``kind:name``, or
    a component's name.

    Raises:
        RecipeError: a word means nothing that is installed; with what was meant, or how to get it.
    """
    found = Selection()
    for word in words:
        records = [
            record for record in catalog.records if word == record.entry_point or _same(word, record.distribution)
        ]
        offers = [offer for offer in _all(catalog) if _meant(offer, word, records)]
        if not offers and not records:
            # A broken plugin of that distribution may be the one that offers it.
            before = word.rpartition(":")[0]
            records = [record for record in catalog.records if record.broken and _same(before, record.distribution)]
            if not records:
                raise _unknown(catalog, word)
        found.offers += [offer for offer in offers if offer not in found.offers]
        for record in records:
            among = found.broken if record.broken else found.silent
            if (record.broken or not record.specs) and record not in among:
                among.append(record)
    return found


def _meant(offer: Offer[Any], word: str, records: list[PluginRecord]) -> bool:
    if records:
        return any(offer.distribution == record.distribution and offer.spec in record.specs for record in records)
    before, _, name = word.rpartition(":")
    kind, _, distribution = before.rpartition(":") if ":" in before else (before, "", "")
    if before not in KIND_HOOKS and kind not in KIND_HOOKS:
        kind, distribution = "", before
    return (
        offer.spec.name == name
        and kind in ("", offer.spec.kind)
        and (not distribution or _same(distribution, offer.distribution))
    )


def _all(catalog: PluginCatalog) -> list[Offer[Any]]:
    return [offer for kind in KIND_HOOKS for offer in catalog.offers(kind)]


def _same(first: str, second: str) -> bool:
    """Whether they are one distribution's name, as pip sees it: ``gsx_swd`` is ``gsx-swd``."""
    return bool(first) and canonicalize_name(first) == canonicalize_name(second)


def _unknown(catalog: PluginCatalog, word: str) -> RecipeError:
    names = {offer.spec.name for offer in _all(catalog)}
    plugins = {name for record in catalog.records for name in (record.distribution, record.entry_point)}
    through = chosen_names()
    filtered = "" if through is None else f" (GSX_PLUGINS lets only {', '.join(through) or 'nothing'} through)"
    bare = word.rpartition(":")[2]
    guess = nearest(word if ":" not in word else bare, sorted(names if ":" in word else plugins | names))
    elsewhere = how_to_get(bare, KIND_HOOKS)
    return RecipeError(
        f"no installed plugin, distribution or component is called {word!r}{filtered}.",
        hint="\n".join(filter(None, (elsewhere, guess, "gsx plugins list shows all."))),
    )
