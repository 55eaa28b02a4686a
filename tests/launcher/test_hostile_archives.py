"""Archives that somebody made to harm whoever restores them, and folders prepared for whoever backs up."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launcher import archive
from launcher.archive import Writer
from launcher.restore import _read_keys
from launcher.words import Refusal

FACTS: dict[str, Any] = {
    "made_at": "2026-11-21T13:12:00+00:00", "version": "0.1.0", "kind": "up", "administrator": "",
    "migrations": [["mesas", "0001_initial"]], "database": {"version": "18.0", "bytes": 1000},
}  # fmt: skip


def written(target: Path, **facts: Any) -> Path:
    writer = Writer(target, lambda: None)
    writer.stream(archive.DUMP, [b"PGDMP", b"no dump at all"])
    writer.finish(**FACTS | facts)
    return target


def with_member(target: Path, spoil: Callable[[tarfile.TarInfo], None]) -> Path:
    """A whole backup with one more member between the note and the dump."""
    plain = written(target.with_suffix(".plain"))
    with tarfile.open(plain) as source, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as made:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content
            data = content.read()
            if member.name == archive.DUMP:
                extra = tarfile.TarInfo("media/acta.pdf")
                spoil(extra)
                made.addfile(extra, io.BytesIO(bytes(extra.size)))
            if member.name == archive.MANIFEST:
                manifest = json.loads(data)
                empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                manifest["files"]["media/acta.pdf"] = {"bytes": 0, "sha256": empty}
                data = json.dumps(manifest).encode()
                member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return target


def link(to: str, kind: bytes = tarfile.SYMTYPE) -> Callable[[tarfile.TarInfo], None]:
    def spoil(member: tarfile.TarInfo) -> None:
        member.type, member.linkname = kind, to

    return spoil


def _sparse(member: tarfile.TarInfo) -> None:
    member.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(1 << 43), "GNU.sparse.major": "0"}


def _device(member: tarfile.TarInfo) -> None:
    member.type, member.devmajor, member.devminor = tarfile.CHRTYPE, 1, 3


def _nul(member: tarfile.TarInfo) -> None:
    member.pax_headers = {"path": "media/a\0b"}


@pytest.mark.parametrize(
    "spoil",
    [link("acta.pdf"), link("/etc/passwd"), link("../minga-backup.txt"), link("media/gone", tarfile.LNKTYPE),
     link("minga-backup.txt", tarfile.LNKTYPE), _sparse, _device, _nul],
    ids=["loop", "outside", "within", "hard to nothing", "hard within", "holes", "device", "nul"],
)  # fmt: skip
def test_only_plain_files_are_believed(tmp_path: Path, spoil: Callable[[tarfile.TarInfo], None]) -> None:
    """A link to itself was followed for ever, one to nothing ended in a traceback, a file of holes filled the disk."""
    with pytest.raises(Refusal, match="dañado"):
        archive.verified(with_member(tmp_path / "a.tar", spoil), lambda: None)


def test_the_same_with_a_plain_file_is_whole(tmp_path: Path) -> None:
    assert archive.verified(with_member(tmp_path / "a.tar", lambda _: None), lambda: None)


def test_a_member_that_comes_twice_is_refused(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "a.tar", lambda: None)
    for data in (b"one", b"other"):
        writer.stream(archive.DUMP, [data])
    writer.finish(**FACTS)
    with pytest.raises(Refusal, match="dañado"):
        archive.verified(tmp_path / "a.tar", lambda: None)


@pytest.mark.parametrize(
    "facts",
    [{"files": []}, {"files": {archive.DUMP: 3}}, {"migrations": [["mesas"]]}, {"migrations": 7}, {"database": {}},
     {"database": {"version": 18, "bytes": 1}}, {"version": None}, {"kind": "other"}, {"made_at": "--help"},
     {"administrator": ["a"]}, {"program": "another"}, {"format": "1"}],
    ids=lambda facts: next(iter(facts)),
)  # fmt: skip
def test_a_manifest_of_another_shape_is_told_in_a_sentence(tmp_path: Path, facts: dict[str, Any]) -> None:
    target = tmp_path / "a.tar"
    written(tmp_path / "plain.tar")
    with tarfile.open(tmp_path / "plain.tar") as source, tarfile.open(target, "w") as made:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content
            data = content.read()
            if member.name == archive.MANIFEST:
                data = json.dumps(json.loads(data) | facts).encode()
                member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    with pytest.raises(Refusal, match="dañado"):
        archive.verified(target, lambda: None)


def test_an_archive_changed_after_it_was_checked_leads_nowhere(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "a.tar", lambda: None)
    writer.stream("media/../../escape", [b"x"])
    writer.finish(**FACTS)
    (tmp_path / "in" / "media").mkdir(parents=True)
    with pytest.raises(Refusal, match="dañado"):
        archive.unpack_media(tmp_path / "a.tar", tmp_path / "in" / "media", lambda: None)
    assert not list(tmp_path.rglob("escape"))


def test_a_link_laid_in_the_way_of_a_backup_is_not_followed(tmp_path: Path) -> None:
    """In a folder where others may write, the data would have gone to a file of theirs."""
    theirs = tmp_path / "theirs"
    theirs.write_text("before")
    writer = Writer(tmp_path / "a.tar", lambda: None)
    part = writer._part
    writer.abandon()
    part.symlink_to(theirs)
    written(tmp_path / "a.tar")
    assert theirs.read_text() == "before"
    assert archive.verified(tmp_path / "a.tar", lambda: None)


@pytest.mark.parametrize("text", ["", "[]", "3", '{"program": "minga-keys"}', '{"program": "minga-keys", "SECRET_KEY": "", "MINGA_LINK_KEY": "x"}', '{"program": "minga-keys", "SECRET_KEY": 7, "MINGA_LINK_KEY": "x"}'])  # fmt: skip
def test_keys_that_would_open_nothing_are_refused(tmp_path: Path, text: str) -> None:
    """An empty key was put in the place of the present one, and nothing started again."""
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(Refusal):
        _read_keys(tmp_path / "keys.json")
