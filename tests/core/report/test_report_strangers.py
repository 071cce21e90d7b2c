"""What strangers wrote: file names, notes, labels and numbers that are not what they should be."""

import json

import pytest

from gsx.report import write_report
from gsx.report.formats import duration, figure, memory, percent, signed
from gsx.report.text import visible

from .pages import Elements, plain
from .runs import change, get, put

EVIL = """<script>alert("1")</script>'"><img src=x onerror=alert(2)>&{{ 7 * 7 }}"""


def poison(value):
    """Every text in a JSON value replaced, save what makes the page take another path."""
    if isinstance(value, dict):
        return {
            **{
                key: inner
                if key in ("picture", "folder", "on", "gives", "direction", "status", "baseline", "role")
                else poison(inner)
                for key, inner in value.items()
            },
        }
    if isinstance(value, list):
        return [poison(inner) for inner in value]
    return EVIL if isinstance(value, str) else value


def test_every_text_is_escaped(run):
    for file in run.rglob("*.json"):
        put(run, str(file.relative_to(run)), poison(json.loads(file.read_text(encoding="utf-8"))))
    change(
        run,
        pair={"content": EVIL, "style": EVIL},
        status=EVIL,
        unknown={EVIL: EVIL},
        weights={EVIL: {EVIL: EVIL}},
        components={EVIL: EVIL},
        seconds={EVIL: 1.0},
        metrics=[
            {"id": EVIL, "direction": EVIL, "values": {EVIL: 1.0, "b": EVIL}},
            {"id": "c", "error": EVIL},
            {"id": "d", "skipped": EVIL, "summary": EVIL},
        ],
    )
    (run / "metrics.jsonl").write_text(json.dumps({"step": 1, EVIL: 2.0}) + "\n", encoding="utf-8")
    page = write_report(run).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    assert "49" not in page.partition("{{ 7 * 7 }}")[1]
    assert page.count("{{ 7 * 7 }}") > 40
    elements = Elements(page).all
    assert not any(name.startswith("on") for _, attributes in elements for name in attributes)
    assert not any(tag == "script" for tag, _ in elements)
    assert any(EVIL in str(attributes.get("alt")) for tag, attributes in elements if tag == "img")


def test_a_mathematical_or_long_curve_name_is_only_text(run):
    lines = [{"step": step, "loss": 1.0 / step, "$\\frac{": 1.0, "x" * 300: 0.5} for step in (1, 2, 3)]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    page = write_report(run).read_text(encoding="utf-8")
    assert "$\\frac{" in page
    assert "x" * 15 + "…" in page


def test_control_direction_and_surrogate_characters_are_made_visible(run):
    inputs = get(run, "inputs.json")
    inputs["content"]["file"] = "a\u202egnp.exe\x00\x1b[31m\ud800 b.png"
    (run / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
    page = write_report(run).read_bytes().decode("utf-8")
    assert "a\ufffdgnp.exe\ufffd\ufffd[31m\ufffd b.png" in page
    assert visible("日本\u00a0e\u0301 👩\u200d🎨") == "日本\u00a0e\u0301 👩\u200d🎨"


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "../../../secret.png", "\x00", "x" * 5000])
def test_no_picture_from_outside_the_folder_is_shown(run, name):
    (run.parent / "secret.png").write_bytes((run / "stylized.png").read_bytes())
    place = next(place for place in (run / "explanations").iterdir() if (place / "gradcam.png").exists())
    record = get(run, f"explanations/{place.name}/explanation.json")
    record["maps"][0]["picture"] = name
    put(run, f"explanations/{place.name}/explanation.json", record)
    page = write_report(run).read_text(encoding="utf-8")
    assert page.count("<img") == 5
    assert "is missing" in plain(page)


def test_a_link_out_of_the_folder_is_not_followed(run):
    (run.parent / "secret.png").write_bytes((run / "stylized.png").read_bytes())
    (run / "stylized.png").unlink()
    (run / "stylized.png").symlink_to(run.parent / "secret.png")
    page = write_report(run).read_text(encoding="utf-8")
    assert "The picture stylized.png is missing." in plain(page)


@pytest.mark.parametrize("junk", ["text", 3, [1, [2]], {"a": {"b": [None]}}, True, [None], {}])
def test_no_key_of_the_wrong_type_stops_the_page(run, junk):
    for key in get(run):
        change(run, **{key: junk})
    for name in ("inputs.json", "env.json", "recipe.json"):
        for key in get(run, name):
            change(run, name, **{key: junk})
    for place in (run / "explanations").iterdir():
        for key in get(run, f"explanations/{place.name}/explanation.json"):
            change(run, f"explanations/{place.name}/explanation.json", **{key: junk})
    assert write_report(run).stat().st_size > 1000


def test_numbers_are_short_and_honest():
    assert [figure(value) for value in (0, 0.2134, -12345.6, 0.00010, 2.5e-9, 1234567, 0.9999)] == [
        "0",
        "0.213",
        "−12,300",
        "1.00×10⁻⁴",
        "2.50×10⁻⁹",
        "1,230,000",
        "1.00",
    ]
    assert [signed(value) for value in (1, -1, 0)] == ["+1.00", "−1.00", "0"]
    assert [percent(value) for value in (0, 0.004, 0.5, 0.9951, 1, 0.0001, 0.99999)] == [
        "0 %",
        "0.4 %",
        "50 %",
        "99.5 %",
        "100 %",
        "under 0.1 %",
        "over 99.9 %",
    ]
    assert [duration(value) for value in (0.123, 12.34, 99.96, 125.4)] == [
        "0.12 s",
        "12.3 s",
        "1 min 40 s",
        "2 min 05 s",
    ]
    assert [memory(value) for value in (812, 1311)] == ["812 MiB", "1.3 GiB"]
