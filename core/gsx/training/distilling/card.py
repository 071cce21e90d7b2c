"""The weight card of a distilled extractor as Markdown, from the same facts as card.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def card_text(card: Mapping[str, Any]) -> str:
    """Markdown: what it is, how closely it follows its teacher, on what and how it was made."""
    student, teacher, data, env = card["student"], card["teacher"], card["data"], card["environment"]
    layers = list(card["cosine"])
    groups = {**card["cosine_by_folder"], "all": {"pictures": data["held_out"], **card["cosine"]}}
    table = [
        "| held-out pictures | number | " + " | ".join(layers) + " |",
        "|---|---|" + "---|" * len(layers),
        *(
            f"| {name} | {group['pictures']} | " + " | ".join(f"{group[layer]:.4f}" for layer in layers) + " |"
            for name, group in groups.items()
        ),
    ]
    named = ", ".join(data["held_out_rule"]["named"]) or "none"
    skipped = "".join(f"\n- {item['file']}: {item['reason']}" for item in data["skipped"])
    worst = max(abs(value) for value in card["export_cost"].values())
    return f"""# {student["name"]}, distilled from {teacher["name"]}

- File: `{student["file"]}`, {student["bytes"]:,} bytes, {", ".join(student["dtypes"])}, sha256 `{student["sha256"]}`
- Options: {_options(student, ("file", "sha256", "bytes", "dtypes", "header"))}
- Teacher: {_options(teacher, ("sha256",))}; sha256 of its weights `{teacher["sha256"]}`

## How closely it follows its teacher

Mean cosine between the channel vectors of student and teacher: over positions, then over whole pictures, for the
network loaded from the file. Exporting changed a layer's cosine by {worst:.6f} at most.

{chr(10).join(table)}

## How it was made

- Pictures: {data["train"]} to train on, {data["held_out"]} held out, from {", ".join(data["folders"])}
- Held out: by name {named}; of the others a share of {data["held_out_rule"]["share_by_hash"]} by the file's sha256
- Unusable: {len(data["skipped"])}{skipped}
- Steps: {card["steps"]} in {card["seconds"]:,.0f} s of training
- Command: `{card["command"]}`
- Settings: {", ".join(f"{key} {value}" for key, value in card["settings"].items())}
- Machine: {env["device_name"]}, {env["threads"]} of {env["cpu_count"]} cores, {env["platform"]}
- Software: gsx {env["gsx"]}, python {env["python"]}, torch {env["packages"]["torch"]}
"""


def _options(section: Mapping[str, Any], besides: tuple[str, ...]) -> str:
    return ", ".join(f"{key} {value}" for key, value in section.items() if key not in besides and value is not None)
