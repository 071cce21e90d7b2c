"""Every rule for losses, scores and metrics can fail: a mutant of a toy for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from gsx.api import FeatureLayout, Spec
from gsx.testing.checks import adversarial, loss, metric, score
from gsx.testing.subject import Subject
from gsx.testing.toy import gsx_losses, gsx_metrics, gsx_scores
from gsx.testing.toy.adversarial import ToyAdversarial
from gsx.testing.toy.loss import ToyLoss
from gsx.testing.toy.metric import ToyMetric
from gsx.testing.toy.score import ToyScore

LOSS, ADVERSARIAL = gsx_losses()
(SCORE,), (METRIC,) = gsx_scores(), gsx_metrics()


def mutant(spec: Any, target: type | None = None, **changes: Any) -> Any:
    return replace(spec, **({"target": f"{__name__}:{target.__name__}"} if target else {}), **changes)


class ScalarLoss(ToyLoss):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs).mean()


class GreedyLoss(ToyLoss):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs) + outputs.style_maps["pool8"].mean((1, 2, 3))


class MixingLoss(ToyLoss):
    def __call__(self, outputs: Any) -> Tensor:
        values = super().__call__(outputs)
        return values / values.sum()


class DetachedLoss(ToyLoss):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs).detach()


class RootLoss(ToyLoss):
    """Its gradient at zero distance is infinite; at these pictures it is NaN by construction."""

    def __call__(self, outputs: Any) -> Tensor:
        values = super().__call__(outputs)
        return values + (values * 0).sqrt()


class Doubled(ToyLoss):
    """Does not come to 0 at the style."""

    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs) + outputs.style.mean((1, 2, 3))


class ScalarScore(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs).sum()


class UndeclaredScore(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs) + outputs.stylized_maps["pool16"].mean((1, 2, 3))


class OpportunistScore(ToyScore):
    """Takes a further layer where somebody else happens to have asked for it."""

    def __call__(self, outputs: Any) -> Tensor:
        more = outputs.stylized_maps.get("pool16")
        return super().__call__(outputs) + (0 if more is None else more.mean((1, 2, 3)))


class MixingScore(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        values = super().__call__(outputs)
        return values - values.mean()


class DetachedScore(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs).round()


class SecretlyJudging(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs) + outputs.logits[0].mean((1, 2, 3))


class NotFinite(ToyMetric):
    def compute(self) -> dict[str, float]:
        return {"difference": float("nan")}


class GreedyMetric(ToyMetric):
    def update(self, outputs: Any) -> None:
        outputs.content_maps["pool2"].mean()
        super().update(outputs)


class PaintingScore(ToyScore):
    """Changes the picture that it looks at."""

    def __call__(self, outputs: Any) -> Tensor:
        with torch.no_grad():
            outputs.stylized.clamp_(0, 0.4)
        return super().__call__(outputs)


class RegionScore(ToyScore):
    def __call__(self, outputs: Any) -> Tensor:
        return super().__call__(outputs) + (outputs.stylized * outputs.mask).mean((1, 2, 3))


class Logarithms(ToyAdversarial):
    """Written out, where softplus would do: infinite for logits that are sure of themselves."""

    def generator(self, fake: Any) -> Tensor:
        return sum(-scale.sigmoid().log().mean() for scale in fake) / len(fake)


class WithoutPenalty:
    def __init__(self, options: Any) -> None: ...


class LastBatchOnly(ToyMetric):
    def update(self, outputs: Any) -> None:
        self._values = []
        super().update(outputs)


class SharedMetric(ToyMetric):
    """Keeps what every one of its kind was shown."""

    everything: ClassVar[list[float]] = []

    def __init__(self, options: Any) -> None:
        self._values = self.everything


class OneSided(ToyAdversarial):
    def generator(self, fake: Any) -> Tensor:
        return super().generator(fake).repeat(2)


class FirstScale(ToyAdversarial):
    def generator(self, fake: Any) -> Tensor:
        return super().generator(fake[:1])


class Shifted(ToyAdversarial):
    def generator(self, fake: Any) -> Tensor:
        return super().generator(fake) + 1


class Reversed(ToyAdversarial):
    def generator(self, fake: Any) -> Tensor:
        return -super().generator(fake)


class Summed(ToyAdversarial):
    def generator(self, fake: Any) -> Tensor:
        return -torch.stack([scale.mean() for scale in fake]).sum()


class Overflowing(ToyAdversarial):
    def discriminator(self, real: Any, fake: Any) -> Tensor:
        return super().discriminator(real, fake) - torch.log(1 - torch.sigmoid(fake[0])).mean()


class NegativePenalty(ToyAdversarial):
    def penalty(self, critic: Any, real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
        return -critic(real)[0].square().mean()


class PenaltyOnPictures(ToyAdversarial):
    def penalty(self, critic: Any, real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
        return critic(real)[0].square().mean()


CASES = [
    (mutant(LOSS, ScalarLoss), "value_per_picture", r"has shape \(\), expected \(1,\)"),
    (mutant(LOSS, GreedyLoss), "declared_layers", r"reads layer 'pool8', which its spec's layers\(\) does not declare"),
    (mutant(LOSS, MixingLoss), "batch_independent", "picture 0 in a batch and alone"),
    (mutant(LOSS, DetachedLoss), "gradient_reaches_picture", "cut off from the stylised picture"),
    (mutant(LOSS, RootLoss), "gradient_reaches_picture", "NaN or infinite"),
    (mutant(LOSS, Doubled), "closed_form_values", "where the result is style, its value is .* declared is 0"),
    (mutant(LOSS, closed_form=lambda options: {"style": 7.0}), "closed_form_values", "its value is 0, declared is 7"),
    (mutant(LOSS, closed_form=lambda options: {"generator": 0.0}), "closed_form_values", "known are content, style"),
    (mutant(SCORE, ScalarScore), "value_per_picture", "expected .1,."),
    (mutant(SCORE, PaintingScore), "value_per_picture", "values of the stylised picture"),
    (mutant(SCORE, RegionScore), "says_what_higher_means", r"without a region it raises TypeError.* masked\(\)"),
    (mutant(SCORE, UndeclaredScore), "declared_layers", "reads layer 'pool16'"),
    (mutant(SCORE, OpportunistScore), "declared_layers", "with the declared layers alone and with all"),
    (mutant(SCORE, MixingScore), "batch_independent", "picture 0 in a batch and alone"),
    (mutant(SCORE, DetachedScore), "gradient_reaches_picture", "is zero everywhere"),
    (mutant(SCORE, SecretlyJudging), "says_what_higher_means", "reads logits, and requires nothing"),
    (mutant(SCORE, higher=" "), "says_what_higher_means", "does not say"),
    (mutant(METRIC, NotFinite), "finite_figures", "difference is nan"),
    (mutant(METRIC, GreedyMetric), "declared_layers", "reads layer 'pool2'"),
    (mutant(METRIC, LastBatchOnly), "batches_add_up", "difference from a batch and one by one"),
    (mutant(METRIC, SharedMetric), "batches_add_up", "difference from a batch and one by one"),
    (mutant(METRIC, direction="higher"), "declared_direction", "declared is 'higher'"),
    (mutant(METRIC, judge=lambda options: {"weights": "random"}), "declared_judge", "which has no name"),
    (mutant(METRIC, judge=lambda options: {"name": "vgg16", "layers": {1}}), "declared_judge", "not JSON serializable"),
    (mutant(METRIC, judge=lambda options: "vgg16"), "declared_judge", "expected a mapping"),
    (mutant(ADVERSARIAL, OneSided), "scalar_sides", "the generator side has shape .2,."),
    (mutant(ADVERSARIAL, Overflowing), "scalar_sides", "the discriminator side holds 1 of 1"),
    (mutant(ADVERSARIAL, FirstScale), "gradients_of_sides", "no gradient reaches logit map 1 from the generator side"),
    (mutant(ADVERSARIAL, Shifted), "closed_form_values", "the generator side is 1 where every logit is 0"),
    (mutant(ADVERSARIAL, Reversed), "sides_pull_apart", "the generator's loss is 0.25 with raised logits"),
    (mutant(ADVERSARIAL, Summed), "scales_count_alike", "of one scale and .* of two alike"),
    (mutant(ADVERSARIAL, Logarithms), "scalar_sides", "the generator side holds 1 of 1"),
    (mutant(ADVERSARIAL, WithoutPenalty), "sound_penalty", "it has no method penalty"),
    (mutant(ADVERSARIAL, NegativePenalty), "sound_penalty", "the penalty is -"),
    (mutant(ADVERSARIAL, PenaltyOnPictures), "sound_penalty", "leaves gradients on the pictures"),
]


@pytest.mark.parametrize(
    ("spec", "check", "message"), CASES, ids=[f"{spec.target.split(':')[1]}-{check}" for spec, check, _ in CASES]
)
def test_a_mutant_breaks_it(spec: Spec, check: str, message: str, breaks: Callable[[Spec, str, str], None]):
    breaks(spec, check, message)


def test_every_rule_has_a_mutant():
    losses = (*loss.CHECKS, *adversarial.CHECKS)
    for kind, checks in (("loss", losses), ("score", score.CHECKS), ("metric", metric.CHECKS)):
        broken = {check for spec, check, _ in CASES if spec.kind == kind}
        assert broken == {function.__name__ for function in checks}


def test_a_loss_may_name_a_layer_of_a_resnet():
    def third(options: Any, layout: FeatureLayout) -> tuple[str, ...]:
        return tuple(layout.select(["layer3"], who="it"))

    assert list(Subject(mutant(LOSS, layers=third)).layout()) == ["layer1", "layer2", "layer3", "layer4"]
