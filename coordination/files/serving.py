"""The one way a file goes out."""

import logging

from django.http import FileResponse, Http404, HttpResponseBase

from coordination.documents.cells import XLSX
from coordination.files.models import StoredFile

log = logging.getLogger(__name__)
Type = StoredFile.Type

CONTENT_TYPES = {
    Type.PDF: "application/pdf",
    Type.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Type.XLSX: XLSX,
    Type.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Type.ODT: "application/vnd.oasis.opendocument.text",
    Type.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Type.JPEG: "image/jpeg",
    Type.PNG: "image/png",
    Type.WEBP: "image/webp",
    Type.CSV: "text/csv; charset=utf-8",
    Type.TXT: "text/plain; charset=utf-8",
}


def respond(stored: StoredFile) -> HttpResponseBase:
    """The file as something to save, never as a page: attachment with its name, no guessing, no keeping, no running.

    The caller has already asked whether this actor sees what points to the file. A file that waits for its check, was
    refused, or is gone from the disk is not found.
    """
    if not stored.may_go_out:
        raise Http404
    try:
        content = stored.content.open("rb")
    except FileNotFoundError:
        log.error("file %s has no content on disk", stored.pk)
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=True, filename=stored.name, content_type=CONTENT_TYPES[Type(stored.type)]
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
