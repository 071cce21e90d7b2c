"""The figures and explanations of a cell's pairs, as result.json has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from gsx.bench.clock import Clock
from gsx.bench.passes import Passes
from gsx.explaining.probe import Progress
from gsx.images import save_png
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.run.explaining import write_explanation
from gsx.run.judges import Judges
from gsx.run.measurement import Measured, Measurement, preprocessing


class Figures:
    """Makes, measures and explains the pairs of one cell, writing pictures and explanations to ``stage``."""

    def __init__(
        self,
        passes: Passes,
        judges: Judges,
        pipeline: BuiltPipeline,
        job: Mapping[str, Any],
        stage: Path,
        clock: Clock,
    ) -> None:
        self._passes, self._pipeline, self._job, self._stage, self._clock = passes, pipeline, job, stage, clock
        self._judges = judges
        self._metrics = pipeline.loaded.recipe.parts.metrics
        self._measurement = Measurement(self._metrics, judges)

    def all(self) -> dict[str, Any]:
        """The parts ``metrics``, ``pairs``, ``set`` and ``set_missing`` of result.json.

        Raises:
            DivergedError: a picture with NaN or infinite pixels. ImageError, StoreError: one that cannot be read or
            written.
        """
        pairs = [self._pair(pair) for pair in self._job["pairs"]]
        with self._clock("metrics"):
            whole = self._measurement.whole()
        return {
            "metrics": self._described(),
            "pairs": pairs,
            "set": whole.figures,
            "set_missing": _reasons(whole),
        }

    def _described(self) -> list[dict[str, Any]]:
        return [
            {
                "id": metric.id,
                "name": metric.name,
                "summary": metric.spec.summary,
                "scope": metric.spec.scope,
                "direction": metric.spec.direction,
                "version": metric.spec.version,
                "preprocessing": preprocessing(metric, self._pipeline, self._judges),
            }
            for metric in self._metrics
        ]

    def _pair(self, pair: Mapping[str, str]) -> dict[str, Any]:
        with self._clock("stylise"):
            outputs, seconds = self._passes.of(self._pipeline, self._job, pair)
        folder = f"pairs/{pair['label']}"
        place = self._stage / folder
        place.mkdir(parents=True)
        with self._clock("metrics"):
            measured = self._measurement.pair(outputs)
        with self._clock("explain"):
            explanations = [] if self._job["control"] else self._explain(pair, outputs, place, folder)
        with self._clock("write"):
            save_png(outputs.stylized, place / "stylized.png")
        return {
            "label": pair["label"],
            "content": pair["content"],
            "style": pair["style"],
            "picture": f"{folder}/stylized.png",
            "seconds": seconds,
            "figures": measured.figures,
            "missing": _reasons(measured),
            "explanations": explanations,
        }

    def _explain(self, pair: Mapping[str, str], outputs: PassOutputs, place: Path, folder: str) -> list[dict[str, Any]]:
        other = self._other_style(pair)
        made = []
        # Nothing is shared between them: each one's seconds are what it takes alone.
        for part in self._pipeline.loaded.recipe.parts.explainers:
            record = write_explanation(
                place, self._pipeline, outputs, part, other, lambda name: lambda done, total: None
            )
            made.append(_explanation(record, part.id, folder))
        return made

    def _other_style(self, pair: Mapping[str, str]) -> tuple[str, Tensor] | None:
        """The next style of the benchmark, for contrasts; None where there is one only."""
        styles = {one["style"]: one for one in self._job["pairs"]}
        names = list(styles)
        if len(names) < 2:
            return None
        other = styles[names[(names.index(pair["style"]) + 1) % len(names)]]
        return other["style"], self._passes.picture(other, "style", self._job["size"])


def _reasons(measured: Measured) -> dict[str, str]:
    """Metric -> why it has no figure, in one line, as a table's note has it."""
    return {name: " ".join(str(missing).split()) for name, missing in measured.missing.items()}


def _passes(record: Mapping[str, Any]) -> int | None:
    """How often an explanation ran the pipeline or its gradient, its card left out; None where it failed."""
    counted = [record.get("provenance", {}).get(name) for name in ("evaluations", "gradients")]
    return None if None in counted else sum(counted)


def _unseen(name: str) -> Progress:
    """The progress of an explanation that nobody watches."""
    return lambda done, total: None


def _explanation(record: Mapping[str, Any], name: str, folder: str) -> dict[str, Any]:
    """What result.json says of one explanation; its folder holds the rest."""
    pictures = [one["picture"] for one in record.get("maps", ())]
    return {
        "id": name,
        "folder": f"{folder}/{record['folder']}",
        "explainer": record["explainer"]["name"],
        "score": record["score"]["name"],
        "unit": record["unit"]["name"],
        "status": record["status"],
        "null": record["null"],
        "error": record.get("error"),
        "seconds": record["seconds"],
        "evaluations": _passes(record),
        "card": {
            check["name"]: {"value": check["value"], "verdict": check["verdict"]} for check in record.get("card", ())
        },
        "picture": pictures[0] if pictures else None,
    }
