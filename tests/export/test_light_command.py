"""The command `simpsons export` without TensorFlow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from simpsons_export.cli import export
from simpsons_export.options import parse_labels, parse_offset, parse_scale
from simpsons_play.core.errors import ExportError
from simpsons_play.core.extras import install_command

HEAVY = ("tensorflow", "keras", "onnx", "tf2onnx", "onnxruntime", "h5py")


@pytest.fixture
def anything(tmp_path: Path) -> Path:
    """A file with the signature of HDF5."""
    path = tmp_path / "weights.hdf5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    return path


def test_importing_the_command_imports_no_heavy_packages(command):
    result = command(
        "--help",
        before="import sys, simpsons_export.cli\n"
        f"loaded = [name for name in {HEAVY} if name in sys.modules]\n"
        "sys.exit(repr(loaded)) if loaded else None",
    )
    assert result.returncode == 0, result.stderr
    assert "--network" in result.stdout
    assert "--debug" in result.stdout


def test_missing_tensorflow_is_an_error_with_a_hint(command, anything):
    result = command(anything, before="import sys\nsys.modules['tensorflow'] = None")
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: export needs tensorflow, which is not installed: {install_command('train')}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["absent.keras"],
            "absent.keras: no such file or directory; give a .keras, .h5 or .hdf5 file of Keras",
        ),
        (
            ["folder"],
            "folder is a folder without saved_model.pb; give a SavedModel, or a .keras, .h5 or .hdf5",
        ),
        (["text.keras"], "text.keras is not a Keras file, or is incomplete; give a .keras"),
        (["empty.h5"], "empty.h5 is not a Keras file, or is incomplete; give a .keras"),
        (["weights.hdf5", "-o", "out.pb"], "out.pb must end in .onnx"),
        (["weights.hdf5", "-o", "no/out.onnx"], "no is not a folder; create it first"),
        (
            ["weights.hdf5", "--labels", "absent.txt"],
            "labels absent.txt: no such file or directory; give a file",
        ),
        (["weights.hdf5", "--labels", ","], "labels ,: no names; give one for each output"),
        (["weights.hdf5", "--scale", "big"], "scale 'big' is not a number; give a number such as 1/255"),
        (["weights.hdf5", "--scale", "1/0"], "scale '1/0' is not a number"),
        (["weights.hdf5", "--scale", "-1"], "scale must be above 0, not -1"),
    ],
)
def test_invalid_input_is_a_one_line_error(command, anything, monkeypatch, arguments, message):
    monkeypatch.chdir(anything.parent)
    Path("folder").mkdir()
    Path("text.keras").write_text("not a zip")
    Path("empty.h5").touch()
    before = set(anything.parent.iterdir())
    result = command(*arguments)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert set(anything.parent.iterdir()) == before


def test_labels_are_read_from_a_file_or_a_list(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("\ufeffbart_simpson\r\n\r\n  homer_simpson \n", encoding="utf-8")
    assert parse_labels(str(path)) == ("bart_simpson", "homer_simpson")
    assert parse_labels("bart_simpson, homer_simpson") == ("bart_simpson", "homer_simpson")
    path.write_text('{"homer_simpson": 1, "bart_simpson": 0}')
    assert parse_labels(str(path)) == ("bart_simpson", "homer_simpson")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExportError, match="not in UTF-8"):
        parse_labels(str(path))


def test_lists_of_labels_may_be_longer_than_a_file_name():
    names = tuple(f"somebody_of_springfield_{i}" for i in range(18))
    assert parse_labels(",".join(names)) == names
    with pytest.raises(ExportError, match="give a file with one name per line, or names separated by commas"):
        parse_labels("x" * 300)


@pytest.mark.parametrize("number", ["nan", "inf", "-1"])
@pytest.mark.parametrize("option", ["--threshold", "--temperature", "--tolerance"])
def test_invalid_numbers_are_usage_errors(anything, option, number):
    done = CliRunner().invoke(export, [str(anything), option, number])
    assert done.exit_code == 2 and option in done.stderr


def test_scales_are_numbers_or_fractions():
    assert parse_scale("1/255") == (1 / 255,)
    assert parse_scale("0.5") == (0.5,)
    assert parse_scale("1/58, 1/57,2") == (1 / 58, 1 / 57, 2)
    assert parse_offset("-1") == (-1,)
    with pytest.raises(ExportError, match="give one number, or three for the channels"):
        parse_offset("1,2")


def test_onnxruntime_is_imported_in_one_place_without_telemetry() -> None:
    root = Path(__file__).parents[2]
    loads = re.compile(r"^\s*(import|from) onnxruntime\b|^_PACKAGES.*onnxruntime", re.MULTILINE)
    found = [
        path.name
        for folder in ("export", "training", "samples", "models", "player")
        for path in (root / folder).rglob("*.py")
        if loads.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["providers.py"]
