"""Ranges of API versions: what is in one, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsx.errors import PluginError
from gsx.plugins.api_range import check_built_for_this, checked_range, in_range, range_of

versions = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("0.1", ">=0.1,<0.2", True),
        ("0.2", ">=0.1,<0.2", False),
        ("0.10", ">=0.9", True),  # numbers, not text
        ("1", "==1.0", True),
        ("1.0", "==1", True),
        ("1.0.1", "<=1.0", False),
        ("0.1", "!=0.1", False),
        ("0.1", "> 0.0 , < 1", True),
        ("0.1.9", "~=0.1.2", True),
        ("0.1.1", "~=0.1.2", False),
        ("0.2", "~=0.1.2", False),
        ("0.9", "~=0.1", True),
        ("1.0", "~=0.1", False),
        ("0.1.7", "==0.1.*", True),
        ("0.2", "==0.1.*", False),
        ("0.2", ">=0.2rc1,<0.3.dev0", True),
    ],
)
def test_in_range(version: str, wanted: str, expected: bool):
    assert in_range(version, wanted) is expected


@given(versions, versions)
def test_of_less_equal_and_more_exactly_one_holds(version: str, bound: str):
    assert [in_range(version, f"{sign}{bound}") for sign in ("<", "==", ">")].count(True) == 1
    assert in_range(version, f"<={bound}") != in_range(version, f">{bound}")
    assert in_range(version, f"!={bound}") != in_range(version, f"=={bound}")


@pytest.mark.parametrize("wanted", ["", "0.1", ">=", "~=0", ">=0.1.*", ">=0.x", "=>0.1", ">=0.1 <0.2", ">=-1", "any"])
def test_what_is_no_range(wanted: str):
    with pytest.raises(ValueError, match="no range of versions"):
        checked_range(wanted)


@pytest.mark.parametrize(("version", "wanted"), [("0.1", ">=0.1,<0.2"), ("0.9", ">=0.9,<0.10"), ("1.4", ">=1.4,<2")])
def test_what_a_plugin_of_today_states(version: str, wanted: str):
    assert range_of(version) == wanted


def test_what_is_no_version():
    with pytest.raises(ValueError, match="'lately'"):
        in_range("lately", ">=0")


@pytest.mark.parametrize(
    ("wanted", "version", "said"),
    [
        ("", "0.1.0", None),
        (">=0.1,<0.2", "0.1.0", None),
        (">=0.1,<0.2", "0.1.4.dev1", None),
        (">=0.1.3", "0.1.0", "a newer GSX API: gsx>=0.1.3, and this is gsx 0.1.0 with gsx.api"),
        (">=0.2,<0.3", "0.1.0", "a newer GSX API"),
        (">=0.1,<0.2", "0.2.0", "another GSX API: gsx>=0.1,<0.2, and this is gsx 0.2.0"),
        ("==0.2.*", "0.1.0", "a newer GSX API"),
        (">=0.1 <0.2", "0.1.0", "its requirement gsx>=0.1 <0.2 cannot be read: '>=0.1 <0.2' is no range of versions"),
    ],
)
def test_a_plugin_built_for_another_gsx(wanted: str, version: str, said: str | None):
    if said is None:
        check_built_for_this(wanted, version)
        return
    with pytest.raises(PluginError, match=f".*{said}"):
        check_built_for_this(wanted, version)
