"""The pages and their data, without a browser."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.library.store import LibraryStore
from simpsons_play.web.app import create_app
from simpsons_play.web.catalogue import Catalogue
from tests.player.web.client import TestClient
from tests.player.web.episodes import (
    EMPTY,
    GONE,
    HOSTILE,
    HOSTILE_LABEL,
    NUMBERED,
    WIDE,
    Made,
    make_library,
    tables,
)
from tests.waiting import wait_until

EVERY_PAGE = (
    "/",
    "/find",
    "/find?who=homer",
    "/statistics",
    *(f"/episodes/{one}" for one in (NUMBERED, HOSTILE)),
)


def titles(text: str) -> list[str]:
    return re.findall(r'<span class="title">([^<]*)</span>', text)


def test_the_library_lists_seasons_in_order(client: TestClient) -> None:
    text = client.get("/").text
    seasons = re.findall(r'<h2 id="[\w-]+-title"><span>([^<]*)</span>', text)
    assert seasons == ["Season 4", "Season 5", "Other videos"]
    assert titles(text)[:5] == ["S04E12 Numbers", "S04E13 Wide", "S05E01 Nobody", "S05E02 Gone", "S05E06 Old"]
    assert "Homer Simpson is on screen the longest" in text
    assert "no one recognised" in text
    assert titles(client.get("/grid").text) == titles(text)


def test_an_episode_has_its_neighbours(client: TestClient) -> None:
    text = client.get(f"/episodes/{WIDE}").text
    assert f'rel="prev" href="/episodes/{NUMBERED}"' in text
    assert f'rel="next" href="/episodes/{EMPTY}"' in text
    assert "Names below 60%" in text


def test_the_data_of_an_episode_are_those_of_its_tables(client: TestClient) -> None:
    data = client.get(f"/api/episodes/{NUMBERED}").json()
    assert (data["width"], data["height"], data["pixel_aspect"], data["threshold"]) == (320, 240, 1.0, 0.6)
    assert [one["name"] for one in data["characters"]] == ["Homer Simpson", "Bart Simpson", "Lisa Simpson"]
    assert [one["number"] for one in data["appearances"]] == [1, 2, 3]
    assert data["appearances"][1]["boxes"] == [
        [2.0, 4.0, 1, 200, 80, 260, 160, 0.98],
        [4.0, 5.0, 1, 200, 80, 260, 160, 0.7],
    ]
    assert data["appearances"][2]["boxes"][0][2] == -1, "a caption of the whole frame has no track"
    assert data["shots"] == [0.0]
    assert client.get(f"/api/episodes/{EMPTY}").json()["appearances"] == []


def test_lanes_of_several_episodes_come_at_once(client: TestClient) -> None:
    found = client.get(f"/api/lanes?ids={NUMBERED},{EMPTY},nonsense").json()
    assert set(found["lanes"]) == {NUMBERED, EMPTY}
    homer, bart, lisa = found["lanes"][NUMBERED]
    assert homer == {"colour": "#93fdd0", "bars": [[0, 400]]}
    assert bart["bars"] == [[100, 250]] and lisa["bars"] == [[300, 350]]


def test_search_finds_moments_with_and_without(client: TestClient) -> None:
    text = client.get("/find", params={"who": "homer", "with": "bart"}).text
    assert "1 moment in 1 video" in text and f"/episodes/{NUMBERED}#t=2.00" in text
    assert client.get("/find", params={"who": "homer", "without": "bart"}).text.count("#t=") == 4
    assert "Nothing found" in client.get("/find", params={"who": "nelson", "with": "lisa"}).text
    assert client.get("/find", params={"who": "homer", "season": "4", "least": "5"}).text.count("#t=") == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"who": "marge"}, "The library knows no character called"),
        ({"with": "homer"}, "Give at least one character"),
        ({"who": "homer", "season": "four"}, "A season is a number"),
        ({"who": "homer", "least": "nan"}, "A length is a number of seconds"),
        ({"who": "homer", "page": "-1"}, "The page is no number"),
    ],
)
def test_questions_that_make_no_sense_are_answered_with_a_sentence(
    client: TestClient, query: dict[str, str], sentence: str
) -> None:
    found = client.get("/find", params=query)
    assert found.status_code == 400 and sentence in found.text


def test_results_have_pages(client: TestClient) -> None:
    assert client.get("/find?who=homer&page=99").status_code == 200


def test_statistics_count_all_seasons_or_one(client: TestClient) -> None:
    text = client.get("/statistics").text
    assert "6 videos" in text and "<svg" in text and "Minutes on screen together" in text
    assert "2 videos" in client.get("/statistics?season=4").text
    for season, sentence in (("9", "contains no episodes of season 9"), ("x", "A season is a number")):
        found = client.get(f"/statistics?season={season}")
        assert found.status_code == 400 and sentence in found.text


def test_pictures_are_those_of_the_library(client: TestClient) -> None:
    def jpeg(address: str) -> bytes:
        found = client.get(address)
        assert found.headers["content-type"] == "image/jpeg", address
        return found.content

    first, second = (jpeg(f"/episodes/{NUMBERED}/pictures/{number}.jpg") for number in (1, 2))
    assert first != second
    assert jpeg(f"/episodes/{NUMBERED}/poster.jpg") == first, "Homer is on screen the longest"
    assert jpeg(f"/episodes/{NUMBERED}/picture.jpg?at=3&until=4&who=bart_simpson") == second
    assert client.get(f"/episodes/{EMPTY}/poster.jpg").headers["content-type"] == "image/svg+xml"
    found = client.get(f"/episodes/{NUMBERED}/picture.jpg?at=noon")
    assert found.status_code == 400 and "Give at as a number of seconds." in found.text


def test_pictures_may_be_kept_if_their_address_has_a_version(client: TestClient) -> None:
    kept = client.get(f"/episodes/{NUMBERED}/poster.jpg?v=1").headers["cache-control"]
    assert "immutable" in kept and "private" in kept
    assert client.get(f"/episodes/{NUMBERED}/poster.jpg").headers["cache-control"] == "no-cache, private"


def test_long_pages_are_compressed_and_pictures_are_not(client: TestClient) -> None:
    for address in ("/", f"/api/episodes/{HOSTILE}"):
        assert client.get(address).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/", headers={"accept-encoding": ""}).headers
    for address in (f"/episodes/{NUMBERED}/poster.jpg", f"/media/{NUMBERED}/file"):
        assert "content-encoding" not in client.get(address).headers


def test_unknown_episodes_are_not_found(client: TestClient) -> None:
    for address in ("/episodes/%s", "/episodes/%s/poster.jpg", "/episodes/%s/pictures/1.jpg"):
        for one in ("f" * 32, "..%2f..%2fetc", "0", NUMBERED.upper() + "0"):
            assert client.get(address % one).status_code == 404
    found = client.get("/api/episodes/" + "f" * 32)
    assert found.status_code == 404 and found.json() == {"error": "The library contains no such episode."}


def test_errors_are_sentences_for_whoever_asks(client: TestClient) -> None:
    assert "There is no such page." in client.get("/nothing").text
    assert "<p>This address cannot be used in this way.</p>" in client.post("/find").text
    assert client.get("/media/" + "f" * 32 + "/file").text.endswith(".")
    assert client.post("/api/progress").json() == {"error": "This address cannot be used in this way."}


def test_hostile_names_stay_text(client: TestClient) -> None:
    for address in EVERY_PAGE:
        found = client.get(address)
        assert found.status_code == 200
        assert "<script>document" not in found.text and "<img src=x" not in found.text
        assert "\x1b" not in found.text and "evil.example" not in found.text
    data = json.dumps(client.get(f"/api/episodes/{HOSTILE}").json())
    assert "evil.example" not in data
    found = client.get("/find", params={"who": HOSTILE_LABEL})
    assert found.status_code in (200, 400) and "<img src=x" not in found.text


def test_no_page_has_scripts_or_styles_in_it(client: TestClient) -> None:
    for address in EVERY_PAGE:
        text = client.get(address).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text) and "<style" not in text
        assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r'"[^"]*"', '""', text))
        assert not re.search(r'(src|href|action)="(?!/|#)', text), "everything is from here"


def test_five_hundred_odd_requests_never_break_the_server(client: TestClient) -> None:
    chance = random.Random(7)
    parts = [
        *("", "/", "..", "%2e%2e", "%00", "\x7f", "é", "<script>", "'\"", "%ff", "\ud800", "x" * 9000),
        *("episodes", "api", "static", "media", "file", "poster.jpg", "pictures", "-1.jpg", "find"),
        *("99999999999999999999.jpg", "picture.jpg", "statistics", "progress", "lanes", "grid", "login"),
        *(NUMBERED, HOSTILE, "f" * 32, "base.css"),
    ]
    values = ["", "-1", "nan", "inf", "1e999", "9" * 400, "homer", "bart,", ",,", "%", "\x00", "\n", "a&b=c"]
    keys = ["who", "with", "without", "season", "least", "page", "ids", "at", "until", "v", "next", "token"]
    for _ in range(500):
        path = "http://localhost:8000/" + "/".join(chance.choices(parts, k=chance.randint(1, 4)))
        path = path.encode("utf-8", "replace").decode().replace("?", "%3F").replace("\x7f", "%7F")
        query = {chance.choice(keys): chance.choice(values) for _ in range(chance.randint(0, 4))}
        method = chance.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        headers = {"range": chance.choice(["", "bytes=0-", "bytes=9-1", "lines=1", "bytes=-5,x"])}
        found = client.request(
            method,
            path[:9500],
            params=query,
            headers=headers,
            follow_redirects=False,
        )
        assert found.status_code < 500, (method, path, query)
        assert "passwd:" not in found.text and "root:" not in found.text
        assert found.headers["x-content-type-options"] == "nosniff"


def test_a_library_that_changes_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simpsons_play.web.catalogue._CHECK_S", -1.0)
    store = make_library(tmp_path)
    catalogue = Catalogue(store)
    version = catalogue.version
    assert len(catalogue.episodes()) == 6
    store.remove(GONE)
    wait_until(lambda: catalogue.version != version)
    assert len(catalogue.episodes()) == 5 and catalogue.episode(GONE) is None


def test_damaged_episodes_are_left_out_or_explained(tmp_path: Path) -> None:
    store, lines = make_library(tmp_path), list[str]()
    client = TestClient(create_app(store, tell=lines.append), base_url="http://localhost")
    Path(store.path_of(NUMBERED, "appearances")).write_bytes(b"PAR1")
    found = client.get(f"/api/episodes/{NUMBERED}")
    assert found.status_code == 503 and "cannot be read" in found.json()["error"]
    client = TestClient(create_app(store, tell=lines.append), base_url="http://localhost")
    assert "S04E12 Numbers" not in client.get("/").text
    assert any(NUMBERED in line and "left out" in line for line in lines)


def test_only_videos_are_sent(tmp_path: Path, store: LibraryStore) -> None:
    made = Made(GONE, "Passwords", "/etc/passwd")
    library = LibraryStore(tmp_path)
    library.create()
    library.write(GONE, tables(made, 8.0))
    client = TestClient(create_app(library), base_url="http://localhost")
    assert client.get(f"/media/{GONE}/file").status_code == 404


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    store = LibraryStore(tmp_path)
    store.create()
    client = TestClient(create_app(store), base_url="http://localhost")
    assert "simpsons library add" in client.get("/").text
    assert "Nobody is on screen yet" in client.get("/statistics").text
    assert client.get("/find").status_code == 200


def test_a_folder_that_is_no_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is not a library"):
        create_app(LibraryStore(tmp_path))
