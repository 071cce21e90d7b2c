"""``gsx plugins``: what is installed, and what could be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gsx.cli import plugins_check, plugins_doctor
from gsx.cli.console import say, table
from gsx.cli.state import Debug, StrictPlugins, strict_plugins
from gsx.errors import RecipeError

app = typer.Typer(
    help="List and describe components, find plugins, begin one of your own, check it, and say what is wrong.",
    no_args_is_help=True,
)
app.command(name="check")(plugins_check.check)
app.command(name="doctor")(plugins_doctor.doctor)


@app.command(name="list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only components of this kind, such as fusion.")] = None,
    debug: Debug = False,
    strict: StrictPlugins = False,
) -> None:
    """Every component by kind, every command of a plugin, and every plugin that is BROKEN with its cause."""
    from gsx.plugins import installed_catalog
    from gsx.plugins.hookspecs import KIND_HOOKS
    from gsx.specs.suggest import did_you_mean

    if kind is not None and kind not in KIND_HOOKS:
        raise RecipeError(f"no kind of component is called {kind!r}.", hint=did_you_mean(kind, KIND_HOOKS))
    catalog = installed_catalog(strict=strict_plugins())
    rows = [
        (one, offer.spec.name, offer.spec.summary, f"{offer.distribution} {offer.version}")
        for one in ([kind] if kind else KIND_HOOKS)
        for offer in catalog.offers(one)
    ]
    rows += [
        ("BROKEN", record.entry_point, record.error or "", f"{record.distribution} {record.version}")
        for record in catalog.records
        if record.broken
    ]
    table(("kind", "name", "what it is", "from"), rows + ([] if kind else _commands(context)))


def _commands(context: typer.Context) -> list[tuple[str, str, str, str]]:
    """The rows of what plugins add to ``gsx``, none of them imported."""
    from gsx.cli.strangers import Commands

    root = context.find_root().command
    found = root.strangers.values() if isinstance(root, Commands) else ()
    broken = [stranger for stranger in found if stranger.problem]
    if broken and strict_plugins():
        raise broken[0].broken(broken[0].problem or "")
    return [
        (
            "BROKEN" if one.problem else "command",
            one.name or "",
            one.problem or f"gsx {one.name}",
            " and ".join(one.owners),
        )
        for one in found
    ]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A component's name, or kind:name.")],
    debug: Debug = False,
    strict: StrictPlugins = False,
) -> None:
    """What a component is and which options it has."""
    from gsx.plugins import installed_catalog
    from gsx.plugins.hookspecs import KIND_HOOKS
    from gsx.plugins.registry import how_to_get
    from gsx.recipe.validate import json_schema
    from gsx.specs.suggest import did_you_mean

    catalog = installed_catalog(strict=strict_plugins())
    wanted_kind, _, bare = name.rpartition(":")
    kinds = [wanted_kind] if wanted_kind in KIND_HOOKS else list(KIND_HOOKS)
    bare = bare if wanted_kind in KIND_HOOKS else name
    found = [
        offer
        for kind in kinds
        for offer in catalog.offers(kind)
        if bare in (offer.spec.name, f"{offer.distribution}:{offer.spec.name}")
    ]
    if not found:
        known = {offer.spec.name for kind in KIND_HOOKS for offer in catalog.offers(kind)}
        hints = (how_to_get(bare, kinds), did_you_mean(bare, known))
        raise RecipeError(f"no component is called {name!r}.", hint="\n".join(filter(None, hints)))
    for offer in found:
        spec = offer.spec
        say(f"{spec.kind} {spec.name}: {spec.summary}")
        say(f"from {offer.distribution} {offer.version}, {spec.target}")
        properties: dict[str, Any] = json_schema(spec.options, where=f"{spec.kind} {spec.name!r}").get("properties", {})
        table(
            ("option", "default", "values", "what it does"),
            [
                (option, json.dumps(about.get("default")), _values(about), about.get("description", ""))
                for option, about in properties.items()
            ],
        )


@app.command()
def search(
    word: Annotated[
        str, typer.Argument(help="What to look for in names, summaries and components; by default everything.")
    ] = "",
    debug: Debug = False,
) -> None:
    """Plugins that the registry of this GSX knows, installed or not, and how to install them.

    It is a file that came with GSX: nothing is looked up elsewhere.
    """
    from gsx.api import API_VERSION
    from gsx.plugins.api_range import in_range
    from gsx.plugins.registry import known_plugins
    from gsx.specs.suggest import nearest

    found = [entry for entry in known_plugins() if entry.about(word)]
    if not found:
        names = {name for entry in known_plugins() for name in (entry.name, *map(_name, entry.components))}
        raise RecipeError(
            f"the registry knows no plugin about {word!r}.",
            hint=f"{nearest(word, sorted(names))}\ngsx plugins search, without a word, lists every plugin.",
        )
    rows = []
    for entry in found:
        version = entry.installed()
        here = "not installed" if version is None else f"installed, {entry.distribution or entry.name} {version}"
        if not in_range(API_VERSION, entry.api):
            here += f"; needs GSX API {entry.api}, and this is {API_VERSION}"
        how = f"{entry.where}: {entry.pip_command}" if entry.where else entry.pip_command
        rows.append((entry.name, entry.summary, ", ".join(entry.components), entry.licence, here, how))
    table(("plugin", "what it is", "components", "licence", "here", "how to get it"), rows)


def _name(component: str) -> str:
    """``fusion:adain`` -> ``adain``."""
    return component.partition(":")[2]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The component's name, such as soft-light.")],
    kind: Annotated[
        list[str], typer.Option(help="Which kind of component, such as fusion; several with commas, or repeated.")
    ],
    out: Annotated[Path, typer.Option(help="The folder that the new one goes into.")] = Path(),
    licence: Annotated[str, typer.Option(help="mit, apache-2.0, bsd-3-clause or none.")] = "mit",
    author: Annotated[str | None, typer.Option(help="Who holds the copyright.")] = None,
    debug: Debug = False,
    strict: StrictPlugins = False,
) -> None:
    """Write a plugin of your own that works: gsx-NAME, a distribution with tests.

    It offers a small component NAME of each kind, to be made your own.
    """
    import shlex

    from gsx.plugins import installed_catalog
    from gsx.scaffold import new_distribution

    folder = new_distribution(
        name, kind, parent=out, licence=licence, author=author, catalog=installed_catalog(strict=strict_plugins())
    )
    say(f"{folder}: {name}, with options, tests and a README. Next:")
    say(f"cd {shlex.quote(str(folder))} && pip install -e '.[test]' && pytest")


def _values(about: dict[str, Any]) -> str:
    """The type and bounds of an option's JSON Schema, in words."""
    if "enum" in about:
        return " | ".join(map(str, about["enum"]))
    if "const" in about:
        return str(about["const"])
    if "anyOf" in about:
        return " or ".join(_values(part) for part in about["anyOf"])
    bounds = [
        f"{sign} {about[key]}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in about
    ]
    return " ".join([str(about.get("type", "any")).replace("null", "not given"), *bounds])
