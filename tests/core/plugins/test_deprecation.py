"""A deprecated name of the surface works, and says who uses it."""

from __future__ import annotations

import warnings

import pytest

import gsx.api
from gsx.plugins.deprecation import Deprecated
from gsx.specs.kinds import FusionSpec

SOURCE = """
from gsx.api import MixerSpec, hookimpl

@hookimpl
def gsx_fusions():
    yield MixerSpec(name="old", summary="a fusion", target="older.part:Part", strength=lambda s: {})
"""


def test_a_deprecated_name_works_and_names_the_distribution_that_uses_it(install, load, monkeypatch, tmp_path):
    monkeypatch.setattr(gsx.api, "_DEPRECATED", {"MixerSpec": Deprecated(FusionSpec, "0.2", "FusionSpec")})
    entry = install("older", SOURCE, dist="gsx-from-long-ago")
    (info,) = tmp_path.glob("*.dist-info")
    (info / "top_level.txt").write_text("older\n")
    with pytest.warns(DeprecationWarning, match="MixerSpec") as caught:
        catalog = load(entry)
    assert catalog.find("fusion", "old").distribution == "gsx-from-long-ago"
    (warning,) = caught
    assert str(warning.message) == (
        "gsx.api.MixerSpec is deprecated since gsx.api 0.2 and goes in the next version; gsx-from-long-ago uses it. "
        "Use FusionSpec."
    )
    assert warning.filename.endswith("older.py")


def test_a_name_that_never_was_is_an_error_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AttributeError, match=r"'gsx\.api' has no attribute 'Fussion'"):
            _ = gsx.api.Fussion
