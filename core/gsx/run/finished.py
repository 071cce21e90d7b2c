"""FinishedRun: a run's folder taken up again, with everything that explaining its picture needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from gsx.contracts import MissingMaskError
from gsx.errors import ContractError, RecipeError, StoreError, WeightsError
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.load import Loaded, load
from gsx.run.exact import DAMAGED
from gsx.specs.chosen import Catalog
from gsx.weights.status import sha256

SETTABLE = ("explainer.", "run.device=", "run.budget=", "extractor.weights=", "generator.weights=")
"""What ``--set`` may change of a picture that exists: how it is explained, and where the same weights lie."""


@dataclass(frozen=True)
class FinishedRun:
    """The folder of a run that is done.

    Args:
        path: the folder.
        result: the contents of its result.json.
    """

    path: Path
    result: Mapping[str, Any]

    def load(
        self, *, flags: Mapping[str, Any] | None = None, sets: Sequence[str] = (), catalog: Catalog | None = None
    ) -> Loaded:
        """The run's recipe, with other explanations.

        Args:
            flags, sets, catalog: as :func:`gsx.pipeline.load.load` takes them.

        Raises:
            StoreError: the folder has no recipe.json. RecipeError: it is damaged, or something is to be set that
            would make another picture. ContractError: an explanation that cannot be had of this picture, such as one
            that needs a mask where the run had none. Others as :func:`~gsx.pipeline.load.load`.
        """
        for assignment in sets:
            if not assignment.strip().startswith(SETTABLE):
                raise RecipeError(
                    f"--set {assignment}: the picture of {self.path} is made already, and this belongs to its making.",
                    hint="Of a finished run, explainer.*, run.device, run.budget and the place of the weights can be "
                    "set. Another picture is another gsx run.",
                )
        recipe = self.path / "recipe.json"
        if not recipe.is_file():
            raise StoreError(f"{recipe} is missing, so the networks cannot be built again.", hint=DAMAGED)
        try:
            return load(recipe, flags=flags, sets=sets, catalog=catalog)
        except MissingMaskError as error:
            raise ContractError(
                error.message,
                hint=f"The picture of {self.path} was made without one, and a finished run cannot be given one: make "
                "the run again, with --set input.mask=FILE.",
            ) from error

    def check_weights(self, pipeline: BuiltPipeline) -> None:
        """Refuse weights that did not make the picture.

        Raises:
            WeightsError: names the section, the hash that the run had, and the one that there is now.
        """
        had, has = _hashes(self.result.get("weights")), pipeline.weight_hashes()
        for section in sorted(had.keys() | has.keys()):
            if had.get(section) != has.get(section):
                then, now = (found.get(section, "") for found in (had, has))
                raise WeightsError(
                    f"{section} has other weights than the run in {self.path} had: sha256 {_short(now)} instead of "
                    f"{_short(then)}. An explanation with them would be of another network.",
                    hint=f"Give the run's own: --set {section}.weights=FILE; or make the run again.",
                )

    def check_files(self) -> None:
        """Refuse pictures that are not those of the run, such as another run's with the same name.

        Raises:
            StoreError: names the file, the hash that it had, and the one that it has.
        """
        recorded = self.result.get("files")
        for name, had in recorded.items() if isinstance(recorded, dict) else ():
            file = self.path / name
            try:
                has = sha256(file) if file.is_file() else had  # where one is missing, whoever reads it says so
            except OSError as error:
                raise StoreError(f"{file} cannot be read: {error.strerror}.", hint=DAMAGED) from error
            if has != had:
                raise StoreError(
                    f"{file} is not the one that the run wrote: sha256 {_short(has)} instead of {_short(str(had))}.",
                    hint=DAMAGED,
                )

    def changed_versions(self, pipeline: BuiltPipeline) -> list[str]:
        """A note where a component that makes the picture has another version than the run recorded."""
        recorded = read_object(self.path / "env.json").get("plugins")
        known = {str(item) for item in recorded} if isinstance(recorded, list) else set()
        parts = pipeline.loaded.recipe.parts
        now = {f"{item.distribution} {item.version}" for item in (parts.extractor, parts.fusion, parts.generator)}
        other = sorted(now - known)
        if not other:
            return []
        return [f"Explained with {', '.join(other)}; the run was made with {', '.join(sorted(known)) or 'unknown'}."]

    def contrast_name(self) -> str:
        """The name of the style picture that maps are compared with."""
        found = read_object(self.path / "inputs.json").get("contrast")
        file = found.get("file") if isinstance(found, dict) else None
        return PurePath(file).stem if isinstance(file, str) else "another style"


def open_run(path: Path) -> FinishedRun:
    """The run in that folder.

    Raises:
        StoreError: there is none, it is a training, or it was stopped before the picture was finished.
    """
    if not path.is_dir():
        raise StoreError(f"{path} is not a folder.", hint="Name a folder that gsx run made, or a recipe.")
    file = path / "result.json"
    if not file.is_file():
        inside = sorted(item.parent.name for item in path.glob("*/result.json"))
        if (path / "checkpoints").is_dir():
            raise StoreError(
                f"{path} is a training's folder: it has no picture to explain.",
                hint=f"Make one: gsx run --set generator.weights={path}",
            )
        hint = (
            f"It holds runs: {', '.join(inside)}. Name one of them." if inside else "Name a folder that gsx run made."
        )
        raise StoreError(f"{path} is not a run folder: it has no result.json.", hint=hint)
    result = read_object(file)
    if not result:
        raise StoreError(f"{file} cannot be read, or holds no result.", hint=DAMAGED)
    stopped_later = result.get("status") == "interrupted" and result.get("picture_finished") is True
    if result.get("status") != "done" and not stopped_later:
        raise StoreError(
            f"the run in {path} is {result.get('status') or 'of unknown status'}, so its picture is not the one that "
            "its recipe makes.",
            hint="Make the run again; an explanation of this picture would be of something else.",
        )
    return FinishedRun(path, result)


def runs_of(path: Path) -> list[Path]:
    """The folder itself; or those of the pairs in it, where one ``gsx run`` made several.

    Runs of several recipes that lie in one folder by chance are not taken for one.
    """
    inside = [] if (path / "result.json").is_file() else sorted(file.parent for file in path.glob("*/result.json"))
    made_by = {read_object(one / "result.json").get("fingerprint") for one in inside}
    return inside if len(inside) > 1 and len(made_by - {None}) == len(made_by) == 1 else [path]


def read_object(file: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none that can be read."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _hashes(weights: object) -> dict[str, str]:
    """Section -> sha256, of those that had weights from a file."""
    found = weights.items() if isinstance(weights, dict) else ()
    return {
        section: facts["sha256"]
        for section, facts in found
        if isinstance(facts, dict) and isinstance(facts.get("sha256"), str)
    }


def _short(digest: str) -> str:
    return f"{digest[:16]}…" if digest else "none (random weights)"
