"""What lies where in the folder of an index, and small files that are replaced in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.embedded.layout import Layout, write_durably
from indexer.errors import IndexProblem


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def make(layout: Layout, *names: str) -> None:
    for name in names:
        (layout.generations / name).mkdir(parents=True)


def test_a_new_folder_has_no_generations(layout: Layout) -> None:
    assert layout.published() is None
    assert layout.numbers() == []
    assert layout.next_number() == 1


def test_the_published_generation_is_the_one_that_current_names(layout: Layout) -> None:
    layout.current.write_text("000012\n")
    assert layout.published() == 12
    assert layout.generation(12).name == "000012"


def test_generations_count_beyond_six_digits(layout: Layout) -> None:
    make(layout, "999999", "1000000")
    assert layout.numbers() == [999_999, 1_000_000]
    assert layout.generation(layout.next_number()).name == "1000001"


@pytest.mark.parametrize(
    "text", ["", "\n", "7", "../../etc", "000001/..", "000001.damaged", "000001\n000002", "-00001"]
)
def test_a_current_that_names_nothing_is_no_generation(layout: Layout, text: str) -> None:
    layout.current.write_text(text)
    assert layout.published() is None


def test_a_current_of_other_bytes_is_no_generation(layout: Layout) -> None:
    layout.current.write_bytes("٠٠٠٠٠١".encode())
    assert layout.published() is None


def test_a_current_that_cannot_be_read_is_a_problem_and_not_a_reason_to_rebuild(layout: Layout) -> None:
    layout.current.mkdir()
    with pytest.raises(IndexProblem, match="CURRENT cannot be read now"):
        layout.published()


def test_only_whole_names_count_as_generations(layout: Layout) -> None:
    make(layout, "000002", "000001", "000003.damaged", "notes", "12")
    assert layout.numbers() == [1, 2]


def test_a_number_is_never_used_again_not_even_that_of_a_damaged_generation(layout: Layout) -> None:
    make(layout, "000002", "000007.damaged", "000005.damaged.again")
    assert layout.next_number() == 8


def test_a_damaged_generation_is_renamed_and_kept(layout: Layout) -> None:
    for content in ("first", "second", "third"):
        make(layout, "000001")
        (layout.generation(1) / "manifest.json").write_text(content)
        layout.set_aside(1)
    kept = {path.name: (path / "manifest.json").read_text() for path in layout.generations.iterdir()}
    assert kept == {
        "000001.damaged": "first",
        "000001.damaged.again": "second",
        "000001.damaged.again.again": "third",
    }


def test_setting_aside_a_generation_that_is_gone_does_nothing(layout: Layout) -> None:
    make(layout, "000002")
    layout.set_aside(1)
    assert layout.numbers() == [2]


def test_removing_takes_one_generation_with_all_its_files(layout: Layout) -> None:
    make(layout, "000001", "000002/lexical")
    (layout.generation(2) / "lexical" / "meta.json").write_text("{}")
    layout.remove(2)
    layout.remove(3)
    assert layout.numbers() == [1]


def test_a_file_written_durably_is_replaced_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for text in ("a longer text that was there before\n", "short\n"):
        write_durably(tmp_path / "CURRENT", text)
        assert (tmp_path / "CURRENT").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["CURRENT"]


def test_a_reader_that_opened_the_old_file_still_sees_the_old_text(tmp_path: Path) -> None:
    write_durably(tmp_path / "CURRENT", "000001\n")
    with (tmp_path / "CURRENT").open() as old:
        write_durably(tmp_path / "CURRENT", "000002\n")
        assert old.read() == "000001\n"


def test_what_a_killed_writer_left_beside_does_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / ".CURRENT.new").write_text("half of a na")
    write_durably(tmp_path / "CURRENT", "000002\n")
    assert (tmp_path / "CURRENT").read_text() == "000002\n"
