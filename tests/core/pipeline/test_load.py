"""Which weights ``generator.weights`` means, to stylise and to begin a training."""

import pytest

from gsx.errors import ContractError, RecipeError, WeightsError
from gsx.pipeline.load import load

FOREIGN = {"extractor": {"name": "vgg16", "weights": "random"}}


def loaded(weights, *, training=False, **tables):
    generator = {**tables.pop("generator", {}), **({} if weights is None else {"weights": weights})}
    return load(tables={**tables, "generator": generator}, training=training)


@pytest.mark.parametrize("weights", [None, "auto", "bundled"])
def test_stylising_takes_what_comes_with_the_generator(weights):
    found = loaded(weights)
    assert found.recipe.parts.generator.name == "resnet"
    assert found.checkpoint.id == "resnet-adain"
    assert "trained on this extractor's maps" in found.notes[0]


@pytest.mark.parametrize("name", [None, "auto", "resnet"])
@pytest.mark.parametrize(("weights", "begun"), [(None, None), ("auto", None), ("bundled", "resnet-adain")])
def test_a_training_takes_it_where_it_is_asked_to(name, weights, begun):
    found = loaded(weights, training=True, generator={} if name is None else {"name": name})
    assert found.recipe.parts.generator.name == "resnet"
    assert (found.checkpoint and found.checkpoint.id) == begun


def test_a_training_keeps_the_options_of_a_generator_left_open():
    found = loaded(None, training=True, generator={"name": "auto", "channels": 64})
    assert found.recipe.parts.generator.options.channels == 64


def test_random_is_not_called_trained():
    found = loaded("random")
    assert found.checkpoint is None
    assert found.notes[0] == "generator auto: 'resnet', untrained, because generator.weights is random."


def test_bundled_has_no_substitute():
    assert loaded(None, **FOREIGN).recipe.parts.generator.name == "pixels"
    with pytest.raises(WeightsError, match="comes with a checkpoint that fits"):
        loaded("bundled", **FOREIGN)
    with pytest.raises(WeightsError, match="has no trained checkpoint for extractor 'vgg16'"):
        loaded("bundled", training=True, **FOREIGN)
    with pytest.raises(RecipeError, match=r"generator\.channels is 64 in the recipe, and 128 in the checkpoint"):
        loaded("bundled", training=True, generator={"name": "resnet", "channels": 64})


def test_a_missing_discriminator_is_told_before_what_else_does_not_suit():
    """The unit, too, cannot be noticed by that score; but another would not help."""
    with pytest.raises(ContractError, match="needs a trained discriminator, and the generator 'resnet' carries none"):
        loaded(None, generator={"name": "resnet"}, explainer=[{"name": "gradcam", "score": "realism"}])
