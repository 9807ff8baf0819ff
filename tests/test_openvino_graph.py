"""A compiled graph: batches in order, beside each other, and nothing left running."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from openvino import opset13 as op

from indexer.openvino_graph import QUESTION, Batch, Graph, Outputs
from indexer.openvino_quiet import openvino

COME_AND_GONE = """
import signal, sys
from pathlib import Path
from indexer.openvino_graph import compile_graph, precisions
heard = []
signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
graphs = [compile_graph(Path(sys.argv[1]), name) for name in (precisions() * 2)]
while graphs:
    graphs.pop(0)
    signal.raise_signal(signal.SIGTERM)
print(len(heard) >= 2)
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gives the sum of the ids that are not masked, and the ids doubled."""
    ids, mask = (op.parameter([-1, -1], dtype=np.int64, name=name) for name in Batch._fields)
    for node in (ids, mask):
        node.output(0).set_names({node.get_friendly_name()})
    total = op.reduce_sum(op.multiply(ids, mask), op.constant(np.array([1])))
    model = openvino.Model([total, op.add(ids, ids)], [ids, mask])
    path = tmp_path_factory.mktemp("graph") / "model.xml"
    openvino.save_model(model, path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="module")
def graph(saved: Path) -> Graph:
    return Graph(saved, "f32")


def batches(count: int) -> list[Batch]:
    """Batches of growing shape, all of one number, with the last column masked."""
    made = []
    for number in range(1, count + 1):
        ids = np.full((number, number + 1), number, dtype=np.int64)
        mask = np.ones_like(ids)
        mask[:, -1] = 0
        made.append(Batch(ids, mask))
    return made


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 50])
def test_each_batch_has_its_outputs_in_the_order_of_the_batches(graph: Graph, count: int) -> None:
    seen: list[tuple[int, list[int], list[list[int]]]] = []
    graph.run(batches(count), lambda place, found: seen.append((place, found[0].tolist(), found[1].tolist())))
    assert seen == [
        (number - 1, [number * number] * number, [[2 * number] * (number + 1)] * number)
        for number in range(1, count + 1)
    ]


def test_a_lone_batch_does_not_wait_for_many(graph: Graph) -> None:
    inside, answered = threading.Event(), threading.Event()

    def stay(place: int, _: Outputs) -> None:
        if place == 0:
            inside.set()
            assert answered.wait(30)

    many = threading.Thread(target=graph.run, args=(batches(5), stay))
    many.start()
    assert inside.wait(30)
    found: list[int] = []
    graph.run(batches(1), lambda _, outputs: found.extend(outputs[0].tolist()))
    answered.set()
    many.join()
    assert found == [1]


def test_what_is_raised_while_outputs_are_taken_ends_the_run_and_the_next_one_works(graph: Graph) -> None:
    def refuse(place: int, _: Outputs) -> None:
        if place == 1:
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        graph.run(batches(10), refuse)
    totals: list[int] = []
    graph.run(batches(4), lambda _, outputs: totals.append(int(outputs[0].sum())))
    assert totals == [1, 8, 27, 64]


def test_lone_batches_at_once_are_answered_each(graph: Graph) -> None:
    def ask(_: int) -> list[int]:
        found: list[int] = []
        graph.run(batches(1), lambda _, outputs: (barrier.wait(30), found.extend(outputs[0].tolist()))[1])
        return found

    for _ in range(3):  # the second time with requests that were made before
        barrier = threading.Barrier(4)  # nobody is done before all run
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(4))) == [[1]] * 4
    assert len(graph._any.spare) == 3


def test_a_question_has_a_graph_of_one_shape_also_beside_others(graph: Graph) -> None:
    batch = Batch(np.full(QUESTION, 3, dtype=np.int64), np.ones(QUESTION, dtype=np.int64))
    barrier = threading.Barrier(3)

    def ask(_: int) -> list[int]:
        found: list[int] = []
        graph.run([batch], lambda _, outputs: (barrier.wait(30), found.extend(outputs[0].tolist()))[1])
        return found

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == [[3 * QUESTION[1]]] * 3
    assert len(graph._question.spare) == 2
    requests = [graph._question.on_all_cores(), *graph._question.spare]
    assert {tuple(request.input_tensors[0].shape) for request in requests} == {QUESTION}


def test_what_is_raised_over_a_lone_batch_leaves_room_for_the_next(graph: Graph) -> None:
    def refuse(_: int, __: Outputs) -> None:
        raise ValueError("enough")

    for _ in range(3):
        with pytest.raises(ValueError, match="enough"):
            graph.run(batches(1), refuse)
    assert graph._running == 0


def test_signals_are_heard_after_graphs_have_come_and_gone(saved: Path) -> None:
    command = [sys.executable, "-c", COME_AND_GONE, str(saved)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
