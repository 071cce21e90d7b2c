"""gsx.stylize: what a notebook may give it."""

import numpy as np
import pytest
import torch

import gsx
from gsx.errors import ContractError, ImageError, RecipeError

from .run_toys import TABLES


def test_names_of_samples():
    outputs = gsx.stylize("astronaut", "mosaic", recipe=TABLES, size=32)
    assert max(outputs.content.shape[-2:]) == 32
    assert outputs.stylized.shape == outputs.content.shape


def test_an_unknown_name_is_a_missing_file():
    with pytest.raises(ImageError, match="astronaught"):
        gsx.stylize("astronaught", "mosaic", recipe=TABLES, size=32)


@pytest.mark.parametrize(
    ("besides", "said"), [({"recipe": TABLES}, "recipe"), ({"fusion": "adain", "strength": 0.5}, "fusion, strength")]
)
def test_a_pipeline_does_not_heed_a_recipe(pipeline, besides, said):
    image = torch.rand(1, 3, 32, 32)
    with pytest.raises(RecipeError, match=f"got a pipeline and also {said}, which"):
        gsx.stylize(image, image, pipeline=pipeline, **besides)


@pytest.mark.parametrize("size", [3, "wide", 10**6])
def test_a_size_that_is_none(pipeline, size):
    with pytest.raises(RecipeError, match=r"stylize\.size"):
        gsx.stylize("astronaut", "mosaic", pipeline=pipeline, size=size)


def test_an_array_is_told_how_to_become_an_image(pipeline):
    with pytest.raises(ContractError, match="given: ndarray") as caught:
        gsx.stylize(np.zeros((8, 8, 3)), "mosaic", pipeline=pipeline)
    assert "torch.from_numpy" in caught.value.hint
