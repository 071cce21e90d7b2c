"""Rules for every spec: nothing here builds the component."""

from __future__ import annotations

import json
import pickle
import re

from pydantic import ValidationError

from gsx.specs.options import RESERVED_OPTION_NAMES, Options
from gsx.testing.compare import require
from gsx.testing.subject import Subject
from gsx.testing.torch_free import heavy_imports

MAX_SUMMARY = 120
"""Characters of a summary: what a line of ``gsx plugins list`` can hold."""


def well_formed_name(subject: Subject) -> None:
    """A name is lower case letters, digits and single hyphens, starting with a letter; ``++`` may end it."""
    name = subject.spec.name
    require(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*(\+\+)?", name) is not None, f"{name!r} is not such a name")


def one_line_summary(subject: Subject) -> None:
    """A summary is one non-empty line of at most 120 characters."""
    summary = subject.spec.summary
    require(bool(summary.strip()), "the summary is empty")
    require("\n" not in summary, "the summary has several lines")
    require(len(summary) <= MAX_SUMMARY, f"the summary has {len(summary)} characters")


def torch_free_listing(subject: Subject) -> None:
    """Importing the plugin and listing its specs imports neither torch nor another heavy package."""
    found = heavy_imports(subject.spec.target)
    require(not found, f"listing its specs imports {', '.join(found)}; only the component's own file may")


def loadable_target(subject: Subject) -> None:
    """``target`` names something that can be imported and called with options."""
    require(callable(subject.spec.load()), f"{subject.spec.target} is not callable")


def valid_default_options(subject: Subject) -> None:
    """Every option has a valid default, and none has a reserved name."""
    model = subject.spec.options
    require(issubclass(model, Options), f"{model.__name__} does not inherit from gsx.api.Options")
    reserved = RESERVED_OPTION_NAMES & set(model.model_fields)
    require(not reserved, f"options of reserved names: {', '.join(sorted(reserved))}")
    required = [name for name, option in model.model_fields.items() if option.is_required()]
    require(not required, f"options without a default: {', '.join(required)}")
    defaults = model()
    for problem in _refusals(model, {name: getattr(defaults, name) for name in model.model_fields}):
        raise AssertionError(f"the defaults do not pass their own validation: {problem}")


def json_round_trip(subject: Subject) -> None:
    """Options written as JSON and read again are the same options, and their JSON Schema can be written."""
    options = subject.options
    again = type(options).model_validate(json.loads(json.dumps(options.model_dump(mode="json"))))
    require(again == options, f"{options!r} became {again!r}")
    json.dumps(type(options).model_json_schema())


def pickle_round_trip(subject: Subject) -> None:
    """Options survive pickling, as they do on the way to a worker process."""
    options = subject.options
    again = pickle.loads(pickle.dumps(options))  # noqa: S301 - our own bytes
    require(again == options, f"{options!r} became {again!r}")


def unknown_option_refused(subject: Subject) -> None:
    """An option that does not exist is refused, not ignored."""
    values = {**subject.given, "no_such_option_of_anything": 1}
    require(bool(_refusals(subject.spec.options, values)), "an unknown option was accepted in silence")


def frozen_options(subject: Subject) -> None:
    """Options cannot be changed once they are made: a recipe's fingerprint has to stay true."""
    options = subject.options
    for name in type(options).model_fields:
        try:
            setattr(options, name, getattr(options, name))
        except ValidationError:
            continue
        raise AssertionError(f"option {name!r} can be assigned to; keep frozen=True")


def _refusals(model: type[Options], values: dict[str, object]) -> list[str]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [problem["msg"] for problem in error.errors()]
    return []


CHECKS = (
    well_formed_name,
    one_line_summary,
    torch_free_listing,
    loadable_target,
    valid_default_options,
    json_round_trip,
    pickle_round_trip,
    unknown_option_refused,
    frozen_options,
)
