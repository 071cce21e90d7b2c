"""The LPIPS score: the package's own figure, a gradient, and a refusal where the weights are not."""

from __future__ import annotations

import warnings
from pathlib import Path

import lpips
import pytest
import torch
import torchvision

import gsx.ops.lpips_network as network
from gsx.api import ContractError, Skip, WeightsError
from gsx.testing import checks_for, picture, toy_outputs
from gsx_scores import gsx_scores
from gsx_scores.lpips import Lpips
from gsx_scores.options import LpipsOptions

SPEC = next(spec for spec in gsx_scores() if spec.name == "lpips")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch.hub cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def squeeze(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SqueezeNet of random weights under the real one's name."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), cache / network.BACKBONES["squeeze"])
    monkeypatch.setattr(network, "digest", lambda file: "b8a52dc0" + 56 * "0")


@pytest.mark.usefixtures("squeeze")
def test_it_keeps_the_rules_for_scores():
    checks = checks_for(SPEC, {"net": "squeeze"})
    assert {"value_per_picture", "gradient_reaches_picture", "batch_independent"} <= {check.name for check in checks}
    not_judged = {}
    for check in checks:
        try:
            check()
        except Skip as reason:
            not_judged[check.name] = str(reason)
    assert not_judged.pop("state_dict_round_trip") == "it is no nn.Module, so it has no state dict"
    if not torch.cuda.is_available():
        assert not_judged.pop("follows_its_input").startswith("it keeps tensors beside its module")
    assert not not_judged


@pytest.mark.usefixtures("squeeze")
def test_it_is_the_packages_own_figure():
    outputs = toy_outputs(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = lpips.LPIPS(net="squeeze", verbose=False)(outputs.stylized * 2 - 1, outputs.content * 2 - 1)
    score = Lpips(LpipsOptions(net="squeeze"))
    torch.testing.assert_close(score(outputs), reference.flatten().detach())
    assert score(toy_outputs(2, stylized=outputs.content)).tolist() == [0, 0]


@pytest.mark.usefixtures("squeeze")
def test_a_network_loaded_under_inference_mode_still_gives_gradients():
    network.load.cache_clear()
    score = Lpips(LpipsOptions(net="squeeze"))
    with torch.inference_mode():
        score(toy_outputs(1))
    stylized = picture(1, (64, 48), seed=3).requires_grad_()
    score(toy_outputs(1, stylized=stylized)).sum().backward()
    assert stylized.grad.any()


@pytest.mark.usefixtures("squeeze")
def test_pictures_too_small():
    small = picture(1, (16, 40))
    with pytest.raises(ContractError, match=r"score 'lpips': net 'squeeze' needs pictures of at least 17 px"):
        Lpips(LpipsOptions(net="squeeze"))(toy_outputs(1, content=small, style=small, stylized=small))


def test_missing_weights_are_refused(cache: Path):
    with pytest.raises(WeightsError, match="score 'lpips': its backbone's weights are not at") as refusal:
        Lpips(LpipsOptions())(toy_outputs(1))
    assert refusal.value.hint == "Get them with `gsx weights fetch lpips-alex`."
    assert list(cache.iterdir()) == []
