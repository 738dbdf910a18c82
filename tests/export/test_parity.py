"""The proof detects differences, and a failed one leaves no files."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from simpsons_export import convert
from simpsons_export.convert import export, to_onnx
from simpsons_export.networks import load_network
from simpsons_export.options import SourceOptions
from simpsons_export.parity import prove_equal
from simpsons_export.pictures import ProofPictures, proof_pictures
from simpsons_play.core.errors import DataError, ExportError


@pytest.fixture
def network(save_keras):
    return load_network(save_keras(), SourceOptions())


def damage(model, change):
    """Damage the bias of the last layer."""
    bias = next(t for t in model.graph.initializer if list(t.dims) == [4] and "logits" in t.name)
    bias.CopyFrom(
        numpy_helper.from_array((numpy_helper.to_array(bias) + change).astype(np.float32), bias.name)
    )
    return model


def test_difference_and_agreement_are_measured(network, images, tmp_path):
    path = tmp_path / "right.onnx"
    onnx.save(to_onnx(network), path)
    pictures = ProofPictures(images, "of a test")
    parity = prove_equal(network, path, pictures)
    assert (parity.pictures, parity.agreeing, parity.provider) == (9, 9, "CPUExecutionProvider")
    assert str(parity) == (
        f"max |difference| of probabilities {parity.max_difference:.1e} over 9 pictures "
        "(tolerance 0.0001), best label equal for all"
    )
    for change in (0.01, float("nan")):
        onnx.save(damage(to_onnx(network), [change, 0, 0, 0]), path)
        with pytest.raises(
            ExportError, match=r"differs from its source: .* over 9 pictures .*nothing was written"
        ):
            prove_equal(network, path, pictures)
    onnx.save(damage(to_onnx(network), [0.01, 0, 0, 0]), path)
    assert 1e-4 < prove_equal(network, path, pictures, tolerance=0.1).max_difference < 0.01


def test_many_pictures_are_compared_in_order(network, images, tmp_path):
    path = tmp_path / "right.onnx"
    onnx.save(to_onnx(network), path)
    parity = prove_equal(network, path, ProofPictures(images[[i % 9 for i in range(95)]], "of a test"))
    assert (parity.pictures, parity.agreeing) == (95, 95)


def test_a_failed_proof_leaves_no_files(save_keras, monkeypatch):
    source = save_keras()
    monkeypatch.setattr(convert, "to_onnx", lambda network: damage(to_onnx(network), [1, 0, 0, 0]))
    before = set(source.parent.iterdir())
    with pytest.raises(ExportError, match="differs from its source"):
        export(source)
    assert set(source.parent.iterdir()) == before


def test_a_failed_proof_keeps_the_existing_file(save_keras, monkeypatch):
    source = save_keras()
    target = source.with_suffix(".onnx")
    target.write_bytes(b"previous")
    monkeypatch.setattr(convert, "to_onnx", lambda network: damage(to_onnx(network), [1, 0, 0, 0]))
    with pytest.raises(ExportError):
        export(source)
    assert target.read_bytes() == b"previous"
    assert not list(source.parent.glob("*.part.*"))
    monkeypatch.undo()
    export(source)
    assert onnx.load(target).producer_name == "simpsons-play"


def test_an_interrupt_leaves_no_files(save_keras, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    source = save_keras()
    monkeypatch.setattr(convert, "prove_equal", interrupt)
    before = set(source.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        export(source)
    assert set(source.parent.iterdir()) == before


def test_pictures_come_from_a_folder_the_environment_or_are_generated(folder, monkeypatch):
    found = proof_pictures(folder, 32)
    assert (found.images.shape, found.origin) == ((9, 32, 32, 3), f"of {folder} (1 more cannot be read)")
    (folder / "broken.jpg").unlink()
    generated = proof_pictures(None, 24)
    assert generated.origin == "generated"
    assert generated.images.shape[1:] == (24, 24, 3)
    assert len(generated.images) >= 64
    assert (generated.images == proof_pictures(None, 24).images).all()
    monkeypatch.setenv("SIMPSONS_DATA", str(folder))
    assert proof_pictures(None, 32).origin == f"of {folder}"


def test_with_a_table_the_validation_pictures_are_used(folder):
    table = folder / "pictures.csv"
    head = "\ufefffile,character,scene,split\n0.png,bart,a,train\n"
    table.write_text(
        head + "deep/1.png,bart,b,val\n2.png,bart,b,val\nlost.png,bart,b,val\n", encoding="utf-8"
    )
    found = proof_pictures(folder, 32)
    assert (len(found.images), found.origin) == (2, f"of {folder} (1 more cannot be read)")
    table.write_text(head, encoding="utf-8")
    assert len(proof_pictures(folder, 32).images) == 9
    table.write_text(head + ",bart,b,val\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 3: file is empty"):
        proof_pictures(folder, 32)


def test_pictures_are_read_as_in_the_player(tmp_path):
    """All formats are supported, and transparent areas are white."""
    cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((40, 40, 4), np.uint8))
    cv2.imwrite(str(tmp_path / "grey.tif"), np.full((40, 40), 9, np.uint8))
    (tmp_path / "album.png").mkdir()
    found = proof_pictures(tmp_path, 32)
    assert found.images.mean(axis=(1, 2, 3)).tolist() == [255, 9]
    assert found.origin == f"of {tmp_path}"


def test_folders_without_pictures_are_errors(folder, tmp_path):
    with pytest.raises(ExportError, match="not a folder"):
        proof_pictures(tmp_path / "absent", 32)
    for path in folder.rglob("*.png"):
        path.unlink()
    with pytest.raises(ExportError, match="no picture in it can be read"):
        proof_pictures(folder, 32)
