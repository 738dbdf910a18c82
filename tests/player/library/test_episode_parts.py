"""Tables made from parts of a video: those of an analysis in one go."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest

from simpsons_play.analysis.parts import PartsDiffer, plan_parts
from simpsons_play.library.episode_analysis import analyse_episode
from simpsons_play.library.episode_parts import analyse_episode_part, join_episode
from simpsons_play.library.schema import EPISODES
from tests.films import BART, HOMER, MARGE, colour_settings, film


def table_of(content: bytes) -> list[dict]:
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    return table.drop([name for name in ("analysed_at",) if name in table.column_names]).to_pylist()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return film(tmp_path / "S02E03 Long.mp4", [BART, HOMER, HOMER, HOMER, None, MARGE, BART, BART])


def test_tables_are_the_same(video, tmp_path):
    settings = colour_settings(tmp_path)
    network, parts = settings.load_network(), plan_parts(video, part_s=1.0)
    assert len(parts) >= 6
    found = [analyse_episode_part(video, network, settings, part) for part in reversed(parts)]
    found = [pickle.loads(pickle.dumps(part)) for part in reversed(found)]
    assert any(not len(part.result.columns) for part in found), "a shot is longer than a part"
    joined = join_episode(video, network, settings, found)
    whole = analyse_episode(video, network, settings)
    assert joined.files.keys() == whole.files.keys()
    for name, content in whole.files.items():
        assert table_of(joined.files[name]) == table_of(content), name
        assert name == EPISODES or joined.files[name] == content
    assert len(table_of(whole.files["thumbnails"])) == len(table_of(whole.files["appearances"])) > 3


def test_a_copy_is_known_by_the_name_of_the_original(video, tmp_path):
    settings = colour_settings(tmp_path)
    copy = tmp_path / "copy" / "film.mp4"
    copy.parent.mkdir()
    copy.write_bytes(video.read_bytes())
    found = analyse_episode(copy, settings.load_network(), settings, known_as=video)
    (row,) = table_of(found.files[EPISODES])
    assert (row["path"], row["season"], row["episode"]) == (str(video), 2, 3)


def test_joined_detections_are_cached(video, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    settings = colour_settings(tmp_path, cached=True)
    network = settings.load_network()
    parts = [analyse_episode_part(video, network, settings, part) for part in plan_parts(video, part_s=1.0)]
    joined = join_episode(video, network, settings, parts)
    network.classify = None  # the model must not run any more
    whole = analyse_episode(video, network, settings)
    assert table_of(joined.files["appearances"]) == table_of(whole.files["appearances"])


def test_parts_that_do_not_fit_make_no_tables(video, tmp_path):
    settings = colour_settings(tmp_path)
    network = settings.load_network()
    parts = [analyse_episode_part(video, network, settings, part) for part in plan_parts(video, part_s=1.0)]
    parts[1] = replace(parts[1], result=replace(parts[1].result, problem="a picture is missing"))
    with pytest.raises(PartsDiffer, match="a picture is missing"):
        join_episode(video, network, settings, parts)
