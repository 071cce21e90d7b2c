"""registry.toml is checked when it is read; what it names has what it says."""

import pytest

from gsx.errors import WeightsError
from gsx.plugins import installed_catalog
from gsx.weights.registry import find_entry, installed_registry, read_registry

BUNDLED = """
[[weights]]
id = "a"
kind = "extractor"
component = "vgg19"
summary = "s"
licence = "l"
training_data = "d"
bundled = "gsx_extractors:weights/a.safetensors"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[weights", "not a valid registry"),
        (BUNDLED, "sha256"),
        (BUNDLED + 'torchvision = "X.Y"\n', "either bundled or torchvision"),
        (BUNDLED.replace("bundled", "torchvision"), "go together"),
        (BUNDLED + f'sha256 = "{"0" * 64}"\nbytes = 1\ncommand = "c"\nsize = 3\n', "size"),
        ((BUNDLED + f'sha256 = "{"0" * 64}"\nbytes = 1\ncommand = "c"\n') * 2, "id 'a' occurs twice"),
        (BUNDLED + 'sha256 = "feed"\nbytes = 1\ncommand = "c"\n', r"\[\[weights\]\] a\.sha256"),
        (BUNDLED + f'sha256 = "{"0" * 64}"\nbytes = 0\ncommand = "c"\n', r"a\.bytes"),
        (BUNDLED.replace("[[weights]]", "[[weight]]"), "(?s)no section 'weight'.*Did you mean 'weights'"),
        (BUNDLED.replace("[[weights]]", "[weights]"), r"has to be written as \[\[weights\]\]"),
    ],
)
def test_a_broken_registry_is_refused(tmp_path, text, said):
    (tmp_path / "registry.toml").write_text(text)
    with pytest.raises(WeightsError, match=said) as refused:
        read_registry(tmp_path / "registry.toml")
    assert "registry.toml is not a valid registry: " in refused.value.message
    assert "pydantic" not in str(refused.value)


def test_an_unknown_id_gets_a_did_you_mean():
    with pytest.raises(WeightsError, match="vgg16-imagenet"):
        find_entry("vgg16-imagnet")


def test_every_id_that_a_component_names_exists():
    for offer in installed_catalog().offers("extractor"):
        for weights_id in offer.spec.weights.values():
            assert find_entry(weights_id).component == offer.spec.name


def test_every_entry_names_a_component_that_exists():
    for entry in installed_registry():
        assert installed_catalog().find(entry.kind, entry.component)
