"""Networks as people write them: noise, shared activations, in-place work, collecting hooks; each of known truth."""

import pytest
import torch
from torch import nn
from torch.nn.functional import dropout, leaky_relu

import gsx
from gsx.api import ContractError
from gsx.errors import PluginError

from .explaining_toys import picture, rows

CONTENT, STYLE = picture(16, 16, seed=1), picture(16, 16, seed=2)


class Maps(nn.Module):
    """One conv of nine channels of a centred picture, centred in place where asked to."""

    def __init__(self, *, in_place=False):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.first = nn.Conv2d(3, 9, 3, padding=1)
        self.in_place = in_place

    def forward(self, image):
        image = image.sub_(0.5) if self.in_place else image - 0.5
        return self.first(image)


class Noisy(nn.Module):
    def forward(self, fused):
        return fused[:, :3] + 0.1 * torch.randn_like(fused[:, :3])


class Dropping(nn.Module):
    """pix2pix keeps its dropout when it is used: the only noise it has."""

    def forward(self, fused):
        return dropout(fused[:, :3], 0.3)


class Judge(nn.Module):
    """A linear head: matrix products round the last rows of a batch in another way than the rest."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(9)
            self.first, self.head = nn.Conv2d(3, 8, 3, 2, 1), nn.Linear(8, 1)

    def forward(self, image):
        return self.head(leaky_relu(self.first(image), 0.2).mean((2, 3)))[:, :, None, None]


def three(fused):
    return torch.sigmoid(fused[:, :3])


def energy(outputs):
    return outputs.stylized.square().mean((1, 2, 3))


def explained(pipeline, explainer="ablation", unit="channels", role="style", score=energy, **options):
    unit = unit if isinstance(unit, dict) else {"name": unit, "role": role}
    return gsx.explain(
        pipeline, CONTENT, STYLE, explainer=explainer, unit=unit, score=score, baseline="zero", card="off", **options
    )


@pytest.mark.parametrize("generator", [Noisy, Dropping])
def test_the_generators_own_noise_is_no_units_effect(generator):
    """A seeded generator draws the same for the first row of a batch, and something else for every other."""
    pipeline = gsx.Pipeline(Maps(), torch.add, generator())
    state = torch.get_rng_state()
    found = rows(explained(pipeline))
    assert torch.equal(torch.get_rng_state(), state)
    assert list(found.values())[:3] != [0.0] * 3
    assert list(found.values())[3:] == [0.0] * 6


def test_the_picture_that_is_explained_is_the_seeds():
    pipeline = gsx.Pipeline(Maps(), torch.add, Noisy())
    scores = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        scores.append(explained(pipeline).provenance["score"])
    assert scores[0] == scores[1]


@pytest.mark.parametrize("explainer", ["ablation", "shapley"])
def test_rows_that_a_linear_head_rounds_otherwise_are_worth_nothing(explainer):
    pipeline = gsx.Pipeline(Maps(), lambda c, s: c + s.mean((2, 3), keepdim=True), three, Judge())
    content, style = picture(24, 20, seed=1), picture(28, 16, seed=2)
    unit = {"name": "channels", "role": "style"}
    explanation = gsx.explain(
        pipeline, content, style, explainer=explainer, unit=unit, score="realism", baseline="zero", card="off"
    )
    found = list(rows(explanation).values())
    assert all(found[:3])
    assert found[3:] == [0.0] * 6


class Shared(nn.Module):
    """One activation module for two places."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1)

    def forward(self, image):
        return self.act(self.second(self.act(self.first(image))))


@pytest.mark.parametrize("explainer", ["gradcam", "gradcam++", "layercam", "smoothgrad", "scorecam", "occlusion"])
@pytest.mark.parametrize("role", ["content", "stylized"])
def test_a_module_that_runs_twice_is_never_taken_for_its_last_call(explainer, role):
    pipeline = gsx.Pipeline(Shared(), torch.add, three)
    with pytest.raises(ContractError, match="runs more than once"):
        explained(
            pipeline,
            explainer,
            {"name": "layer", "layer": "act", "role": role},
            score=lambda o: o.stylized_maps["features"].mean((1, 2, 3)),
        )


@pytest.mark.parametrize(("explainer", "unit"), [("ablation", "channels"), ("occlusion", "picture")])
def test_a_network_that_normalises_in_place_changes_no_picture(explainer, unit):
    content, style = CONTENT.clone(), STYLE.clone()
    apart, within = (explained(gsx.Pipeline(Maps(in_place=kind), torch.add, three), explainer, unit) for kind in (0, 1))
    assert torch.equal(CONTENT, content)
    assert torch.equal(STYLE, style)
    assert apart.values == within.values
    for name, heat in apart.maps.items():
        assert torch.equal(heat.values, within.maps[name].values)


def test_a_generator_that_adds_to_the_content_in_place_changes_no_picture():
    content = CONTENT.clone()
    adding = gsx.Pipeline(Maps(), torch.add, lambda fused, image: image.mul_(0.5) + fused["features"][:, :3])
    assert "left_behind" not in explained(adding).provenance
    assert torch.equal(CONTENT, content)


def test_a_fusion_that_writes_over_its_maps_is_refused():
    pipeline = gsx.Pipeline(Maps(), lambda content, style: content.sub_(style.mean((2, 3), keepdim=True)), three)
    with pytest.raises(ContractError, match="fusion writes over"):
        explained(pipeline)


class Collecting(nn.Module):
    """The maps are what forward hooks collected, as most wrappers of VGG have it."""

    def __init__(self):
        super().__init__()
        self.net, self.found = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 1)), {}
        self.net[0].register_forward_hook(lambda module, given, made: self.found.update(shallow=made))

    def forward(self, image):
        deep = self.net(image)
        return {"shallow": self.found["shallow"], "deep": deep}


@pytest.mark.parametrize("explainer", ["ablation", "integrated-gradients"])
def test_an_edit_reaches_what_the_networks_own_hooks_collect(explainer):
    pipeline = gsx.Pipeline(Collecting(), torch.add, nn.Identity())
    unit = {"name": "channels", "layer": "net.0", "role": "stylized"}
    found = explained(pipeline, explainer, unit, score=lambda o: o.stylized_maps["shallow"][:, 1].sum((1, 2)))
    assert rows(found)["net.0[1]"] == pytest.approx(found.provenance["score"][0], rel=1e-5)
    assert [value for name, value in rows(found).items() if name != "net.0[1]"] == [0.0] * 3


def test_a_soft_mask_that_marks_no_pixel_is_refused():
    pipeline = gsx.Pipeline(Maps(), torch.add, three)
    with pytest.raises(ContractError, match=r"below 0\.5 everywhere"):
        explained(pipeline, "dissection", role="content", mask=torch.full((1, 1, 16, 16), 0.3))


BY_NAME = ("ablation", "shapley", "integrated-gradients", "counterfactual")
BY_POSITION = ("gradcam", "gradcam++", "layercam", "smoothgrad", "occlusion", "rise", "scorecam")


def first_numbers(explanation):
    """Whatever it found of the first sample, as one tensor."""
    if explanation.null:
        return torch.zeros(1)
    if explanation.maps:
        return next(iter(explanation.maps.values())).values[0].float()
    return torch.tensor([row.score_change for row in explanation.values[0]])


@pytest.mark.parametrize(
    ("explainer", "unit"),
    [(name, "channels") for name in BY_NAME]
    + [(name, "layer") for name in BY_POSITION]
    + [("ablation", "statistics"), ("shapley", "components")],
)
def test_networks_in_double_precision_say_what_they_say_in_single(explainer, unit):
    found = []
    for dtype in (torch.float32, torch.float64):
        pipeline = gsx.Pipeline(Maps().to(dtype), torch.add, three)
        pictures = CONTENT.to(dtype), STYLE.to(dtype)
        place = "components" if unit == "components" else {"name": unit, "role": "style"}
        asked = {"explainer": explainer, "unit": place, "baseline": "zero", "card": "off"}
        found.append(first_numbers(gsx.explain(pipeline, *pictures, score=energy, **asked)))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("explainer", BY_NAME + BY_POSITION)
@pytest.mark.parametrize("kind", [torch.bool, torch.int64, torch.float16, torch.float64])
def test_a_score_may_count_or_be_of_another_precision(explainer, kind):
    """How many red pixels are bright: channel 1 paints none of them."""
    pipeline = gsx.Pipeline(Maps(), torch.add, three)

    def score(outputs):
        return ((outputs.stylized[:, 0] > 0.5).sum((1, 2)) - 100).to(kind)

    found = explained(pipeline, explainer, "channels" if explainer in BY_NAME else "layer", score=score)
    if explainer == "ablation":
        plain = explained(pipeline, score=lambda outputs: score(outputs).float())
        assert rows(found) == rows(plain)
        assert found.values[0][1].score_change == 0


def test_a_complex_score_is_refused():
    with pytest.raises(PluginError, match="real number"):
        explained(gsx.Pipeline(Maps(), torch.add, three), score=lambda o: torch.fft.fft2(o.stylized).mean((1, 2, 3)))


@pytest.mark.parametrize("explainer", ["gradcam", "gradcam++", "layercam", "smoothgrad"])
def test_a_module_that_the_score_never_makes_run_is_null(explainer):
    """A unit within the stylised picture's pass, and a score that asks for no maps of it."""
    pipeline = gsx.Pipeline(Shared(), torch.add, three)
    found = explained(pipeline, explainer, {"name": "layer", "layer": "first", "role": "stylized"})
    assert found.null
    assert "does not depend" in found.null_reason


@pytest.mark.parametrize("baseline", ["mean", "content"])
@pytest.mark.parametrize("reads", ["stylized", "fused"])
@pytest.mark.parametrize(("explainer", "unit"), [("ablation", "fused-channels"), ("occlusion", "fused")])
def test_a_generator_that_begins_with_an_in_place_relu(explainer, unit, baseline, reads):
    """The fused map that is explained is what the fusion gave, not what the generator left of it."""

    def score(outputs):
        seen = outputs.fused["features"].mean((1, 2, 3)) if reads == "fused" else 0
        return energy(outputs) + seen

    def made(in_place):
        torch.manual_seed(4)
        decoder = nn.Sequential(nn.ReLU(inplace=in_place), nn.Conv2d(9, 3, 1))
        pipeline = gsx.Pipeline(Maps(), torch.add, decoder)
        asked = {"unit": unit, "baseline": baseline, "card": "off"}
        return first_numbers(gsx.explain(pipeline, CONTENT, STYLE, explainer=explainer, score=score, **asked))

    with torch.random.fork_rng(devices=[]):
        torch.testing.assert_close(made(True), made(False), rtol=1e-5, atol=1e-7)


class Counting(nn.Module):
    """A buffer that every pass writes over, as spectral norms and running statistics do in training mode."""

    def __init__(self):
        super().__init__()
        self.register_buffer("passes", torch.zeros(()))

    def forward(self, fused):
        self.passes += 1
        return torch.sigmoid(fused[:, :3])


@pytest.mark.parametrize("raises", [False, True])
def test_what_networks_count_for_themselves_stays_and_is_no_explainers_fault(raises):
    def score(outputs):
        if raises:
            raise RuntimeError("the score's own")
        return energy(outputs)

    counting = Counting()
    pipeline = gsx.Pipeline(Maps(), torch.add, counting)
    try:
        found = explained(pipeline, score=score)
    except RuntimeError:
        assert raises
    else:
        assert "left_behind" not in found.provenance
    assert counting.passes == 0


@pytest.mark.parametrize(
    ("explainer", "unit"),
    [(name, "layer") for name in ("gradcam", "gradcam++", "layercam", "smoothgrad")]
    + [("layercam", "picture"), ("smoothgrad", "picture")],
)
@pytest.mark.parametrize("score", ["style", "content", "statistics-gap", "loss:gram"])
def test_a_perfect_match_is_null_also_where_noise_would_leave_it(explainer, score, unit):
    pipeline = gsx.Pipeline(Maps(), lambda c, s: c, lambda fused, content: content)
    asked = {"unit": {"name": unit, "role": "stylized"}, "baseline": "zero", "card": "off"}
    assert gsx.explain(pipeline, CONTENT, CONTENT, explainer=explainer, score=score, **asked).null


@pytest.mark.parametrize("explainer", ["integrated-gradients", "ablation"])
@pytest.mark.parametrize("baseline", ["zero", "mean", "content"])
@pytest.mark.parametrize("alive", ["mean", "std"])
def test_the_statistic_that_is_not_read_is_worth_exactly_nothing_on_the_whole_way(alive, baseline, explainer):
    """What the other one's edit, or the sum of its gradient, leaves is rounding, where the truth is 0."""

    def fusion(content, style):
        if alive == "std":
            return content * style.std((2, 3), keepdim=True)
        return content + style.mean((2, 3), keepdim=True)

    pipeline = gsx.Pipeline(Maps(), fusion, three)
    asked = {"unit": {"name": "statistics", "role": "style"}, "baseline": baseline, "card": "off"}
    found = gsx.explain(pipeline, CONTENT, STYLE, explainer=explainer, score=energy, **asked)
    if (alive, baseline) == ("mean", "mean"):  # the mean in the mean's place
        assert found.null
        return
    values = rows(found)
    assert all(value == 0 for name, value in values.items() if f" {alive}[" not in name)
    assert all(values[f"features {alive}[{channel}]"] for channel in range(3))


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("patch", [None, (0, 0)])
def test_a_discriminator_of_one_logit_for_the_whole_picture(sides, patch):
    """``(N,)`` or ``(N, 1)``, as heads of a pooled or flattened map give it."""
    judge = Judge()
    whole = type("Whole", (nn.Module,), {"forward": lambda self, image: judge(image).flatten(sides - 1)})()
    score = "realism" if patch is None else {"name": "realism", "patch": patch}
    found = [
        explained(gsx.Pipeline(Maps(), torch.add, three, one), "layercam", "picture", "stylized", score)
        for one in (judge, whole)
    ]
    assert torch.equal(found[0].maps["layercam"].values, found[1].maps["layercam"].values)


@pytest.mark.parametrize("gives", [lambda f: (f[:, :3], None), lambda f: None, lambda f: f[0, :3], lambda f: f[:0, :3]])
def test_a_generator_that_gives_no_picture_is_named(gives):
    with pytest.raises(ContractError, match="the generator has to make a picture"):
        explained(gsx.Pipeline(Maps(), torch.add, gives))
