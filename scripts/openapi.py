#!/usr/bin/env python3
"""Writes api/openapi.json, the contract of the REST interface, from the code. A test says when it has drifted.

Usage: openapi.py
"""

from __future__ import annotations

import json
from pathlib import Path

from api.app import describe

TARGET = Path(__file__).resolve().parents[1] / "api" / "openapi.json"


def main() -> None:
    """Write the description."""
    TARGET.write_text(json.dumps(describe(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
