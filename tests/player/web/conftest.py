"""The library that all tests of the pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simpsons_play.library.store import LibraryStore
from simpsons_play.web.app import create_app
from tests.player.web.client import TestClient
from tests.player.web.episodes import make_library


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> LibraryStore:
    return make_library(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def client(store: LibraryStore) -> Iterator[TestClient]:
    """A client on this machine, without a token."""
    with TestClient(create_app(store), base_url="http://localhost:8000") as client:
        yield client
