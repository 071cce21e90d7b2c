"""The surface as it was last released, and what has to be said and raised where it differs from today's.

``python tests/surface/frozen.py`` writes surface.txt again, when a release is made: see plugins/README.md.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FILE = Path(__file__).with_name("surface.txt")
UNRELEASED = ", unreleased"


@dataclass(frozen=True)
class Frozen:
    """What surface.txt holds.

    Args:
        version: of gsx.api that it is the surface of.
        released: whether somebody may rely on it already.
        lines: name -> the rest of its line.
    """

    version: str
    released: bool
    lines: dict[str, str]

    def __str__(self) -> str:
        head = f"gsx.api {self.version}{'' if self.released else UNRELEASED}"
        return "\n".join([head, "", *(f"{name}{rest}" for name, rest in self.lines.items())]) + "\n"


def read(text: str) -> Frozen:
    """The contents of surface.txt."""
    head, _, *lines = text.splitlines()
    parts = [re.match(r"[\w.]+", line) for line in lines]
    found = {part[0]: line[part.end() :] for part, line in zip(parts, lines, strict=True) if part}
    return Frozen(head.removesuffix(UNRELEASED).split()[-1], not head.endswith(UNRELEASED), found)


def differences(before: dict[str, str], now: dict[str, str]) -> tuple[list[str], list[str]]:
    """The names that are new, and those that are gone or have changed; of a class that is new or gone, only its own."""
    whole = before.keys() ^ now.keys()
    new = [name for name in now if name not in before]
    other = [name for name, rest in before.items() if now.get(name) != rest]
    return tuple([name for name in names if name.rpartition(".")[0] not in whole] for names in (new, other))  # type: ignore[return-value]


def problems(frozen: Frozen, now: dict[str, str], version: str, changelog: str) -> list[str]:
    """What is missing before today's surface may differ from the frozen one as it does; nothing is missing: [].

    Args:
        now: today's surface.
        version: today's API_VERSION.
        changelog: the text of CHANGELOG.md.
    """
    heading = f"### gsx.api {version}"
    _, found, rest = changelog.partition(f"\n{heading}\n")
    section = re.split(r"^##+ ", rest, flags=re.MULTILINE)[0]
    new, other = differences(frozen.lines, now)
    missing = [] if found else [f"CHANGELOG.md has no section {heading!r}"]
    missing += [
        f"CHANGELOG.md does not say, under {heading!r}, what became of `{called}`{now.get(name, ', which is gone')}"
        for name in (*new, *other)
        if not re.search(rf"`{re.escape(called := name.removeprefix('gsx.api.'))}\b[^`]*`", section)
    ]
    major, minor = map(int, frozen.version.split("."))
    if frozen.released and (new or other):
        least = (major, minor + 1) if major == 0 or not other else (major + 1, 0)
        if tuple(map(int, version.split("."))) < least:
            missing.append(
                f"gsx.api {frozen.version} is released: with these changes it has to become {least[0]}.{least[1]}"
            )
    unreleased = changelog.split("\n## ", 1)[-1].split("\n", 1)[0].endswith(UNRELEASED)
    if not unreleased and (not frozen.released or frozen.version != version):
        missing.append("the topmost version of CHANGELOG.md is released: run python tests/surface/frozen.py")
    return missing


def main() -> None:
    """Freeze today's surface, where CHANGELOG.md says that its version is released."""
    from surface import surface

    from gsx.api import API_VERSION

    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    released = not changelog.split("\n## ", 1)[-1].split("\n", 1)[0].endswith(UNRELEASED)
    if FILE.exists() and not released:
        sys.exit("Nothing is frozen before a release: name what has changed in CHANGELOG.md instead.")
    FILE.write_text(str(Frozen(API_VERSION, released, surface())), encoding="utf-8")


if __name__ == "__main__":
    main()
