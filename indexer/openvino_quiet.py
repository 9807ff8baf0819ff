"""OpenVINO, without its reporting and with one core for the whole process: take both from here.

OpenVINO tells its makers over the network of every import and conversion. Its own stub, which it takes where the
reporting package is not to be had, tells nothing: what is read and asked here is nobody else's business.
"""

from __future__ import annotations

import sys
from functools import cache

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402

__all__ = ["openvino", "openvino_core"]


@cache
def openvino_core() -> openvino.Core:
    """OpenVINO's way to the processor, made once and never given up.

    Each core gives the thread that makes it another stack for signals, and gives the one from before back when it
    ends. Of two that end in the order in which they began, the first takes away the stack that the second gives back:
    the next signal, such as Ctrl+C, then ends the process with a segmentation fault (seen with OpenVINO 2026.4.1).
    """
    return openvino.Core()
