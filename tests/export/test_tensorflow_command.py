"""The command `simpsons export` with TensorFlow."""

from __future__ import annotations

import re

import pytest


@pytest.mark.slow
def test_the_command_reports_input_proof_and_output(command, save_keras, folder, tmp_path):
    output = tmp_path / "out.onnx"
    result = command(save_keras(threshold=0.45), "-o", output, "--pictures", folder)
    assert (result.returncode, result.stderr) == (0, "")
    read, proof, wrote, labels, settings = result.stdout.splitlines()
    assert read == "read: network with a card: tiny, 32x32 pictures (RGB, 0 to 255), 4 labels"
    assert re.fullmatch(
        r"proof: max \|difference\| of probabilities \d\.\de-\d\d over 9 pictures \(tolerance 0\.0001\), "
        rf"best label equal for all; pictures of {re.escape(str(folder))} \(1 more "
        r"cannot be read\); CPUExecutionProvider",
        proof,
    )
    assert re.fullmatch(rf"wrote: {re.escape(str(output))}, 0\.0 MB, opset 17", wrote)
    assert labels == "labels: bart_simpson, homer_simpson, lisa_simpson, moe_szyslak"
    assert settings == "threshold 0.45, temperature 1"


@pytest.mark.slow
def test_a_failed_proof_is_a_one_line_error_without_a_file(command, save_keras):
    source = save_keras()
    result = command(source, "--tolerance", "1e-12")
    assert result.returncode == 1
    assert re.fullmatch(
        r"Error: the exported network differs from its source: .*nothing was written; .*allows more\n",
        result.stderr,
    )
    assert list(source.parent.iterdir()) == [source]


@pytest.mark.slow
def test_invalid_networks_are_one_line_errors(command, tmp_path):
    import h5py

    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["numbers"] = [1, 2, 3]
    result = command(path, "--labels", "bart,homer", "--network", "six_conv")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {path} is an HDF5 file without Keras weights; give a .keras, .h5 or .hdf5 file of Keras\n"
    )
