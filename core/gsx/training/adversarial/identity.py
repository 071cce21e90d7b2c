"""Whether a training may be taken up: what it was begun with, against what it is asked for now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gsx.errors import RecipeError
from gsx.recipe import Recipe
from gsx.recipe.train_section import RESUMABLE_CHANGES, TrainSection
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.phases import phase_at
from gsx.training.checkpoint import Checkpoint, damaged


def recipe_identity(job: TrainJob, networks: Networks) -> dict[str, Any]:
    """What of the recipe decides the weights: everything but pictures, explanations, metrics and device."""
    body = job.loaded.recipe.canonical()
    body["run"] = {"seed": body["run"]["seed"]}
    body["extractor"]["weights"] = networks.extractor_file.sha256 if networks.extractor_file else "random"
    if networks.begun_with is not None:
        body["generator"]["weights"] = networks.begun_with.sha256
    return {key: value for key, value in body.items() if key not in ("input", "explainer", "metric")}


def versions_of(recipe: Recipe) -> dict[str, str]:
    """Distribution -> version of every component that has a say in the weights."""
    parts = recipe.parts
    chosen = (parts.extractor, parts.fusion, parts.generator, parts.discriminator, parts.adversarial, *parts.losses)
    return {item.distribution: item.version for item in chosen if item is not None}


def check_same(checkpoint: Checkpoint, identity: Mapping[str, Any]) -> list[str]:
    """Refuse to go on with another recipe or other pictures.

    Returns:
        The differences that are allowed, in words.

    Raises:
        RecipeError: names each difference that is not.
    """
    ours = json.loads(json.dumps(identity["recipe"]))
    differences: list[str] = []
    allowed: list[str] = []
    for path, was, now in _differences(checkpoint["recipe"], ours):
        of_section = path.removeprefix("train.").split(".")[0]
        found = allowed if path.startswith("train.") and of_section in RESUMABLE_CHANGES else differences
        found.append(f"{path}: begun with {was!r}, now {now!r}")
    for name, was, now in _differences(checkpoint["versions"], identity["versions"]):
        allowed.append(f"version of {name}: begun with {was}, now {now}")
    for side, was, now in _differences(checkpoint["pictures"], identity["pictures"]):
        differences.append(f"pictures, {side}: begun with {was}, now {now}")
    if ours["train"]["steps"] < checkpoint.step:
        differences.append(
            f"train.steps: {checkpoint.step} are done already, now {ours['train']['steps']}; it may not be fewer"
        )
    before, after = (_phase(body, checkpoint.step, checkpoint) for body in (checkpoint["recipe"], ours))
    if after < before:
        differences.append(
            f"train.steps: step {checkpoint.step} is in phase {before}, and would be in {after} again, for phases are "
            "shares of the steps; train the result further instead, with --set generator.weights"
        )
    if differences:
        raise RecipeError(
            f"{checkpoint.path.parents[1]} cannot be taken up with another recipe:\n  " + "\n  ".join(differences),
            hint="Give the same one, or begin anew with another --out.",
        )
    return allowed


def _differences(was: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """What differs, by its path in the recipe; entries of a list go by their names, as with ``--set``."""
    was, now = _by_name(was), _by_name(now)
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*was, *now]):
            yield from _differences(was.get(key), now.get(key), f"{path}.{key}" if path else key)
    elif was != now:
        yield path or "recipe", was, now


def _by_name(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(entry, dict) and "name" in entry for entry in value):
        return {str(entry.get("id", entry["name"])): entry for entry in value}
    return value


def _phase(recipe: Mapping[str, Any], step: int, checkpoint: Checkpoint) -> str:
    try:
        section = TrainSection.model_validate(recipe["train"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(checkpoint.path, error) from error
    return phase_at(section, step, judged=recipe.get("adversarial") is not None).name
