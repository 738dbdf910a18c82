"""Python functions in Keras files: find them, and run them if the user trusts the file.

Run as a program, this module builds a network whose configuration and functions it reads as JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import marshal
import math
import os
import subprocess
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """A function as Keras saves it.

    Attributes:
        bytecode: Its code object, marshalled, in base64 (before Keras 2.0.9: in `raw_unicode_escape`).
        defaults: Default values of its arguments.
        closure: Values of its closure.
    """

    bytecode: str
    defaults: Sequence[Any] | None
    closure: Sequence[Any] | None


def find_code(function: Any) -> Code | None:
    """Return the code in the argument `function` of a Lambda layer; None if it is only a name.

    The layouts are a list of three in Keras 1 and 2, and `{"class_name": "__lambda__", "config": ...}` in
    Keras 3.
    """
    if isinstance(function, dict) and function.get("class_name") == "__lambda__":
        config = function["config"]
        function = [config.get("code", config.get("value")), config.get("defaults"), config.get("closure")]
    if isinstance(function, list) and len(function) == 1 and isinstance(function[0], list):
        (function,) = function
    if not isinstance(function, list) or not function:
        return None
    code, defaults, closure = (*function, None, None)[:3]
    return Code(str(code), defaults, closure)


def load_function(code: Code) -> Callable[..., Any]:
    """Load a function, which can do anything when it is called. Even loading it can crash Python.

    Raises:
        ValueError: It is not Python code, or that of another version of Python.
    """
    import keras
    import numpy as np
    import tensorflow as tf

    try:
        raw = base64.b64decode(code.bytecode.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        raw = code.bytecode.encode("raw_unicode_escape")
    try:
        loaded = marshal.loads(raw)
        defaults = None if code.defaults is None else tuple(code.defaults)
        closure = None if code.closure is None else tuple(types.CellType(value) for value in code.closure)
        surroundings = {"keras": keras, "K": keras.backend, "np": np, "numpy": np, "tf": tf, "math": math}
        return types.FunctionType(loaded, surroundings, None, defaults, closure)
    except (EOFError, TypeError, ValueError) as error:
        raise ValueError("it is not code of this version of Python") from error


def crashes(config: dict[str, Any], codes: Mapping[str, Code]) -> bool:
    """Whether Python crashes when it builds a network, as it can with code of another version of Python.

    Args:
        config: Configuration of the network for Keras 3.
        codes: Its functions by name.
    """
    done = subprocess.run(
        [sys.executable, "-m", "simpsons_export.keras_files.unsafe_code"],
        input=json.dumps({"config": config, "codes": {name: asdict(code) for name, code in codes.items()}}),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        check=False,
    )
    return done.returncode != 0


def _main() -> None:
    import keras

    content = json.load(sys.stdin)
    with suppress(Exception):  # is raised again where it is reported
        functions = {name: load_function(Code(**code)) for name, code in content["codes"].items()}
        keras.saving.deserialize_keras_object(content["config"], custom_objects=functions)


if __name__ == "__main__":
    _main()
