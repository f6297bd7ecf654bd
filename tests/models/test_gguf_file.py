"""What a GGUF file says about itself, and what is wrong with it."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_gguf import write_tiny

from symposium.ledger.records import ModelFileError
from symposium.models import zoo
from symposium.models.providers.gguf_file import GgufFile, inspect


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("gguf") / "whole.gguf", width=64, layers=3, context=256)


def problem(path: Path) -> str:
    with pytest.raises(ModelFileError) as raised:
        inspect(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    return raised.value.problem


def test_a_header_tells_what_the_model_is(whole: Path) -> None:
    header = inspect(whole)
    assert (header.version, header.architecture, header.name) == (3, "llama", "tiny")
    assert (header.context, header.tensors) == (256, 3 + 3 * 9)
    assert header.parameters == 2 * 265 * 64 + 64 + 3 * (2 * 64 + 4 * 64 * 64 + 3 * 64 * 128)
    assert header.cache_bytes == 2 * 2 * 3 * 64
    assert header.has_tokenizer
    assert header.has_template


def test_the_expected_size_is_the_size_of_a_whole_file(whole: Path) -> None:
    header = inspect(whole)
    assert header.expected_size <= header.size == whole.stat().st_size < header.expected_size + 32


@pytest.mark.parametrize("kept", [0, 3, 4, 8, 20, 24, 100, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_ends_early_is_truncated(whole: Path, tmp_path: Path, kept: float) -> None:
    content = whole.read_bytes()
    path = tmp_path / "half.gguf"
    path.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    assert problem(path) == "truncated"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 an archive", b"<!DOCTYPE html>", b"GGML and older", b"G?", b"\x00" * 99]
)
def test_another_kind_of_file_is_foreign(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    assert problem(path) == "foreign"


def test_a_folder_is_foreign_and_no_file_is_missing(tmp_path: Path) -> None:
    assert problem(tmp_path) == "foreign"
    assert problem(tmp_path / "none.gguf") == "missing"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (struct.pack("<4sIQQ", b"GGUF", 9, 0, 0), "version 9"),
        (struct.pack(">4sIQQ", b"GGUF", 3, 0, 0), "big-endian"),
        (struct.pack("<4sIQQ", b"GGUF", 3, 0, 0), "no architecture"),
    ],
)
def test_gguf_that_cannot_be_run_is_unsupported(tmp_path: Path, head: bytes, told: str) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(head + bytes(64))
    assert problem(path) == "unsupported"
    with pytest.raises(ModelFileError, match=told):
        inspect(path)


def test_weights_without_a_tokenizer_are_unsupported(tmp_path: Path) -> None:
    assert problem(write_tiny(tmp_path / "mute.gguf", tokenizer=False)) == "unsupported"


@given(place=st.integers(0, 9000), garbage=st.binary(min_size=1, max_size=12))
def test_damage_anywhere_is_survived_or_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, place: int, garbage: bytes
) -> None:
    content = bytearray(whole.read_bytes())
    content[place : place + len(garbage)] = garbage
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(content)
    try:
        assert isinstance(inspect(path), GgufFile)
    except ModelFileError as error:
        assert error.problem in {"truncated", "foreign", "unsupported"}  # noqa: PT017 - either outcome is right


def test_only_the_header_is_read(whole: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge.gguf"
    huge.write_bytes(whole.read_bytes())
    with huge.open("r+b") as file:
        file.truncate(1 << 40)  # a hole of a terabyte
    assert inspect(huge).size == 1 << 40


def test_a_model_is_found_by_bundled_name_or_path(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(whole.parent))
    assert zoo.find("~/whole.gguf") == whole == zoo.find(str(whole))
    for name, path in zoo.bundled().items():
        assert zoo.find(name) == path


def test_an_unknown_model_names_the_bundled_ones(monkeypatch: pytest.MonkeyPatch, whole: Path) -> None:
    monkeypatch.setattr(zoo, "FOLDER", whole.parent)
    with pytest.raises(ModelFileError, match=r"did you mean 'whole'.*known: whole") as raised:
        zoo.find("hwole")
    assert raised.value.problem == "missing"


def test_what_is_known_of_a_mind_stands_in_the_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    assert zoo.about("small") == {}
    (tmp_path / "zoo.json").write_text('{"minds": {"small": {"parameters": 1}}}')
    assert zoo.about("small") == {"parameters": 1}
    assert zoo.about("large") == {}
