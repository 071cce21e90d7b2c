"""displacement: terms that add up to the change, on the pass that is explained, or null, or a refusal."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

import gsx
from gsx.api import ContractError
from gsx.errors import PluginError
from gsx.images.resize import pad_to_multiple
from gsx.testing import picture as smooth

from .explaining_toys import LAYOUT, TwoLayers, mix, picture, rows

TERMS = frozenset({"terms"})


class Pulls:
    """right moves the picture by (0.3, 0, 0) in the right half; against, by (-0.1, 0.2, 0) there; idle nowhere."""

    def __init__(self, size: float = 1.0) -> None:
        self.size = size

    def __call__(self, fused, content, context):
        return content + sum(self.displacements(fused, content, context).values())

    def displacements(self, fused, content, context):
        half = torch.zeros_like(content)
        half[..., content.shape[-1] // 2 :] = self.size
        colours = {"right": (0.3, 0.0, 0.0), "against": (-0.1, 0.2, 0.0), "idle": (0.0, 0.0, 0.0)}
        return {name: half * torch.tensor(colour)[:, None, None] for name, colour in colours.items()}


def explained(generator, *, multiple=1, count=1, content=None, **changes):
    pipeline = gsx.Pipeline(
        TwoLayers(), mix, generator, layout=LAYOUT, traits=changes.pop("traits", TERMS), multiple=multiple
    )
    content = picture(8, 12, count=count) * 0.5 + 0.2 if content is None else content
    return gsx.explain(pipeline, content, picture(10, 10, seed=1), explainer="displacement", **changes)


def test_by_hand():
    # D = (0.2, 0.2, 0): (0.3, 0, 0) goes 0.3/√2 along it, (-0.1, 0.2, 0) goes 0.1/√2; half of the picture moves.
    found = explained(Pulls(), count=2)
    assert not found.null
    assert found.additive
    assert list(found.maps) == ["whole", "right", "against"]  # a map of zeros is no picture
    root = 2**0.5
    for sample in range(2):
        right, against = (96 * found.maps[name].values[sample] for name in ("right", "against"))
        assert not right[:, :6].any()
        assert not against[:, :6].any()
        torch.testing.assert_close(right[:, 6:], torch.full((8, 6), 0.3 / root))
        torch.testing.assert_close(against[:, 6:], torch.full((8, 6), 0.1 / root))
        assert rows(found, sample) == pytest.approx({"right": 0.15 / root, "against": 0.05 / root, "idle": 0}, abs=1e-6)
    torch.testing.assert_close(found.maps["whole"].values.sum((1, 2)), torch.tensor(found.provenance["score"]))
    assert {heat.on for heat in found.maps.values()} == {"stylized"}
    assert found.provenance["score"] == pytest.approx([0.2 / root * 1.0] * 2, abs=1e-6)
    assert found.provenance["start"] == "content"
    assert max(found.provenance["largest_residual"]) < 1e-6
    assert found.provenance["mean_length"]["right"] == pytest.approx([0.15, 0.15], abs=1e-6)


def test_what_pulls_the_other_way_is_negative():
    class Against(Pulls):
        def displacements(self, fused, content, context):
            return {"there": torch.full_like(content, 0.3), "back": torch.full_like(content, -0.1)}

    values = rows(explained(Against()))
    assert values["back"] == pytest.approx(-0.1 * 3**0.5, abs=1e-6)
    assert sum(values.values()) == pytest.approx(0.2 * 3**0.5, abs=1e-6)


def test_next_to_nothing_is_null():
    found = explained(Pulls(1e-3))
    assert found.null
    assert "less than a picture file can show" in found.null_reason
    assert not found.maps


def test_another_callable_score_is_null_and_a_named_one_refused():
    found = explained(Pulls(), score=lambda outputs: outputs.stylized.mean((1, 2, 3)) * 1e-12)
    assert found.null
    assert "Try score change" in found.null_reason
    with pytest.raises(ContractError, match="explains score change") as refusal:
        explained(Pulls(), score="region")
    assert "score=change" in refusal.value.hint


def test_a_generator_without_terms_is_refused_and_twins_are_named():
    with pytest.raises(ContractError, match="without terms") as refusal:
        explained(lambda fused, content, context: content, traits=frozenset({"differentiable"}))
    assert "twins" in refusal.value.hint
    assert "pressure" in refusal.value.hint
    with pytest.raises(ContractError, match="does not say what its terms moved"):
        explained(lambda fused, content, context: content)


def test_a_picture_that_did_not_come_that_way_is_refused():
    content = picture(8, 12) * 0.5 + 0.2
    with pytest.raises(ContractError, match="another picture than the one explained: up to 0"):
        explained(Pulls(), content=content, stylized=content + torch.tensor([0.5, 0.2, 0.0])[:, None, None])


def test_terms_of_another_shape_are_the_generators_fault():
    class Wrong(Pulls):
        def displacements(self, fused, content, context):
            return {"flat": avg_pool2d(content, 2)} if hasattr(self, "ready") else super().displacements(0, content, 0)

    generator = Wrong()
    pipeline = gsx.Pipeline(TwoLayers(), mix, generator, layout=LAYOUT, traits=TERMS)
    content, style = picture(8, 12) * 0.5, picture(10, 10, seed=1)
    stylized = pipeline(content, style).stylized
    generator.ready = True
    with pytest.raises(PluginError, match="displacement 'flat' is no finite tensor"):
        gsx.explain(pipeline, content, style, explainer="displacement", stylized=stylized)


def test_padding_is_cropped_from_the_displacements():
    class Seen(Pulls):
        def displacements(self, fused, content, context):
            assert content.shape[-2:] == (8, 12)
            assert fused["deep"].shape[-2:] == (4, 6)
            return {"all": torch.full_like(content, 0.1)}

    content = picture(7, 9) * 0.5
    assert pad_to_multiple(content, 4)[0].shape[-2:] == (8, 12)
    found = explained(Seen(), content=content, multiple=4)
    assert found.maps["all"].values.shape == (1, 7, 9)


@pytest.mark.parametrize("level", ["quick", "full"])
def test_no_check_asks_for_terms_that_did_not_make_the_picture(level):
    class Styled(Pulls):
        """Another style, as another network, would have made another picture."""

        def displacements(self, fused, content, context):
            return {"style": context.style.mean().expand_as(content) - content}

    found = {check.name: check for check in explained(Styled(), card=level).card}
    for name in ("max-sensitivity", "randomisation", "target"):
        assert found[name].verdict == "n/a"
        assert found[name].why.startswith("Terms are those of this picture's own making")


def test_pixels_end_to_end():
    pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "pixels", "iterations": 8}})
    content, style = smooth(1, (32, 40), seed=1), smooth(1, (32, 32), seed=2)
    made = pipeline(content, style).stylized
    found = gsx.explain(pipeline, content, style, explainer="displacement", stylized=made)
    assert set(rows(found)) == {"content", "style", "tv", "overshoot", "clamping"}
    length = torch.linalg.vector_norm(made - content, dim=1)
    terms = sum(heat.values for name, heat in found.maps.items() if name != "whole")
    torch.testing.assert_close(terms * (32 * 40), length, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.maps["whole"].values * (32 * 40), length)
    assert sum(rows(found).values()) == pytest.approx(length.mean().item(), abs=1e-5)
    assert max(found.provenance["largest_residual"]) < 1e-5
    assert torch.equal(pipeline(content, style).stylized, made)
