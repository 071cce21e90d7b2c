"""The tensor types that components exchange."""

from __future__ import annotations

from typing import TypeAlias

from torch import Tensor

FeatureMaps: TypeAlias = dict[str, Tensor]
"""Layer name -> ``(N, C, H/s, W/s)``, shallow to deep."""
