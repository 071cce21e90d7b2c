"""The checks that explain again, and the card as part of every explanation, on small networks."""

import json
from dataclasses import asdict, replace

import pytest
import torch

import gsx
from gsx.api import Cancelled, Explanation, HeatMap
from gsx.testing import untouched

from ..explaining_toys import linear, picture, pipeline, unit
from .card_toys import SPEC, Game, card, claim, contributions

CONTENT, STYLE, MADE = (picture(24, 32, seed=seed) for seed in (1, 2, 3))
STYLE = STYLE * torch.tensor([1.0, 0.1, 0.4])[:, None, None]


def test_a_single_value_has_no_order():
    found = card(Game(torch.ones(1, 1)), claim(torch.ones(1, 1)))["randomisation"]
    assert (found.verdict, found.why) == ("n/a", "A single value has no order.")


def alignment(outputs):
    """How far the result's deep map goes the style's way: looks at the style, and at parameters."""
    wanted = outputs.style_maps["deep"].mean((2, 3)) - outputs.content_maps["deep"].mean((2, 3))
    return (outputs.stylized_maps["deep"].mean((2, 3)) * wanted).sum(1)


def explained(parts=None, *, card="full", **named):
    named = {"explainer": "layercam", "unit": unit("layer"), "score": alignment, "baseline": "zero", **named}
    return gsx.explain(parts or pipeline(), CONTENT, STYLE, stylized=MADE, card=card, **named)


def checks(explanation):
    return {check.name: check for check in explanation.card}


@pytest.fixture
def lying(monkeypatch):
    """Layercam replaced by a function of the probe that gives a map of the unit's own size."""

    def install(heat):
        def explain(self, probe):
            probe.activations()
            values = heat(probe).expand(len(probe.base), *probe.space.shape).clone()
            return Explanation(maps={"lie": HeatMap(values, probe.lies_on, "a lie")})

        monkeypatch.setattr("gsx_explainers.layercam.Layercam.explain", explain)

    return install


def random_map(probe):
    return torch.randn(1, *probe.space.shape, generator=torch.Generator().manual_seed(probe.seed))


def brightness(probe):
    """Of the result, whatever network looks at it."""
    return torch.nn.functional.avg_pool2d(MADE.mean(1), 2)


def test_an_honest_map_passes():
    found = checks(explained())
    assert list(found) == [
        "null",
        "deletion",
        "insertion",
        "infidelity",
        "completeness",
        "max-sensitivity",
        "randomisation",
        "seeds",
        "target",
        "sparseness",
    ]
    expected = ["pass", "pass", "pass", "n/a", "n/a", "pass", "pass", "n/a", "pass", "n/a"]
    assert [check.verdict for check in found.values()] == expected, found


def test_a_map_of_noise_fails(lying):
    lying(random_map)
    found = checks(explained())
    assert found["deletion"].verdict == found["insertion"].verdict == "fail"


def test_a_map_that_ignores_the_networks_fails(lying):
    lying(brightness)
    found = checks(explained())
    assert found["randomisation"].value == pytest.approx(1)
    assert found["randomisation"].verdict == "fail"
    assert found["randomisation"].details["floor"][0] < 0.9


def test_a_map_that_ignores_the_target_fails(lying):
    lying(brightness)
    found = checks(explained())["target"]
    assert (found.value, found.verdict) == (pytest.approx(1), "fail")


def test_a_score_that_does_not_look_at_the_style():
    assert checks(explained(score=linear))["target"].why == "The score does not look at the style."


def test_a_score_that_needs_no_network():
    found = checks(explained(unit={"name": "picture"}, score=lambda o: o.stylized.square().mean((1, 2, 3))))
    assert found["randomisation"].why == "The score does not depend on the parameters."


def test_a_pipeline_without_parameters():
    halved = torch.nn.functional.avg_pool2d
    parts = gsx.Pipeline(lambda image: halved(image, 2), lambda c, s: c, lambda fused: halved(fused, 1))
    found = checks(explained(parts, unit="layer", score=lambda o: o.stylized_maps["features"][:, 0].mean((1, 2))))
    assert found["randomisation"].why == "The pipeline has no parameters."


def test_maps_over_the_style_lie_on_different_pictures():
    found = checks(explained(unit=unit("layer", "style"), score=lambda o: o.stylized.square().mean((1, 2, 3))))
    assert found["target"].why == "The maps lie on different pictures."


def test_noise_on_the_pictures_against_a_map_that_is_there_or_not(lying):
    lying(lambda probe: 1 + 0 * probe.base)
    assert checks(explained())["max-sensitivity"].value == 0
    as_is = torch.tensor(explained(card="off").provenance["score"])
    lying(lambda probe: 1 + 1e4 * (probe.base - as_is).abs())
    assert checks(explained())["max-sensitivity"].verdict == "fail"


@pytest.mark.parametrize(("steadiness", "verdict"), [(0.0, "fail"), (2.0, "weak"), (10.0, "pass")])
def test_seeds(steadiness, verdict):
    """What is the same for each seed, and noise beside it: they correlate by s² / (s² + noise²)."""
    common = contributions(1, 40, 50) * steadiness**0.5 * 2**0.5

    class Drawing:
        def with_seed(self, seed):
            return claim(common + contributions(1, 40, 50, seed=100 + seed))

    drawn, drawing = replace(SPEC, random=True), Drawing()
    found = card(Game(contributions(1, 40, 50)), drawing.with_seed(0), again=drawing, spec=drawn)["seeds"]
    assert found.value == pytest.approx(2 * steadiness / (2 * steadiness + 1), abs=0.05)
    assert found.verdict == verdict


def test_seeds_of_an_explainer_that_draws_nothing():
    assert checks(explained())["seeds"].why == "The explainer is deterministic."


def test_an_explainer_that_fails_the_second_time(monkeypatch):
    """The explanation stands; each check that needs it again says what happened."""
    from gsx_explainers.layercam import Layercam

    honest, calls = Layercam.explain, []

    def explain(self, probe):
        calls.append(1)
        if len(calls) > 1:
            raise ValueError("oh")
        return honest(self, probe)

    monkeypatch.setattr("gsx_explainers.layercam.Layercam.explain", explain)
    parts = pipeline()
    with untouched(parts.modules):
        explanation = explained(parts)
    found = checks(explanation)
    for name in ("max-sensitivity", "randomisation", "target"):
        assert (found[name].verdict, found[name].value) == ("n/a", None)
        assert found[name].why == "failed: ValueError: oh"
    assert explanation.maps["layercam"].values.any()
    assert found["deletion"].verdict == "pass"


@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_a_wish_to_stop_passes(error, monkeypatch):
    def stop(case, direction):
        raise error

    monkeypatch.setattr("gsx.explaining.card.curves.judge_order", stop)
    with pytest.raises(error):
        explained()


def test_figures_that_are_no_numbers(monkeypatch):
    from gsx.explaining.card.case import Judged

    monkeypatch.setattr(
        "gsx.explaining.card.curves.judge_order", lambda case, direction: Judged(float("nan"), "pass", "")
    )
    check = checks(explained())["deletion"]
    assert (check.value, check.verdict) == (None, "n/a")
    assert check.why.startswith("failed: ")


@pytest.mark.parametrize("card", ["quick", "full"])
@pytest.mark.parametrize("role", ["style", "stylized"])
def test_nothing_is_left_behind(card, role):
    parts = pipeline(discriminator=torch.nn.Conv2d(3, 1, 4, stride=4))
    pictures = {"content": CONTENT, "style": STYLE, "made": MADE}
    with untouched(parts.modules, pictures):
        explanation = explained(
            parts, unit=unit("layer", role), score=lambda o: alignment(o) + o.stylized.mean((1, 2, 3)), card=card
        )
    json.dumps([asdict(check) for check in explanation.card], allow_nan=False)
    assert not [check for check in explanation.card if check.why.startswith("failed")]


@pytest.mark.parametrize("card", ["quick", "full"])
def test_a_batch_is_its_samples(card):
    contents, styles, made = (picture(24, 32, seed=seed, count=2) for seed in (1, 2, 3))
    named = {"explainer": "layercam", "unit": unit("layer"), "score": alignment, "baseline": "zero", "card": card}
    together = checks(gsx.explain(pipeline(), contents, styles, stylized=made, **named))
    for index in range(2):
        one = slice(index, index + 1)
        alone = checks(gsx.explain(pipeline(), contents[one], styles[one], stylized=made[one], **named))
        for name, check in alone.items():
            for key, figures in check.details.items():
                if isinstance(figures, list) and key != "places":
                    both = torch.tensor(together[name].details[key][index])
                    torch.testing.assert_close(both, torch.tensor(figures[0]), rtol=1e-3, atol=1e-5)


def test_a_null_explanation_has_nothing_to_prove():
    explanation = explained(score=lambda o: o.content.mean((1, 2, 3)))
    found = checks(explanation)
    assert explanation.null
    assert (found["null"].value, found["null"].verdict) == (1.0, "pass")
    assert {check.verdict for name, check in found.items() if name != "null"} == {"n/a"}
    assert explanation.provenance["card_evaluations"] == 0


def test_zeros_are_no_finding():
    assert card(Game(torch.ones(1, 3)), claim(torch.zeros(1, 3)))["null"].verdict == "fail"
    explanation = explained(explainer="ablation", unit=unit("channels"), score=lambda o: o.content.mean((1, 2, 3)))
    assert explanation.null
    assert checks(explanation)["null"].verdict == "pass"


def test_small_noise_on_a_picture_beyond_its_range_is_small():
    """A generator of one's own need not end at 0 and 1."""
    parts = pipeline(generator=lambda fused, content, context: 4 * content - 2)
    asked = {"explainer": "layercam", "unit": unit("layer"), "score": linear, "baseline": "zero", "card": "full"}
    found = checks(gsx.explain(parts, CONTENT, STYLE, **asked))["max-sensitivity"]
    assert found.value < 0.2


def test_off_and_what_was_spent():
    off, quick = explained(card="off"), explained(card="quick")
    assert off.card == ()
    assert "card_evaluations" not in off.provenance
    assert (quick.provenance["evaluations"], quick.provenance["gradients"]) == (0, 1)
    # Own orders and rivals at 7 steps between the ends, and the score without the unit; no network runs for them.
    assert quick.provenance["card_evaluations"] == 2 * 21 * 7 + 1
    assert quick.provenance["card_gradients"] == 1  # another target


def test_a_card_of_the_explainers_own_is_not_believed(monkeypatch):
    from gsx.api import Check

    praise = (Check("deletion", 1.0, "above 0", "pass", "Trust me."),)
    monkeypatch.setattr(
        "gsx_explainers.layercam.Layercam.explain",
        lambda self, probe: Explanation(
            maps={"x": HeatMap(random_map(probe), "stylized", "x")}, card=praise, provenance={"evaluations": 10**6}
        ),
    )
    assert explained(card="off").card == ()
    assert checks(explained())["deletion"].verdict == "fail"
    assert explained().provenance["evaluations"] == 0


def test_where_a_network_reads_the_picture_again_the_quick_card_spends_less():
    quick = explained(explainer="layercam", unit="picture", card="quick")
    assert quick.provenance["card_evaluations"] == 2 * 21 + 1  # half of the units, and no step more


class Randomised:
    """Finds the very same with other parameters."""

    def __init__(self, explanation):
        self.explanation = replace(explanation, provenance={"score": [1e9], "evaluations": 1, "gradients": 0})

    def with_random_parameters(self, seed):
        return self.explanation


STRIPES = torch.zeros(1, 16, 16)
STRIPES[..., ::2] = 1


@pytest.mark.parametrize("truth", [torch.tensor([[1.0, 2.0, 4.0, 7.0]]), STRIPES, torch.ones(1, 8, 8)])
def test_the_same_with_other_parameters_never_passes(truth):
    """Of four values, of stripes, or of one value everywhere, chance makes the same."""
    again = Randomised(claim(truth))
    for seed in range(10):
        game = Game(truth)
        game.seed = seed
        assert card(game, claim(truth), again=again)["randomisation"].verdict in ("n/a", "fail")
