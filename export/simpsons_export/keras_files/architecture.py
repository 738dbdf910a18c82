"""Read the architecture of a Keras file of any version, and build the network."""

from __future__ import annotations

import copy
import json
import platform
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras

from simpsons_export.keras_files.legacy_config import Translator, UnsupportedLayerError, export_remedy
from simpsons_export.keras_files.unsafe_code import Code, crashes, load_function
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded, read_bounded, read_entry, reason_of

CONFIG_ENTRY = "config.json"
METADATA_ENTRY = "metadata.json"

_MAX_BYTES = 1 << 26
"""Size limit of an architecture; that of EfficientNetB7 has 2 MiB."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The layers of a network, as a file describes them.

    Attributes:
        path: The file, for errors.
        config: Keras configuration of the network: `{"class_name": ..., "config": ...}`.
        keras_version: Version of Keras that wrote it; empty if unknown.
    """

    path: Path
    config: dict[str, Any]
    keras_version: str


def read_archive(path: Path) -> Architecture:
    """Read the architecture in a `.keras` file.

    Raises:
        ExportError: There is none, or it cannot be read.
    """
    with _reading(path), zipfile.ZipFile(path) as archive:
        if CONFIG_ENTRY not in archive.namelist():
            raise ExportError(f"{path} is a zip archive without a Keras network; give a .keras file")
        config = read_entry(archive, CONFIG_ENTRY, max_bytes=_MAX_BYTES)
        metadata = b"{}"
        if METADATA_ENTRY in archive.namelist():
            metadata = read_entry(archive, METADATA_ENTRY, max_bytes=_MAX_BYTES)
        return _architecture(path, config, json.loads(metadata).get("keras_version"))


def read_hdf5(path: Path) -> Architecture | None:
    """Read the architecture in an HDF5 file that `check_hdf5` accepts; None if it contains weights only.

    Raises:
        ExportError: It cannot be read.
    """
    with _reading(path), h5py.File(path) as file:
        config = file.attrs.get("model_config")
        if config is None:
            return None
        version = file.attrs.get("keras_version")
        if version is None and "model_weights" in file:
            version = file["model_weights"].attrs.get("keras_version")
        return _architecture(path, config, version)


def read_json(path: Path) -> Architecture:
    """Read an architecture written by `model.to_json()`.

    Raises:
        ExportError: The file cannot be read, or has no architecture.
    """
    remedy = "give what model.to_json() returns"
    with guarded(ExportError, f"{path} is not the architecture of a Keras network", remedy):
        text = read_bounded(path, max_bytes=_MAX_BYTES)
        return _architecture(path, text, json.loads(text).get("keras_version"))


def build(architecture: Architecture, *, unsafe: bool = False) -> tuple[Any, tuple[str, ...]]:
    """Build the network of an architecture, with random weights.

    Args:
        architecture: What a file says, in the terms of any version of Keras.
        unsafe: Run the code of Lambda layers.

    Returns:
        A `keras.Model` for inference in float32, and what was changed, one clause each.

    Raises:
        ExportError: A layer cannot be rebuilt; the message says which, and what to do.
    """
    translator = Translator(architecture.keras_version, unsafe=unsafe)
    try:
        config = translator.network(architecture.config)
    except UnsupportedLayerError as error:
        raise ExportError(f"{architecture.path}: {error}") from error
    functions = _load_code(architecture, config, translator.codes)
    with keras.saving.custom_object_scope(functions):
        try:
            model = keras.saving.deserialize_keras_object(copy.deepcopy(config))
        except Exception as error:  # Keras raises various exceptions
            remedy = f"; {export_remedy(architecture.keras_version)}" if functions else ""
            raise ExportError(f"{architecture.path}: {_explain(config, error)}{remedy}") from error
    if functions and not getattr(model, "outputs", None):  # a Sequential stays unbuilt without an error
        raise _code_error(architecture, functions, "does not run")
    return model, translator.notes


def _load_code(
    architecture: Architecture, config: dict[str, Any], codes: Mapping[str, Code]
) -> dict[str, Any]:
    """Load the functions of Lambda layers by name, after trying them in another process."""
    if codes and crashes(config, codes):
        raise _code_error(architecture, codes, "crashes")
    try:
        return {name: load_function(code) for name, code in codes.items()}
    except ValueError as error:
        raise _code_error(architecture, codes, "cannot be loaded") from error


def _code_error(architecture: Architecture, functions: Iterable[str], problem: str) -> ExportError:
    return ExportError(
        f"{architecture.path}: the code of its Lambda layers ({', '.join(functions)}) {problem} in Python "
        f"{platform.python_version()}, as another version wrote it, or it needs what the file lacks; "
        f"{export_remedy(architecture.keras_version)}"
    )


def _reading(path: Path) -> Any:
    return guarded(ExportError, f"{path} is damaged, or not a Keras file", "download it again")


def _architecture(path: Path, text: bytes | str, version: bytes | str | None) -> Architecture:
    config = json.loads(text)
    if not isinstance(config, dict) or "config" not in config:
        raise ValueError("its architecture has no layers")
    text_version = version.decode("utf-8") if isinstance(version, bytes) else version
    return Architecture(path, config, text_version or "")


def _explain(config: dict[str, Any], error: Exception) -> str:
    """Say which layer Keras cannot build, if it is a single one."""
    for layer in _leaves(config):
        try:
            keras.saving.deserialize_keras_object({**layer, "build_config": None})
        except Exception as reason:  # as above
            name = layer["config"].get("name", "?")
            return f"Keras cannot build layer {name!r} ({layer['class_name']}: {_reason(reason)})"
    return f"Keras cannot build the network ({_reason(error)})"


def _leaves(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for layer in config["config"]["layers"]:
        if "layers" in layer["config"]:
            yield from _leaves(layer)
        else:
            yield layer


def _reason(error: Exception) -> str:
    text = str(error).rpartition("Exception encountered: ")[2]
    return reason_of(ValueError(text))
