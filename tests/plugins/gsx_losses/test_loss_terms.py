"""Loss terms, against numbers worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import gsx_losses
from gsx.api import ContractError, FeatureLayout, Layer
from gsx_losses.content import Content
from gsx_losses.gram import Gram
from gsx_losses.mean_std import MeanStd
from gsx_losses.options import ContentOptions, GramOptions, MeanStdOptions, TvOptions
from gsx_losses.tv import Tv

LAYOUT = FeatureLayout([Layer("fine", 2, 1), Layer("middle", 2, 8), Layer("coarse", 2, 16)])
A = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)
B = torch.tensor([0.0, 2.0, 3.0, 6.0]).view(1, 2, 1, 2)
# Distances of A and B, from tests/core/ops/test_distances.py: content 5 (mean 1.25), Gram 100.75, mean-std 1.25.


def outputs(**maps: object) -> SimpleNamespace:
    """Stylised maps are A; content and style are B on `fine` and `middle`, and A on `coarse`."""
    other = {"fine": B, "middle": B, "coarse": A}
    same = {"fine": A, "middle": A, "coarse": A}
    record = {"layout": LAYOUT, "stylized_maps": same, "content_maps": other, "style_maps": other}
    return SimpleNamespace(**{**record, **maps})


def test_content():
    assert Content(ContentOptions())(outputs()).tolist() == [1.25]
    assert Content(ContentOptions(reduction="sum"))(outputs()).tolist() == [5.0]  # ‖F_Î − F_c‖² itself
    assert Content(ContentOptions(layers=("coarse", "fine")))(outputs()).tolist() == [1.25 + 0]
    assert Content(ContentOptions(layers=("middle", "fine"), reduction="sum"))(outputs()).tolist() == [10.0]


def test_content_relative_to_its_target():
    # var(B) over its four values 0, 2, 3, 6: mean 2.75, squares 49/4 - 2.75² = 4.6875. 1.25 / 4.6875 = 0.26667.
    assert Content(ContentOptions(relative=True))(outputs()).item() == pytest.approx(1.25 / 4.6875)
    fused = ContentOptions(target="fused")
    assert Content(fused)(outputs(fused={"middle": A})).tolist() == [0.0]
    assert Content(fused)(outputs(fused={"middle": B})).tolist() == [1.25]
    with pytest.raises(ContractError, match="needs a fused map of middle; there are fine"):
        Content(fused)(outputs(fused={"fine": A}))


def test_mean_std_relative_to_the_style():
    one = MeanStdOptions(layers=("fine",), relative=True)
    assert MeanStd(one)(outputs()).item() == pytest.approx(1.25 / 4.6875, rel=1e-4)


def test_gram():
    # Default w_l = 1/3: (100.75 + 100.75 + 0) / 3 = 67.1667.
    torch.testing.assert_close(Gram(GramOptions())(outputs()), torch.tensor([201.5 / 3]))
    # Weights go with the layers as listed: 2·0 + 3·100.75.
    weighted = GramOptions(layers=("coarse", "fine"), layer_weights=(2.0, 3.0))
    assert Gram(weighted)(outputs()).tolist() == [302.25]
    # Mean over the four entries, and the Gram matrices halved: 100.75 / 4 / 4.
    small = GramOptions(layers=("fine",), reduction="mean", normaliser="elements")
    assert Gram(small)(outputs()).tolist() == [100.75 / 16]


def test_mean_std():
    once_each = MeanStdOptions(layer_weights=(1.0, 1.0, 1.0))
    torch.testing.assert_close(MeanStd(once_each)(outputs()), torch.tensor([2.5]), rtol=1e-4, atol=0)
    torch.testing.assert_close(MeanStd(MeanStdOptions())(outputs()), torch.tensor([2.5 / 3]), rtol=1e-4, atol=0)


def test_tv():
    # One colour [[0, 3], [4, 4]]: |dx| = 3, 0 (mean 1.5); |dy| = 4, 1 (mean 2.5).
    # Only the first pixel has both neighbours: sqrt(3² + 4²) = 5.
    picture = outputs(stylized=torch.tensor([[[[0.0, 3.0], [4.0, 4.0]]]]).repeat(2, 3, 1, 1))
    assert Tv(TvOptions())(picture).tolist() == [4.0, 4.0]
    assert Tv(TvOptions(form="isotropic"))(picture).tolist() == [5.0, 5.0]


@pytest.mark.parametrize("form", ["anisotropic", "isotropic"])
def test_a_flat_picture_has_no_variation_and_a_finite_gradient(form: str):
    picture = torch.full((1, 3, 4, 4), 0.3, requires_grad=True)
    value = Tv(TvOptions(form=form))(outputs(stylized=picture))
    assert value.tolist() == [0.0]
    value.sum().backward()
    assert picture.grad.isfinite().all()


TERMS = {
    "content": Content(ContentOptions(layers=("fine", "coarse"))),
    "gram": Gram(GramOptions()),
    "mean-std": MeanStd(MeanStdOptions()),
    "tv": Tv(TvOptions()),
    "tv-i": Tv(TvOptions(form="isotropic")),
}


@pytest.mark.parametrize("name", TERMS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_laws(name: str, seed: int):
    random = torch.Generator().manual_seed(seed)

    def maps() -> dict[str, torch.Tensor]:
        return {layer: torch.randn(3, 2, 4, 5, generator=random) for layer in LAYOUT}

    record = {
        "stylized_maps": maps(),
        "content_maps": maps(),
        "style_maps": maps(),
        "stylized": torch.rand(3, 3, 4, 5, generator=random),
    }
    values = TERMS[name](outputs(**record))
    assert values.shape == (3,)
    assert (values >= 0).all()
    for index in range(3):
        one = {
            key: {layer: m[index : index + 1] for layer, m in value.items()}
            if isinstance(value, dict)
            else value[index : index + 1]
            for key, value in record.items()
        }
        torch.testing.assert_close(TERMS[name](outputs(**one)), values[index : index + 1])
    if not name.startswith("tv"):
        equal = outputs(
            stylized_maps=record["style_maps"], style_maps=record["style_maps"], content_maps=record["style_maps"]
        )
        assert TERMS[name](equal).tolist() == [0.0, 0.0, 0.0]


def specs() -> dict[str, object]:
    return {spec.name: spec for spec in gsx_losses.gsx_losses()}


def test_layers_asked_for():
    content, gram = specs()["content"], specs()["gram"]
    assert content.layers(content.options(), LAYOUT) == ("middle",)
    assert content.layers(content.options(layers=("coarse", "fine")), LAYOUT) == ("fine", "coarse")
    assert gram.layers(gram.options(), LAYOUT) == ("fine", "middle", "coarse")
    for spec in (content, gram):
        with pytest.raises(ContractError, match="needs layer 'corse'") as error:
            spec.layers(spec.options(layers=("corse",)), LAYOUT)
        assert "'coarse'" in error.value.hint


def test_weights_have_to_match_the_layers():
    with pytest.raises(ContractError, match="2 layer_weights for 3 layers"):
        specs()["gram"].layers(GramOptions(layer_weights=(1.0, 2.0)), LAYOUT)
    with pytest.raises(ValidationError, match="1 values for 2 layers"):
        GramOptions(layers=("fine", "coarse"), layer_weights=(1.0,))


@pytest.mark.parametrize(
    "wrong", [{"layers": ()}, {"layers": ("a", "a")}, {"layer_weights": (-1.0,)}, {"reduction": "max"}, {"wight": 1}]
)
def test_options_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        GramOptions(**wrong)
