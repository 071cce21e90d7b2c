"""Every rule for extractors, fusions and discriminators can fail: a mutant of a toy for each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor, nn

from gsx.api import FeatureLayout, Layer, Skip, Spec
from gsx.testing import checks_for
from gsx.testing.checks import discriminator, extractor, fusion
from gsx.testing.toy import gsx_discriminators, gsx_extractors, gsx_fusions
from gsx.testing.toy.discriminator import ToyDiscriminator
from gsx.testing.toy.extractor import ToyExtractor
from gsx.testing.toy.fusion import ToyFusion

(EXTRACTOR,), (FUSION,) = gsx_extractors(), gsx_fusions()
(DISCRIMINATOR,) = gsx_discriminators()
LAYERS = list(EXTRACTOR.layout(EXTRACTOR.options()).values())


def mutant(spec: Any, target: type | None = None, **changes: Any) -> Any:
    return replace(spec, **({"target": f"{__name__}:{target.__name__}"} if target else {}), **changes)


def wrongly(layer: Layer, index: int) -> Any:
    return lambda options: FeatureLayout([*LAYERS[:index], layer, *LAYERS[index + 1 :]])


class CoarseAtSmall(ToyExtractor):
    def forward(self, image: Tensor, layers: Any) -> Any:
        return (
            {name: value[..., 1:, :] for name, value in super().forward(image, layers).items()}
            if image.shape[2] < 20
            else super().forward(image, layers)
        )


class AllLayers(ToyExtractor):
    def forward(self, image: Tensor, layers: Any) -> Any:
        return super().forward(image, tuple(self.stages))


class RunsToTheEnd(ToyExtractor):
    def forward(self, image: Tensor, layers: Any) -> Any:
        return {name: value for name, value in super().forward(image, tuple(self.stages)).items() if name in layers}


class WrongModules(ToyExtractor):
    def __init__(self, options: Any, metadata: Any) -> None:
        super().__init__(options, metadata)
        self.layer_modules = {"pool4": "stages.pool2"}


class MixesBatch(ToyExtractor):
    def forward(self, image: Tensor, layers: Any) -> Any:
        return super().forward(image - 0.1 * image.mean(), layers)


class CutOff(ToyExtractor):
    def forward(self, image: Tensor, layers: Any) -> Any:
        return super().forward(image.detach(), layers)


class StyleSized(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return nn.functional.interpolate(super().__call__(content, style, level), size=style[level].shape[-2:])


class ReadsMore(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return super().__call__(content, style, level) + style["pool16"].mean()


class ChangesAtZero(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        own = content[level]
        return own + max(self.alpha, 0.01) * (super().__call__(content, style, level) - own) + 1e-3


class Brightens(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return super().__call__(content, style, level) + 0.1 * self.alpha


class Backwards(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        self.alpha, alpha = (1.2 - self.alpha if self.alpha else 0), self.alpha
        fused = super().__call__(content, style, level)
        self.alpha = alpha
        return fused


class FusesBatch(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return super().__call__(content, {level: style[level].mean(0, keepdim=True)}, level)


class DetachesStyle(ToyFusion):
    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return super().__call__(content, {level: style[level].detach()}, level)


class Sigmoid(ToyDiscriminator):
    def forward(self, image: Tensor) -> list[Tensor]:
        return [scale.sigmoid() for scale in super().forward(image)]


class Tanh(ToyDiscriminator):
    def forward(self, image: Tensor) -> list[Tensor]:
        return [scale.tanh() for scale in super().forward(image)]


class HiddenBatchNorm(ToyDiscriminator):
    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, image: Tensor) -> list[Tensor]:
        return list(super().forward(self.norm(image)))


class JudgesBatch(ToyDiscriminator):
    def forward(self, image: Tensor) -> list[Tensor]:
        return [scale - scale.mean() for scale in super().forward(image)]


class Blind(ToyDiscriminator):
    def forward(self, image: Tensor) -> list[Tensor]:
        return super().forward(image.detach())


class LooksAway(ToyDiscriminator):
    def forward(self, image: Tensor, style: Tensor) -> list[Tensor]:
        return super().forward(image)


class OwnStatistics(ToyFusion):
    def of_parts(self, style: Any, whole: Any) -> Any:
        return lambda part, level: self(part, style, level)


CASES = [
    (mutant(EXTRACTOR, layout=wrongly(Layer("pool4", 6, 4), 2)), "declared_layout", "with 6 channels and has 5"),
    (mutant(EXTRACTOR, layout=wrongly(Layer("pool4", 5, 8), 2)), "declared_layout", "pool4 is declared with stride 8"),
    (mutant(EXTRACTOR, layout=wrongly(Layer("pool5", 5, 4), 2)), "declared_layout", "declared are pool1, pool2, pool5"),
    (mutant(EXTRACTOR, CoarseAtSmall), "smallest_picture", "a picture of 16×16 px"),
    (mutant(EXTRACTOR, AllLayers), "any_subset_of_layers", "it gives pool1, pool2, pool4, pool8, pool16"),
    (mutant(EXTRACTOR, RunsToTheEnd), "stops_at_deepest", "5 modules run for pool1, and 5 for all layers"),
    (mutant(EXTRACTOR, WrongModules), "layer_modules_give_maps", "the module of pool4 gives something else"),
    (mutant(EXTRACTOR, MixesBatch), "batch_independent", "pool1 of picture 0 in a batch and alone"),
    (mutant(EXTRACTOR, CutOff), "gradient_reaches_image", "pool1 is cut off from the picture"),
    (mutant(FUSION, StyleSized), "keeps_content_shape", "has shape .2, 3, 64, 80., expected .2, 3, 48, 40."),
    (mutant(FUSION, ReadsMore), "declared_sources", "it reads layer 'pool16', which its spec"),
    (mutant(FUSION, strength=lambda strength: {"alpha": 2 * strength}), "valid_strengths", "less than or equal to 1"),
    (mutant(FUSION, ChangesAtZero), "strength_zero_is_content", "pool1 differs from the content by up to 0.0"),
    (mutant(FUSION, Brightens), "neutral_to_itself", "pool1 fused with itself at strength 0.25"),
    (mutant(FUSION, Backwards), "strength_moves_away", "away from the content at strengths"),
    (mutant(FUSION, strength=lambda strength: {}), "strength_moves_away", "it is a control"),
    (mutant(FUSION, FusesBatch), "batch_independent", "pool1 of pair 0 in a batch and alone"),
    (mutant(FUSION, OwnStatistics), "parts_make_the_whole", "pool1 fused in two parts and as a whole"),
    (mutant(FUSION, DetachesStyle), "gradient_reaches_style", "no gradient reaches the style from pool1"),
    (
        mutant(DISCRIMINATOR, logit_grids=lambda options, size: ((size[0] // 2, size[1] // 2),)),
        "declared_logit_grids",
        "declared are",
    ),
    (mutant(DISCRIMINATOR, Sigmoid), "raw_logits", "is there a sigmoid"),
    (mutant(DISCRIMINATOR, Tanh), "raw_logits", "what bounds them"),
    (mutant(DISCRIMINATOR, HiddenBatchNorm), "declared_traits", "declared are none; its modules have batch_norm"),
    (mutant(DISCRIMINATOR, HiddenBatchNorm), "batch_independent", "while training"),
    (mutant(DISCRIMINATOR, JudgesBatch), "batch_independent", "in evaluation mode"),
    (
        mutant(DISCRIMINATOR, LooksAway, traits=lambda options: frozenset({"conditional"})),
        "conditional_looks_at_style",
        "two style pictures give a picture the same logits",
    ),
    (mutant(DISCRIMINATOR, LooksAway), "declared_traits", "declared are none; its modules have conditional"),
    (mutant(DISCRIMINATOR, Blind), "gradient_reaches_image", "does not require grad|no gradient"),
]


@pytest.mark.parametrize(
    ("spec", "check", "message"), CASES, ids=[f"{spec.target.split(':')[1]}-{check}" for spec, check, _ in CASES]
)
def test_a_mutant_breaks_it(spec: Spec, check: str, message: str, breaks: Callable[[Spec, str, str], None]):
    breaks(spec, check, message)


class DeepOnly(ToyFusion):
    """Leaves the shallowest level to the content."""

    def __call__(self, content: Any, style: Any, level: str) -> Tensor:
        return content[level] if level == "pool1" else super().__call__(content, style, level)


def test_a_fusion_may_leave_levels_to_the_content():
    honest = mutant(FUSION, DeepOnly, sources=lambda options, level, layout: () if level == "pool1" else (level,))
    for check in checks_for(honest):
        # A class of this file is no plugin's: its module cannot be imported by itself.
        if check.name != "torch_free_listing":
            with contextlib.suppress(Skip):
                check()


def test_a_fusion_of_no_level_is_none(breaks: Callable[[Spec, str, str], None]):
    breaks(mutant(FUSION, sources=lambda options, level, layout: ()), "strength_moves_away", "names no style layer")


def test_every_rule_has_a_mutant():
    kinds = (extractor, fusion, discriminator)
    assert {function.__name__ for kind in kinds for function in kind.CHECKS} == {check for _, check, _ in CASES}
