"""The page of the door is for whoever records; the frame, its script and its manifest alike."""

from tests.security.matrix.attendees import RECORDS, session
from tests.security.matrix.base import Row, only

ROWS = [
    Row("attendees:door", session, get=only(*RECORDS)),
    Row("attendees:door_worker", session, get=only(*RECORDS)),
    Row("attendees:door_manifest", session, get=only(*RECORDS)),
]
