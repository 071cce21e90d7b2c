"""``gsx plugins check``: the conformance suite over installed components."""

from __future__ import annotations

import contextlib
import faulthandler
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsx.cli.console import say_json
from gsx.cli.state import Debug, StrictPlugins, strict_plugins
from gsx.errors import PluginError, RecipeError

if TYPE_CHECKING:
    from gsx.specs.chosen import Offer
    from gsx.testing.check import Check


def check(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="DIST",
            help="A distribution or entry point, distribution:component, kind:name, or a component; one or several.",
        ),
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME.OPTION=VALUE",
            help="Check component NAME, or kind:name, with this option; repeatable.",
        ),
    ] = None,
    expect_failed: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK=REASON", help="A check (or NAME:CHECK) known to fail, and why; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
    debug: Debug = False,
    strict: StrictPlugins = False,
) -> None:
    """Check that components keep the rules of their kind, as their authors' tests do with gsx.testing.

    Exits with 7 where a check fails, or a plugin is BROKEN.
    """
    from gsx.cli.verdict_screen import VerdictScreen
    from gsx.plugins import installed_catalog
    from gsx.testing.distributions import judge, select
    from gsx.testing.distributions.judging import OUTCOMES

    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)  # a component that crashes Python: in which check, and at which line
    selection = select(installed_catalog(strict=strict_plugins()), names)
    suites = _suites(selection.offers, set_ or ())
    excuses = _excuses(expect_failed or (), [one for _, checks in suites for one in checks])
    screen = None if as_json else VerdictScreen()
    counts: Counter[str] = Counter()
    told = []
    for offer, checks in suites:
        # What a component prints is not ours to show among results.
        with contextlib.redirect_stdout(sys.stderr):
            verdicts = list(judge(checks, excuses))
        counts.update(verdict.outcome for verdict in verdicts)
        told.append(_facts(offer, checks, verdicts))
        if screen is not None:
            screen.component(offer, verdicts)
    failed = bool(counts["FAIL"] or selection.broken)
    if screen is not None:
        screen.end(selection, counts)
    else:
        say_json(
            {
                "passed": not failed,
                "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
                "components": told,
                "broken": [_record(record) for record in selection.broken],
                "without_components": [_record(record) for record in selection.silent],
            }
        )
    if failed:
        raise typer.Exit(PluginError.exit_code)


def _suites(offers: Sequence[Offer[Any]], assignments: Sequence[str]) -> list[tuple[Offer[Any], list[Check]]]:
    """The checks of each component, with the options that were set on it."""
    from gsx.recipe.merge import parse_value
    from gsx.recipe.validate import validate
    from gsx.specs.suggest import did_you_mean
    from gsx.testing.check import checks_for

    given: list[dict[str, Any]] = [{} for _ in offers]
    known = {name for offer in offers for name in _names(offer)}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        name, dot, option = path.strip().partition(".")
        if not equals or not dot or not option:
            raise RecipeError(f"--set {assignment!r} is not of the form NAME.option=value.")
        meant = [place for place, offer in enumerate(offers) if name in _names(offer)]
        if not meant:
            raise RecipeError(
                f"--set {assignment}: no component to check is called {name!r}.", hint=did_you_mean(name, known)
            )
        # One name may be that of several kinds, of which not all have the option.
        having = [place for place in meant if option in offers[place].spec.options.model_fields]
        for place in having or meant:
            given[place][option] = parse_value(text)
    for offer, options in zip(offers, given, strict=True):
        if options:
            validate(offer.spec.options, options, where=offer.spec.name)
    return [(offer, checks_for(offer.spec, options)) for offer, options in zip(offers, given, strict=True)]


def _names(offer: Offer[Any]) -> tuple[str, str]:
    return offer.spec.name, f"{offer.spec.kind}:{offer.spec.name}"


def _excuses(words: Sequence[str], checks: Sequence[Check]) -> dict[str, str]:
    from gsx.specs.suggest import nearest
    from gsx.testing.excuses import unused

    excuses = {}
    for word in words:
        name, equals, reason = word.partition("=")
        if not equals or not reason.strip():
            raise RecipeError(f"--expect-failed {word!r} is not of the form CHECK=REASON.")
        excuses[name.strip()] = reason.strip()
    for name in unused(excuses, checks):
        known = sorted({check.name for check in checks})
        raise RecipeError(f"--expect-failed: no check is called {name!r}.", hint=nearest(name, known))
    return excuses


def _facts(offer: Offer[Any], checks: Sequence[Check], verdicts: Sequence[Any]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "kind": offer.spec.kind,
        "name": offer.spec.name,
        "distribution": offer.distribution,
        "version": offer.version,
        "target": offer.spec.target,
        "options": dict(checks[0].subject.given),
        "checks": [asdict(verdict) for verdict in verdicts],
    }


def _record(record: Any) -> dict[str, Any]:
    keys = ("entry_point", "distribution", "version", "error")
    return {key: getattr(record, key) for key in keys}
