"""What holds for every test: one thread, a cache of its own, and no switch left behind by another test."""

import os
from collections.abc import Iterator

import pytest

# Before torch starts its pools, here and in the programs that tests start: toy tensors gain nothing from more threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SWITCHES = ("GSX_DEBUG", "GSX_STRICT_PLUGINS", "GSX_PLUGINS", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
"""Variables that change what the command line prints; --debug and --strict-plugins set the first two."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What ``-n logical`` is: no worker for benchmarks, which have to be alone; else one for each core."""
    return 0 if config.option.markexpr == "perf" else os.cpu_count() or 1


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """GSX_CACHE, so that no test reads or writes the user's fetched weights and fitted maps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GSX_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def one_seed() -> None:
    """What a test draws does not depend on which tests its worker ran before."""
    import torch

    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def no_switches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in SWITCHES:
            patch.delenv(name, raising=False)
        yield
        for name in SWITCHES:
            os.environ.pop(name, None)
