"""What shows that something was done: how a new piece is named, who may do what with it, the rows a page shows."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.page import speaks_for
from coordination.common.compiled import compiled
from coordination.files.models import StoredFile

Type = StoredFile.Type
PICTURES = frozenset({Type.JPEG, Type.PNG, Type.WEBP})
SHEETS = frozenset({Type.XLSX, Type.ODS, Type.CSV})
# How offices here name their files; whoever hands one in may say otherwise.
SPOKEN = (
    (re.compile(r"\b(contrato|factura|recibo|orden de compra|contract|invoice|receipt)", re.I), Evidence.Type.RECEIPT),
    (re.compile(r"\b(acta|convenio|oficio|resoluci|acuerdo|certificad|agreement|minutes)", re.I), Evidence.Type.ACT),
    (re.compile(r"\b(lista|listado|registro|n[oó]mina|asistencia|list|register)", re.I), Evidence.Type.LIST),
    (re.compile(r"\b(bolet[ií]n|informe|publicaci|report|bulletin)", re.I), Evidence.Type.PUBLICATION),
)  # fmt: skip
BY_LINK = (Commitment.REPORT_LINK, Commitment.VERIFY_LINK)


def title_of(stored: StoredFile | None, url: str) -> str:
    """A file's name as somebody would write it: ``Acta_entrega-2026.pdf`` is "Acta entrega-2026"."""
    if stored is None:
        return url[:200]
    words = " ".join(PurePosixPath(stored.name).stem.replace("_", " ").split())
    return (words[:1].upper() + words[1:])[:200] or stored.name


def kind_of(stored: StoredFile | None) -> Evidence.Type:
    """What a piece most likely is, seen in its type and its name."""
    if stored is None:
        return Evidence.Type.PUBLICATION
    if stored.type in PICTURES:
        return Evidence.Type.PHOTO
    if stored.type in SHEETS:
        return Evidence.Type.LIST
    name = stored.name.replace("_", " ")
    return next((kind for words, kind in SPOKEN if words.search(name)), Evidence.Type.OTHER)


def of_form(commitment: Commitment, organization_id: int, key: uuid.UUID) -> Any:
    """What came in with one form, sent or not, and still stands. The key is made by the page and in no address that
    others see: whoever does not hold it is offered nothing of what somebody else left behind."""
    came = Activity.objects.about("commitment", commitment.pk).filter(
        kind=CommitmentEvent.EVIDENCE_ADDED, payload__form=str(key)
    )
    ids = came.order_by().annotate(piece=Cast("payload__evidence", BigIntegerField())).values("piece")
    return commitment.evidence.standing().filter(organization=organization_id, pk__in=ids)


@dataclass(frozen=True)
class Rights:
    """What the actor may do with the evidence of one commitment; nothing with that of a historic one."""

    spoken: frozenset[int] = frozenset()
    answering: frozenset[int] = frozenset()
    verifier_id: int | None = None
    keeps: bool = False
    is_verifying_by_link: bool = False

    @property
    def adds_for(self) -> int | None:
        """The organization in whose name the actor adds evidence."""
        if self.is_verifying_by_link:
            return None
        return next(iter(sorted(self.spoken & self.answering)), None)

    @property
    def marks(self) -> bool:
        """Says of an address that it no longer opens: either key, whoever helps, or the secretariat."""
        return self.keeps or bool(self.spoken & (self.answering | {self.verifier_id}))

    def describes(self, piece: Evidence) -> bool:
        return piece.withdrawn_at is None and piece.organization_id in self.spoken and bool(self.adds_for)

    def withdraws(self, piece: Evidence) -> bool:
        """Whoever handed it in, and the secretariat: a face that should not be there cannot wait."""
        return piece.withdrawn_at is None and (self.describes(piece) or self.keeps)


def rights(actor: Actor, commitment: Commitment, *, keeps: bool) -> Rights:
    """At most two queries: the actor's posts, and who helps."""
    if commitment.is_historic:
        return Rights()
    helping = {each.pk for each in commitment.co_responsible.all()}
    answering = helping | ({commitment.responsible_id} if commitment.responsible_id else set())
    return Rights(
        spoken=frozenset(speaks_for(actor, commitment)),
        answering=frozenset(answering),
        verifier_id=commitment.verifier_id,
        keeps=keeps,
        is_verifying_by_link=bool(actor.link and actor.link.purpose == Commitment.VERIFY_LINK),
    )


@dataclass
class Shelf:
    """The pieces a reader sees, and how many more there are that they do not read."""

    pieces: list[Evidence] = field(default_factory=list)
    reserved: int = 0
    add_url: str = ""

    def __bool__(self) -> bool:
        return bool(self.pieces or self.reserved)

    @property
    def gone(self) -> list[Evidence]:
        return [piece for piece in self.pieces if piece.gone_at and not piece.withdrawn_at]


def shelf(
    actor: Actor, commitment: Commitment, may: Rights, *, token: str = "", report_id: int | None = None
) -> Shelf:
    """What the page lists, newest first, each piece with the addresses its reader may use. One query.

    How many pieces are restricted is no secret: a reader must know that the verifier saw more than they do.
    """
    link = actor.link
    if link and link.subject_id == commitment.pk and link.purpose in BY_LINK:
        # ``visible_to`` says the same of what its own link opens, after asking about every other way in.
        found: list[Any] = _laid_out.rows(commitment_id=commitment.pk, report_id=report_id)
        pieces, reserved = found, 0
    else:
        found = list[Any](_laid_out_for.rows(actor=actor, commitment_id=commitment.pk, report_id=report_id))
        pieces = [piece for piece in found if piece.is_shown]
        reserved = sum(not piece.is_shown and piece.withdrawn_at is None for piece in found)
    place(pieces, may, token=token)
    add_url = ""
    if may.adds_for and report_id is None:
        add_url = address("evidence_add", token or commitment.public_id, by_link=bool(token))
    return Shelf(pieces, reserved, add_url)


@compiled
def _laid_out(commitment_id: int, report_id: int | None) -> "QuerySet[Evidence]":
    """Newest first; with ``report_id`` what came with that report alone."""
    rows = Evidence.objects.filter(commitment=commitment_id).select_related("organization", "file")
    if report_id is not None:
        rows = rows.filter(report=report_id)
    return rows.order_by("-added_at", "-id")


@compiled
def _laid_out_for(actor: Actor, commitment_id: int, report_id: int | None) -> "QuerySet[Evidence]":
    """The same, each with ``is_shown``."""
    seen = Evidence.objects.visible_to(actor).order_by().filter(pk=OuterRef("pk"))
    return _laid_out.build(commitment_id, report_id).annotate(is_shown=Exists(seen))


def shelf_for(
    actor: Actor, commitment: Commitment, *, keeps: bool = False, report_id: int | None = None
) -> Shelf:
    """``shelf`` with the actor's own rights and, for who came by a link, the addresses of that link."""
    token = commitment.token(actor.link.purpose) if actor.link else ""
    return shelf(actor, commitment, rights(actor, commitment, keeps=keeps), token=token, report_id=report_id)


def place(pieces: Iterable[Evidence], may: Rights, *, token: str = "") -> None:
    """Writes on each piece where it opens and where it is mended, as far as the reader may."""
    for row in pieces:
        piece: Any = row
        args = (token, piece.public_id) if token else (piece.public_id,)
        opens = piece.withdrawn_at is None and piece.file is not None and piece.file.may_go_out
        piece.file_url = address("evidence_file", *args, by_link=bool(token)) if opens else ""
        may_mend = may.describes(piece) or may.withdraws(piece)
        piece.mend_url = address("evidence_mend", *args, by_link=bool(token)) if may_mend else ""
        may_mark = bool(piece.url) and piece.withdrawn_at is None and may.marks
        piece.gone_url = address("evidence_gone", *args, by_link=bool(token)) if may_mark else ""


def address(name: str, *args: object, by_link: bool) -> str:
    return reverse(f"commitments:{name}{'_by_link' if by_link else ''}", args=args)
