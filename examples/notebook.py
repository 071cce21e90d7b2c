"""GSX from Python: stylise, look inside, explain; then the same with networks of one's own."""

import torch

import gsx
from gsx.samples import content_path, style_path

# From names, as on the command line.
pipeline = gsx.Pipeline.from_recipe(extractor="vgg19", fusion="adain", size=96)
outputs = gsx.stylize(content_path("coffee"), style_path("mosaic"), pipeline=pipeline, size=96)
print("stylised:", tuple(outputs.stylized.shape))
print("maps of the stylised picture:", {name: tuple(map_.shape) for name, map_ in outputs.stylized_maps.items()})

explanation = gsx.explain(
    pipeline,
    outputs.content,
    outputs.style,
    stylized=outputs.stylized,
    explainer="gradcam",
    score="style-alignment@relu3_1",
    unit={"name": "layer", "layer": "relu3_1"},
)
heat = explanation.maps["gradcam"]
print("heat map on the", heat.on, "picture:", tuple(heat.values.shape), "null:", explanation.null)

# From one's own modules: nothing has to be registered.
torch.manual_seed(0)
mine = gsx.Pipeline(
    extractor=torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU()),
    fusion=lambda content, style: content + style.mean((2, 3), keepdim=True),
    generator=torch.nn.Sequential(torch.nn.Conv2d(8, 3, 3, padding=1), torch.nn.Sigmoid()),
)
brightness = gsx.explain(
    mine,
    outputs.content,
    outputs.style,
    explainer="gradcam",
    score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    unit={"name": "layer", "layer": "features", "role": "style"},
)
print("own networks, null:", brightness.null, "map:", tuple(brightness.maps["gradcam"].values.shape))
