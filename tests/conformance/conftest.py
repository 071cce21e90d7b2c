"""What the conformance tests share."""

from collections.abc import Callable, Iterator

import pytest
import torch

from gsx.api import Spec
from gsx.testing import checks_for


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Toy-sized tensors gain nothing from more threads, and lose much where cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def breaks() -> Callable[[Spec, str, str], None]:
    """``breaks(mutant, check, message)``: that check of the mutant fails, and says so."""

    def fails(mutant: Spec, name: str, message: str) -> None:
        (check,) = (check for check in checks_for(mutant) if check.name == name)
        with pytest.raises(AssertionError, match=message):
            check()

    return fails
