"""Documents that we made ourselves are kept as they are, and no scanner is asked about them."""

import hashlib
from pathlib import Path
from typing import Any

from coordination.files.actions import check_some, keep_made
from coordination.files.models import StoredFile
from tests.cast import Cast


def test_a_document_of_ours_may_go_out_at_once_and_is_never_asked_about(cast: Cast, settings: Any) -> None:
    settings.SCANNER = "/bin/false"  # would refuse anything
    made = keep_made(
        content=b"%PDF-1.7 acta", name="../acta.pdf", type=StoredFile.Type.PDF, restricted=True, by=cast.secretariat,
        now=cast.now,
    )  # fmt: skip
    assert (made.name, made.size, made.state, made.scanned_at) == ("acta.pdf", 13, "clean", None)
    assert made.may_go_out and made.is_restricted and made.uploaded_by_person_id == cast.rosa.pk
    assert made.sha256 == hashlib.sha256(b"%PDF-1.7 acta").hexdigest()
    assert not check_some(now=cast.now)
    assert Path(made.content.path).read_bytes() == b"%PDF-1.7 acta"
