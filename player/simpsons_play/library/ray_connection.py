"""Connects to a Ray cluster, and keeps the terminal for ourselves."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simpsons_play.core.errors import ClusterError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.extras import missing
from simpsons_play.core.silence import quiet_stderr
from simpsons_play.library.analysis_settings import AnalysisSettings

_SHARED_GPU = 0.25
"""Share of a GPU for a task, by default: decoding, on the processor, takes as long as the model."""

_CONNECT_S = 10.0
"""How long to wait for the cluster to take a connection, in seconds."""


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Connect to a cluster, unless this process is connected; yields Ray."""
    # Set before the import. Ray must neither send statistics home nor hide GPUs from tasks without one.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # else it tells the terminal of lost results
    try:
        import ray
        import ray.util.scheduling_strategies
    except ModuleNotFoundError as error:
        raise missing("--engine ray", error.name or "ray") from error
    if ray.is_initialized():
        yield ray
        return
    try:
        _check_answers(address or os.environ.get("RAY_ADDRESS") or "")
        with quiet_stderr():  # it tells of its own log level
            ray.init(
                address=address,
                log_to_driver=False,  # the terminal and JSON events are ours
                logging_level=logging.CRITICAL,
                configure_logging=True,
                include_dashboard=False,
            )
    except Exception as error:  # of many types
        where = address or os.environ.get("RAY_ADDRESS") or "on this machine"
        raise ClusterError(
            f"the Ray cluster {where} does not answer: {one_line(str(error).splitlines()[0])}; start it with "
            "`ray start --head`, and join it here with `ray start --address HOST:6379`"
        ) from error
    with _silent(ray):
        try:
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _silent(ray: Any) -> Iterator[None]:
    """Keep Ray from printing the losses of machines and their logs, which no setting of its own prevents."""
    worker = ray._private.worker
    printing = getattr(worker, "print_worker_logs", None)
    if printing is None:
        yield
        return
    worker.print_worker_logs = lambda *args, **options: None
    try:
        yield
    finally:
        worker.print_worker_logs = printing


def _check_answers(address: str) -> None:
    """Raise OSError if nobody listens at HOST:PORT; Ray would wait for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()


def gpus_of_task(ray: Any, num_gpus: float | None, settings: AnalysisSettings) -> float:
    """GPUs for each task.

    Raises:
        ClusterError: no machine has as many.
    """
    most = max((node["Resources"].get("GPU", 0.0) for node in ray.nodes() if node["Alive"]), default=0.0)
    if num_gpus is None:
        return _SHARED_GPU if most and settings.provider != "cpu" else 0.0
    if num_gpus > most:
        raise ClusterError(f"no machine of the cluster has {num_gpus:g} GPUs; the most is {most:g}")
    return num_gpus
