"""A library in a bucket of an object store, which is served by this machine."""

from __future__ import annotations

import logging

import pytest

from simpsons_play.library.adding import AddSummary, add_videos
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.store import LibraryStore
from tests.films import BART, HOMER, MARGE, colour_settings, content_of, film

server = pytest.importorskip("moto.server")
boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.filterwarnings("ignore")  # the server leaves sockets open


@pytest.fixture
def bucket(monkeypatch):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it prints each request
    served = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    served.start()
    host, port = served.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="films")
    yield client
    served.stop()


@pytest.fixture
def films(tmp_path):
    film(tmp_path / "films" / "one.mp4", [BART, HOMER])
    film(tmp_path / "films" / "two.mp4", [MARGE, None, BART], seed=1)
    return str(tmp_path / "films")


def test_it_has_the_content_of_one_in_a_folder(bucket, films, tmp_path):
    settings = colour_settings(tmp_path)
    stores = LibraryStore("s3://films/all/simpsons"), LibraryStore(tmp_path / "library")
    for store in stores:
        assert add_videos(store, [films], settings, LocalEngine(1)) == AddSummary(added=2)
        assert add_videos(store, [films], settings, LocalEngine(1)).skipped == 2
    assert content_of(stores[0]) == content_of(stores[1])


def test_an_episode_that_was_not_written_to_its_end_is_analysed_again(bucket, films, tmp_path):
    settings, store = colour_settings(tmp_path), LibraryStore("s3://films/simpsons")
    add_videos(store, [films], settings, LocalEngine(1))
    whole = content_of(store)
    first = store.episodes()[0].episode_id
    bucket.delete_object(Bucket="films", Key=f"simpsons/episodes/{first}/episodes.parquet")
    assert [episode.episode_id for episode in store.episodes()] != [first] and len(store.episodes()) == 1
    assert add_videos(store, [films], settings, LocalEngine(1)).added == 1
    assert content_of(store) == whole
