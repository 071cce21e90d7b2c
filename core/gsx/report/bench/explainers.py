"""What each explainer came to over all cells: how faithful by its cards, how often null, at what cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from gsx.report.bench.pigeonhole import intervals
from gsx.report.bench.records import Explained
from gsx.report.bench.rows import Group
from gsx.report.card import NAMES
from gsx.report.formats import duration, figure

ORDER = ("pass", "weak", "fail")


@dataclass(frozen=True)
class CheckSummary:
    """One check of one explainer: its name in words, its mean value, and how often it came to which verdict."""

    name: str
    value: str
    verdicts: list[tuple[str, int]]


@dataclass(frozen=True)
class ExplainerSummary:
    """One explainer entry over all its explanations, in words."""

    name: str
    of: str
    made: int
    null: int
    failed: int
    error: str
    seconds: str
    evaluations: str
    checks: list[CheckSummary]


def explainer_summaries(group: Group) -> list[ExplainerSummary]:
    """In the order of their first use."""
    by_name: dict[tuple[str, str, str, str], list[Explained]] = defaultdict(list)
    for row in group.rows:
        for cell in row.done:
            for one in cell.explained:
                by_name[one.id, one.explainer, one.score, one.unit].append(one)
    return [_summary(group, *names, ones) for names, ones in by_name.items()]


def _summary(group: Group, name: str, explainer: str, score: str, unit: str, ones: list[Explained]) -> ExplainerSummary:
    of = ", ".join(filter(None, (explainer, score, unit)))
    means = _means(group, f"explainer {name}", of)
    verdicts: Counter[tuple[str, str]] = Counter()
    for one in ones:
        verdicts.update(one.verdicts)
    named = [check.removeprefix("card ") for check in means if check.startswith("card ")]
    checks = dict.fromkeys([*named, *(check for check, _ in verdicts)])
    errors = [one.error for one in ones if one.error]
    return ExplainerSummary(
        name=name,
        of=", ".join(filter(None, (explainer if explainer != name else "", score, unit))),
        made=sum(one.made for one in ones),
        null=sum(one.null for one in ones),
        failed=sum(one.failed for one in ones),
        error=errors[0] if errors else "",
        seconds=duration(means["seconds"]) if "seconds" in means else "not recorded",
        evaluations=figure(means["evaluations"]) if "evaluations" in means else "not recorded",
        checks=[_check(check, means, verdicts) for check in checks],
    )


def _check(check: str, means: dict[str, float], verdicts: Counter[tuple[str, str]]) -> CheckSummary:
    counts = {verdict: count for (name, verdict), count in verdicts.items() if name == check}
    ranked = [*(verdict for verdict in ORDER if verdict in counts), *(v for v in counts if v not in ORDER)]
    value = means.get(f"card {check}")
    return CheckSummary(
        NAMES.get(check, check),
        "" if value is None else figure(value),
        [(verdict, counts[verdict]) for verdict in ranked],
    )


def _means(group: Group, metric: str, of: str) -> dict[str, float]:
    """Over all rows, pairs and seeds."""
    return {
        column.figure: float(intervals(group.values(column).reshape(1, -1, 1, 1), resamples=1).mean[0])
        for column in group.columns
        if column.metric == metric and column.preprocessing == of
    }
