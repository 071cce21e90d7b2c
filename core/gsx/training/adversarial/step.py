"""One step of training: the discriminator on detached pictures, then the generator against it as it is then."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from gsx.pipeline.blame import blamed, create
from gsx.recipe import Recipe
from gsx.training.adversarial.attribution import at_generator, summary
from gsx.training.adversarial.augment import Augment
from gsx.training.adversarial.balance import Balance
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.schedules import factor
from gsx.training.adversarial.terms import Terms, reconstruction, record, total
from gsx.training.processes import Processes


class NotFinite(Exception):  # noqa: N818 - a verdict on a step, which is then skipped
    """Something of this step is NaN or infinite; the message is its name."""


@dataclass(frozen=True)
class Batch:
    """This process's share of one step's draws.

    Shape:
        content and style ``(N, 3, H, W)`` in [0, 1]; mixing ``(N, 1, 1, 1)`` in [0, 1), for penalties between real and
        fake. For a conditional discriminator also matched, other crops of the same style pictures, and other, crops of
        other style pictures, as style.
    """

    content: Tensor
    style: Tensor
    mixing: Tensor
    matched: Tensor | None = None
    other: Tensor | None = None
    origin: Tensor | None = None


@dataclass
class Figures:
    """What a step measured: terms by name, weighted; single numbers; and, where asked for, what each term does."""

    phase: str
    terms: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    attribution: dict[str, Any] | None = None


class Step:
    """Everything that a step needs; calling it does one.

    Args:
        processes: those that share each batch; by default this one alone.
    """

    def __init__(
        self,
        recipe: Recipe,
        networks: Networks,
        optimizers: Mapping[str, torch.optim.Optimizer],
        processes: Processes | None = None,
    ) -> None:
        self.processes = processes or Processes(networks.device)
        # In half precision small gradients would vanish; scaled they do not. For other precisions it does nothing.
        half = recipe.train.precision == "fp16"
        self.scalers = {name: torch.amp.GradScaler(networks.device.type, enabled=half) for name in optimizers}
        self.networks, self.optimizers, self.section = networks, optimizers, recipe.train
        self.terms = Terms(recipe)
        self.balance = Balance(
            recipe.adversarial_weight.weight, recipe.train.adversarial_pull, recipe.train.adversarial_limit
        )
        self.schedule = recipe.adversarial_weight.schedule
        self.augment = Augment(recipe.train.augment)
        self.chosen_adversarial: Any = recipe.parts.adversarial
        self.adversarial: Any = None
        if self.chosen_adversarial is not None:
            self.adversarial = create(self.chosen_adversarial)

    def __call__(self, phase: Phase, batch: Batch, *, attributed: bool = False) -> Figures:
        """One update of each network that the phase trains.

        Args:
            attributed: also measure what each term does, where the step stylises; it changes no weight.

        Raises:
            NotFinite: a loss or gradient is, in any process; the network whose step that was, and the generator,
                stay as they were.
        """
        if phase.goal == "reconstruct":
            return self._reconstruct(phase, batch.content if phase.domain == "content" else batch.style, batch.origin)
        return self._stylise(phase, batch, attributed)

    def undecided(self) -> float:
        """The discriminator's loss where every logit is 0."""
        zero = [torch.zeros(1, 1, 1, 1)]
        return float(self.adversarial.discriminator(zero, zero))

    def _reconstruct(self, phase: Phase, image: Tensor, origin: Tensor | None) -> Figures:
        networks = self.networks
        with torch.no_grad():
            maps = networks.extract(image)
        own = {level: maps[level] for level in networks.levels}
        made = networks.generate(own, image, image, (maps, maps), origin=origin)
        terms = reconstruction(image, made, maps, networks)
        figures = Figures(phase.name, self._values(terms))
        self.optimizers["generator"].zero_grad(set_to_none=True)
        self._scaled("generator", total(terms)).backward()  # type: ignore[no-untyped-call]
        self._update("generator", networks.generator, figures)
        return figures

    def _stylise(self, phase: Phase, batch: Batch, attributed: bool) -> Figures:
        networks, content, style = self.networks, batch.content, batch.style
        with torch.no_grad():
            maps = networks.extract(content), networks.extract(style)
            fused = networks.fuse(*maps)
        made = networks.generate(fused, content, style, maps, origin=batch.origin)
        figures = Figures(phase.name)
        if phase.adversarial:
            self._discriminate(batch, made.detach(), figures)
        # Each branch's gradient is taken once, at the picture; one pass back through the generator takes their sum.
        picture = made.detach().requires_grad_()
        terms = self.terms(record(networks, content, style, picture, (*maps, fused)), phase.progress)
        figures.terms |= self._values(terms)
        gradients = {name: self._at(picture, term, again=True) for name, term in terms.items()} if attributed else {}
        gradient = self._at(picture, total(terms))
        figures.numbers["pull"] = self.processes.norm(gradient)
        if phase.adversarial:
            against = self._against(picture, style, phase, figures)
            gradient = gradient + against
            if attributed:
                gradients["adversarial"] = against
        if attributed:
            figures.attribution = {
                "picture": summary(gradients, self.processes.products),
                "generator": summary(
                    {
                        name: self.processes.mean(one)
                        for name, one in at_generator(
                            made, gradients, networks.generator, self.scalers["generator"].get_scale()
                        ).items()
                    }
                ),
            }
        self.optimizers["generator"].zero_grad(set_to_none=True)
        made.backward(self._scaled("generator", gradient))  # type: ignore[no-untyped-call]
        self._update("generator", networks.generator, figures)
        return figures

    def _against(self, picture: Tensor, style: Tensor, phase: Phase, figures: Figures) -> Tensor:
        """The weighted gradient of the adversarial loss at the picture; the discriminator itself gets none."""
        assert self.networks.discriminator is not None
        with frozen(self.networks.discriminator):
            logits = self.networks.judge(self.augment(picture), style)
            with blamed(self.chosen_adversarial):
                loss = self.adversarial.generator(logits)
            gradient = self._at(picture, loss)
        norm = self.processes.norm(gradient)
        weight = self.balance.update(figures.numbers["pull"], norm)
        weight *= phase.adversarial * factor(self.schedule, phase.progress)
        figures.terms |= self._values({"adversarial": weight * loss})
        figures.numbers |= {"adversarial pull": norm, "adversarial weight": weight}
        return weight * gradient

    def _discriminate(self, batch: Batch, fake: Tensor, figures: Figures) -> None:
        """The discriminator's own step.

        A conditional one also learns that a real picture beside another's style is wrong: otherwise it would learn what
        paintings have in common, and never look at the style.
        """
        networks, style = self.networks, batch.style
        discriminator, critic = networks.discriminator, networks.critic(style)
        assert discriminator is not None
        real = style if batch.matched is None else batch.matched
        real, fake = self.augment(real).detach(), self.augment(fake).detach()
        on_real, on_fake = networks.judge(real, style), networks.judge(fake, style)
        with blamed(self.chosen_adversarial):
            loss = self.adversarial.discriminator(on_real, on_fake)
            penalty = self.adversarial.penalty(critic, real, fake, batch.mixing)
        numbers = {
            "accuracy": _accuracy(on_real, on_fake, self.processes),
            "real": _mean(on_real),
            "fake": _mean(on_fake),
        }
        if batch.other is not None:
            on_other = networks.judge(real, batch.other)
            loss = (loss + self.adversarial.discriminator(on_real, on_other)) / 2
            numbers["accuracy of styles"] = _accuracy(on_real, on_other, self.processes)
        if self.section.r1:
            penalty = penalty + self.section.r1 * r1_penalty(critic, real)
        figures.terms |= self._values({"discriminator": loss, "penalty": penalty})
        figures.numbers |= self.processes.means(numbers)
        self.optimizers["discriminator"].zero_grad(set_to_none=True)
        self._scaled("discriminator", loss + penalty).backward()  # type: ignore[no-untyped-call]
        self._update("discriminator", discriminator, figures)

    def _scaled(self, name: str, value: Tensor) -> Tensor:
        """Times the factor that keeps half precision from vanishing; a number that is enabled for no other."""
        return self.scalers[name].scale(value)

    def _at(self, picture: Tensor, term: Tensor, *, again: bool = False) -> Tensor:
        """The gradient of a term at the picture; its graph stays where it is needed ``again``."""
        (gradient,) = torch.autograd.grad(self._scaled("generator", term), picture, retain_graph=again)
        return gradient / self.scalers["generator"].get_scale()

    def _values(self, terms: Mapping[str, Tensor]) -> dict[str, float]:
        values = self.processes.means(terms)
        for name, value in values.items():
            if not math.isfinite(value):
                raise NotFinite(name)
        return values

    def _update(self, name: str, network: nn.Module, figures: Figures) -> None:
        clip, scaler, optimizer = getattr(self.section, name).clip, self.scalers[name], self.optimizers[name]
        self.processes.average_gradients(network)
        scaler.unscale_(optimizer)
        norm = clip_grad_norm_(network.parameters(), clip or math.inf).item()
        if math.isfinite(norm):
            scaler.step(optimizer)
        scaler.update()  # lower after an overflow, so that the next step has none
        if not math.isfinite(norm):
            raise NotFinite(f"the gradient of the {name}" + (" in fp16" if scaler.is_enabled() else ""))
        figures.numbers[f"{name} gradient"] = norm
        if name == "generator":
            self.networks.average.update_parameters(network)


def r1_penalty(critic: Any, real: Tensor) -> Tensor:
    """½ E‖∇D(x)‖² at real pictures x, in float32; D is the sum of a picture's logits over the root of their number.

    So where patches do not overlap it is the mean penalty of a single patch, whatever the size of the picture; with
    their plain sum it would grow with the area, and with their mean it would vanish with it.

    Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018, eq. 9.

    Shape:
        real ``(N, 3, H, W)`` -> scalar.
    """
    real = real.detach().requires_grad_()
    logits = critic(real)
    scales = [logits] if isinstance(logits, Tensor) else logits
    count = sum(scale[0].numel() for scale in scales)
    summed = torch.stack([scale.float().sum() for scale in scales]).sum() / math.sqrt(count)
    (gradient,) = torch.autograd.grad(summed, real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean() / 2


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """No gradient for the parameters of ``module`` meanwhile, so that theirs stay as they are."""
    wanted = [parameter for parameter in module.parameters() if parameter.requires_grad]
    try:
        for parameter in wanted:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in wanted:
            parameter.requires_grad_(True)


def _mean(logits: list[Tensor]) -> Tensor:
    return torch.stack([scale.mean() for scale in logits]).mean()


def _accuracy(real: list[Tensor], fake: list[Tensor], processes: Processes) -> Tensor:
    """Share of patches that fall on the right side of the middle between the two means.

    Where the middle is depends on the loss (0 for hinge and bce, ½ for lsgan, anywhere for a Wasserstein critic).
    """
    shares = []
    for on_real, on_fake in zip(real, fake, strict=True):
        middle = processes.mean((on_real.detach().mean() + on_fake.detach().mean()) / 2)
        shares.append(((on_real > middle).float().mean() + (on_fake < middle).float().mean()) / 2)
    return torch.stack(shares).mean()
