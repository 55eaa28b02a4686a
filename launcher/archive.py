"""The file of a backup: a plain tar that any program opens, with a manifest and its sums at the end.

Written in one pass: what comes out of pg_dump goes straight into the archive, so that a backup needs room once.
"""

import hashlib
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from launcher.words import Refusal

BLOCK, PIECE = 512, 1 << 20
SIGNATURE, DUMP, MEDIA, MANIFEST = "minga-backup.txt", "database.dump", "media/", "manifest.json"
NOTE = b"A backup of Minga: ./minga restore THIS-FILE\nUn respaldo de Minga: ./minga restore ESTE-ARCHIVO\n"
FORMAT = 1
LONGEST_MANIFEST = 1 << 28

Tick = Callable[[], None]


class Writer:
    """An archive in the making; it gets its name when it is whole, and nobody but its owner may read it."""

    def __init__(self, target: Path, tick: Tick) -> None:
        self.target = target
        self.tick = tick
        self.files: dict[str, dict[str, Any]] = {}
        for left in target.parent.glob(f".{target.name}.*.part"):
            if not Path(f"/proc/{left.suffixes[-2][1:]}").exists():
                left.unlink(missing_ok=True)
        self._part = target.parent / f".{target.name}.{os.getpid()}.part"
        self._part.unlink(missing_ok=True)
        # Made anew: a file or link that somebody laid there beforehand would lead the data elsewhere.
        self._file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._add(SIGNATURE, [NOTE])

    def stream(self, name: str, pieces: Iterable[bytes]) -> None:
        """Adds a member whose size only its end tells, and notes its sum."""
        size, digest = self._add(name, pieces)
        self.files[name] = {"bytes": size, "sha256": digest}

    def copy(self, name: str, path: Path) -> None:
        """Adds a file; one that was deleted a moment ago is left out."""
        with suppress(FileNotFoundError), path.open("rb") as file:
            self.stream(name, iter(lambda: file.read(PIECE), b""))

    def finish(self, **facts: Any) -> None:
        """Adds the manifest and gives the archive its name."""
        manifest = {"program": "minga", "format": FORMAT, **facts, "files": self.files}
        self._add(MANIFEST, [json.dumps(manifest, indent=1).encode()])
        self._file.write(bytes(2 * BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._part, self.target)

    def abandon(self) -> None:
        """Leaves nothing behind; harmless after ``finish``."""
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _add(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        start, digest, size = self._file.tell(), hashlib.sha256(), 0
        self._file.write(_header(name, 0))
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            self._file.write(piece)
            self.tick()
        self._file.write(bytes(-size % BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        return size, digest.hexdigest()


def _header(name: str, size: int) -> bytes:
    """As long for any size: GNU's format writes those above 8 GB into the same field."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def verified(path: Path, tick: Tick) -> dict[str, Any]:
    """The manifest of an archive that is whole; refuses another program's file, a damaged one, one of tomorrow."""
    sums: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with _open(path) as tar:
            first = tar.next()
            if first is None or first.name != SIGNATURE:
                raise Refusal("archive.other", path=path)
            for name, content in _members(tar, path):
                if name == MANIFEST:
                    manifest = json.loads(content.read(LONGEST_MANIFEST))
                elif name != SIGNATURE:
                    sums[name] = _sum(content, tick)
        if manifest["program"] == "minga" and manifest["format"] > FORMAT:
            raise Refusal("archive.newer", version=manifest.get("version", "?"))
        _check_shape(manifest)
        whole = sums == {name: facts["sha256"] for name, facts in manifest["files"].items()}
    except (tarfile.TarError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refusal("archive.damaged", path=path) from error
    if not whole or DUMP not in sums:
        raise Refusal("archive.damaged", path=path)
    return manifest


def _members(tar: tarfile.TarFile, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and contents. A backup holds plain files, each once, that stay inside; refuses links, holes and the rest."""
    seen = set()
    for member in tar:
        if not member.isreg() or member.issparse() or member.name in seen or not _is_ours(member.name):
            raise Refusal("archive.damaged", path=path)
        seen.add(member.name)
        content = tar.extractfile(member)
        assert content  # noqa: S101  a plain file
        yield member.name, content


def _check_shape(manifest: dict[str, Any]) -> None:
    """Raises ValueError, TypeError or KeyError for what ``finish`` would not have written."""
    texts = [manifest[name] for name in ("version", "kind", "administrator", "made_at")]
    database, files = manifest["database"], manifest["files"].values()
    texts += [database["version"], *(facts["sha256"] for facts in files)]
    texts += [text for app, name in manifest["migrations"] for text in (app, name)]
    sizes = [database["bytes"], *(facts["bytes"] for facts in files)]
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(size, int) for size in sizes):
        raise TypeError
    if manifest["program"] != "minga" or manifest["kind"] not in ("up", "demo"):
        raise ValueError
    datetime.fromisoformat(manifest["made_at"])


def unpack_media(path: Path, folder: Path, tick: Tick) -> None:
    """Writes the files of the archive below ``folder``, readable by their owner."""
    with _open(path) as tar:
        for name, content in _members(tar, path):
            if not name.startswith(MEDIA):
                continue
            place = folder / name.removeprefix(MEDIA)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in iter(lambda content=content: content.read(PIECE), b""):
                    file.write(piece)
                    tick()


def dump_pieces(path: Path) -> Iterator[bytes]:
    """The dump of the database, piece by piece."""
    with _open(path) as tar:
        content = tar.extractfile(DUMP)
        assert content  # noqa: S101  verified before
        yield from iter(lambda: content.read(PIECE), b"")


def _open(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")  # noqa: SIM115  the callers close it
    except tarfile.TarError as error:
        raise Refusal("archive.other", path=path) from error
    except OSError as error:
        raise Refusal("archive.unread", path=path, reason=error.strerror) from error


def _is_ours(name: str) -> bool:
    """Nothing in an archive may point out of the folder it is unpacked into."""
    parts = name.split("/")
    return name in (SIGNATURE, DUMP, MANIFEST) or (
        name.startswith(MEDIA) and "\0" not in name and all(part not in ("", ".", "..") for part in parts)
    )


def _sum(content: IO[bytes], tick: Tick) -> str:
    digest = hashlib.sha256()
    for piece in iter(lambda: content.read(PIECE), b""):
        digest.update(piece)
        tick()
    return digest.hexdigest()
