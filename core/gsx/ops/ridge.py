"""Ridge regression between the channels of two feature maps."""

from __future__ import annotations

import torch
from torch import Tensor


def fit_ridge(source: Tensor, target: Tensor, penalty: float = 1e-3) -> tuple[Tensor, Tensor]:
    """The affine map from source to target channels with the least squared error, ridge-penalised.

    Minimises mean ‖W x + b − y‖² + penalty · mean(var x) · ‖W‖² in float64, so that the penalty does not depend on
    the features' scale. Source: Hoerl & Kennard, "Ridge Regression", Technometrics 1970.

    Shape:
        source ``(P, C_in)``, target ``(P, C_out)`` of P positions -> weight ``(C_out, C_in)``, bias ``(C_out,)``.
    """
    x, y = source.double(), target.double()
    x_mean, y_mean = x.mean(0), y.mean(0)
    x, y = x - x_mean, y - y_mean
    covariance = x.T @ x / len(x)
    scale = covariance.diagonal().mean().clamp_min(torch.finfo(torch.float64).tiny)
    covariance = covariance + penalty * scale * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    weight = torch.linalg.solve(covariance, x.T @ y / len(x)).T
    bias = y_mean - weight @ x_mean
    return weight.float(), bias.float()


def apply_channels(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Apply ``W x + b`` at every position.

    Shape:
        features ``(N, C_in, H, W)``, weight ``(C_out, C_in)``, bias ``(C_out,)`` -> ``(N, C_out, H, W)``.
    """
    return torch.einsum("oc,nchw->nohw", weight, features) + bias[None, :, None, None]
