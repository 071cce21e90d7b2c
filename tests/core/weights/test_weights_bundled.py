"""The weights that ship: what the registry says of them, and what their cards promise."""

import re

import pytest
import torch

from gsx.plugins import installed_catalog
from gsx.training.distilling.components import build_extractor, choose_extractor
from gsx.weights.files import open_weights
from gsx.weights.registry import find_entry, installed_registry
from gsx.weights.status import sha256, verify

BUNDLED = [entry for entry in installed_registry() if entry.bundled]

PROMISED = {"relu1_1": 0.98, "relu2_1": 0.97, "relu3_1": 0.92, "relu4_1": 0.88, "relu5_1": 0.75}
"""The least mean cosine to the teacher on held-out photographs and paintings."""


@pytest.mark.parametrize("entry", BUNDLED, ids=lambda entry: entry.id)
def test_the_file_is_what_the_registry_says(entry):
    path = entry.bundled_path()
    assert sha256(path) == entry.sha256
    assert path.stat().st_size == entry.bytes
    assert entry.bytes <= 8_000_000
    assert verify(entry).problem is None
    assert open_weights(path, expected_sha256=entry.sha256).metadata


def test_a_wrong_hash_in_the_registry_is_told():
    wrong = find_entry("unet-adain").model_copy(update={"sha256": "0" * 64})
    assert verify(wrong).problem.endswith(f"…, expected {'0' * 16}…")


def test_what_components_bring_along_is_what_the_registry_lists():
    """Both ways: extractors name ids, generators files."""
    by_id = {entry.id: entry for entry in installed_registry()}
    ours = [
        offer.spec
        for kind in ("extractor", "generator")
        for offer in installed_catalog().offers(kind)
        if offer.distribution == "gsx"
    ]
    files = [(spec.name, file) for spec in ours for file in getattr(spec, "checkpoints", ())]
    ids = [(spec.name, id_) for spec in ours for id_ in getattr(spec, "weights", {}).values()]
    assert sorted(files) == sorted((one.component, one.bundled) for one in BUNDLED if one.kind == "generator")
    assert sorted(ids) == sorted((one.component, one.id) for one in by_id.values() if one.kind == "extractor")


@pytest.mark.parametrize("entry", BUNDLED, ids=lambda entry: entry.id)
def test_its_card_is_beside_it_and_is_of_this_file(entry):
    text = entry.bundled_path().with_suffix(".md").read_text(encoding="utf-8")
    assert entry.sha256 in text
    assert f"{entry.bytes:,}" in text
    for line in entry.command.splitlines():
        assert line in text
    for word in ("Licence", "Teacher", "Pictures", "Command", "Machine"):
        assert word in text


def test_the_card_of_the_slim_vgg19_keeps_the_promise():
    text = find_entry("vgg19-slim").bundled_path().with_suffix(".md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    header = next(row for row in rows if "relu1_1" in row)
    for who in ("photographs", "paintings", "all"):
        row = next(row for row in rows if row[0] == who)
        for layer, least in PROMISED.items():
            assert float(row[header.index(layer)]) >= least, (who, layer)
    assert re.search(r"asked for.*0\.98.*0\.97.*0\.92.*0\.88.*0\.75", text)


def test_vgg19_runs_with_what_is_bundled():
    chosen = choose_extractor("vgg19", {}, installed_catalog(), who="extractor")
    network, file = build_extractor(chosen, torch.device("cpu"), seed=0, who="extractor")
    assert file.id == "vgg19-slim"
    with torch.no_grad():
        maps = network.eval()(torch.rand(1, 3, 64, 48), ["relu1_1", "relu5_1"])
    assert maps["relu5_1"].shape == (1, 512, 4, 3)
    assert maps["relu5_1"].dtype == torch.float32
    # As in its teacher and in normalised VGG-19, a channel's activations are around 1 on natural pictures.
    assert 0.05 < maps["relu1_1"].mean() < 5
