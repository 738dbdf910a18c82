"""Checks of what is installed: the packages that all need, the runtime of the models, and the extras."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from simpsons_play.core.errors import DependencyError
from simpsons_play.core.extras import (
    BASE,
    MODULES,
    RUNTIME,
    WINDOW,
    distributions,
    install_command,
    is_remnant,
    replace_packages,
    runtime_choice,
)
from simpsons_play.core.foreign_files import reason_of


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        topic: what was checked, in a word.
        state: `ok`; `missing`: an optional part does not work; `broken`: nothing can be played.
        text: the result, with the command that fixes a problem.
    """

    topic: str
    state: Literal["ok", "missing", "broken"]
    text: str

    def line(self) -> str:
        """The finding as one line of a table."""
        return f"{self.state:<8}{self.topic:<10}{self.text}"


def installed_parts() -> Iterator[Finding]:
    """Check the packages that every installation has, then the runtime, then each extra."""
    base = _base()
    yield base
    if base.state == "broken":
        return  # the runtime needs NumPy
    yield _runtime()
    for extra, modules in MODULES.items():
        yield _extra(extra, modules)


def _base() -> Finding:
    found: dict[str, str] = {}
    for module in BASE:
        packages = distributions(module)
        found |= packages
        try:
            loaded = importlib.import_module(module)
        except ImportError as error:
            remedy = replace_packages(packages) if packages else install_command()
            return Finding(
                "packages", "broken", f"{module} cannot be imported ({reason_of(error)}): {remedy}"
            )
        if is_remnant(loaded):
            return Finding("packages", "broken", f"{module} is incomplete: {replace_packages(packages)}")
        if module == "cv2" and not hasattr(loaded, "FontFace"):
            why = f"OpenCV {loaded.__version__} is too old; 5 is needed"
            return Finding("packages", "broken", f"{why}: {replace_packages(packages)}")
    return Finding("packages", "ok", _listed(found))


def _runtime() -> Finding:
    from simpsons_play.inference.providers import has_provider, import_onnxruntime

    builds = distributions(RUNTIME)
    if len(builds) > 1:
        return Finding(
            "runtime",
            "broken",
            f"{_listed(builds)} overwrite each other's files: "
            f"pip uninstall -y {' '.join(builds)}, then {runtime_choice()}",
        )
    try:
        runtime = import_onnxruntime()
    except DependencyError as error:
        return Finding("runtime", "broken", str(error))
    except ImportError as error:
        return Finding(
            "runtime",
            "broken",
            f"{RUNTIME} cannot be imported ({reason_of(error)}): {replace_packages(builds, 'cpu')}",
        )
    cuda = f"CUDA {runtime.cuda_version} and " if has_provider("cuda") else ""
    return Finding("runtime", "ok", f"{_listed(builds) or RUNTIME}, built for {cuda}the CPU")


def _extra(extra: str, modules: tuple[str, ...]) -> Finding:
    if absent := [module for module in modules if importlib.util.find_spec(module) is None]:
        what = "not installed" if len(absent) == len(modules) else f"{', '.join(absent)} not installed"
        only = "; only --no-window works" if extra == WINDOW else ""
        return Finding(extra, "missing", f"{what}{only}: {install_command(extra)}")
    return Finding(extra, "ok", ", ".join(filter(None, (_listed(distributions(name)) for name in modules))))


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
