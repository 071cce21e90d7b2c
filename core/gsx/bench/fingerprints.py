"""Fingerprints of many recipes that share their weights: each file is hashed once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gsx.errors import MissingExtraError, WeightsError
from gsx.pipeline.load import Loaded
from gsx.recipe.resolve import resolve_extractor
from gsx.specs.chosen import Catalog, Chosen
from gsx.specs.kinds import ExtractorSpec, MetricSpec
from gsx.training.data import list_pictures
from gsx.weights.files import open_weights
from gsx.weights.registry import find_entry
from gsx.weights.source import extractor_weights
from gsx.weights.status import sha256, status


class Fingerprints:
    """A cache for the length of one plan: files may change after it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, str | None] = {}

    def of(self, loaded: Loaded) -> str:
        """The recipe's fingerprint, as that of a built pipeline.

        Raises:
            WeightsError: weights that cannot be had.
        """
        return loaded.recipe.fingerprint(self.weights(loaded))

    def weights(self, loaded: Loaded) -> dict[str, str]:
        """Section -> sha256 of the weights that the recipe means. Errors as :meth:`of`."""
        found: dict[str, str] = {}
        extractor = self._extractor_weights(loaded.recipe.parts.extractor)
        if extractor is not None:
            found["extractor"] = extractor
        if loaded.checkpoint is not None:
            header = loaded.checkpoint
            key = f"generator {header.path}"
            if key not in self._known:
                self._known[key] = open_weights(header.path, weights_id=header.id, expected_sha256=header.sha256).sha256
            digest = self._known[key]
            assert digest is not None
            found["generator"] = digest
        return found

    def extractor(self, loaded: Loaded) -> Any:
        """What determines the maps of the recipe's extractor, JSON-ready. Errors as :meth:`of`."""
        chosen = loaded.recipe.parts.extractor
        weights = self._extractor_weights(chosen)
        random = loaded.recipe.run.seed if weights is None else None
        return [chosen.canonical(), chosen.distribution, chosen.version, weights, random]

    def metric(self, metric: Chosen[MetricSpec]) -> Any:
        """What determines a metric's figures, JSON-ready; what cannot be had yet counts as missing."""
        facts = [metric.canonical(), metric.spec.version]
        wanted = metric.spec.weights(metric.options)
        if wanted is not None:
            there = status(find_entry(wanted)).path
            facts.append(None if there is None else there.name)
        section = metric.spec.judge(metric.options)
        if section is not None:
            try:
                judge = resolve_extractor(section, self._catalog, where="judge")
                facts += [judge.distribution, judge.version, self._extractor_weights(judge)]
            except (MissingExtraError, WeightsError):
                facts.append(None)
        return facts

    def folders(self, *folders: str) -> str:
        """The sha256 of all pictures of these folders.

        Raises:
            ImageError: a folder that cannot be read, or without a picture.
        """
        key = f"folders {folders}"
        if key not in self._known:
            files = [path for folder in folders for path in list_pictures(Path(folder).expanduser())]
            self._known[key] = hashlib.sha256("".join(sha256(path) for path in files).encode()).hexdigest()
        digest = self._known[key]
        assert digest is not None
        return digest

    def _extractor_weights(self, chosen: Chosen[ExtractorSpec]) -> str | None:
        key = json.dumps([chosen.distribution, chosen.canonical()], sort_keys=True)
        if key not in self._known:
            file = extractor_weights(chosen)
            self._known[key] = None if file is None else file.sha256
        return self._known[key]
