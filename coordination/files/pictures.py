"""Pictures are drawn anew: what is kept are the points, nothing of where, when and with what they were taken."""

import io
import warnings
from typing import IO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from coordination.files.models import StoredFile

Type = StoredFile.Type
FORMATS = {Type.JPEG: "JPEG", Type.PNG: "PNG", Type.WEBP: "WEBP"}
SAVED: dict[Type, dict[str, object]] = {
    Type.JPEG: {"quality": 90, "progressive": True},
    Type.PNG: {},
    Type.WEBP: {"quality": 90},
}
# 40 megapixels: the design's notes on uploads; a telephone's photograph has twelve to forty-eight, sent ones fewer.
MOST_POINTS = 40_000_000
DRAWN = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA")}


class Unfit(Exception):
    """Why a picture may not come in, in words for the person."""


def redrawn(content: IO[bytes], kind: Type) -> IO[bytes]:
    """The same picture, upright, of the same format, its first frame only. Raises Unfit."""
    name = FORMATS[kind]
    content.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(content, formats=[name]) as picture:
                if picture.width * picture.height > MOST_POINTS:
                    raise Unfit(
                        _("The picture is larger than 40 megapixels. Make it smaller and choose it again.")
                    )
                picture.load()
                upright = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unfit(
            _("The picture is larger than 40 megapixels. Make it smaller and choose it again.")
        ) from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
        EOFError,
    ) as error:
        raise Unfit(
            _("The picture is damaged and cannot be opened. Save it again and choose it again.")
        ) from error
    if upright.mode not in DRAWN[name]:
        upright = upright.convert("RGBA" if "A" in upright.getbands() and name != "JPEG" else "RGB")
    # Pillow would hand comments, colour profiles and XMP on from here; only what a palette needs stays.
    upright.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    out = io.BytesIO()
    upright.save(out, name, **SAVED[kind])
    out.seek(0)
    return out
