"""A body that never ends is not written to disk."""

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class LimitHandler(FileUploadHandler):
    """Stands before Django's own handlers: past the limit nothing more reaches them.

    What is handed on then is an empty file with the true size, so that a form can say that it is too large; never a
    part of the content that somebody would take for the whole.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= settings.FILE_MAX_BYTES + self.chunk_size else None

    def file_complete(self, file_size: int) -> Any:
        if file_size <= settings.FILE_MAX_BYTES + self.chunk_size:
            return None
        return UploadedFile(io.BytesIO(), self.file_name, self.content_type, file_size, self.charset)
