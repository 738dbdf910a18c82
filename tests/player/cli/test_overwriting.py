"""No run overwrites a file that it reads, whatever its name."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from simpsons_play.cli import overwriting
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.core.errors import SinkError
from simpsons_play.core.play_request import PlayRequest
from tests.commands import SAMPLE, assert_one_error_line, simpsons

BINARY = b"\x00\x00\x00\x20ftypisom"


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("in.mp4", "other.mp4"):
        (tmp_path / name).write_bytes(BINARY)
    return tmp_path


def check(source: object, **outputs: object) -> None:
    refuse_overwriting([PlayRequest(str(source), **outputs)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source",
    [
        "in.mp4",
        "./x/../in.mp4",
        "file://{}/in.mp4",
        "concat:{0}/other.mp4|{0}/in.mp4",
        "subfile,,start,0,end,9,,:file://{}/in.mp4",
        "list.ffconcat",
        "index.m3u8",
        "soft.mp4",
        "hard.mp4",
    ],
)
@pytest.mark.parametrize("output", ["in.mp4", "soft.mp4", "hard.mp4"])
def test_a_source_is_recognized_under_any_name(media: Path, source: str, output: str) -> None:
    (media / "x").mkdir()
    (media / "soft.mp4").symlink_to("in.mp4")
    os.link(media / "in.mp4", media / "hard.mp4")
    (media / "list.ffconcat").write_text("ffconcat version 1.0\nfile 'in.mp4'\n")
    (media / "index.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nin.mp4\n")
    with pytest.raises(SinkError, match="it would be overwritten"):
        check(source.format(media), output=media / output)


@pytest.mark.parametrize(
    "outputs",
    [
        {"output": Path("in.partial.mp4")},
        {"predictions": (Path("in.csv"),)},
        {"subtitles": (Path("in.srt"),)},
        {"report": Path("r")},
    ],
)
def test_every_output_is_checked(media: Path, outputs: dict[str, object]) -> None:
    Path("r").mkdir()
    for output in outputs.values():
        path = output[0] if isinstance(output, tuple) else output
        assert isinstance(path, Path)
        for victim in (path, Path("r") / "totals.csv") if path.is_dir() else (path, Path(f"{path}.part")):
            if victim.is_dir():
                continue
            victim.write_bytes(BINARY)
            with pytest.raises(SinkError, match="is the source; it would be overwritten"):
                check(victim, **outputs)
            victim.unlink()


def test_temporary_and_partial_names_are_checked(media: Path) -> None:
    for name in ("out.partial.mp4", "out.part.mp4", "out.mp4.part"):
        (media / name).write_bytes(BINARY)
        with pytest.raises(SinkError, match="would be overwritten"):
            check(name, output=Path("out.mp4"))


def test_pictures_are_not_overwritten_by_pictures(media: Path) -> None:
    folder = media / "q"
    folder.mkdir()
    for name in ("1.png", "2.png"):
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    with pytest.raises(SinkError, match=r"1\.png is part of the source .*q; it would be overwritten"):
        check(folder, output=folder / "{picture}.png")
    check(folder, output=folder / "{picture}_named.png")
    (folder / "1.jpg").write_bytes(b"\xff\xd8\xff\x00")
    with pytest.raises(SinkError, match=r"1\.jpg and .*1\.png would both be written to"):
        check(folder, output=media / "{picture}.png")


def test_pictures_are_recognized_under_all_their_names(media: Path) -> None:
    """Every picture has an output, including hard links to the same file."""
    folder = media / "q"
    folder.mkdir()
    for name in ("a.png", "b_x.png"):
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    os.link(folder / "a.png", folder / "b.png")
    with pytest.raises(SinkError, match=r"b_x\.png is part of the source .*q; it would be overwritten"):
        check(folder, output=folder / "{picture}_x.png")


def test_models_and_the_config_file_are_not_overwritten(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (media / "m.jsonl").write_bytes(b"onnx")
    with pytest.raises(SinkError, match=r"m\.jsonl is the model; it would be overwritten"):
        check("in.mp4", model=Path("m.jsonl"), predictions=(media / "m.jsonl",))
    monkeypatch.setenv("SIMPSONS_CONFIG", str(media / "own.csv"))
    (media / "own.csv").write_text("")
    with pytest.raises(SinkError, match=r"own\.csv is your config file"):
        check("in.mp4", predictions=(Path("own.csv"),))
    monkeypatch.setattr(overwriting, "default_model", lambda: media / "other.mp4")
    with pytest.raises(SinkError, match=r"other\.mp4 is an included model"):
        check("in.mp4", output=media / "other.mp4")


def test_later_sources_are_not_overwritten(media: Path) -> None:
    (media / "in_named.mp4").write_bytes(BINARY)
    template = PlayRequest("", output=Path("{name}_named.mp4"))
    with pytest.raises(SinkError, match=r"in_named\.mp4 is the source; it would be overwritten"):
        refuse_overwriting([template.of("in.mp4"), template.of("in_named.mp4")])


def test_two_sources_cannot_share_an_output(media: Path) -> None:
    one, two = (
        PlayRequest("in.mp4", output=Path("a.mp4")),
        PlayRequest("other.mp4", output=Path("x/../a.mp4")),
    )
    (media / "x").mkdir()
    (media / "b.mp4").symlink_to("a.mp4")
    for second in (two, replace(two, output=Path("b.mp4")), replace(two, output=Path("a.partial.mp4"))):
        with pytest.raises(SinkError, match=r"in\.mp4 and other\.mp4 would both be written to"):
            refuse_overwriting([one, second])
    with pytest.raises(SinkError, match="are the same file; give two names"):
        check("in.mp4", predictions=(Path("p.csv"), media / "p.csv"))
    refuse_overwriting([one, replace(two, output=Path("c.mp4"))])


def test_names_are_compared_without_case_if_the_file_system_ignores_it(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = PlayRequest("in.mp4", output=Path("a.mp4")), PlayRequest("other.mp4", output=Path("A.mp4"))
    refuse_overwriting([one, two])
    monkeypatch.setattr(overwriting, "_ignores_case", lambda folder: True)
    with pytest.raises(SinkError, match="would both be written to"):
        refuse_overwriting([one, two])


def test_a_folder_that_ignores_case_is_recognized(media: Path) -> None:
    (media / "other.mp4").unlink()
    if not (media / "IN.MP4").exists():
        assert not overwriting._ignores_case(media)
        os.link(media / "in.mp4", media / "IN.MP4")  # simulates a file system that ignores case
    assert overwriting._ignores_case(media)


def test_the_command_leaves_sources_unchanged(tmp_path: Path) -> None:
    content = SAMPLE.read_bytes()
    for name in ("ep1.mp4", "ep1_named.mp4"):
        (tmp_path / name).write_bytes(content)
    refused = simpsons("play", f"file://{tmp_path}/ep1.mp4", "-o", tmp_path / "ep1.mp4")
    assert_one_error_line(refused, "ep1.mp4", "it would be overwritten, so choose another name")
    refused = simpsons("play", tmp_path / "ep*.mp4", "-o", tmp_path / "{name}_named.mp4")
    assert_one_error_line(refused, "ep1_named.mp4 is the source")
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {content}
