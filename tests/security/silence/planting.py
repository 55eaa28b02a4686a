"""Fills everything that hangs from a closed session, block or item with canaries: words that exist nowhere else.

The rows are found through the models themselves: a new table, or a new text of an old one, is planted without a line
here. A canary seen by somebody outside the circle is a leak, whatever page, file or mail it stands in.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from coordination.files.models import StoredFile
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization, Person, Post
from coordination.sessions.rooms import Room

# Who gets what, not what was dealt with: rows of these are the business of other tests.
OF_A_SESSION = {"mesa_sessions", "attendees", "commitments", "minutes"}
NOT_OURS = {"activity", "notifications", "demo"}
SEEN_BY_LOGISTICS = {
    # When and where, and the delegation: what the outer ring of a circle is told, and a link of its invitation.
    "Session.venue", "Session.address", "Session.online_url", "Block.venue", "Block.online_url",
    "Convocation.number", "Convocation.signatory_name", "Convocation.signatory_title", "Invitation.note",
    "Invitation.letter_number", "Delegate.post_title", "Delegate.needs",
}  # fmt: skip
# A sheet is shown to who clears it by link; once it is out to everybody, on its page and on its mesa's.
SHARED = {"minutes:clearance", "minutes:shared", "portal:mesa", "portal:session"}
SHEET = ("SharedPoint.", "SharingSheet.")
# Whoever sat only in a closed part of an open session gets no certificate.
NONE_OF_A_PART = {"Certificate"}
_counter = itertools.count(1000)
# What a constraint asks for and no field says.
SPECIAL: dict[str, Callable[["Inside"], dict[str, Any]]] = {
    "Commitment": lambda _inside: {"number": next(_counter)},
    "Clearance": lambda _inside: {"answer": "pending", "answered_at": None},
    "Extension": lambda _inside: {"old_due_on": date(2026, 1, 5), "new_due_on": date(2026, 3, 5)},
    "Verification": lambda inside: {"organization": inside.verifying},
    "NonFulfilment": lambda inside: {"second": inside.verifying},
    "Dispute": lambda _inside: {"non_fulfilment": None},
    "Evidence": lambda _inside: {"url": ""},
    "Support": lambda _inside: {"session": None, "mesa": None},
    "Referral": lambda _inside: {"origin": Mesa.objects.earliest("pk"), "target": Mesa.objects.latest("pk")},
    "Reservation": lambda _inside: {
        "room": Room.objects.earliest("pk"),
        "starts_at": timezone.now() + timedelta(days=70),
        "ends_at": timezone.now() + timedelta(days=70, hours=2),
    },
}

# A link that may be empty, yet one of two must be there: the row waits for the other model.
WAITS = {"Dispute": "verification"}


@dataclass
class Planted:
    """The rows by model, and what each canary stands for: ``{"zq1000xk": "Session.topic_es"}``."""

    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    canaries: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    # Rows that are open themselves: what points to these alone is no secret.
    open: set[type[models.Model]] = field(default_factory=set)

    def word(self, meaning: str) -> str:
        found = f"zq{next(_counter)}xk"
        self.canaries[found] = meaning
        return found

    def in_(self, text: str, *, but: Iterable[str] = ()) -> list[str]:
        """The meanings of the canaries that stand in this text."""
        low = text.lower()
        return sorted({f"{what} ({word})" for word, what in self.canaries.items() if word in low} - set(but))


@dataclass(frozen=True)
class Inside:
    """Those a planted row may name: an organization, its post, a person of the circle."""

    organization: Organization
    answering: Organization
    verifying: Organization
    person: Person
    post: Post


def plant(
    planted: Planted, inside: Inside, closed: dict[type[models.Model], models.Model], *, part: bool = False
) -> Planted:
    """Writes canaries into the rows of ``closed``, and makes one row of every model that hangs from them.

    Of a ``part`` only what hangs from the part: what points to the session alone belongs to the open one.
    """
    planted.rows |= closed
    for row in closed.values():
        _write_words(planted, row)
    waiting = _hanging(set(closed) if part else set(planted.rows))
    _overwrite_all(planted, waiting)
    waiting = [
        model
        for model in waiting
        if model not in planted.rows and not (part and model.__name__ in NONE_OF_A_PART)
    ]
    while waiting:
        made = [model for model in waiting if _plant_one(planted, inside, model, waiting)]
        waiting = [model for model in waiting if model not in made]
        if not made:
            break
    planted.left_out |= {model.__name__: "cannot be made by itself" for model in waiting}
    return planted


def overwrite(planted: Planted, closed: dict[type[models.Model], models.Model]) -> None:
    """Canaries into these rows and into all that hangs from them already; nothing new is made."""
    here = Planted(rows=dict(closed), canaries=planted.canaries)
    for row in closed.values():
        _write_words(here, row)
    _overwrite_all(here, _hanging(set(closed)))


def _models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("coordination.") and model._meta.app_label not in NOT_OURS
    ]


def _hanging(roots: set[type[models.Model]]) -> list[type[models.Model]]:
    """Every model that points, however far, to one of these."""
    found: set[type[models.Model]] = set()
    grows = True
    while grows:
        new = {
            model
            for model in _models()
            if model not in roots | found
            and any(link.related_model in roots | found for link in _links(model) if _hangs(link))
        }
        found |= new
        grows = bool(new)
    return sorted(found, key=lambda model: model._meta.label)


def _links(model: type[models.Model]) -> list[Any]:
    return [one for one in model._meta.concrete_fields if isinstance(one, models.ForeignKey)]


def _hangs(link: Any) -> bool:
    """A row of ours, not one that merely remembers where it was seen."""
    return link.remote_field.on_delete in (models.CASCADE, models.PROTECT) or not link.null


def _plant_one(
    planted: Planted, inside: Inside, model: type[models.Model], waiting: list[type[models.Model]]
) -> bool:
    """Makes the row, unless it needs one that is still to come."""
    if any(
        link.related_model in waiting
        and (not link.null or WAITS.get(model.__name__) == link.name)
        and link.related_model is not model
        for link in _links(model)
    ):
        return False
    values: dict[str, Any] = {}
    words: dict[str, str] = {}
    for one in model._meta.concrete_fields:
        if one.primary_key or one.generated:
            continue
        if isinstance(one, models.ForeignKey):
            target = _target(planted, inside, one)
            if target is not None:
                values[one.name] = target
        elif _takes_words(one):
            words[one.name] = f"{model.__name__}.{one.name}"
        elif one.name == "is_casa_adentro":
            values[one.name] = True  # a copy of what it hangs from, as the actions keep it
        elif not one.has_default() and not one.null:
            values[one.name] = _plain(one)
    special = SPECIAL.get(model.__name__, lambda _inside: {})(inside)
    row = model(**values | special)
    for name, meaning in words.items():
        if name not in special:
            setattr(row, name, _word(planted, model._meta.get_field(name), meaning))
    for mend in (lambda one: one, _as_it_must_be):
        try:
            with transaction.atomic():
                mend(row).save()
        except (IntegrityError, TypeError, ValueError) as error:
            planted.left_out.setdefault(model.__name__, str(error).splitlines()[0])
        else:
            planted.left_out.pop(model.__name__, None)
            planted.rows[model] = row
            for many in model._meta.many_to_many:
                if many.related_model is Organization:
                    getattr(row, many.name).add(inside.organization)
            return True
    for word in words:
        planted.canaries = {one: what for one, what in planted.canaries.items() if what != words[word]}
    return True


def _overwrite_all(planted: Planted, models_: list[type[models.Model]]) -> None:
    """Those first that others hang from."""
    left = list(models_)
    while left:
        ripe = [
            m
            for m in left
            if not any(link.related_model in left and link.related_model is not m for link in _links(m))
        ]
        for model in ripe or left:
            _overwrite(planted, model)
        left = [model for model in left if ripe and model not in ripe]


def _overwrite(planted: Planted, model: type[models.Model]) -> None:
    """Rows that were there before it was closed speak in canaries too; of each model one stands for it from then on."""
    for link in _links(model):
        above = planted.rows.get(link.related_model)
        if (
            above is None
            or link.related_model in planted.open
            or not _hangs(link)
            or link.related_model is model
        ):
            continue
        for row in model._base_manager.filter(**{link.name: above}).order_by("pk"):
            _write_words(planted, row)
            planted.rows.setdefault(model, row)


def _as_it_must_be(row: models.Model) -> models.Model:
    """States whose constraints ask for a moment: give every empty moment one, and a start before it."""
    now = timezone.now()
    for one in row._meta.concrete_fields:
        ends = one.name.startswith(
            ("ended", "ends", "revoked", "removed", "withdrawn", "retired", "until", "superseded")
        )
        if isinstance(one, models.DateTimeField) and getattr(row, one.name) is None and not ends:
            setattr(row, one.name, now)
    return row


def _target(planted: Planted, inside: Inside, link: Any) -> Any:
    wanted = link.related_model
    if wanted in planted.rows and wanted is not link.model:
        return planted.rows[wanted]
    if wanted is Organization:
        found = {"responsible": inside.answering, "verifier": inside.verifying}
        return found.get(link.name, inside.organization)
    if wanted is Person:
        return inside.person
    if wanted is Post:
        return inside.post
    if wanted is StoredFile:
        return _file(planted, f"{link.model.__name__}.{link.name}")
    if link.null or wanted._meta.app_label in OF_A_SESSION:
        return None
    return wanted._default_manager.order_by("pk").first()


def _file(planted: Planted, meaning: str) -> StoredFile:
    name = planted.word(f"{meaning} (name)")
    return StoredFile.objects.create(
        name=f"{name}.txt", type="txt", size=12, sha256="0" * 64, state="clean", is_restricted=True,
        content=ContentFile(planted.word(f"{meaning} (content)").encode(), name="x"), uploaded_at=timezone.now(),
    )  # fmt: skip


def _takes_words(one: Any) -> bool:
    if getattr(one, "choices", None) or isinstance(one, models.FileField | models.SlugField):
        return False
    is_text = isinstance(one, models.CharField | models.TextField) and one.name not in FIXED
    return is_text and (one.max_length or 100) >= 8


FIXED = {"language", "sha256", "reserved_sha256", "time_zone", "source_id", "provenance", "code_hash"}


def _word(planted: Planted, one: Any, meaning: str) -> str:
    word = planted.word(meaning)
    if isinstance(one, models.URLField):
        return f"https://{word}.example/"
    if isinstance(one, models.EmailField):
        return f"{word}@zq.example"
    return word


def _write_words(planted: Planted, row: models.Model) -> None:
    texts = [one for one in row._meta.concrete_fields if not one.generated and _takes_words(one)]
    type(row)._base_manager.filter(pk=row.pk).update(
        **{one.attname: _word(planted, one, f"{type(row).__name__}.{one.name}") for one in texts}
    )
    row.refresh_from_db()


def _plain(one: Any) -> Any:
    """Something that fits and says nothing."""
    now = timezone.now()
    if isinstance(one, models.DateTimeField):
        return now + timedelta(days=40) if "expires" in one.name or "until" in one.name else now
    if isinstance(one, models.DateField):
        return now.date()
    if isinstance(one, models.CharField) and one.choices:
        return one.choices[0][0]
    if isinstance(one, models.BooleanField):
        return False
    if isinstance(one, ArrayField | models.JSONField):
        return []
    if isinstance(one, models.UUIDField):
        return models.UUIDField().to_python("00000000-0000-4000-8000-00000000abcd")
    return 1 if isinstance(one, models.IntegerField | models.DecimalField) else "zz"
