"""Starlette's test client. With httpx it works but warns at its import; httpx2 is not needed for that."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["TestClient"]
