"""report.html: a pure function of a run folder."""

from gsx.report.page import write_report

__all__ = ["write_report"]
