"""Files to hand in, made on the spot: honest ones and hostile ones."""

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
TEXT = "application/vnd.oasis.opendocument.text"


def upload(name: str, content: bytes, kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def archive(parts: dict[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
        made.comment = comment
    return out.getvalue()


def office(main: str = "word/document.xml", kind: str = WORD, **more: bytes) -> bytes:
    """A small office file; ``more`` are parts whose names have / for __ and . for _."""
    parts = {
        "[Content_Types].xml": f'<Types><Override ContentType="{kind}"/></Types>'.encode(),
        main: b"<w/>",
    }
    return archive(parts | {name.replace("__", "/").replace("_", "."): part for name, part in more.items()})


def open_document(kind: str = TEXT, **more: bytes) -> bytes:
    parts = {"mimetype": kind.encode(), "content.xml": b"<office/>"}
    return archive(parts | {name.replace("__", "/").replace("_", "."): part for name, part in more.items()})


def picture(
    form: str = "JPEG", size: tuple[int, int] = (40, 20), *, place: bool = False, turned: bool = False
) -> bytes:
    """A picture; with the place where it was taken, or lying on its side as telephones store it."""
    image, out, exif = Image.new("RGB", size, "teal"), io.BytesIO(), Image.Exif()
    if place:
        exif[0x010F] = "CAMERA OF SOMEBODY"
        exif[0x8825] = {1: "S", 2: (0.0, 13.0, 47.0), 3: "W", 4: (78.0, 31.0, 30.0)}
    if turned:
        exif[0x0112] = 6
    image.save(out, form, exif=exif, **({"comment": b"SECRET COMMENT"} if form == "JPEG" else {}))
    return out.getvalue()


def huge_png() -> bytes:
    """A picture of 100 megapixels that weighs nothing: only its head says so."""
    content = bytearray(picture("PNG"))
    content[16:24] = struct.pack(">II", 10_000, 10_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def lying_zip() -> bytes:
    """An archive whose directory says that its large part is small."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", f'<Types><Override ContentType="{WORD}"/></Types>')
        made.writestr("word/document.xml", b"\0" * 3_000_000)
        made.filelist[1].file_size = 1000
    return out.getvalue()
