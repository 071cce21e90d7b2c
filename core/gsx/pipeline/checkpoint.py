"""Taking a trained generator, and the discriminator that it was trained against, from one file."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from gsx.plugins import installed_catalog
from gsx.recipe.validate import validate
from gsx.weights.files import WeightsFile, fit
from gsx.weights.header import GeneratorHeader


def load_checkpoint(header: GeneratorHeader, file: WeightsFile, generator: nn.Module, name: str) -> nn.Module | None:
    """Load the generator's tensors into ``generator``; build and return the discriminator where there is one.

    Raises:
        WeightsError: keys or shapes differ. RecipeError, PluginError: the discriminator is not installed here.
    """
    tensors = {_ours(key): value for key, value in file.tensors().items() if key != "n_averaged"}
    what = f"checkpoint {file.path}"
    fit(generator, _under("generator", tensors), what=what, who=f"generator {name!r}")
    if header.discriminator is None:
        return None
    options = dict(header.discriminator)
    kind = str(options.pop("name"))
    spec = installed_catalog().find("discriminator", kind).spec
    discriminator: nn.Module = spec.load()(validate(spec.options, options, where=f"{what}: discriminator"))
    fit(discriminator, _under("discriminator", tensors), what=what, who=f"discriminator {kind!r}")
    return discriminator


def _ours(key: str) -> str:
    """The name of a tensor; in a training's checkpoint the averaged generator is called ``module``, as torch does."""
    return f"generator.{key.removeprefix('module.')}" if key.startswith("module.") else key


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(f"{prefix}."): value for key, value in tensors.items() if key.startswith(f"{prefix}.")}
