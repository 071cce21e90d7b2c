"""gsx.stylize: what a notebook may give it."""

import pytest
import torch

import gsx
from gsx.errors import ImageError, RecipeError

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
