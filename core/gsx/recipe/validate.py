"""Stage two of validation: one component's options against its own model, with errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gsx.errors import PluginError, RecipeError
from gsx.specs.suggest import did_you_mean

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], values: Mapping[str, Any], *, where: str) -> Model:
    """``values`` as an instance of ``model``.

    Args:
        where: the section they come from, such as ``fusion`` or ``explainer.gradcam.unit``; errors name it.

    Raises:
        RecipeError: every problem at once, a line each; an unknown option gets a did-you-mean.
        PluginError: the model itself cannot be built, or its own code raises something else.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        lines, hints = _problems(error, model, where)
        raise RecipeError("\n".join(lines), hint="\n".join(dict.fromkeys(hints)) or None) from error
    except Exception as error:
        # Models are built on first use (``defer_build``), so a plugin's broken one is found no sooner.
        raise _broken(model, where, error) from error


def json_schema(model: type[BaseModel], *, where: str, **settings: Any) -> dict[str, Any]:
    """The model's JSON Schema.

    Args:
        where: what the model belongs to, such as ``fusion 'adain'``; errors name it.
        settings: as for pydantic's ``model_json_schema``.

    Raises:
        PluginError: the model cannot be built, or says nothing that JSON Schema can.
    """
    try:
        return model.model_json_schema(**settings)
    except Exception as error:
        raise _broken(model, where, error) from error


def _broken(model: type[BaseModel], where: str, error: Exception) -> PluginError:
    cause = (str(error).splitlines() or [""])[0]
    if not type(error).__module__.startswith("pydantic"):
        cause = f"{type(error).__name__}: {cause}"
    return PluginError(
        f"{where}: the options model {model.__module__}.{model.__qualname__} is broken: {cause}",
        hint="Update the plugin that offers it, or report this to its author.",
    )


def _problems(error: ValidationError, model: type[BaseModel], where: str) -> tuple[list[str], list[str]]:
    """A line for each option that is wrong, and hints."""
    told: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    hints: list[str] = []
    for problem in error.errors():
        steps, owner, field = _place(problem["loc"], model)
        path = ".".join([where, *steps])
        kind = problem["type"]
        if kind == "extra_forbidden":
            told.setdefault(path, []).append("there is no such option")
            hints.append(did_you_mean(steps[-1], owner.model_fields) if owner.model_fields else "It has no options.")
            continue
        if kind == "string_pattern_mismatch" and field is not None and field.description:
            message = f"should be one of: {field.description}"
        elif kind == "tuple_type":
            message = "should be a list"
            hints.append(f"""Such as --set {path}='["{problem["input"]}"]'.""")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            message = message[:1].lower() + message[1:]
        told.setdefault(path, []).append(message)
        if kind != "value_error" or steps:  # a rule over several options has said what it holds against them
            given[path] = f", got {problem['input']!r}"
    # The branches of a union each have their own complaint about the same value.
    return [f"{path}: {', or '.join(dict.fromkeys(told[path]))}{given.get(path, '')}." for path in told], hints


def _place(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[str], type[BaseModel], FieldInfo | None]:
    """The path of a problem without pydantic's own names for branches; the innermost model on it, and the field."""
    steps: list[str] = []
    owner, field = model, None
    inside: type[BaseModel] | None = model
    for place, step in enumerate(loc):
        if isinstance(step, int):
            steps.append(str(step))
        elif inside is not None and step in inside.model_fields:
            owner, field = inside, inside.model_fields[step]
            kind = field.annotation
            inside = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
            steps.append(step)
        elif inside is not None and place == len(loc) - 1:  # an option that is not there
            owner = inside
            steps.append(step)
    return steps, owner, field
