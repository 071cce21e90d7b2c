"""Which fused levels there are, and names that are too many to list."""

import doctest

import pytest

from gsx.api import ContractError, FeatureLayout, Layer
from gsx.specs import suggest

LAYOUT = FeatureLayout([Layer("a", 1, 1), Layer("b", 2, 2), Layer("c", 3, 4)])


def test_every_layer_is_a_level_where_nobody_has_said():
    assert LAYOUT.levels == ("a", "b", "c")
    assert LAYOUT.select(["a", "b"]).levels == ("a", "b")


def test_levels_stay_with_the_layout():
    told = LAYOUT.with_levels(["a", "b"])
    assert told.levels == ("a", "b")
    assert told.select(["b", "c"]).levels == ("a", "b")  # whoever reads them, the generator is given both
    assert list(told) == ["a", "b", "c"]
    assert told == LAYOUT


def test_a_level_by_name():
    told = LAYOUT.with_levels(["a", "b"])
    assert told.level(None, who="it") == "b"
    assert told.level("a", who="it") == "a"
    with pytest.raises(ContractError, match="it needs fused level 'c', which the generator is not given") as refusal:
        told.level("c", who="it")
    assert refusal.value.hint == "Known: a, b."


def test_names_that_are_too_many():
    assert doctest.testmod(suggest).failed == 0
    assert suggest.nearest("x", ["y", "z"]) == "Known: y, z."
