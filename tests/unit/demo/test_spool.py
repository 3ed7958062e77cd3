"""The file worker's work on real files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from opstage.demo import spool
from opstage.demo.spool import Job, Workshop


@pytest.fixture
def material(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "material"
    folder.mkdir()
    files = [folder / name for name in ("a.py", "b.py", "c.py")]
    for number, path in enumerate(files):
        path.write_bytes(f"content {number}\n".encode() * 50)
    return files


@pytest.fixture
def workshop(tmp_path: Path, material: list[Path]) -> Workshop:
    return Workshop(tmp_path / "worker", material)


async def test_a_job_packs_its_file_and_takes_it_out_of_the_spool(
    workshop: Workshop, tmp_path: Path, material: list[Path]
) -> None:
    (job,) = workshop.fill(1)
    packed = await workshop.pack(job)
    assert gzip.decompress((tmp_path / "worker/packed" / job.name).read_bytes()) == material[0].read_bytes()
    assert (packed.size, packed.source) == (500, str(material[0]))
    assert 0 < packed.packed_size < packed.size
    assert workshop.waiting() == []
    assert workshop.entry(job.name) == packed


@pytest.mark.parametrize("codec", ["gzip", "bzip2", "xz"])
async def test_every_codec_can_be_verified_corrupted_and_repaired(workshop: Workshop, codec: str) -> None:
    (job,) = workshop.fill(1, codec)
    packed = await workshop.pack(job)
    assert workshop.verify(packed)
    workshop.corrupt(packed)
    assert not workshop.verify(packed)
    assert workshop.verify(workshop.repair(packed))


async def test_the_feed_goes_on_after_a_restart_and_round_at_its_end(
    workshop: Workshop, tmp_path: Path, material: list[Path]
) -> None:
    workshop.fill(2)
    again = Workshop(tmp_path / "worker", material)
    assert [job.name for job in again.waiting()] == ["000000-material-a.py", "000001-material-b.py"]
    assert [job.name for job in again.fill(2)] == ["000002-material-c.py", "000003-material-a.py"]


async def test_a_file_that_is_not_there_fails_its_job(workshop: Workshop) -> None:
    with pytest.raises(FileNotFoundError):
        await workshop.pack(Job("000000-material-a.py"))


async def test_only_the_newest_packed_files_are_kept(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "KEPT", 2)
    for job in workshop.fill(3):
        await workshop.pack(job)
    names = ["000002-material-c.py", "000001-material-b.py"]
    assert [packed.name for packed in workshop.recent()] == names
    assert sorted(path.name for path in (tmp_path / "worker/packed").iterdir()) == sorted(names)


def test_an_unknown_entry_is_named_in_the_error(workshop: Workshop) -> None:
    with pytest.raises(LookupError, match="nothing"):
        workshop.entry("nothing.py")
