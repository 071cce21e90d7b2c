"""new_distribution: the files of a plugin that works, to be made one's own."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gsx.errors import StoreError
from gsx.plugins import installed_catalog
from gsx.plugins.api_range import range_of
from gsx.plugins.catalog import PluginCatalog
from gsx.scaffold.licences import check_author, find_licence
from gsx.scaffold.naming import Names, check_free, check_kinds, check_name
from gsx.scaffold.rendering import environment, import_from
from gsx.store.atomic import write_text
from gsx.store.run_folder import staged


def new_distribution(
    name: str,
    kinds: Sequence[str],
    *,
    parent: Path = Path(),
    licence: str = "mit",
    author: str | None = None,
    catalog: PluginCatalog | None = None,
) -> Path:
    """Write ``gsx-NAME``: a component of each kind, its options, the conformance tests, and what pip needs.

    Args:
        kinds: of :data:`gsx.plugins.hookspecs.KIND_HOOKS`.
        parent: the folder that the new one goes into.
        author: who holds the copyright; by default "the gsx-NAME authors".
        catalog: whose names are taken; by default what is installed.

    Returns:
        The new folder.

    Raises:
        RecipeError: a name, kind, licence or author that cannot be; nothing is written.
        StoreError: the folder is there already, or cannot be written; nothing half-written is left.
    """
    chosen, names, author = check_kinds(kinds), check_name(name), check_author(author)
    find_licence(licence)
    check_free(names, chosen, installed_catalog() if catalog is None else catalog)
    if parent.exists() and not parent.is_dir():
        raise StoreError(f"{parent} is no folder.", hint="Choose another folder with --out.")
    folder = parent / names.distribution
    files = render(names, chosen, licence, author)
    with staged(folder) as stage:
        for path, text in files.items():
            write_text(stage / path, text)
    return folder


def render(names: Names, kinds: Sequence[str], licence: str, author: str | None) -> Mapping[str, str]:
    """Path -> text of each file."""
    shared: dict[str, Any] = {
        "name": names.name,
        "distribution": names.distribution,
        "module": names.module,
        "function": names.function,
        "kinds": kinds,
        "licence": find_licence(licence),
        "author": author,
        "holder": author or f"the {names.distribution} authors",
        "requirement": f"gsx{range_of()}",
        "year": datetime.datetime.now(tz=datetime.UTC).year,
    }
    files: dict[str, str] = {}
    api, typing, codes, usages = {"hookimpl"}, {"Annotated"}, [], []
    for kind in kinds:
        own = {**shared, "class": names.class_of(kind)}
        own["options_import"] = import_from([f"{own['class']}Options"], names.module)
        spec: Any = environment().get_template(f"{kind}/spec.py.j2").make_module(own)
        api.update(spec.api)
        typing.update(spec.typing)
        codes.append(str(spec.code()).strip())
        usages += str(spec.usage()).strip().splitlines()
        files[f"{names.module}/{kind}.py"] = _render(f"{kind}/component.py.j2", own)
    shared |= {"api_import": import_from(api, "gsx.api"), "typing": sorted(typing), "codes": codes, "usages": usages}
    files[f"{names.module}/__init__.py"] = _render("distribution/package.py.j2", shared)
    files[f"tests/test_{names.function}.py"] = _render("distribution/test.py.j2", shared)
    for file in ("pyproject.toml", "README.md"):
        files[file] = _render(f"distribution/{file}.j2", shared)
    if shared["licence"].identifier:
        files["LICENSE"] = _render(f"licences/{licence}.txt.j2", shared)
    return files


def _render(template: str, values: Mapping[str, Any]) -> str:
    return environment().get_template(template).render(values)
