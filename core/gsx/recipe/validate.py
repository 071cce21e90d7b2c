"""Stage two of validation: one component's options against its own model, with errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, PydanticUndefinedAnnotation, PydanticUserError, ValidationError
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
        PluginError: the model itself cannot be built.
    """
    try:
        return model.model_validate(dict(values))
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        # Models are built on first use (``defer_build``), so a plugin's broken one is found no sooner.
        raise PluginError(
            f"{where}: the options model {model.__module__}.{model.__qualname__} is broken: "
            f"{str(error).splitlines()[0]}",
            hint="Update the plugin that offers it, or report this to its author.",
        ) from error
    except ValidationError as error:
        lines, hints = _problems(error, model, where)
        raise RecipeError("\n".join(lines), hint="\n".join(dict.fromkeys(hints)) or None) from error


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
