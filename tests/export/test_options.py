import json
from pathlib import Path

import pytest
from tests.commands import simpsons

from simpsons_export.files import output_for
from simpsons_export.options import parse_labels, parse_threshold
from simpsons_play.core.errors import ExportError


@pytest.mark.parametrize(("text", "threshold"), [("0.7", 0.7), ("0", 0.0), ("1", 1.0)])
def test_a_threshold_is_a_number(text: str, threshold: float) -> None:
    assert parse_threshold(text) == threshold


def test_a_threshold_can_come_from_a_thresholds_file(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps({"goal": {"kind": "precision"}, "threshold": 0.83, "per_character": {}}))
    assert parse_threshold(str(path)) == 0.83


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"goal": {}, "threshold": null}',
        '{"goal": {}, "threshold": "high"}',
        '{"accuracy": 1.0, "threshold": 0.5}',
    ],
)
def test_other_files_are_rejected(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ExportError, match=r"no thresholds\.json of"):
        parse_threshold(str(tmp_path / "x.json"))


@pytest.mark.parametrize("text", ["1.5", "-0.1", "nan"])
def test_a_threshold_is_between_0_and_1(text: str) -> None:
    with pytest.raises(ExportError, match="between 0 and 1"):
        parse_threshold(text)


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(ExportError, match="nowhere"):
        parse_threshold("nowhere/thresholds.json")


def test_the_source_is_not_overwritten(tmp_path: Path) -> None:
    weights, link = tmp_path / "weights.onnx", tmp_path / "link.onnx"
    weights.write_bytes(b"\x89HDF\r\n\x1a\n")
    link.symlink_to(weights)
    for output in (weights, link):
        with pytest.raises(ExportError, match=r"onnx is the source and would be overwritten"):
            output_for(weights, output)
    assert output_for(weights, None) == tmp_path / "weights.play.onnx"
    assert output_for(weights, None, int8=True) == tmp_path / "weights.int8.onnx"
    assert output_for(tmp_path / "weights.h5", tmp_path / "other.onnx") == tmp_path / "other.onnx"


@pytest.mark.parametrize("content", ["[" * 100_000, '{"goal": {}, "threshold": ' + "9" * 5000 + "}", "\0"])
def test_invalid_threshold_files_are_one_line_errors(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ExportError, match=r"no thresholds\.json of") as caught:
        parse_threshold(str(tmp_path / "x.json"))
    assert "\n" not in str(caught.value)


def test_empty_names_are_errors() -> None:
    with pytest.raises(ExportError, match="labels: the name is empty"):
        parse_labels("")
    done = simpsons("export", "m.keras", "--threshold", "")
    assert done.returncode == 2 and "'--threshold': the name is empty" in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.yaml", "path: data\nnc: 3\nnames: [bart, homer, lisa]\n"),
        ("data.yml", "names:\n  0: bart\n  1: homer\n  2: lisa\n"),
        ("config.json", '{"model_type": "vit", "id2label": {"0": "bart", "1": "homer", "2": "lisa"}}'),
        ("names.txt", "{\n  0: 'bart',\n  1: 'homer',\n  2: 'lisa',\n}\n"),
        ("names.txt", "{'names': ['bart', 'homer', 'lisa']}"),
    ],
)
def test_labels_come_in_the_files_of_other_programs(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert parse_labels(str(tmp_path / name)) == ("bart", "homer", "lisa")


@pytest.mark.parametrize(
    "text", ["bart, homer ,lisa", "{0: 'bart', 1: 'homer', 2: 'lisa'}", "['bart','homer','lisa']"]
)
def test_labels_can_be_given_as_text(text: str) -> None:
    assert parse_labels(text) == ("bart", "homer", "lisa")


def test_one_label_is_enough_for_a_detector(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("homer\n")
    assert parse_labels(str(tmp_path / "one.txt")) == parse_labels("homer,") == ("homer",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("bärt\nlisa\n".encode("latin-1"), "not in UTF-8; save the file as UTF-8"),
        (b"{'bart': {}}", "not a list of names; give a file"),
        (b"# only a comment\n", "no names; give one for each output"),
    ],
)
def test_files_without_labels_are_errors(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(ExportError, match=words):
        parse_labels(str(tmp_path / "labels.txt"))
