"""What can happen to a file after it came in. Who handed it in, and when, stands in its own row."""

from enum import StrEnum


class FileEvent(StrEnum):
    CLEARED = "file.cleared"
    REFUSED = "file.refused"
