"""What explanations that are asked for together make only once; each comes out as it does alone, to the bit."""

from dataclasses import replace

import pytest
import torch

from gsx.api import Options
from gsx.errors import PluginError
from gsx.explaining.contrast import explain_contrast
from gsx.explaining.explain import explain_outputs
from gsx.explaining.guard import guarded
from gsx.explaining.other_style import OtherStyle
from gsx.explaining.shared import Shared
from gsx.plugins import installed_catalog
from gsx.recipe.resolve import resolve_explainer

from .explaining_toys import Decoder, linear, picture, pipeline, unit

CONTENT, STYLE = picture(16, 16, seed=1), picture(16, 20, seed=2)
ROWS = 6
"""Channels of ``deep``, each ablated once."""


class Linear:
    def __init__(self, options=None):
        self.weight = 1.0

    def __call__(self, outputs):
        return self.weight * linear(outputs)


class Squared(Linear):
    def __call__(self, outputs):
        return linear(outputs) ** 2


class Bright(Linear):
    """Never looks at a map, so it takes less memory."""

    def __call__(self, outputs):
        return outputs.stylized.mean((1, 2, 3))


class OfStyle(Linear):
    """Never looks at the result: its edits make no picture again."""

    def __call__(self, outputs):
        return outputs.style_maps["deep"].mean((1, 2, 3))


class ToStyle(Linear):
    """Compares the result with the style that it is asked about."""

    def __call__(self, outputs):
        style = outputs.style_maps["deep"].mean((2, 3), keepdim=True)
        return (outputs.stylized_maps["deep"] * style).mean((1, 2, 3))


class Hungry(Linear):
    """Takes a quarter of a MiB for each sample."""

    def __call__(self, outputs):
        count = len(outputs.stylized)
        STILL["rows"].append(count)
        return linear(outputs) + torch.zeros(count, 2**16).sum(1)


class Raising(Linear):
    """Only at the pass as it is does it go well."""

    def __call__(self, outputs):
        if not torch.equal(outputs.stylized, STILL["picture"]):
            raise RuntimeError("the score's own mistake")
        return linear(outputs)


class Exiting(Linear):
    def __call__(self, outputs):
        raise SystemExit(3)


class Drawing(Linear):
    def __call__(self, outputs):
        return linear(outputs) + torch.rand(1)


class Writing(Linear):
    def __call__(self, outputs):
        return outputs.content_maps["deep"].add_(1).mean((1, 2, 3))


class Hooking(Linear):
    def __call__(self, outputs):
        STILL["network"].register_forward_hook(lambda module, given, made: {k: 2 * v for k, v in made.items()})
        return linear(outputs)


STILL = {}


def part_of(score, **entry):
    usual = {
        "name": "ablation",
        "unit": unit("channels", "style"),
        "baseline": "zero",
        "score": "change",
        "card": "off",
    }
    part = resolve_explainer({**usual, **entry}, installed_catalog())
    spec = replace(part.score.spec, name=score.__name__, target=f"{__name__}:{score.__name__}", scale=None)
    return replace(part, score=replace(part.score, spec=spec, options=Options(), id=score.__name__))


def passes(**changes):
    parts = pipeline(**changes)
    outputs = parts(CONTENT, STYLE)
    outputs.stylized_maps  # noqa: B018 - as the command line has it
    STILL.update(picture=outputs.stylized, network=parts.modules["extractor"])
    return parts, outputs


def made_by(parts, work):
    """What ``work`` returns, and the samples that generator and extractor were given in it."""
    samples = {"generator": 0, "extractor": 0}

    def count(name):
        def counted(module, given):
            samples[name] += len(given[0] if name == "extractor" else given[1])

        return parts.modules[name].register_forward_pre_hook(counted)

    hooks = [count(name) for name in samples]
    try:
        return work(), list(samples.values())
    finally:
        for hook in hooks:
            hook.remove()


def assert_same(one, other):
    assert replace(one, maps={}) == replace(other, maps={})
    assert one.maps.keys() == other.maps.keys()
    assert all(torch.equal(heat.values, other.maps[name].values) for name, heat in one.maps.items())


@pytest.mark.parametrize("cached", [1, 2**20])  # rows one by one, and together
@pytest.mark.parametrize(
    ("explainer", "edited"),
    [
        ({"name": "ablation"}, unit("channels", "style")),
        ({"name": "shapley"}, unit("layers", "style")),
        ({"name": "occlusion", "window": 8}, {"name": "picture", "role": "content"}),
        ({"name": "rise", "masks": 30, "grid": 3}, {"name": "picture", "role": "style"}),
    ],
    ids=lambda entry: entry["name"],
)
def test_scores_share_their_passes(explainer, edited, cached, monkeypatch):
    monkeypatch.setattr("gsx.explaining.probe.CACHED", cached)
    parts, outputs = passes()
    asked = [part_of(score, **explainer, unit=edited) for score in (Linear, Squared, Linear)]
    runs = [made_by(parts, lambda part=part: explain_outputs(parts, outputs, part)) for part in asked]
    shared = Shared(asked, budget=1)
    for number, (part, (own, cost)) in enumerate(zip(asked, runs, strict=True)):
        rows = shared.rows(part)
        found, made = made_by(parts, lambda part=part, rows=rows: explain_outputs(parts, outputs, part, rows=rows))
        assert_same(found, own)
        evaluations = own.provenance["evaluations"]
        assert rows.recalled == (evaluations if number else 0)
        # Alone, each row makes the picture once, and reads it. The first tries the two other scores on a row each,
        # and where a picture is edited, that is read too.
        assert made[0] <= cost[0] - evaluations if number else made[0] == cost[0] + 2
        assert made[1] <= cost[1] - evaluations if number else made[1] <= cost[1] + 4


@pytest.mark.parametrize("other", [Raising, Exiting, Drawing, Writing, Hooking, Bright, OfStyle])
def test_another_score_costs_nobody_else_anything(other, monkeypatch):
    """Whether it fails, leaves traces, or needs other passes, each explanation says what it says alone."""
    monkeypatch.setattr("gsx.explaining.probe.CACHED", 1)
    parts, outputs = passes()
    asked = [part_of(score) for score in (Linear, other, Squared, other)]

    def explained(part, rows=None):
        try:
            with guarded(parts.modules, dict(outputs.content_maps)) as left:
                return explain_outputs(parts, outputs, part, rows=rows)
        except (PluginError, RuntimeError, SystemExit) as error:
            return str(error)
        finally:
            if left:  # as the command does
                shared.forget()

    shared = Shared(asked, budget=1)
    alone = [explained(part) for part in asked]
    for number, part in enumerate(asked):
        rows = shared.rows(part)
        found = explained(part, rows)
        assert found == alone[number] if isinstance(found, str) else not assert_same(found, alone[number])
        assert rows.recalled == (0 if other in (Hooking, Writing) else ROWS) or number != 2


def test_a_score_that_takes_more_memory_is_given_no_more_rows():
    parts, outputs = passes()
    asked, together = [part_of(Linear), part_of(Hungry)], []
    shared = Shared(asked, budget=1)
    for work in (lambda: None, lambda: explain_outputs(parts, outputs, asked[0], rows=shared.rows(asked[0]))):
        STILL["rows"] = []
        work()
        explain_outputs(parts, outputs, asked[1], rows=shared.rows(asked[1]))
        together.append(max(STILL["rows"]))
    assert together[0] == together[1] < ROWS


def test_a_generator_that_mixes_the_samples_of_a_batch():
    """Its rows run one by one, also those that are shared."""

    class Mixing(Decoder):
        def forward(self, fused, content, context):
            made = super().forward(fused, content, context)
            return made + made.mean(0, keepdim=True)

    parts, outputs = passes(generator=Mixing())
    asked = [part_of(Linear), part_of(Squared)]
    alone = [explain_outputs(parts, outputs, part) for part in asked]
    shared = Shared(asked, budget=1)
    for number, part in enumerate(asked):
        rows = shared.rows(part)
        assert_same(explain_outputs(parts, outputs, part, rows=rows), alone[number])
        assert rows.recalled == ROWS * number


def test_what_differs_in_more_than_the_score_is_not_shared():
    one, other = part_of(Linear), part_of(Squared)
    others = [
        part_of(Squared, baseline="mean"),
        part_of(Squared, name="occlusion"),
        part_of(Squared, unit=unit("channels")),
    ]
    shared = Shared([one, *others], budget=1)
    assert shared.rows(one) is None
    assert shared.rows(other) is None  # not of those that were asked for
    assert list(Shared([one, *others, other], budget=1).rows(one).later.values()) == [other]


def test_nothing_is_kept_of_what_was_made_while_the_networks_were_changed():
    parts, outputs = passes()
    asked = [part_of(Linear), part_of(Squared)]
    shared = Shared(asked, budget=1)
    explain_outputs(parts, outputs, asked[0], rows=shared.rows(asked[0]))
    shared.forget()
    rows = shared.rows(asked[1])
    explain_outputs(parts, outputs, asked[1], rows=rows)
    assert rows.recalled == 0


def test_contrasts_share_the_other_style_and_their_passes():
    parts, outputs = passes()
    asked = [part_of(score) for score in (Linear, ToStyle)]

    def both(part, shared=None):
        own = explain_outputs(parts, outputs, part, rows=shared.rows(part) if shared else None)
        return own, explain_contrast(parts, outputs, part, 1 - STYLE, shared=shared)

    alone = [both(part) for part in asked]
    assert alone[1][0].values != alone[1][1].values
    shared = Shared(asked, budget=1)
    both(asked[0], shared)
    found, (made, _) = made_by(parts, lambda: both(asked[1], shared))
    assert made <= 4
    for one, other in zip(found, alone[1], strict=True):
        assert_same(one, other)


@pytest.mark.parametrize(("budget", "made"), [(1, 2), (0, 4)])
def test_the_other_styles_maps_are_kept_where_they_fit(budget, made):
    parts, _ = passes()
    kept = OtherStyle(budget)

    def twice_each():
        return [kept.maps(parts, style)["deep"] for style in (STYLE, STYLE.clone(), 1 - STYLE, 1 - STYLE)]

    found, (_, extracted) = made_by(parts, twice_each)
    assert extracted == made
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[1], found[2])


def test_maps_that_somebody_wrote_over_are_made_again():
    parts, _ = passes()
    kept = OtherStyle(1)
    first = kept.maps(parts, STYLE)["deep"]
    before = first.clone()
    first.zero_()
    assert torch.equal(kept.maps(parts, STYLE)["deep"], before)
