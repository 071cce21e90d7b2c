"""bench.json: what was asked for. Only how the cells are shown hangs on it, so a damaged one is a problem, no end."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gsx.report.bench.cellfile import FORMAT, Name, Value


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class PictureFile(_Part):
    """A content or style picture as it was used; ``picture`` is its place in the benchmark folder."""

    name: Name
    file: str = ""
    sha256: str = ""
    picture: str | None = None


class CallFile(_Part):
    """One call of ``gsx bench`` into the folder."""

    started: str = ""
    data: str = ""
    cells: int = 0


class BenchFile(_Part):
    """bench.json of the last call."""

    format: int = FORMAT
    gsx: str = ""
    started: str = ""
    command: str = ""
    axes: dict[Name, list[Value]] = Field(default_factory=dict)
    seeds: list[int] = Field(default_factory=list)
    data: str = ""
    size: int | None = None
    contents: list[PictureFile] = Field(default_factory=list)
    styles: list[PictureFile] = Field(default_factory=list)
    cells: list[str] = Field(default_factory=list)
    cautions: list[str] = Field(default_factory=list)
    calls: list[CallFile] = Field(default_factory=list)


def read_bench_file(folder: Path) -> tuple[BenchFile, str | None]:
    """bench.json, or an empty one and what is wrong with it."""
    file = folder / "bench.json"
    try:
        if file.is_symlink() or not file.is_file():
            return BenchFile(), "bench.json is missing: cells are shown in the order of their keys."
        return BenchFile.model_validate_json(file.read_bytes()), None
    except (OSError, ValidationError) as error:
        cause = (error.strerror or str(error)) if isinstance(error, OSError) else error.errors()[0]["msg"]
        return BenchFile(), f"bench.json cannot be read ({cause}): cells are shown in the order of their keys."
