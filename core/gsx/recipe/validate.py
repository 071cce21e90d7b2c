"""Stage two of validation: one component's options against its own model, with errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, PydanticUndefinedAnnotation, PydanticUserError, ValidationError

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
        lines, hints = [], []
        for problem in error.errors():
            path = ".".join(str(step) for step in problem["loc"])
            if problem["type"] == "extra_forbidden":
                lines.append(f"{where}.{path}: there is no such option.")
                hints.append(did_you_mean(path, model.model_fields) if model.model_fields else "It has no options.")
            else:
                message = problem["msg"][:1].lower() + problem["msg"][1:]
                lines.append(f"{where}.{path}: {message}, got {problem['input']!r}.")
        raise RecipeError("\n".join(lines), hint="\n".join(dict.fromkeys(hints)) or None) from error
