"""OpenVINO, without its reporting: import it from here.

OpenVINO tells its makers over the network of every import and conversion. Its own stub, which it takes where the
reporting package is not to be had, tells nothing: what is read and asked here is nobody else's business.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402

__all__ = ["openvino"]
