"""What the process uses of the machine."""

import subprocess
import sys
import threading

import pytest

from simpsons_play.core import resources
from simpsons_play.core.resources import (
    FEATURES,
    cpu_seconds,
    processor,
)

CPUINFO = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Fast Processor @ 2.00GHz
flags\t\t: fpu sse2 amx_int8 avx2 avx512_vnni avx512f

processor\t: 1
model name\t: Fast Processor @ 2.00GHz
"""


def work() -> None:
    began_s = cpu_seconds()
    while cpu_seconds() - began_s < 0.05:
        pass


def test_processor_time_counts_all_threads() -> None:
    began_s = cpu_seconds()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert cpu_seconds() - began_s >= 0.05


def peaks(*steps: str) -> list[int]:
    """Peak memory after each step, in bytes, of a process that has done nothing else.

    In the process of the tests, what other tests have freed may be used again, and the peak remains.
    """
    code = "\n".join(
        (
            "import numpy as np",
            "from simpsons_play.core.resources import peak_memory_bytes, reset_peak_memory",
            *(f"{step}\nprint(peak_memory_bytes())" for step in steps),
        )
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say")
def test_peak_memory_remains_when_the_memory_is_free_again() -> None:
    before, after = peaks("pass", "np.ones(8_000_000).sum()")  # 64 MB, which are free again
    assert 50e6 < after - before < 100e6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset it")
def test_peak_memory_can_be_reset() -> None:
    peak, now = peaks("np.ones(8_000_000).sum()", "assert reset_peak_memory()")
    assert now < peak - 30e6


def test_processor_is_read_from_cpuinfo(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    monkeypatch.setattr(resources, "_CPUINFO", tmp_path / "cpuinfo")
    found = processor()
    assert found.name == "Fast Processor @ 2.00GHz"
    assert found.features == ("avx2", "avx512f", "avx512_vnni", "amx_int8")


def test_processor_without_cpuinfo_has_a_name(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_CPUINFO", tmp_path / "missing")
    found = processor()
    assert found.name and found.cores >= 1 and found.features is None
    assert "avx2" in FEATURES
