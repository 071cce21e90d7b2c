"""What the class behind each spec has to look like: structural types, never imported at run time by a component.

Tensors are float32; images are RGB ``(N, 3, H, W)`` in [0, 1]; FeatureMaps is a dict from layer name to
``(N, C, H/s, W/s)``, shallow to deep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gsx.specs.explanation import Explanation
from gsx.specs.kinds import Role
from gsx.specs.layout import FeatureLayout

if TYPE_CHECKING:
    from torch import Generator as RandomGenerator
    from torch import Tensor

    FeatureMaps = dict[str, Tensor]


class Outputs(Protocol):
    """One record of a pass, read by losses, scores and metrics.

    ``stylized_maps`` and ``logits`` are computed when first read. ``logits`` is one map ``(N, 1, h, w)`` per scale
    of the discriminator. ``layout`` says which layers the maps have. ``mask`` ``(N or 1, 1, H, W)`` in [0, 1] marks a
    region of the content, hence of the stylised picture, where the user gave one.
    """

    content: Tensor
    style: Tensor
    stylized: Tensor
    content_maps: FeatureMaps
    style_maps: FeatureMaps
    fused: FeatureMaps
    layout: FeatureLayout
    mask: Tensor | None

    @property
    def stylized_maps(self) -> FeatureMaps: ...
    @property
    def logits(self) -> Sequence[Tensor]: ...


class Context(Protocol):
    """What a generator may ask for besides the fused maps; everything is computed on first use.

    ``strength`` is the common strength in [0, 1] (1 where the recipe gives none). Where the fused maps are
    those of a tile, ``whole`` has mean and deviation, ``(N, C, 1, 1)`` each, of every fused level of the whole picture;
    elsewhere it is None. ``noise(like, stride)`` is white noise of variance 1, ``(N or 1, 1, h, w)`` for a map
    ``(N, C, h, w)`` of that stride, fixed by the seed and the place in the whole picture, so that tiles agree.
    ``step(i, n, values)`` reports progress and raises ``Cancelled`` where the user asked to stop; ``offer(image)``
    leaves the best picture so far.
    """

    content: Tensor
    style: Tensor
    layout: FeatureLayout
    strength: float
    whole: Mapping[str, tuple[Tensor, Tensor]] | None
    random: RandomGenerator

    @property
    def content_maps(self) -> FeatureMaps: ...
    @property
    def style_maps(self) -> FeatureMaps: ...
    def extract(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps: ...
    def noise(self, like: Tensor, stride: int) -> Tensor: ...
    def step(self, index: int, total: int, values: Mapping[str, float]) -> None: ...
    def offer(self, image: Tensor) -> None: ...


class Extractor(Protocol):
    """``Class(options, metadata)``: ``metadata`` are the strings in the header of the weights file ({} for random).

    ``layer_modules`` maps a layer to the path of the submodule whose output is its map, so that activations can be
    captured and edited inside the network; a layer without one is edited where its map leaves the extractor.
    """

    layer_modules: Mapping[str, str]

    def __call__(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps: ...


class Fusion(Protocol):
    """``Class(options)``.

    One that learns maps between layers (see gsx.ops.ridge) has three methods more: ``fit_key() -> str``, what of its
    options the maps depend on; ``fit(reference, levels) -> {name: tensor}``, from the FeatureMaps of fixed pictures;
    and ``load_fit(tensors)``. The core fits once per extractor and stores the result.

    One that can fuse a large picture tile by tile has ``of_parts(style, whole) -> fuse(part, level)``: the same for
    parts of a content, where ``whole`` holds mean and deviation, ``(N, C, 1, 1)`` each, of its whole map at each level.

    One that attends has ``attention(content, style, level)``: how much each position of the content's map takes from
    each of the style's, ``(N, h, w, h', w')``, ≥ 0 and summing to 1 over the style's positions.
    """

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor: ...


class Generator(Protocol):
    """``Class(options, levels)``: ``levels`` is the layout of the fused maps, shallow to deep.

    One with the trait *terms* has ``displacements(fused, content, context) -> {term: (N, 3, H, W)}``: the signed
    change of the picture that each of its terms made. The content and all of them add up to the picture that calling
    it gives, within 1e-4.
    """

    def __call__(self, fused: FeatureMaps, content: Tensor, context: Context) -> Tensor: ...


class Discriminator(Protocol):
    """``Class(options)``; returns raw logits, one ``(N, 1, h, w)`` per scale.

    A *conditional* one takes ``(image, style)``, and says how well the image goes with that style picture,
    ``(N, 3, H', W')``.
    """

    def __call__(self, image: Tensor) -> Sequence[Tensor]: ...


class Loss(Protocol):
    """``Class(options)``; one value per sample, ``(N,)``."""

    def __call__(self, outputs: Outputs) -> Tensor: ...


class AdversarialLoss(Protocol):
    """``Class(options)``. Both sides return a scalar averaged over samples, positions and scales.

    ``mixing`` is one number in [0, 1) per sample, ``(N, 1, 1, 1)``, for a penalty between real and fake: drawn by the
    training, so that samples shared out to several processes get the same numbers as in one.
    """

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor: ...
    def generator(self, fake: Sequence[Tensor]) -> Tensor: ...
    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor: ...


class Score(Protocol):
    """``Class(options)``; one value per sample, ``(N,)``."""

    def __call__(self, outputs: Outputs) -> Tensor: ...


PICTURE = "picture"
"""The path of a picture itself, in the component ``input``."""


@dataclass(frozen=True)
class Address:
    """Where an activation is: a component, a layer, level or module path in it, and whose pass (or which call).

    A layer's name addresses its map where it leaves the extractor, so that an edit reaches the map's readers and
    nothing else, whatever the network is made of; with ``inside`` it addresses the submodule that makes the map
    (``layer_modules``), so that an edit reaches deeper layers too, where the network has the map on its trunk.

    The component ``input`` has the pictures themselves, at the path :data:`PICTURE`: content and style as they enter
    the pipeline, the stylised one as scores see it.
    """

    component: str
    path: str
    role: Role | int
    inside: bool = False


@dataclass(frozen=True)
class Space:
    """The coefficients of a unit: their shape per sample and, where they are few, a name for each."""

    shape: tuple[int, ...]
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        count = 1
        for side in self.shape:
            count *= side
        return count


class Unit(Protocol):
    """``Class(options)``: what a score is explained in terms of.

    ``addresses`` says which activations it edits. ``space(activations)`` gives its coefficients; ``edit`` replaces
    the activation of ``addresses[place]`` where a coefficient is 0, keeps it where 1, blends between:
    ``baseline + coefficient * (activation - baseline)``. ``coefficients`` is ``(N, *space.shape)``. A unit of a part of
    the activation, such as its statistics, leaves the rest (its spec says that it is not ``linear``): at 0 that part is
    the baseline's, and what it was has left no trace.

    ``layout.levels`` names the fused levels that the generator is given.
    """

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]: ...
    def space(self, activations: Mapping[Address, Tensor]) -> Space: ...
    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Activation:
    """An activation ``(N, C, h, w)``, what stands for its absence, and the gradient of the summed score there."""

    address: Address
    value: Tensor
    baseline: Tensor
    gradient: Tensor


@dataclass(frozen=True)
class Evaluation:
    """Scores ``(M, N)`` of M edits on N samples; ``image_change`` ``(M, N)`` mean |Δ image|, None if not remade."""

    scores: Tensor
    image_change: Tensor | None


@dataclass(frozen=True)
class Displacements:
    """What moved the content to the stylised picture: ``whole`` is their difference, ``terms`` its parts by term.

    All are ``(N, 3, H, W)``, signed.
    """

    whole: Tensor
    terms: Mapping[str, Tensor]


class Probe(Protocol):
    """The pipeline, one batch, a score, a unit, a baseline and a budget, bound together by the core.

    Running the passes, counting them, batching and bounding their memory, and restoring hooks and random state live
    behind it.

    * ``base``: the score as it is, ``(N,)``. ``space``: the unit's coefficients. ``score_higher``: what a larger score
      means, in words. ``lies_on``: which picture a map over the unit's positions lies on.
    * ``addresses``: the activations that the unit edits; those of ``activations()``, in the same order.
    * ``mask``: the region that the user marked, ``(N or 1, 1, H, W)`` in [0, 1], or None.
    * ``remakes``: whether an edit makes the picture again.
    * ``seed``: of whatever an explainer draws, with a ``torch.Generator`` of its own.
    * ``chunk``: how many rows of coefficients the memory budget holds at once. ``values`` keeps to it by itself; who
      makes more rows than can be held makes so many at a time (and asks once, for it may become less).
    * ``values(coefficients)``: scores of edits, ``(M, *space.shape)``, or ``(M, N, *space.shape)`` where each sample
      has its own. 1 is the pass as it is, 0 the baseline.
    * ``gradient(coefficients)``: of each sample's score by its coefficients, ``(N, *space.shape)``, at
      ``(*space.shape)`` or ``(N, *space.shape)`` (default: all 1).
    * ``activations(at)``: each edited activation with its gradient and baseline; ``at`` replaces their values, in the
      same order.
    * ``attention()``: by level, what an attending fusion attends to; empty where it does not.
    * ``displacements()``: what each term of a generator with the trait *terms* moved; None without it.
    """

    @property
    def space(self) -> Space: ...
    @property
    def layout(self) -> FeatureLayout: ...
    @property
    def addresses(self) -> Sequence[Address]: ...
    @property
    def score_higher(self) -> str: ...
    @property
    def lies_on(self) -> Role: ...
    @property
    def mask(self) -> Tensor | None: ...
    @property
    def remakes(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def chunk(self) -> int: ...
    @property
    def base(self) -> Tensor: ...
    def values(self, coefficients: Tensor) -> Evaluation: ...
    def gradient(self, coefficients: Tensor | None = None) -> Tensor: ...
    def activations(self, at: Sequence[Tensor] | None = None) -> Sequence[Activation]: ...
    def attention(self) -> Mapping[str, Tensor]: ...
    def displacements(self) -> Displacements | None: ...


class Explainer(Protocol):
    """``Class(options)``."""

    def explain(self, probe: Probe) -> Explanation: ...


class Metric(Protocol):
    """``Class(options)``. ``compute`` returns named figures, or raises ``Skip`` with the reason.

    A figure over a set that comes with a 95 % interval is called ``mean``, beside ``low`` and ``high``.
    """

    def update(self, outputs: Outputs) -> None: ...
    def compute(self) -> dict[str, float]: ...


class Tracker(Protocol):
    """``Class(options, folder, recipe)``: shows a training's numbers, or keeps them elsewhere, while it runs.

    ``folder`` is the training's; files of its own go into ``folder / "tracked"``, which it makes where it is missing.
    ``recipe`` is the whole recipe as nested dicts. ``log`` gets the numbers of each line of metrics.jsonl by
    ``group/name``, such as ``terms/gram`` or ``gauges/diversity``, with the step; a step may come twice. ``finish`` is
    called once, however the training ends. A training that is taken up again starts a new one and goes on counting.
    One that raises gets no more numbers; the training goes on, and ends with that error.
    """

    def log(self, numbers: Mapping[str, float], step: int) -> None: ...
    def finish(self) -> None: ...


class Skip(Exception):  # noqa: N818 - a verdict, not an error
    """Raised by a component that cannot give its figure here; the message completes "skipped, because ..."."""


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """Raised through a generator when the user asked to stop; it must pass."""
