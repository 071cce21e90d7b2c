"""EditedPasses: the pass to be explained, run again with edits; what they leave unchanged is not computed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor, nn

from gsx.explaining.local import LocalPass
from gsx.explaining.missing import no_tensor, nothing_runs, runs_twice
from gsx.explaining.reading import RESULT
from gsx.explaining.replay import Replay
from gsx.explaining.widening import repeated, widened
from gsx.images.resize import pad_to_multiple
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import RememberedStatistics, known_statistics
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.pipeline.taps import Edit
from gsx.specs.interfaces import PICTURE, Address
from gsx.specs.kinds import Role

T = TypeVar("T")


class EditedPasses:
    """A pass that exists, and what it takes to run it again with edits at some addresses.

    An edit of the stylised picture's pass acts while that picture is read again; any other, while the picture is made
    again. Either way a score that looks at the result compares it with the true content and style. A score that never
    looks at the result is about what the other passes read, so it sees the edited ones, and no picture is made.

    Args:
        outputs: the pass as it is.
        addresses: where edits will act.
        reads: what of a record the score looks at.
    """

    def __init__(
        self, pipeline: Pipeline, outputs: PassOutputs, addresses: Sequence[Address], reads: frozenset[str]
    ) -> None:
        self._pipeline, self._addresses, self._reads = pipeline, tuple(addresses), reads
        self._numbered = any(isinstance(address.role, int) for address in addresses)
        self.about_result = bool(reads & RESULT) or self._numbered
        of_result = {"discriminator"}
        made_from = [a for a in addresses if a.component not in of_result and a.role != "stylized"]
        makers = [a for a in addresses if a.component in ("fusion", "generator")]
        self.remakes = self.about_result and bool(made_from or makers)
        self.outputs = _one_style_each(outputs) if self._touches("style") else outputs
        self.roles: dict[Address, Role | None] = {}
        """Whose pass each address within a component turned out to be in."""
        self._replay: Replay | None = None
        self._local: LocalPass | None = None

    @property
    def made_again(self) -> tuple[bool, ...]:
        """All that depends on which score is asked: where it is equal, two scores see the same passes."""
        return self.about_result, self.remakes, "fused" in self._reads

    @property
    def shortcuts(self) -> tuple[bool, ...]:
        """Which of them :meth:`prepare` found to be open; rounding depends on them."""
        return self._replay is not None, self._local is not None

    def run(self, edits: Mapping[Address, Edit], judge: Callable[[PassOutputs], T], rows: int = 1) -> T:
        """What ``judge`` makes of the edited pass, while the edits still act.

        Args:
            rows: copies of the batch to run at once, one behind the other: samples are ``rows · N``.
        """
        if not self.remakes and self._read_at_exit("stylized"):
            self.outputs.stylized_maps  # noqa: B018 - read before the edits are there
        base = widened(self.outputs, rows)
        with ExitStack() as during:
            if not torch.is_grad_enabled():  # before the edits are there: it may read the padded content, a call more
                during.enter_context(known_statistics(self._remembered))
            during.enter_context(self._pipeline.taps.installed(edits))
            if self._replay is not None:
                during.enter_context(self._replay.played(rows, len(self.outputs.stylized)))
            return judge(self._edited(base, during))

    def prepare(self, judge: Callable[[PassOutputs], Tensor]) -> None:
        """Keep what many passes with these edits have in common; ``judge`` tells whether they still come out alike."""
        if self._numbered:
            return
        (first, *others) = self._addresses
        if first.component == "input" and not others and len(self.outputs.stylized) == 1:
            self._local = self._record_local(first.role)
            return
        place = {(address.component, address.role) for address in self._addresses}
        if len(place) == 1 and first.component in ("extractor", "generator", "discriminator"):
            self._replay = self._record_replay(first.component, first.role, judge)

    def _record_local(self, role: Role | int) -> LocalPass | None:
        """The pass over a picture whose pixels are edited, where the network looks at neighbourhoods alone."""
        pipeline, base = self._pipeline, self.outputs
        pictures = {"content": base.content, "style": base.style, "stylized": base.stylized}
        picture = pictures[str(role)]
        if role == "content" and self._pads:
            picture = pad_to_multiple(picture, pipeline.multiple)[0]
        return LocalPass.record(lambda image: pipeline.extract(image, pipeline.layers), picture)

    def _record_replay(self, component: str, role: Role | int, judge: Callable[[PassOutputs], Tensor]) -> Replay | None:
        """What runs before the edited modules of one component, where it can be played back."""
        taps, network = self._pipeline.taps, self._pipeline.modules[component]
        modules = [taps.module(address) for address in self._addresses]
        edited = [module for module in modules if module is not None]
        if len(edited) < len(modules) or not isinstance(network, nn.Module):
            return None
        # What edits leave is a tensor of its own, which an in-place activation behind it may write over.
        edits: dict[Address, Edit] = dict.fromkeys(self._addresses, torch.clone)
        before = self.run(edits, judge)
        replay = Replay(network, edited, lambda: self.run(edits, judge), lambda: taps.is_running(component, role))
        self._replay = replay
        alike = replay.intact() and torch.allclose(self.run(edits, judge), before, rtol=1e-4, atol=0)
        return replay if alike and replay.intact() else None

    def record(self) -> dict[Address, Tensor]:
        """The activation at each address, in the pass as it is.

        Raises:
            ContractError: nothing runs at an address.
        """
        return self._record(self._addresses)

    def record_content(self) -> dict[Address, Tensor]:
        """What is at each address where the content takes the result's place, or the fused maps are its own."""
        pipeline, base = self._pipeline, self.outputs
        twins = {
            address: replace(address, role="content") if address.component in ("extractor", "input") else address
            for address in self._addresses
        }
        read = [twin for twin in twins.values() if twin.component in ("extractor", "input")]
        found = self._record(read, padded=False) if read else {}
        levels = self._padded_maps
        for address in self._addresses:
            if address.component == "fusion" and address.path in levels:
                found[address] = levels[address.path]
        rest = [twin for twin in twins.values() if twin not in found]
        if rest:

            def plain_pass() -> None:
                plain = pipeline.with_fusion(lambda content, style, level: content[level])
                plain.taps = pipeline.taps
                plain(base.content, base.style)
                if any(address.component == "discriminator" for address in rest):
                    pipeline.discriminate(base.content, base.style)

            found |= self._read_while(rest, plain_pass)
        return {address: found[twin] for address, twin in twins.items()}

    def _edited(self, base: PassOutputs, during: ExitStack) -> PassOutputs:
        pipeline = self._pipeline
        if self._numbered:
            made = pipeline(base.content, base.style).stylized if self.remakes else base.stylized
            return self._record_of(base, pipeline.enter(made, "stylized"))
        style, style_maps = self._read_style(base, during)
        stylized = base.stylized
        edited = base
        if self.remakes or not self.about_result:
            content, content_maps = self._read_content(base, during)
            fused = base.fused
            if self.remakes or "fused" in self._reads:
                fused = pipeline.fuse(content_maps, style_maps)
            if self.remakes:
                padded, padding = pad_to_multiple(content, pipeline.multiple)
                context = pipeline.context(padded, style, content_maps, style_maps)
                stylized = pipeline.generate(fused, padded, context, padding)
                edited = replace(base, fused=fused)
            else:
                edited = replace(
                    base, content=content, content_maps=content_maps, style=style, style_maps=style_maps, fused=fused
                )
        result = self._record_of(edited, pipeline.enter(stylized, "stylized"))
        if not self.remakes and not self._runs_again("stylized") and base._stylized_maps is not None:
            result._stylized_maps = pipeline.taps.leaving("extractor", "stylized", base.stylized_maps)
        elif not self.remakes and self._local is not None:
            result.extract_stylized = lambda image: self._extract(image, "stylized", during)
        return result

    def _extract(self, image: Tensor, role: Role, during: ExitStack) -> FeatureMaps:
        """The maps of an edited picture; where the pass over it was kept, from its changed part."""
        if self._local is not None and len(image) == 1 and not torch.is_grad_enabled():
            maps = during.enter_context(self._local.of(image))
            if maps is not None:
                return dict(maps)
        return self._pipeline.extract(image, self._pipeline.layers, role)

    def _record_of(self, base: PassOutputs, stylized: Tensor) -> PassOutputs:
        made = self._pipeline.outputs(
            base.content, base.style, stylized, base.content_maps, base.style_maps, base.fused
        )
        made.mask = base.mask
        return made

    def _read_style(self, base: PassOutputs, during: ExitStack) -> tuple[Tensor, FeatureMaps]:
        pipeline = self._pipeline
        if self._runs_again("style"):
            style = pipeline.enter(base.style, "style")
            return style, self._extract(style, "style", during)
        return base.style, pipeline.taps.leaving("extractor", "style", base.style_maps)

    def _read_content(self, base: PassOutputs, during: ExitStack) -> tuple[Tensor, FeatureMaps]:
        """The content and its maps as the fusion sees them, or the true size's where only a score looks at them."""
        pipeline = self._pipeline
        if self._runs_again("content"):
            content = pipeline.enter(base.content, "content")
            seen = pad_to_multiple(content, pipeline.multiple)[0] if self._pads else content
            return content, self._extract(seen, "content", during)
        maps = self._padded_maps if self._pads else self.outputs.content_maps
        rows = len(base.content) // len(self.outputs.content)
        maps = {name: repeated(value, rows, len(self.outputs.content)) for name, value in maps.items()}
        return base.content, pipeline.taps.leaving("extractor", "content", maps)

    @cached_property
    def _remembered(self) -> list[RememberedStatistics]:
        """Of the maps that edits leave alone, which scores ask for in every pass."""
        base = self.outputs
        maps = [base.content_maps, base.style_maps, self._padded_maps, base._stylized_maps or {}]
        return [RememberedStatistics(value) for one in maps for value in one.values() if value.ndim == 4]

    @property
    def _pads(self) -> bool:
        return self.about_result or "fused" in self._reads

    @cached_property
    def _padded_maps(self) -> FeatureMaps:
        """The maps of the padded content, from which the picture was made."""
        pipeline, base = self._pipeline, self.outputs
        padded = pad_to_multiple(base.content, pipeline.multiple)[0]
        if padded.shape == base.content.shape:
            return base.content_maps
        with torch.no_grad():
            return pipeline.extract(padded, pipeline.layers)

    def _touches(self, role: str) -> bool:
        return any(address.role == role and address.component in ("extractor", "input") for address in self._addresses)

    def _runs_again(self, role: str) -> bool:
        """Whether edits act within the extractor's pass of that picture, or before it."""
        return any(
            address.role == role
            and (
                address.component == "input"
                or (address.component == "extractor" and not self._pipeline.taps.at_exit(address))
            )
            for address in self._addresses
        )

    def _read_at_exit(self, role: str) -> bool:
        return self._touches(role) and not self._runs_again(role) and not self._numbered

    def _record(self, addresses: Sequence[Address], *, padded: bool | None = None) -> dict[Address, Tensor]:
        pipeline, base = self._pipeline, self.outputs
        padded = self._pads if padded is None else padded
        pictures = {"content": base.content, "style": base.style, "stylized": base.stylized}
        seen: dict[Address, Tensor] = {}
        within: list[Address] = []
        for address in addresses:
            at_exit = address.component == "extractor" and not isinstance(address.role, int)
            at_exit = at_exit and pipeline.taps.at_exit(address) and address.path in pipeline.layers
            if address.component == "input":
                if address.path == PICTURE and address.role in pictures:
                    seen[address] = pictures[str(address.role)]
                    if address.role == "content" and padded:
                        seen[address] = base.content
            elif address.component == "fusion" and address.path in base.fused and pipeline.taps.at_exit(address):
                seen[address] = base.fused[address.path]
            elif at_exit and address.role == "stylized":
                seen[address] = base.stylized_maps[address.path]
            elif at_exit and address.role == "style":
                seen[address] = base.style_maps[address.path]
            elif at_exit and address.role == "content":
                seen[address] = (self._padded_maps if padded else base.content_maps)[address.path]
            else:
                within.append(address)
        if within:

            def passes() -> None:
                made = [a for a in within if a.component != "extractor" or isinstance(a.role, int)]
                if made:
                    whole = pipeline(base.content, base.style)
                    whole.stylized_maps  # noqa: B018 - the whole pass, for what it runs
                    if any(address.component == "discriminator" for address in made):
                        whole.logits  # noqa: B018
                    return
                content = pad_to_multiple(base.content, pipeline.multiple)[0] if padded else base.content
                images: dict[Role, Tensor] = {"content": content, "style": base.style, "stylized": base.stylized}
                for role, image in images.items():
                    if any(address.role == role for address in within):
                        maps = pipeline.extract(image, pipeline.layers, role)
                        if role == "stylized" and base._stylized_maps is None:
                            base._stylized_maps = maps

            seen |= self._read_while(within, passes)
        for address in addresses:
            if address not in seen:
                raise nothing_runs(pipeline, address, calls=0)
        return {address: seen[address] for address in addresses}

    def _read_while(self, addresses: Sequence[Address], work: Callable[[], None]) -> dict[Address, Tensor]:
        seen: dict[Address, Tensor] = {}

        def reader(address: Address) -> Edit:
            def read(activation: Tensor) -> None:
                if address in seen:
                    raise runs_twice(address)
                if not isinstance(activation, Tensor):
                    raise no_tensor(address, activation)
                self.roles[address] = self._pipeline.taps.role
                seen[address] = activation.detach().clone()  # an in-place ReLU behind it would change what was seen

            return read

        with self._pipeline.taps.installed({address: reader(address) for address in addresses}):
            work()
            for address in addresses:
                if address not in seen:
                    raise nothing_runs(self._pipeline, address, self._pipeline.taps.calls(address.component))
        return seen


def _one_style_each(outputs: PassOutputs) -> PassOutputs:
    """The same pass with a common style repeated, so that each sample's style can be edited for itself."""
    count = len(outputs.stylized)
    if len(outputs.style) == count:
        return outputs
    return replace(
        outputs,
        style=outputs.style.expand(count, *outputs.style.shape[1:]),
        style_maps={name: maps.expand(count, *maps.shape[1:]) for name, maps in outputs.style_maps.items()},
    )


def only_of_result(addresses: Sequence[Address]) -> bool:
    """Whether edits act on nothing but the reading of the stylised picture, which a score may notice or not."""
    return all(
        address.role == "stylized" and address.component in ("extractor", "input", "discriminator")
        for address in addresses
    )


def gradients_of(total: Tensor, points: Sequence[Tensor]) -> list[Tensor]:
    """The gradient of a scalar at each point; zeros where it does not depend on it."""
    if not total.requires_grad:
        return [torch.zeros_like(point) for point in points]
    found = torch.autograd.grad(total, points, allow_unused=True)
    return [torch.zeros_like(point) if one is None else one for point, one in zip(points, found, strict=True)]
