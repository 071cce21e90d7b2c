"""The stable, torch-free surface for plugins: specs, options, layouts, contracts and errors.

A plugin package imports ``gsx.api``, ``gsx.ops`` and ``gsx.testing``, and nothing else of GSX.
"""

from gsx.errors import (
    ContractError,
    DivergedError,
    GsxError,
    MissingExtraError,
    RecipeError,
    WeightsError,
)
from gsx.plugins.hookspecs import hookimpl
from gsx.specs.explanation import Explanation, HeatMap, UnitValue
from gsx.specs.interfaces import (
    Activation,
    Address,
    AdversarialLoss,
    Cancelled,
    Context,
    Discriminator,
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

API_VERSION = "0.1"
"""Version of this surface; while it starts with 0, a minor step may change it (the changelog says how)."""

__all__ = [
    "API_VERSION", "Activation", "Address", "AdversarialLoss", "Baseline", "Cancelled", "Context", "ContractError",
    "Discriminator", "DiscriminatorSpec", "DiscriminatorTrait", "DivergedError", "Evaluation", "ExecutorSpec",
    "Explainer", "ExplainerSpec", "Explanation", "Extractor", "ExtractorOptions", "ExtractorSpec", "FeatureLayout",
    "Fusion", "FusionSpec", "Generator", "GeneratorOptions", "GeneratorSpec", "GsxError", "HeatMap", "Layer", "Loss",
    "LossSpec", "Metric", "MetricSpec", "MissingExtraError", "Options", "Outputs", "Probe", "RecipeError",
    "Requirement", "Role", "Score", "ScoreSpec", "Skip", "Space", "Spec", "TrackerSpec", "Trait", "Unit", "UnitSpec",
    "UnitValue", "WeightsError", "did_you_mean", "hookimpl",
]
