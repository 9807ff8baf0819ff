"""A graph compiled for this processor: a lone batch runs on all cores, several run beside each other.

Cores that share one batch wait for each other at the end of each of its many small multiplications, and for whichever
of them another program holds up. With batches of their own they do not: 119 passages a second where it was 98. For a
question that is asked alone all cores are faster (3.7 ms, one of them 4.8), for two at once a core each.

A graph for any shape finds out anew, whenever the shape changes, how to compute each of its steps, which takes a
millisecond and more: questions have a graph of their own, of one shape (``QUESTION``).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.openvino_quiet import openvino_core
from indexer.settings import cores

Tokens = npt.NDArray[np.int64]


class Batch(NamedTuple):
    """Token ids and their mask, both (n, longest); those of padding are masked with 0."""

    input_ids: Tokens
    attention_mask: Tokens


Outputs = list[npt.NDArray[np.float32]]

Take = Callable[[int, Outputs], None]
"""Given the position of a batch and its outputs, which are overwritten when it returns."""

QUESTION = (1, 32)
"""The shape of a lone question with its padding. Of 608 questions of one sentence about news 98 % have no more tokens;
longer ones come in shapes of their own."""

Shape = tuple[int, int]


class _Lone:
    """What runs lone batches, of one shape or of any, made when it is needed."""

    def __init__(self, compiled: Callable[[str], Any]) -> None:
        self._compiled = compiled
        self._making = threading.Lock()
        self.spare: list[Any] = []
        """Requests of one core, not in use."""

    def on_all_cores(self) -> Any:
        """The request for a batch that runs alone."""
        with self._making:
            return self._alone

    def beside_others(self) -> Any:
        """The graph with a core for each batch; who asks one question after the other never wants it."""
        with self._making:
            return self._with_a_core_each

    @cached_property
    def _alone(self) -> Any:
        return self._compiled("LATENCY").create_infer_request()

    @cached_property
    def _with_a_core_each(self) -> Any:
        return self._compiled("THROUGHPUT")


class Graph:
    """Runs batches. Safe to call from several threads: a lone batch does not wait for those of another caller."""

    def __init__(self, path: Path, precision: str, threads: int | None = None) -> None:
        """``threads`` is how many cores are used, None for all that the process may use."""
        self._any = _Lone(partial(compile_graph, path, precision, threads))
        self._question = _Lone(partial(compile_graph, path, precision, threads, shape=QUESTION))
        self._running = 0
        """Lone batches that run now."""
        self._counting, self._many = threading.Lock(), threading.Lock()

    def run(self, batches: Sequence[Batch], take: Take) -> None:
        """Run all batches, and give away the outputs of each as soon as they are there, in the order of the batches."""
        if len(batches) == 1:
            with self._for_one(self._question if batches[0].input_ids.shape == QUESTION else self._any) as request:
                request.infer(batches[0]._asdict(), share_inputs=True)
                take(0, _outputs(request))
            return
        with self._many:
            self._run_many(batches, take)

    @contextmanager
    def _for_one(self, lone: _Lone) -> Iterator[Any]:
        """What runs a lone batch: on all cores, or on one where another such batch runs."""
        with self._counting:
            self._running += 1
            is_alone = self._running == 1
            spare = lone.spare.pop() if lone.spare and not is_alone else None
        request = None
        try:
            request = spare or (lone.on_all_cores() if is_alone else lone.beside_others().create_infer_request())
            yield request
        finally:
            with self._counting:
                self._running -= 1
                if request is not None and not is_alone:
                    lone.spare.append(request)

    @cached_property
    def _requests(self) -> list[Any]:
        """As many requests as run best at once, and one that is ready when another is done."""
        graph = self._any.beside_others()
        count = graph.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") + 1
        return [graph.create_infer_request() for _ in range(count)]

    def _run_many(self, batches: Sequence[Batch], take: Take) -> None:
        running: deque[int] = deque()
        try:
            for position, batch in enumerate(batches):
                if len(running) == len(self._requests):
                    self._finish(running.popleft(), take)
                self._request(position).start_async(batch._asdict(), share_inputs=True)
                running.append(position)
            while running:
                self._finish(running.popleft(), take)
        finally:  # what is still running where something was raised reads arrays that are about to go
            for position in running:
                self._request(position).wait()

    def _finish(self, position: int, take: Take) -> None:
        self._request(position).wait()
        take(position, _outputs(self._request(position)))

    def _request(self, position: int) -> Any:
        return self._requests[position % len(self._requests)]


def compile_graph(
    path: Path, precision: str, threads: int | None = None, hint: str = "LATENCY", shape: Shape | None = None
) -> Any:
    """A graph compiled for this processor, computing in ``precision`` ("f32" or "bf16"), for a shape or any."""
    share = {"INFERENCE_NUM_THREADS": cores()}
    if threads is not None:  # every process would put its threads on the first cores
        share = {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
    config = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": precision, **share}
    model = openvino_core().read_model(str(path))
    if shape is not None:
        model.reshape(dict.fromkeys(Batch._fields, shape))
    return openvino_core().compile_model(model, "CPU", config)


def precisions() -> list[str]:
    """The precisions that this processor computes in, the exact one first."""
    has_bf16 = "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ["f32", "bf16"] if has_bf16 else ["f32"]


def _outputs(request: Any) -> Outputs:
    return [tensor.data for tensor in request.output_tensors]
