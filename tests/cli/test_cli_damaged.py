"""A distribution whose entry points cannot be read stops torch and pydantic: that is not called a bug of GSX."""

import pytest


def test_an_error_beside_a_damaged_distribution_names_it(gsx, place, monkeypatch: pytest.MonkeyPatch):
    info = place / "gsx_torn-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gsx-torn\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_bytes(b"\xff\xfe")
    monkeypatch.syspath_prepend(place)

    def search() -> None:
        raise UnicodeError("as importlib.metadata raises it, within a library")

    monkeypatch.setattr("gsx.plugins.registry.known_plugins", search)
    ran = gsx("plugins", "search")
    assert ran.code == 7
    assert "The entry_points.txt of gsx-torn cannot be read" in ran.err
    (info / "entry_points.txt").unlink()
    assert gsx("plugins", "search").code == 1
