"""The rules, one file per kind of component; a rule is a function of a Subject, and its docstring says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gsx.specs.kinds import GeneratorSpec, LossSpec, Spec
from gsx.testing.checks import every
from gsx.testing.subject import Subject

Function = Callable[[Subject], None]


def functions_for(spec: Spec) -> list[Function]:
    """The rules that apply to a spec, the general ones first."""
    from gsx.testing.checks import (
        adversarial,
        built,
        discriminator,
        executor,
        explainer,
        extractor,
        fusion,
        generator,
        iterative,
        loss,
        metric,
        placement,
        score,
        tracker,
        unit,
    )

    of_kind: dict[str, Sequence[Function]] = {
        "extractor": extractor.CHECKS,
        "fusion": fusion.CHECKS,
        "generator": generator.CHECKS,
        "discriminator": discriminator.CHECKS,
        "loss": loss.CHECKS,
        "score": score.CHECKS,
        "unit": unit.CHECKS,
        "explainer": explainer.CHECKS,
        "metric": metric.CHECKS,
    }
    functions: list[Function] = [*every.CHECKS]
    placed = [function for function, kinds in placement.CHECKS.items() if spec.kind in kinds]
    # These two compute nothing that could be repeated or stored.
    if spec.kind == "tracker":
        return [*functions, *tracker.CHECKS]
    if spec.kind == "executor":
        return [*functions, *executor.CHECKS]
    if isinstance(spec, LossSpec) and spec.role == "adversarial":
        return [*functions, *built.CHECKS, *placed, *adversarial.CHECKS]
    if spec.kind not in of_kind:
        return functions
    functions += [*built.CHECKS, *placed, *of_kind[spec.kind]]
    if isinstance(spec, GeneratorSpec) and "iterative" in spec.traits:
        functions += iterative.CHECKS
    return functions
