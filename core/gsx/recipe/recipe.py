"""Recipe: every component chosen and every option validated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from gsx.contracts.plan import ExplainerPart, Parts
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.sections import InputSection, RunSection
from gsx.recipe.train_section import TrainSection
from gsx.specs.chosen import Chosen


@dataclass(frozen=True)
class Weighted:
    """A term of the total: its weight, and its schedule where it has one."""

    weight: float | Literal["adaptive"] = 1.0
    schedule: str | None = None


@dataclass(frozen=True)
class Recipe:
    """The model that names every component and its options.

    ``auto`` choices are already resolved when a Recipe exists.
    """

    parts: Parts
    input: InputSection
    run: RunSection
    loss_weights: Mapping[str, Weighted] = field(default_factory=dict)
    adversarial_weight: Weighted = field(default_factory=Weighted)
    train: TrainSection = field(default_factory=TrainSection)
    bench: BenchSection = field(default_factory=BenchSection)

    def canonical(self) -> dict[str, Any]:
        """The JSON-ready recipe with every option spelled out; feeding it back gives the same run.

        Without ``bench``: it says which recipes to compare, and is no part of any of them.
        """
        parts = self.parts
        return {
            "extractor": parts.extractor.canonical(),
            "fusion": parts.fusion.canonical(),
            "generator": parts.generator.canonical(),
            "discriminator": parts.discriminator.canonical() if parts.discriminator else {"name": None},
            "adversarial": {**parts.adversarial.canonical(), **asdict(self.adversarial_weight)}
            if parts.adversarial
            else {"name": None},
            "loss": [{**loss.canonical(), **asdict(self.loss_weights[loss.id])} for loss in parts.losses],
            "explainer": [_explainer(part) for part in parts.explainers],
            "metric": [metric.canonical() for metric in parts.metrics],
            "input": self.input.model_dump(mode="json"),
            "run": self.run.model_dump(mode="json"),
            "train": self.train.model_dump(mode="json"),
        }

    def components(self) -> list[Chosen[Any]]:
        """Every chosen component, in recipe order."""
        parts = self.parts
        one_each = (parts.extractor, parts.fusion, parts.generator, parts.discriminator, parts.adversarial)
        explaining = [piece for part in parts.explainers for piece in (part.explainer, part.score, part.unit)]
        return [item for item in (*one_each, *parts.losses, *explaining, *parts.metrics) if item is not None]

    def fingerprint(self, weights: Mapping[str, str]) -> str:
        """sha256 over what determines the result: the canonical recipe and each component's distribution version.

        Weights enter as the sha256 of their content (``weights``: section -> hash), not as a path. Pictures,
        device and output are left out: they are recorded in inputs.json and env.json. So is the memory budget, which
        decides how much is computed at once, not what.
        """
        body = self.canonical()
        # How a generator was trained is in the hash of its weights.
        del body["input"], body["train"], body["run"]["device"], body["run"]["budget"]
        for section, digest in weights.items():
            body[section]["weights"] = digest
        body["versions"] = sorted({f"{item.distribution} {item.version}" for item in self.components()})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _explainer(part: ExplainerPart) -> dict[str, Any]:
    return {
        **part.explainer.canonical(),
        "score": part.score.canonical(),
        "unit": part.unit.canonical(),
        "baseline": part.baseline,
        "card": part.card,
    }
