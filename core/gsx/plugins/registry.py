"""The plugins of registry.toml: who offers what, and how to get it. Torch-free; never used to dispatch a component."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gsx.errors import PluginError
from gsx.plugins.api_range import checked_range
from gsx.plugins.registry_file import read_section, registry_path
from gsx.specs.kinds import SPEC_TYPES
from gsx.specs.options import Options

_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
# What pip is given goes into a command that people paste: nothing in it may mean something to a shell.
_PLACE = r"^(\.(/[A-Za-z0-9_-]+)*|[A-Za-z0-9][A-Za-z0-9._-]*|(git\+)?https://[A-Za-z0-9._~/@:-]+)$"


def _kind_and_name(text: str) -> str:
    kind, _, name = text.partition(":")
    if kind not in SPEC_TYPES or not name:
        raise ValueError(f"{text!r} is no kind:name; the kinds are {', '.join(SPEC_TYPES)}")
    return text


class PluginEntry(Options):
    """One plugin.

    Args:
        name: its own; usually that of its distribution.
        distribution: what pip calls it, where that is another name.
        summary: one line.
        components: what it offers, each as ``kind:name``.
        api: the versions of gsx.api that it was written for, such as ``>=0.1,<0.2``.
        licence: an SPDX expression.
        source: where its code is: a folder of GSX's own repository, or an address.
        install: what ``pip install`` is given; a path that starts with ``.`` is one in a checkout of GSX.
        tested_at: the version of it that was tested with this GSX.
    """

    name: Annotated[str, Field(pattern=_NAME)]
    distribution: Annotated[str | None, Field(pattern=_NAME)] = None
    summary: Annotated[str, Field(pattern=r"^\S[^\n]{0,118}\S$")]
    components: Annotated[tuple[Annotated[str, AfterValidator(_kind_and_name)], ...], Field(min_length=1)]
    api: Annotated[str, AfterValidator(checked_range)]
    licence: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    install: Annotated[str, Field(pattern=_PLACE)]
    tested_at: Annotated[str, Field(pattern=r"^\d+(\.\d+)*[A-Za-z0-9.+]*$")]

    @model_validator(mode="after")
    def _each_component_once(self) -> PluginEntry:
        twice = sorted({one for one in self.components if self.components.count(one) > 1})
        if twice:
            raise ValueError(f"components has {twice[0]!r} twice")
        return self

    @property
    def pip_command(self) -> str:
        """What to type."""
        return f"pip install {self.install}"

    @property
    def where(self) -> str | None:
        """Where to type it, if that matters."""
        return "in a checkout of GSX" if self.install.startswith(".") else None

    def installed(self) -> str | None:
        """The version of its distribution that is installed, or None."""
        try:
            return importlib.metadata.version(self.distribution or self.name)
        except importlib.metadata.PackageNotFoundError:
            return None

    def about(self, word: str) -> bool:
        """Whether ``word`` occurs in its names, summary or components, in whatever case."""
        texts = (self.name, self.distribution or "", self.summary, *self.components)
        return any(word.lower() in text.lower() for text in texts)


def read_plugins(path: Path) -> tuple[PluginEntry, ...]:
    """The plugins of a registry file.

    Raises:
        PluginError: see :func:`~gsx.plugins.registry_file.read_section`.
    """
    return read_section(path, "plugins", PluginEntry, PluginError)


@functools.cache
def known_plugins() -> tuple[PluginEntry, ...]:
    """The plugins of this installation's registry.toml."""
    return read_plugins(registry_path())


def how_to_get(name: str, kinds: Iterable[str]) -> str | None:
    """The pip command of what offers a component that is not here, as a sentence; None where the registry knows none.

    An entry that is installed is left out: if it did not offer the component, no pip command changes that.

    Args:
        name: of the component; ``distribution:name`` asks for one distribution's.
        kinds: of component that would do.
    """
    distribution, _, bare = name.rpartition(":")
    wanted = {f"{kind}:{bare}" for kind in kinds}
    found = [
        entry
        for entry in known_plugins()
        if wanted & set(entry.components)
        and distribution in ("", entry.distribution or entry.name)
        and entry.installed() is None
    ]
    lines = []
    for entry in found:
        where = f", {entry.where}," if entry.where else ""
        lines.append(f"Plugin {entry.name} offers it. Install it{where} with: {entry.pip_command}")
    return "\n".join(lines) or None
