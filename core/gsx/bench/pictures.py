"""The pictures of a benchmark: their pairs, their hash, and how they are kept for its report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsx.images import Pair, decode, resize_longer, save_png
from gsx.images.names import safe_name, shown
from gsx.run.inputs import Work
from gsx.weights.status import sha256


@dataclass(frozen=True)
class Source:
    """One picture: a name that no other of its role has, its file, and the file's sha256."""

    name: str
    path: Path
    sha256: str

    def picture(self, role: str) -> str:
        """Where the benchmark's folder keeps it."""
        return f"pictures/{role}/{safe_name(self.name, 80)}-{self.sha256[:8]}.png"


@dataclass(frozen=True)
class Pictures:
    """Contents and styles at one size, every one with every other."""

    contents: tuple[Source, ...]
    styles: tuple[Source, ...]
    pairs: tuple[Pair, ...]
    size: int

    @property
    def hash(self) -> str:
        """Of the files' bytes, their order and the size: figures of other data are never compared with these."""
        facts = [self.size, [one.sha256 for one in self.contents], [one.sha256 for one in self.styles]]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def jobs(self) -> list[dict[str, str]]:
        """The pairs as a worker is told of them."""
        contents, styles = ({one.path: one for one in side} for side in (self.contents, self.styles))
        return [
            {
                "label": pair.label,
                "content": contents[pair.content].name,
                "content_file": str(pair.content.resolve()),
                "content_sha256": contents[pair.content].sha256,
                "style": styles[pair.style].name,
                "style_file": str(pair.style.resolve()),
                "style_sha256": styles[pair.style].sha256,
            }
            for pair in self.pairs
        ]

    def records(self) -> dict[str, Any]:
        """What bench.json says of them."""
        return {
            "data": self.hash,
            "size": self.size,
            **{
                f"{role}s": [
                    {
                        "name": one.name,
                        "file": shown(one.path.name),
                        "sha256": one.sha256,
                        "picture": one.picture(role),
                    }
                    for one in side
                ]
                for role, side in (("content", self.contents), ("style", self.styles))
            },
            "pairs": [{key: job[key] for key in ("label", "content", "style")} for job in self.jobs()],
        }

    def keep(self, folder: Path) -> None:
        """Write the pictures as they are used, those that are not there yet.

        Raises:
            StoreError: the folder cannot be written. ImageError: a picture is gone.
        """
        for role, side in (("content", self.contents), ("style", self.styles)):
            for one in side:
                place = folder / one.picture(role)
                if not place.is_file():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    save_png(resize_longer(decode(one.path).image, self.size), place)


def pictures_of(work: Work, size: int) -> Pictures:
    """The pictures of ``--content`` and ``--style``."""
    contents = _sources([pair.content for pair in work.pairs])
    styles = _sources([pair.style for pair in work.pairs])
    return Pictures(contents, styles, work.pairs, size)


def _sources(paths: Sequence[Path]) -> tuple[Source, ...]:
    taken: set[str] = set()
    sources = []
    for path in dict.fromkeys(paths):
        stem = name = shown(path.stem)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        sources.append(Source(name, path, sha256(path)))
    return tuple(sources)
