"""What a plugin's listing must not import: it would cost every command that starts."""

HEAVY = (
    "torch",
    "torchvision",
    "kornia",
    "lpips",
    "matplotlib",
    "skimage",
    "torchmetrics",
    "scipy",
    "numpy",
)
"""Packages of 0.1 to 3 seconds each."""
