"""Judges: extractors that look at finished pictures from outside, for metrics that must not ask the maker itself."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gsx.errors import GsxError
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.blame import blamed, check_maps, create
from gsx.pipeline.outputs import PassOutputs
from gsx.recipe.resolve import resolve_extractor
from gsx.specs.chosen import Catalog, Chosen
from gsx.specs.kinds import ExtractorSpec
from gsx.specs.layout import FeatureLayout
from gsx.weights.choose import map_options
from gsx.weights.files import WeightsFile, load_into
from gsx.weights.source import extractor_weights

JUDGE_SEED = 0
"""Of a judge's random weights. Never ``run.seed``: a judge of other weights would be another measuring rod."""

MOST_MIB = 512
"""Of maps of contents and styles that are kept."""


@dataclass(frozen=True)
class Judge:
    """An extractor with its weights, ready to look."""

    chosen: Chosen[ExtractorSpec]
    extractor: Any
    file: WeightsFile | None
    layout: FeatureLayout

    @property
    def label(self) -> str:
        """See :func:`network_label`."""
        return network_label(self.chosen, self.file, JUDGE_SEED)


class Judges:
    """Extractors by recipe section, each loaded once, and the maps of the pictures that they saw last.

    Contents and styles come again and again, in every cell of a benchmark, so their maps are kept: by section, layer
    and the bytes of the picture. Where there is no room, the pictures before the present pair go first, for the one
    used longest ago is the next to come round. The maps of results are not kept.

    Args:
        catalog: where extractors are found.
        device: where they run; pictures are taken there, and kept maps stay there.
        most: MiB of kept maps.

    Example:
        >>> from gsx.plugins import installed_catalog
        >>> judges = Judges(installed_catalog())
        >>> judges.label({"name": "vgg16", "weights": "random"})
        'vgg16 random'
    """

    def __init__(self, catalog: Catalog, device: torch.device | str = "cpu", *, most: float = MOST_MIB) -> None:
        self.catalog, self.device, self.most = catalog, torch.device(device), most
        self._judges: dict[str, Judge | GsxError] = {}
        self._kept: OrderedDict[tuple[str, str, str], tuple[Tensor, int]] = OrderedDict()
        self._bytes = 0
        self._pair: deque[str] = deque(maxlen=2)

    def outputs(
        self, section: Mapping[str, Any], outputs: PassOutputs, layers: Sequence[str] | None = None
    ) -> PassOutputs:
        """The same pass as the judge sees it: its layout, its maps of content and style, and lazily of the result.

        Nothing is fused here, so ``fused`` is empty.

        Args:
            section: of a recipe, with ``name`` and options.
            layers: of the judge's; all where not given.

        Raises:
            GsxError: the judge cannot be had: unknown, an extra or weights missing; or it fails.
        """
        judge = self.get(section)
        names = tuple(judge.layout if layers is None else judge.layout.select(layers, who=f"judge {judge.label}"))
        key = _key(section)
        return PassOutputs(
            content=outputs.content,
            style=outputs.style,
            stylized=outputs.stylized,
            content_maps=self._known(key, judge, outputs.content, names),
            style_maps=self._known(key, judge, outputs.style, names),
            fused={},
            layout=judge.layout.select(names),
            extract_stylized=lambda image: self._look(judge, image, names),
            discriminate=outputs.discriminate,
            mask=outputs.mask,
        )

    def get(self, section: Mapping[str, Any]) -> Judge:
        """The judge of a section. What kept it from being loaded is remembered and raised again.

        Raises:
            GsxError: as :meth:`outputs`.
        """
        key = _key(section)
        if key not in self._judges:
            try:
                self._judges[key] = self._load(section)
            except GsxError as error:
                self._judges[key] = error
        found = self._judges[key]
        if isinstance(found, GsxError):
            raise found
        return found

    def label(self, section: Mapping[str, Any]) -> str:
        """Which network and which weights: see :func:`network_label`; where it cannot be had, what was asked for."""
        try:
            return self.get(section).label
        except GsxError:
            return f"{section.get('name')} {section.get('weights', 'of its own')}, missing"

    def _load(self, section: Mapping[str, Any]) -> Judge:
        chosen = resolve_extractor(section, self.catalog, where="judge")
        layout = chosen.spec.layout(chosen.options)
        restriction = getattr(chosen.options, "layers", None)
        if restriction is not None:
            layout = layout.select(restriction, who="judge.layers")
        file = extractor_weights(chosen)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(JUDGE_SEED)
            extractor = create(chosen, dict(file.metadata) if file else {})
        if file is not None:
            load_into(extractor, file, who=f"judge {chosen.name!r}")
        if isinstance(extractor, nn.Module):
            # channels_last: the faster order of memory for convolutions.
            extractor.to(self.device, memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload]
        return Judge(chosen, extractor, file, layout)

    def _look(self, judge: Judge, image: Tensor, names: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, h, w)}`` in float32."""
        with torch.no_grad(), blamed(judge.chosen), torch.autocast(self.device.type, enabled=False):
            maps = judge.extractor(image.detach().to(self.device, torch.float32, copy=True), names)
        check_maps(maps, names, judge.layout, judge.chosen)
        return dict(maps)

    def _known(self, key: str, judge: Judge, image: Tensor, names: Sequence[str]) -> FeatureMaps:
        """As :meth:`_look`, from what is kept; what is not is looked at once, and kept."""
        digest = picture_digest(image)
        if digest in self._pair:
            self._pair.remove(digest)
        self._pair.append(digest)
        maps = {name: value for name in names if (value := self._recall((key, digest, name))) is not None}
        missing = [name for name in names if name not in maps]
        if missing:
            looked = self._look(judge, image, missing)
            maps.update(looked)
            for name in missing:
                self._keep((key, digest, name), looked[name])
        return {name: maps[name] for name in names}

    def _recall(self, place: tuple[str, str, str]) -> Tensor | None:
        """A map that is kept; not one that a metric has written over."""
        value, version = self._kept.get(place, (None, 0))
        if value is None:
            return None
        if _version(value) != version:
            del self._kept[place]
            self._bytes -= value.nbytes
            return None
        self._kept.move_to_end(place)
        return value

    def _keep(self, place: tuple[str, str, str], value: Tensor) -> None:
        self._kept[place] = value, _version(value)
        self._bytes += value.nbytes
        while self._bytes > self.most * 2**20:
            others = (known for known in reversed(self._kept) if known[1] not in self._pair)
            self._bytes -= self._kept.pop(next(others, place))[0].nbytes


def network_label(chosen: Chosen[ExtractorSpec], file: WeightsFile | None, seed: int) -> str:
    """Which network looked, for telling apart figures that must not be compared: ``vgg19 1c637d22``.

    The name, the first eight digits of its weights' sha256 (``random`` and the seed, where that is not the judges'
    own), and every option besides that changes its maps.
    """
    weights = file.sha256[:8] if file is not None else ("random" if seed == JUDGE_SEED else f"random, seed {seed}")
    options = (f"{name}={value}" for name, value in map_options(chosen).items())
    return " ".join([chosen.name, weights, *options])


def picture_digest(image: Tensor) -> str:
    """sha256 of the bytes of a picture ``(N, 3, H, W)`` and its shape."""
    data = image.detach().cpu().contiguous()
    return hashlib.sha256(repr(tuple(data.shape)).encode() + data.numpy().tobytes()).hexdigest()


def _version(value: Tensor) -> int:
    """How often a tensor was written over; one of inference mode does not count."""
    return 0 if value.is_inference() else value._version


def _key(section: Mapping[str, Any]) -> str:
    return json.dumps(dict(section), sort_keys=True, default=str)
