"""Rules for scores."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from gsx.specs.kinds import ScoreSpec
from gsx.testing.checks import reading
from gsx.testing.compare import require
from gsx.testing.subject import Subject


def value_per_picture(subject: Subject) -> None:
    """It gives one finite number per picture, shape (N,)."""
    reading.require_per_sample(subject, subject.component())


def declared_layers(subject: Subject) -> None:
    """It reads the layers that its spec declares, and no other."""
    score = subject.component()
    reading.require_only_declared(subject, lambda outputs: {"its value": score(outputs)})


def batch_independent(subject: Subject) -> None:
    """A batch of N gives what N single pictures give."""
    reading.require_same_alone(subject, subject.component())


def gradient_reaches_picture(subject: Subject) -> None:
    """A finite gradient reaches the stylised picture."""
    reading.require_picture_gradient(subject, subject.component())


def says_what_higher_means(subject: Subject) -> None:
    """``higher`` says in words what a larger value means; the discriminator or a mask is declared where it is read."""
    spec = subject.spec
    assert isinstance(spec, ScoreSpec)
    require(bool(spec.higher.strip()), "it does not say what a larger value means")
    outputs = reading.outputs_for(subject)
    read: list[Tensor] = []
    judge = outputs.discriminate

    def watched(image: Tensor) -> Sequence[Tensor]:
        read.append(image)
        return judge(image)

    outputs.discriminate = watched
    subject.component()(outputs)
    declared = "discriminator" in spec.requires
    does = "reads" if read else "does not read"
    require(bool(read) == declared, f"it {does} logits, and requires {', '.join(sorted(spec.requires)) or 'nothing'}")
    if not spec.masked(subject.options):
        outputs.mask = None
        try:
            subject.component()(outputs)
        except Exception as error:
            raise AssertionError(f"without a region it raises {error!r}, and masked() does not ask for one") from error


CHECKS = (value_per_picture, declared_layers, batch_independent, gradient_reaches_picture, says_what_higher_means)
