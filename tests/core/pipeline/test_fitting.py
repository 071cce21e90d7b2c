"""Maps that a fusion learns: fitted once per extractor, stored under a key that no other network has."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gsx.api import FusionSpec
from gsx.errors import PluginError
from gsx.pipeline import fitting
from gsx.pipeline.fitting import fit_fusion
from gsx.plugins import installed_catalog
from gsx.specs.chosen import Chosen
from gsx_fusions.options import WeightedSumOptions
from gsx_fusions.weighted_sum import WeightedSum

from .pipeline_toys import TwoLayers

LEVELS, LAYERS = ("deep",), ("shallow", "deep")


class Net(TwoLayers):
    pass


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own, and reference pictures of 24 px."""
    monkeypatch.setenv("GSX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fitting, "REFERENCE_SIZE", 24)
    monkeypatch.setattr(fitting, "style_names", lambda: ())
    return tmp_path / "cache" / "fits"


def fit(extractor=None, changes=(), extractor_options=None, **options):
    """The key, and the fusion with its maps; ``changes`` are fields of its Chosen that another plugin would have."""
    fusion = WeightedSum(WeightedSumOptions(weights={"shallow": 1.0, "deep": 1.0}, **options))
    offer = installed_catalog().find("fusion", "weighted-sum")
    chosen = Chosen(offer.spec, fusion.options, offer.distribution, offer.version, offer.spec.name)
    chosen = replace(chosen, **dict(changes))
    given = extractor_options or {}
    return fit_fusion(fusion, chosen, extractor or Net(), LEVELS, LAYERS, torch.device("cpu"), given), fusion


def test_stored_and_used_again(cache):
    key, first = fit()
    file = cache / f"{key}.safetensors"
    assert sorted(load_file(file)) == ["shallow>deep.bias", "shallow>deep.weight"]
    written = file.stat().st_mtime_ns
    extractor = Net()
    again, second = fit(extractor)
    assert again == key
    assert extractor.seen == [], "nothing was extracted again"
    assert file.stat().st_mtime_ns == written
    assert torch.equal(first._maps["shallow>deep.weight"], second._maps["shallow>deep.weight"])
    assert list(cache.iterdir()) == [file]


def test_maps_of_another_kind_have_a_key_of_their_own(cache):
    plain, smooth = fit()[0], fit(extractor_options={"smoothing": "softmax"})[0]
    assert plain != smooth
    assert smooth != fit(extractor_options={"smoothing": "other"})[0]
    assert smooth == fit(extractor_options={"smoothing": "softmax"})[0]


def test_the_key_follows_weights_options_and_layers(cache):
    changed = Net()
    with torch.no_grad():
        changed.first[0].bias[0] += 1e-4
    keys = {
        fit()[0],
        fit(changed)[0],
        fit(Net(seed=1))[0],
        fit(projection="orthonormal")[0],
        fit(projection="orthonormal", seed=1)[0],
    }
    assert len(keys) == 5
    assert fit(alpha=0.3)[0] == fit()[0], "how much is mixed in does not change what is learnt"


def test_the_key_follows_the_code_that_learns(cache):
    """Another distribution, another version of it, or another fusion gets no maps that this one learnt."""
    namesake = FusionSpec(name="other-sum", summary="for a test", target="a:B", strength=lambda strength: {})
    changes = [{}, {"distribution": "stranger"}, {"version": "0.0.1"}, {"spec": namesake}]
    keys = {fit(changes=change)[0] for change in changes}
    assert len(keys) == len(list(cache.iterdir())) == len(changes)
    assert fit(changes={"id": "mine"})[0] in keys, "what an entry is called does not change what is learnt"


def test_an_extractor_without_weights_to_tell_it_by(cache):
    class NoModule:
        def __call__(self, image, layers):
            raise AssertionError("nothing has to be extracted to know it")

    with pytest.raises(PluginError, match=r"'weighted-sum'.*torch\.nn\.Module"):
        fit(NoModule())
    assert not cache.exists()


@pytest.mark.parametrize("damage", [b"", b"no safetensors at all"])
def test_a_damaged_file_is_fitted_again(cache, damage):
    key, first = fit()
    file = cache / f"{key}.safetensors"
    whole = file.read_bytes()
    file.write_bytes(damage)
    again, second = fit()
    assert again == key
    assert torch.equal(first._maps["shallow>deep.weight"], second._maps["shallow>deep.weight"])
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written(cache, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    _, fusion = fit()
    assert fusion._maps["shallow>deep.weight"].shape == (6, 4)


def test_a_full_disk_leaves_no_half_file(cache, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fitting, "save_file", refuse)
    fit()
    assert list(cache.iterdir()) == []


def test_a_fusion_that_learns_nothing():
    extractor = Net()
    offer = installed_catalog().find("fusion", "content")
    chosen = Chosen(offer.spec, offer.spec.options(), offer.distribution, offer.version, offer.spec.name)
    fusion = offer.spec.load()(chosen.options)
    assert fit_fusion(fusion, chosen, extractor, LEVELS, LAYERS, torch.device("cpu"), {}) is None
    assert extractor.seen == []


def test_a_planted_linear_map_is_found():
    """deep is a known mix of shallow's channels, so the fitted map has to be that mix."""
    mix = torch.randn(5, 3, generator=torch.Generator().manual_seed(3))

    class Planted(torch.nn.Module):
        def forward(self, image, layers):
            return {"shallow": image, "deep": torch.einsum("kc,nchw->nkhw", mix, image) + 0.25}

    _, fusion = fit(Planted())
    torch.testing.assert_close(fusion._maps["shallow>deep.weight"], mix, rtol=0.05, atol=0.05)
    torch.testing.assert_close(fusion._maps["shallow>deep.bias"], torch.full((5,), 0.25), rtol=0, atol=0.05)
    held_out = torch.rand(1, 3, 8, 8)
    maps = Planted()(held_out, LAYERS)
    made = torch.einsum("kc,nchw->nkhw", fusion._maps["shallow>deep.weight"], held_out)
    made = made + fusion._maps["shallow>deep.bias"][:, None, None]
    assert (made - maps["deep"]).abs().max() < 0.05


def test_an_orthonormal_map_keeps_lengths():
    _, fusion = fit(projection="orthonormal")
    weight = fusion._maps["shallow>deep.weight"]
    torch.testing.assert_close(weight.T @ weight, torch.eye(4), rtol=0, atol=1e-5)
    assert not fusion._maps["shallow>deep.bias"].any()
