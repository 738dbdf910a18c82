"""What the process uses of the machine."""

import sys
import threading

import numpy as np
import pytest

from simpsons_play.core import resources
from simpsons_play.core.resources import (
    FEATURES,
    cpu_seconds,
    peak_memory_bytes,
    processor,
    reset_peak_memory,
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


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say")
def test_peak_memory_remains_when_the_memory_is_free_again() -> None:
    reset_peak_memory()
    before = peak_memory_bytes()
    np.ones(8_000_000).sum()  # 64 MB, which are free again
    after = peak_memory_bytes()
    assert before is not None and after is not None
    assert 50e6 < after - before < 100e6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset it")
def test_peak_memory_can_be_reset() -> None:
    np.ones(8_000_000).sum()
    peak = peak_memory_bytes()
    assert reset_peak_memory()
    now = peak_memory_bytes()
    assert peak is not None and now is not None and now < peak - 30e6


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
