"""Explanations on the screen, from their records alone."""

import pytest

from gsx.cli.explained import summary, title


def test_an_explanation_without_anything_says_so():
    assert summary({"status": "done", "null": False, "maps": [], "values": []}) == "neither a map nor values"


@pytest.mark.parametrize(("asks", "said"), [({}, "attention of style"), ({"asks_score": False}, "attention")])
def test_what_asks_no_score_is_titled_without_one(asks, said):
    assert title({"explainer": {"name": "attention"}, "score": {"name": "style"}, **asks}) == said
