"""The documentation indexer's work on real sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opstage.demo.doc_index import DocIndex

QUEUE = '''"""Queues."""
class Queue:
    """First in, first out."""
    def put(self):
        """Waits."""
'''
SOURCES = {
    "queue.py": QUEUE,
    "pack/__init__.py": '"""A package of boxes."""\n',
    "pack/box.py": 'async def open_box():\n    """Opens a box; unopened boxes wait."""\n',
    "broken.py": "def (:\n",
    "test/test_queue.py": '"""Tests are no documentation."""\n',
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    for name, text in SOURCES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def index(tmp_path: Path, library: Path) -> DocIndex:
    return DocIndex(tmp_path / "index.db", library)


def names(index: DocIndex, words: str) -> list[str]:
    return [hit.name for hit in index.search(words)]


def test_everything_documented_is_found_by_its_words(index: DocIndex) -> None:
    assert index.refresh() == 4
    assert names(index, "first out") == ["queue.Queue"]
    assert names(index, "waiting") == ["queue.Queue.put", "pack.box.open_box"]
    assert sorted(names(index, "box")) == ["pack", "pack.box.open_box"]
    assert names(index, "tests") == []
    assert (index.figures().files, index.figures().entries) == (4, 5)


@pytest.mark.parametrize("words", ["", '"', "a AND", "queue*^ OR NEAR(", "-- ; DROP"])
def test_no_words_can_break_the_query(index: DocIndex, words: str) -> None:
    index.refresh()
    assert isinstance(index.search(words), list)


def test_only_changed_files_are_read_again(index: DocIndex, library: Path) -> None:
    index.refresh()
    assert index.refresh() == 0
    path = library / "queue.py"
    path.write_text('"""Lines of people."""\n')
    os.utime(path, (1, 1))
    assert index.stale() == [path]
    assert index.refresh() == 1
    assert names(index, "people") == ["queue"]
    assert names(index, "queues first") == []


def test_stopping_a_refresh_keeps_what_was_read(index: DocIndex) -> None:
    class Enough(Exception):
        """Raised to stop."""

    def after_two(done: int, total: int, path: Path) -> None:
        assert total == 4
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        index.refresh(after_two)
    assert index.figures().files == 2
    assert index.refresh() == 2


def test_forgetting_a_package_makes_it_stale(index: DocIndex, library: Path) -> None:
    index.refresh()
    assert index.forget("pack") == 2
    assert index.stale() == [library / "pack/__init__.py", library / "pack/box.py"]
    assert names(index, "box") == []
    assert index.packages() == ["pack"]


def test_optimizing_keeps_the_content(index: DocIndex) -> None:
    index.refresh()
    assert index.optimize() > 0
    assert names(index, "first out") == ["queue.Queue"]
