"""The stable, torch-free surface for plugins: specs, options, layouts, contracts and errors.

A plugin package imports ``gsx.api``, ``gsx.ops`` and ``gsx.testing``, and nothing else of GSX.

``API_VERSION`` is the version of these three, X.Y of GSX X.Y.Z. Within it nothing of them changes. A new Y adds names;
while X is 0 it may also change or remove some, later only a new X does. What is to go stays for one version more, in
``_DEPRECATED``, with a DeprecationWarning that names the distribution which uses it. CHANGELOG.md names each change. A
plugin says what it was built for where pip reads it too, ``dependencies = ["gsx>=0.1,<0.2"]``; with another GSX it is
listed as BROKEN and never imported. See plugins/README.md.
"""

from typing import TYPE_CHECKING, Any

from gsx.errors import (
    ContractError,
    DivergedError,
    ExecutorError,
    GsxError,
    MissingExtraError,
    RecipeError,
    WeightsError,
)
from gsx.plugins.api_range import API_VERSION
from gsx.plugins.deprecation import Deprecated as _Deprecated
from gsx.plugins.deprecation import deprecated_name as _deprecated_name
from gsx.plugins.hookspecs import hookimpl
from gsx.specs.executing import CellJob, CellOutcome, CellStatus, CellWorker, Executor
from gsx.specs.explanation import CardLevel, Check, Explanation, HeatMap, Quantity, UnitValue, Verdict
from gsx.specs.interfaces import (
    PICTURE,
    Activation,
    Address,
    AdversarialLoss,
    Cancelled,
    Context,
    Discriminator,
    Displacements,
    Evaluation,
    Explainer,
    Extractor,
    Fusion,
    Generator,
    Loss,
    Metric,
    Outputs,
    Probe,
    Score,
    Skip,
    Space,
    Tracker,
    Unit,
)
from gsx.specs.kinds import (
    Baseline,
    DiscriminatorSpec,
    DiscriminatorTrait,
    ExecutorSpec,
    ExplainerSpec,
    ExtractorSpec,
    FusionSpec,
    GeneratorSpec,
    LossSpec,
    MetricSpec,
    Requirement,
    Role,
    ScoreSpec,
    Spec,
    TrackerSpec,
    Trait,
    UnitSpec,
)
from gsx.specs.layout import FeatureLayout, Layer
from gsx.specs.options import ExtractorOptions, GeneratorOptions, Options
from gsx.specs.suggest import did_you_mean

_DEPRECATED: dict[str, _Deprecated] = {}
"""Name -> what it still gives, since when there is something better, and what that is."""


if not TYPE_CHECKING:  # a type checker should go on finding misspelt names

    def __getattr__(name: str) -> Any:
        return _deprecated_name(__name__, name, _DEPRECATED)


__all__ = [
    "API_VERSION",
    "PICTURE",
    "Activation",
    "Address",
    "AdversarialLoss",
    "Baseline",
    "Cancelled",
    "CardLevel",
    "CellJob",
    "CellOutcome",
    "CellStatus",
    "CellWorker",
    "Check",
    "Context",
    "ContractError",
    "Discriminator",
    "DiscriminatorSpec",
    "DiscriminatorTrait",
    "Displacements",
    "DivergedError",
    "Evaluation",
    "Executor",
    "ExecutorError",
    "ExecutorSpec",
    "Explainer",
    "ExplainerSpec",
    "Explanation",
    "Extractor",
    "ExtractorOptions",
    "ExtractorSpec",
    "FeatureLayout",
    "Fusion",
    "FusionSpec",
    "Generator",
    "GeneratorOptions",
    "GeneratorSpec",
    "GsxError",
    "HeatMap",
    "Layer",
    "Loss",
    "LossSpec",
    "Metric",
    "MetricSpec",
    "MissingExtraError",
    "Options",
    "Outputs",
    "Probe",
    "Quantity",
    "RecipeError",
    "Requirement",
    "Role",
    "Score",
    "ScoreSpec",
    "Skip",
    "Space",
    "Spec",
    "Tracker",
    "TrackerSpec",
    "Trait",
    "Unit",
    "UnitSpec",
    "UnitValue",
    "Verdict",
    "WeightsError",
    "did_you_mean",
    "hookimpl",
]
