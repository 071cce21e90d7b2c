"""Check: one named rule that a component keeps, and the list of those that apply to a spec."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gsx.errors import MissingExtraError, WeightsError
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import Spec
from gsx.testing.subject import Subject


class BrokenRuleError(AssertionError):
    """What a check raises: its message has everything, ``reason`` only what was expected and what came.

    Args:
        check: the one that failed.
        reason: how the rule is broken, and where.
    """

    def __init__(self, check: Check, reason: str) -> None:
        super().__init__(f"{check}: {reason}\nRule: {check.rule}")
        self.reason = reason


@dataclass(frozen=True)
class Check:
    """One rule, bound to the component that has to keep it.

    Args:
        name: stable; ``expected_failed`` goes by it.
        subject: the spec and the options it is built with.
        function: raises AssertionError where the rule is broken, Skip where it cannot be judged here.
    """

    name: str
    subject: Subject
    function: Callable[[Subject], None]

    @property
    def rule(self) -> str:
        """What is checked, in one line."""
        return (self.function.__doc__ or self.name).strip().splitlines()[0].replace("``", "'")

    def __str__(self) -> str:
        return f"{self.subject}: {self.name}"

    def __call__(self) -> None:
        """Run the check from one state of the process (random numbers, gradients), which is restored.

        Raises:
            BrokenRuleError: the message says who broke it and how, also where the component raised.
            Skip: it cannot be judged here, and why: also where its weights or a package are missing.
        """
        from gsx.testing.steady import steady

        try:
            with steady():
                self.function(self.subject)
        except Skip:
            raise
        except (WeightsError, MissingExtraError) as error:
            raise Skip(error.message) from error  # something is missing here, and no rule broken
        except AssertionError as error:
            raise BrokenRuleError(self, f"{str(error) or 'raised AssertionError'}{self._where(error)}") from error
        except (Exception, SystemExit) as error:
            raise BrokenRuleError(self, f"raised {type(error).__name__}: {error}{self._where(error)}") from error

    def _where(self, error: BaseException) -> str:
        """`` (my_package.part, line 12)``: the innermost line of the component's own package, if it was there."""
        own = self.subject.spec.target.partition(":")[0].partition(".")[0]
        lines = [(str(frame.f_globals.get("__name__")), line) for frame, line in traceback.walk_tb(error.__traceback__)]
        told = [(module, line) for module, line in lines if module.partition(".")[0] == own != "gsx"]
        return " ({}, line {})".format(*told[-1]) if told else ""


def checks_for(spec: Spec, options: Mapping[str, Any] | None = None) -> list[Check]:
    """Every check that applies to a component.

    Args:
        options: what to set on it; its defaults where not given.

    Example:
        >>> from gsx.testing.toy import gsx_extractors
        >>> for check in checks_for(next(gsx_extractors())):
        ...     check()
    """
    from gsx.testing.checks import functions_for

    subject = Subject(spec, dict(options or {}))
    return [Check(function.__name__, subject, function) for function in functions_for(spec)]
