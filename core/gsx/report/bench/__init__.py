"""What is read out of a benchmark folder: index, export, statistics, tables, comparison, report.html. Without torch.

A cell's figures become rows (cells that differ in the seed alone are one), rows get intervals over seeds, contents and
styles, and everything that a reader sees is made of those. The cells' folders are the truth; the rest is made anew.
"""

from gsx.report.bench.comparison import Comparison, compare_benchmarks
from gsx.report.bench.export import export
from gsx.report.bench.index import rebuild_index
from gsx.report.bench.page import write_bench_report
from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.records import Benchmark
from gsx.report.bench.table import Table, table_rows

__all__ = [
    "Benchmark",
    "Comparison",
    "Table",
    "compare_benchmarks",
    "export",
    "read_benchmark",
    "rebuild_index",
    "table_rows",
    "write_bench_report",
]
