"""Explanations on the screen, from their records alone."""

from gsx.cli.explained import summary


def test_an_explanation_without_anything_says_so():
    assert summary({"status": "done", "null": False, "maps": [], "values": []}) == "neither a map nor values"
