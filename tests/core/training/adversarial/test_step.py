"""One step: who is trained on what, in which order."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from gsx.training.adversarial.networks import build_networks, moving_average
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.step import Batch, NotFinite, Step, frozen, r1_penalty

from .training_toys import make_job

STYLISE = Phase("C", "stylise", "content", 1.0)
ALONE = Phase("B", "stylise", "content", 0.0)
RECONSTRUCT = Phase("A", "reconstruct", "style", 0.0)
RANDOM = torch.Generator().manual_seed(4)
CONTENT, STYLE = (torch.rand(2, 3, 32, 32, generator=RANDOM) for _ in range(2))
BATCH = Batch(CONTENT, STYLE, torch.rand(2, 1, 1, 1, generator=RANDOM))


class Recorder(torch.optim.SGD):
    """Plain descent that notes when it steps."""

    def __init__(self, name, order, parameters):
        super().__init__(parameters, lr=0.1)
        self.name, self.order = name, order

    def step(self, closure=None):
        self.order.append(self.name)
        return super().step(closure)


def build(tmp_path, **sections):
    recipe = make_job(tmp_path, **sections).loaded
    networks = build_networks(recipe.recipe, recipe.plan, torch.device("cpu"))
    order = []
    optimizers = {
        name: Recorder(name, order, getattr(networks, name).parameters())
        for name in ("generator", "discriminator")
        if getattr(networks, name) is not None
    }
    for network in (networks.generator, networks.discriminator):
        if network is not None:
            network.train()
    return Step(recipe.recipe, networks, optimizers), networks, order


def weights(module):
    return copy.deepcopy(dict(module.named_parameters()))


def moved(module, before):
    return {name for name, value in module.named_parameters() if not torch.equal(value, before[name])}


def test_the_discriminator_goes_first(tmp_path):
    step, networks, order = build(tmp_path)
    before = weights(networks.extractor)
    figures = step(STYLISE, BATCH)
    assert order == ["discriminator", "generator"]
    assert {"content", "mean-std", "gram", "tv", "adversarial", "discriminator", "penalty"} == set(figures.terms)
    assert figures.numbers["adversarial weight"] > 0
    assert moved(networks.extractor, before) == set()


@pytest.mark.parametrize("phase", [ALONE, RECONSTRUCT])
def test_without_the_gan_the_discriminator_is_left_alone(tmp_path, phase):
    step, networks, order = build(tmp_path)
    before = weights(networks.discriminator)
    step(phase, BATCH)
    assert order == ["generator"]
    assert moved(networks.discriminator, before) == set()


def test_neither_sides_gradient_reaches_the_other(tmp_path):
    """D's step leaves G without gradient, for it sees detached pictures; G's step leaves D's gradient as it was."""
    step, networks, _ = build(tmp_path)
    seen = {}

    class Watching(Recorder):
        def step(self, closure=None):
            seen[self.name] = {
                name: None if value.grad is None else value.grad.clone()
                for name, value in networks.discriminator.named_parameters()
            }
            if self.name == "discriminator":
                assert all(value.grad is None for value in networks.generator.parameters())
            return super().step(closure)

    for name in step.optimizers:
        step.optimizers[name] = Watching(name, [], getattr(networks, name).parameters())
    step(STYLISE, BATCH)
    assert any(value.abs().sum() > 0 for value in seen["discriminator"].values())
    for name, value in seen["discriminator"].items():
        assert torch.equal(value, seen["generator"][name])
    assert all(value.requires_grad for value in networks.discriminator.parameters())


def test_the_generators_gradient_is_that_of_the_total(tmp_path):
    """Two branches at the picture and one pass back give what one pass back of the sum gives."""
    step, networks, _ = build(
        tmp_path, adversarial={"name": "hinge", "weight": 0.7}, train={"augment": [], "generator": {"clip": 0}}
    )
    step.optimizers["discriminator"].step = lambda closure=None: None
    twin = copy.deepcopy(networks.generator)
    maps = networks.extract(CONTENT), networks.extract(STYLE)
    fused = networks.fuse(*maps)
    before = copy.deepcopy(networks.discriminator.state_dict())

    made = twin(fused, CONTENT, None)
    from gsx.training.adversarial.terms import record, total

    step(STYLISE, BATCH)
    networks.discriminator.load_state_dict(before)
    with torch.no_grad():  # spectral norm iterates at every call: as often as in the step
        networks.judge(STYLE, STYLE), networks.judge(made, STYLE)
    terms = total(step.terms(record(networks, CONTENT, STYLE, made, (*maps, fused))))
    (terms + 0.7 * step.adversarial.generator(networks.judge(made, STYLE))).backward()
    for (name, ours), theirs in zip(networks.generator.named_parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-3, atol=1e-6, msg=name)


def test_the_adaptive_weight_follows_the_gradients(tmp_path):
    step, _, _ = build(tmp_path)
    numbers = step(STYLISE, BATCH).numbers
    wanted = min(0.2 * numbers["pull"] / numbers["adversarial pull"], 10.0)
    assert numbers["adversarial weight"] == pytest.approx(wanted)


@pytest.mark.parametrize("broken", ["content", "mean-std"])
def test_a_term_that_is_not_finite_names_itself_and_changes_nothing(tmp_path, broken, monkeypatch):
    step, networks, order = build(tmp_path)
    index = [chosen.id for chosen, *_ in step.terms._losses].index(broken)
    name, weight, loss = step.terms._losses[index]
    step.terms._losses[index] = (name, weight, lambda outputs: loss(outputs) * float("nan"))
    before, average = weights(networks.generator), weights(networks.average)
    with pytest.raises(NotFinite, match=broken):
        step(ALONE, BATCH)
    assert order == []
    assert moved(networks.generator, before) == set()
    assert moved(networks.average, average) == set()


def test_a_gradient_that_is_not_finite_names_its_network(tmp_path):
    step, networks, _ = build(tmp_path)
    next(networks.generator.parameters()).register_hook(lambda gradient: gradient * float("inf"))
    before = weights(networks.generator)
    with pytest.raises(NotFinite, match="the gradient of the generator"):
        step(ALONE, BATCH)
    assert moved(networks.generator, before) == set()


def test_r1_of_a_linear_critic():
    """D(x) = Σ w·x has the gradient w everywhere: ½ ‖w‖²."""
    weight = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(1))
    critic = lambda image: [(image * weight).sum((1, 2, 3)).view(-1, 1, 1, 1)]  # noqa: E731
    penalty = r1_penalty(critic, torch.rand(5, 3, 4, 4))
    torch.testing.assert_close(penalty, weight.square().sum() / 2)


@pytest.mark.parametrize("side", [4, 16, 48])
def test_r1_of_patches_is_that_of_one_whatever_the_size(side):
    critic = nn.Conv2d(3, 1, 4, stride=4, bias=False)
    penalty = r1_penalty(lambda image: [critic(image)], torch.rand(2, 3, side, side))
    torch.testing.assert_close(penalty, critic.weight.square().sum() / 2)


def test_r1_reaches_the_critics_weights(tmp_path):
    step, _, _ = build(tmp_path, train={"r1": 5.0})
    assert step(STYLISE, BATCH).terms["penalty"] > 0


def test_frozen_gives_back_what_it_took():
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    module[1].requires_grad_(False)

    def fail():
        with frozen(module):
            assert not any(parameter.requires_grad for parameter in module.parameters())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [parameter.requires_grad for parameter in module.parameters()] == [True, True, False, False]


def test_the_average_forgets_its_beginning():
    update = moving_average(0.9)
    average, newest = [torch.zeros(1)], [torch.ones(1)]
    update(average, newest, 1)
    assert average[0].item() == pytest.approx(1 - 2 / 11)
    average = [torch.zeros(1)]
    update(average, newest, 10_000)
    assert average[0].item() == pytest.approx(0.1)


@pytest.mark.parametrize("phase", [STYLISE, RECONSTRUCT])
def test_a_generator_may_ask_its_context(tmp_path, phase):
    """As in a run: pictures, their maps, and the extractor."""
    step, networks, _ = build(tmp_path)
    forward, seen = networks.generator.forward, []

    def asking(fused, content, context):
        assert torch.equal(context.content, content)
        assert torch.equal(context.style_maps["relu1_1"], context.extract(context.style, ["relu1_1"])["relu1_1"])
        assert torch.equal(context.content_maps["relu4_1"], context.extract(content, ["relu4_1"])["relu4_1"])
        seen.append(context.style)
        return forward(fused, content, context)

    networks.generator.forward = asking
    step(phase, BATCH)
    assert torch.equal(seen[0], STYLE)


def test_a_counter_is_copied_not_averaged():
    """A generator with batch norm has an integer among its buffers."""
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))
    average = AveragedModel(network, multi_avg_fn=moving_average(0.9), use_buffers=True)
    for _ in range(3):
        network(torch.rand(2, 3, 4, 4))
        average.update_parameters(network)
    assert average.module[1].num_batches_tracked == 3
    assert torch.equal(average.module[0].weight, network[0].weight)


def test_bf16_keeps_statistics_in_float32(tmp_path):
    step, networks, _ = build(tmp_path, train={"precision": "bf16"})
    assert {value.dtype for value in networks.extract(CONTENT).values()} == {torch.float32}
    maps = networks.extract(CONTENT), networks.extract(STYLE)
    assert networks.generate(networks.fuse(*maps), CONTENT, STYLE, maps).dtype == torch.float32
    step(STYLISE, BATCH)
