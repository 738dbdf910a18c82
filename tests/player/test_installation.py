"""The ways to install: each works without what it leaves out, or says in one line what to add."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace

import onnxruntime
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from simpsons_play.cli import installation
from simpsons_play.cli.installation import Finding, installed_parts
from simpsons_play.core import extras
from simpsons_play.core.errors import DependencyError, ProviderError
from simpsons_play.core.extras import MODULES, distributions, install_command
from simpsons_play.inference import providers
from simpsons_play.inference.loading import load_network
from simpsons_play.inference.providers import import_onnxruntime
from tests.commands import assert_one_error_line, environment, simpsons

ROOT = Path(__file__).parents[2]
PLATFORMS = [
    ("linux", "x86_64"),
    ("win32", "AMD64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("darwin", "x86_64"),
]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_with(tmp_path: Path) -> Run:
    """Runs `simpsons ARGS`, and some code first in each process that this starts."""

    def run(code: str, *args: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "sitecustomize.py").write_text(code)
        path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
        return simpsons(*args, cwd=tmp_path, env=environment(PYTHONPATH=path, QT_QPA_PLATFORM="offscreen"))

    return run


@pytest.fixture
def run_without(run_with: Run) -> Run:
    """Runs `simpsons ARGS` where modules seem not to be installed."""

    def run(modules: tuple[str, ...], *args: object) -> subprocess.CompletedProcess[str]:
        return run_with(f"import sys\nsys.modules.update(dict.fromkeys({modules!r}))\n", *args)

    return run


def test_all_but_the_window_works_without_qt(run_without: Run, tmp_path: Path) -> None:
    options = ("--no-window", "--duration", 3, "--predictions", "p.jsonl", "-o", "o.mp4", "--report", "r")
    done = run_without(("PySide6", "shiboken6"), "play", "--sample", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "p.jsonl").read_text().splitlines()[-1])["complete"]


@pytest.mark.parametrize(
    ("command", "otherwise"),
    [
        (("play", "--sample"), "add --no-window"),
        (("play",), "add --no-window"),
        (("label", "episode.avi", "--into", "pictures"), "add --terminal"),
        (("review", "pictures"), "--list"),
    ],
)
def test_a_window_without_qt_is_one_line(run_without: Run, command: tuple[str, ...], otherwise: str) -> None:
    done = run_without(("PySide6", "shiboken6"), *command)
    assert_one_error_line(
        done, "the window needs PySide6, which is not installed: pip install ", "[window]", otherwise
    )


@pytest.mark.parametrize(
    "command",
    [
        ("play", "--sample", "--no-window"),
        ("play", "--sample"),
        ("play", "--sample", "--no-window", "--only", "homer"),
        ("export", str(ROOT / "models" / "simpsons_models" / "springfield.keras"), "-o", "mine.onnx"),
    ],
)
def test_a_model_without_a_runtime_is_one_line(run_without: Run, command: tuple[str, ...]) -> None:
    done = run_without(("onnxruntime",), *command)
    assert_one_error_line(done, "needs onnxruntime, which is not installed: pip install ", "[cpu]", "[gpu]")


def test_training_without_its_packages_is_one_line(run_without: Run, tmp_path: Path) -> None:
    done = run_without(("keras", "tensorflow"), "train", tmp_path, "-o", "runs")
    assert_one_error_line(done, "simpsons train needs keras, which is not installed: pip install ", "[train]")


def test_doctor_names_what_is_left_out(run_without: Run) -> None:
    done = run_without(("PySide6", "keras"), "doctor")
    assert done.returncode == 0, done.stdout
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert re.match(
        r"missing +window +not installed; only --no-window works: pip install .*\[window\]",
        lines["window"],
    )
    assert re.match(r"missing +train +keras not installed: pip install .*\[train\]", lines["train"])
    assert not {"display", "sound"} & set(lines)
    done = run_without(("onnxruntime",), "doctor")
    assert done.returncode == 1 and "\nbroken  runtime " in done.stdout


def _finding(topic: str) -> Finding:
    (found,) = (part for part in installed_parts() if part.topic == topic)
    return found


def test_two_runtimes_in_one_folder_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.30.0"}
    monkeypatch.setattr(installation, "distributions", lambda module: both if module == "onnxruntime" else {})
    found = _finding("runtime")
    assert found.state == "broken"
    assert found.text.startswith("onnxruntime 1.31.1, onnxruntime-gpu 1.30.0 overwrite each other's files: ")
    assert "pip uninstall -y onnxruntime onnxruntime-gpu, then pip install " in found.text
    assert "[cpu]" in found.text and "[gpu]" in found.text


def _remnant(name: str) -> ModuleType:
    """What Python imports from a folder without `__init__.py`."""
    module = ModuleType(name)
    module.__path__ = []
    return module


def test_what_a_removed_runtime_leaves_behind_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", _remnant("onnxruntime"))
    with pytest.raises(DependencyError, match="onnxruntime is incomplete: pip uninstall -y onnxruntime"):
        import_onnxruntime()
    assert _finding("runtime").state == "broken"


def test_an_old_or_broken_opencv_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    old = SimpleNamespace(__version__="4.12.0")
    monkeypatch.setitem(sys.modules, "cv2", old)
    assert "OpenCV 4.12.0 is too old" in _finding("packages").text
    monkeypatch.setitem(sys.modules, "cv2", _remnant("cv2"))
    assert _finding("packages").text.startswith("cv2 is incomplete: pip uninstall -y opencv-python")
    monkeypatch.setitem(sys.modules, "cv2", None)
    found = _finding("packages")
    assert found.state == "broken" and found.text.startswith("cv2 cannot be imported (")
    assert re.search(r"pip uninstall -y opencv-python\S* && pip install ", found.text)
    assert [part.topic for part in installed_parts()] == ["packages"]


def test_what_a_removed_opencv_leaves_behind_is_one_line(run_with: Run) -> None:
    leave = """
import sys, types
for name in ("cv2", "cv2.utils", "cv2.utils.logging"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
"""
    done = run_with(leave, "play", "--sample", "--no-window")
    assert_one_error_line(done, "module 'cv2' has no attribute ", "it is incomplete; run `simpsons doctor`")


def test_cuda_on_a_runtime_for_the_cpu_says_how_to_replace_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr(extras.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    assert "\n" not in load_network(provider="auto").note
    with pytest.raises(
        ProviderError, match=r"built without it; use auto or cpu, or install it: pip uninstall -y onnx"
    ):
        load_network(provider="cuda")
    monkeypatch.setattr(extras.platform, "machine", lambda: "aarch64")  # for which there is no wheel
    with pytest.raises(ProviderError, match=r"use auto or cpu$"):
        load_network(provider="cuda")


def test_missing_libraries_of_cuda_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = SimpleNamespace(cuda_version="13.0", preload_dlls=lambda: None)
    monkeypatch.setattr(providers, "import_onnxruntime", lambda: runtime)
    monkeypatch.setattr(providers, "_loads", lambda library: "cudnn" not in library)
    (name,) = providers.missing_cuda_libraries()
    assert "cudnn" in name


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, "pip install 'simpsons-play[train]'"),
        ({"url": "{here}", "dir_info": {"editable": True}}, "pip install -e '.[train]'"),
        ({"url": "{here}", "dir_info": {}}, "pip install '.[train]'"),
        ({"url": "{here}/a%20folder", "dir_info": {}}, "pip install '{path}/a folder[train]'"),
        ({"url": "{here}/one.whl", "archive_info": {}}, "pip install '{path}/one.whl[train]'"),
        ({"url": "{here}/gone", "dir_info": {}}, "pip install '.[train]' in a checkout of simpsons-play"),
        (
            {"url": "https://example.org/simpsons.git", "vcs_info": {"vcs": "git", "commit_id": "1"}},
            "pip install 'simpsons-play[train] @ git+https://example.org/simpsons.git'",
        ),
    ],
)
def test_advice_names_what_was_installed_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: dict[str, object] | None, command: str
) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "one.whl").touch()
    monkeypatch.chdir(tmp_path)
    text = None if origin is None else json.dumps(origin).replace("{here}", tmp_path.as_uri())
    monkeypatch.setattr(metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text))
    assert install_command("train") == command.replace("{path}", str(tmp_path))


def test_advice_without_an_installation_names_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    assert install_command("window") == "pip install '.[window]' in a checkout of simpsons-play"


def _requirements() -> tuple[list[Requirement], dict[str, list[Requirement]]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    base = [Requirement(line) for line in project["dependencies"]]
    return base, {extra: [Requirement(line) for line in lines] for extra, lines in optional.items()}


@pytest.mark.parametrize(("system", "machine"), PLATFORMS)
def test_only_one_runtime_is_installed(system: str, machine: str) -> None:
    def runtimes(requirements: list[Requirement]) -> list[str]:
        here = {"sys_platform": system, "platform_machine": machine}
        chosen = [r for r in requirements if r.marker is None or r.marker.evaluate(here)]
        return [r.name for r in chosen if r.name.startswith("onnxruntime")]

    base, optional = _requirements()
    gpu = "onnxruntime-gpu" if machine in ("x86_64", "AMD64") and system != "darwin" else "onnxruntime"
    assert runtimes(base) == []
    assert {extra: runtimes(lines) for extra, lines in optional.items() if runtimes(lines)} == {
        "gpu": [gpu],
        "cpu": ["onnxruntime"],
    }


def test_each_optional_module_is_brought_by_its_extra() -> None:
    base, optional = _requirements()
    for extra, modules in MODULES.items():
        names = {canonicalize_name(r.name) for r in optional[extra]}
        for module in set(modules) - {"h5py"}:  # Keras brings it
            assert names & {canonicalize_name(name) for name in distributions(module)}, module
    assert {canonicalize_name(r.name) for r in base}.isdisjoint(
        {"pyside6-essentials", "tensorflow", "opencv-python"}
    )


def test_a_package_that_all_need_is_installed_with_the_project(run_without: Run) -> None:
    """The package of a module may have another name, as that of `cv2` has."""
    assert str(extras.missing("this", "cv2")).endswith(f"not installed: {install_command()}")
    told = run_without(("cv2",), "train", "x").stderr
    assert "cv2, which is not installed: pip install" in told and "pip install cv2" not in told
