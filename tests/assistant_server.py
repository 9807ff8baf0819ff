"""Run by tests: serves the index at the path given to one assistant over stdin and stdout, with the fake encoder.

Its encoder prints whenever it works, as a library might: none of that may get among the protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from api.assistants.mcp_server import run_stdio
from api.search import Searcher
from indexer.encode import Vectors
from indexer.engine import open_engine
from tests.fakes import FakeEncoder


class WideEncoder(FakeEncoder):
    """Reads whole paragraphs."""

    max_tokens = 256


class LoudEncoder(WideEncoder):
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        print("encoding", texts, flush=True)  # noqa: T201
        return super().encode_queries(texts)


if __name__ == "__main__":
    with Searcher(open_engine(sys.argv[1]), LoudEncoder()) as searcher:
        run_stdio(searcher)
