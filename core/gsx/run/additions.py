"""Additions: finished explanations put into a run folder, next to those of other commands at the same time."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from gsx.report import write_report
from gsx.run.finished import open_run, read_object
from gsx.run.question import DEPTHS, card_costs, question, same_finding
from gsx.store.atomic import store_error, write_json
from gsx.store.lock import is_free, locked

FOLDER_LOCK = ".explaining.lock"
"""Held while the run folder is changed."""

ASIDE = ".before"
"""Ends the name, in a stage, of what is being replaced."""

STAGE_LOCK = "lock"
"""Held in a stage as long as its command lives."""


@contextmanager
def stage_in(folder: Path) -> Iterator[Path]:
    """A hidden folder within the run's to make explanations in; gone at the end, with those that kills left behind.

    What such a command was about to replace is put back first.
    """
    with ExitStack() as stack:
        with locked(folder / FOLDER_LOCK):
            for left in folder.glob(".explaining.*.partial"):
                if is_free(left / STAGE_LOCK):
                    _restore(folder, left)
                    shutil.rmtree(left, ignore_errors=True)
            stage = folder / f".explaining.{secrets.token_hex(4)}.partial"
            try:
                stage.mkdir()
            except OSError as error:
                raise store_error(stage, error) from error
            stack.callback(shutil.rmtree, stage, ignore_errors=True)
            stack.enter_context(locked(stage / STAGE_LOCK))
        yield stage


def add(folder: Path, stage: Path, record: dict[str, Any]) -> bool:
    """Put an explanation in place of one of the same question, else beside the others, and enter it in result.json.

    Both or neither. The card of the one that it replaces is kept where that is the fuller and the finding is the same.

    Args:
        record: of the explanation in ``stage``; its ``folder`` becomes the one it got.

    Returns:
        False where it failed and an earlier one stays instead.

    Raises:
        StoreError: it cannot be written; the folder is as it was.
    """
    with locked(folder / FOLDER_LOCK):
        made = stage / record["folder"]
        place = _place(folder, record)
        earlier = read_object(place / "explanation.json") if place.exists() else {}
        if record["status"] == "error" and place.exists():
            record["folder"] = f"explanations/{place.name}"
            return False
        _keep_card(record, earlier)
        record["folder"] = f"explanations/{place.name}"
        write_json(made / "explanation.json", record)
        with _in_place(made, place):
            _list(folder, record)
    return True


def refresh_report(folder: Path) -> None:
    """Write report.html anew, of what is there."""
    with locked(folder / FOLDER_LOCK):
        write_report(folder)


def _place(folder: Path, record: Mapping[str, Any]) -> Path:
    """Where an explanation of this question is, else a free name: the usual one, or that with a number."""
    usual, asked = folder / str(record["folder"]), question(record)
    others = sorted(path for path in usual.parent.glob("*") if path.is_dir())
    for place in (usual, *others):
        if question(read_object(place / "explanation.json")) == asked:
            return place
    place, number = usual, 2
    while place.exists():
        place, number = usual.with_name(f"{usual.name}-{number}"), number + 1
    return place


def _keep_card(record: dict[str, Any], earlier: Mapping[str, Any]) -> None:
    """Take over a fuller card of the same finding; where the finding is another, say that the card went."""
    before, card = earlier.get("card_level"), earlier.get("card")
    if not card or before not in DEPTHS or DEPTHS.index(before) <= DEPTHS.index(record["card_level"]):
        return
    if same_finding(record, earlier):
        record |= {"card": card, "card_level": before}
        record["provenance"] |= card_costs(earlier)
        record["notes"].append(f"The card is from when the same was explained with --card {before}.")
    else:
        record["notes"].append(
            f"An earlier explanation of this question, with --card {before}, gave other figures; its card went with it."
        )


@contextmanager
def _in_place(made: Path, place: Path) -> Iterator[None]:
    """Rename a finished explanation into place; whatever goes wrong within puts back what was there."""
    aside = made.with_name(f"{place.name}{ASIDE}")
    moved = False
    try:
        try:
            place.parent.mkdir(exist_ok=True)
            if place.exists():
                os.rename(place, aside)
            os.rename(made, place)
            moved = True
        except OSError as error:
            raise store_error(place, error) from error
        yield
    except BaseException:  # also Ctrl-C: what was there is not to be lost
        if moved:
            os.rename(place, made)
        if aside.exists():
            os.rename(aside, place)
        raise


def _restore(folder: Path, left: Path) -> None:
    """Put back what a command had moved aside when it was killed, where its own had not come in place yet."""
    for aside in left.glob(f"explanations/*{ASIDE}"):
        place = folder / "explanations" / aside.name.removesuffix(ASIDE)
        if not place.exists():
            try:
                os.rename(aside, place)
            except OSError as error:
                raise store_error(place, error) from error


def _list(folder: Path, record: dict[str, Any]) -> None:
    """Enter the record into result.json, in the place of one of the same folder, with the seconds it took."""
    result = dict(open_run(folder).result)
    listed = result.get("explanations")
    known = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    places = [item.get("folder") for item in known]
    if record["folder"] in places:
        known[places.index(record["folder"])] = record
    else:
        known.append(record)
    result["explanations"] = known
    took = result.get("seconds")
    if isinstance(took, dict) and isinstance(took.get("total"), int | float):
        spent = round(sum(item["seconds"] for item in known if isinstance(item.get("seconds"), int | float)), 3)
        total = round(took["total"] - took.get("explain", 0.0) + spent, 3)
        result["seconds"] = {**took, "explain": spent, "total": total}
    write_json(folder / "result.json", result)
