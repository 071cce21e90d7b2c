"""From an extractor's ``weights`` option to a file: bundled, fetched, random, or one that the user names."""

from __future__ import annotations

from pathlib import Path

from gsx.errors import WeightsError
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import ExtractorSpec
from gsx.weights.cache import fetched_path
from gsx.weights.files import WeightsFile, open_weights
from gsx.weights.packaged import open_packaged
from gsx.weights.registry import find_entry
from gsx.weights.status import receipt_sha256

RANDOM = "random"


def extractor_weights(chosen: Chosen[ExtractorSpec]) -> WeightsFile | None:
    """The file for ``extractor.weights``; None for ``random``. Never opens a socket, never substitutes.

    Raises:
        WeightsError: this extractor has no such weights, or they are not on this machine yet; says what to do.
        MissingExtraError: they lie in a package that is not installed.
    """
    wanted = getattr(chosen.options, "weights", RANDOM)
    if wanted == RANDOM:
        return None
    known = chosen.spec.weights
    if wanted in known:
        entry = find_entry(known[wanted])
        if entry.bundled is not None:
            return open_weights(entry.bundled_path(), weights_id=entry.id, expected_sha256=entry.sha256)
        if entry.package is not None:
            return open_packaged(entry, chosen.spec)
        path = fetched_path(entry.id)
        if not path.is_file():
            raise WeightsError(
                f"extractor {chosen.name!r} with weights={wanted}: {entry.id} is not on this machine.",
                hint=f"Fetch it once with: gsx weights fetch {entry.id}\n"
                "Or try --set extractor.weights=random, or --extractor vgg19 (its weights are bundled).",
            )
        return open_weights(path, weights_id=entry.id, expected_sha256=receipt_sha256(path))
    if wanted in ("bundled", "imagenet", "package"):
        has = ", ".join([*known, RANDOM, "a .safetensors file"])
        raise WeightsError(
            f"extractor {chosen.name!r} has no {wanted} weights.", hint=f"It takes: --set extractor.weights={has}."
        )
    return open_weights(Path(wanted).expanduser())
