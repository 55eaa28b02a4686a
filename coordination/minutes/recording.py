"""What is written while the session runs: notes, statements, figures, votes, the floor, the closing round.

Outcomes themselves are ``sessions``'; what hangs from them and from the items is here.
"""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.attendees.models import Delegate
from coordination.common.models import PublicIdModel
from coordination.organizations.models import Organization, Person, Post
from coordination.sessions.models import AgendaItem, Outcome, Session
from coordination.taxonomies.models import Sector


class ItemRecord(models.Model):
    """The running notes of one agenda item, for the minutes and, apart, for the reserved version alone."""

    item = models.OneToOneField(AgendaItem, models.CASCADE, related_name="record")
    notes = models.TextField(_("notes"), blank=True, max_length=20000)
    reserved_notes = models.TextField(_("reserved notes"), blank=True, max_length=20000)
    version = models.PositiveIntegerField(default=1, editable=False)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("record of an item")
        verbose_name_plural = _("records of items")

    def __str__(self) -> str:
        return str(self.item_id)


class NotesVersion(models.Model):
    """A text of an item's notes that was accepted. The newest row of a person grows while they go on writing below it."""

    record = models.ForeignKey(ItemRecord, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    notes = models.TextField(blank=True)
    reserved_notes = models.TextField(blank=True)
    since = models.DateTimeField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("earlier text of an item's notes")
        verbose_name_plural = _("earlier texts of items' notes")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="notes_version_once")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.number}"


class ItemPresence(models.Model):
    """Who has an item open to write in it; a row older than a minute says nothing."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="item_presence_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.person_id}"


class Statement(PublicIdModel):
    """What somebody said, with the post and the organization they spoke for that day, in the words of that day."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="statements")
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="statements",
        verbose_name=_("organization"),
    )  # fmt: skip
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="+")
    speaker = models.CharField(_("who spoke"), max_length=200, blank=True)
    speaker_title = models.CharField(_("post"), max_length=200, blank=True)
    text = models.TextField(_("what was said"), max_length=4000)
    is_reserved = models.BooleanField(_("reserved"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class SaidFigure(PublicIdModel):
    """A figure that was named, with where it comes from."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="figures")
    label = models.CharField(_("what it counts"), max_length=200)
    value = models.CharField(_("figure"), max_length=60)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=300)
    is_reserved = models.BooleanField(_("reserved"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.value} {self.label}"


class RecordedReservation(PublicIdModel):
    """An organization goes along with a decision and has its reservation written down."""

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="reservations")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    text = models.TextField(_("reservation"), max_length=2000)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "organization"],
                name="reservation_once",
                violation_error_message=_("This organization already has its reservation recorded."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.text[:60]}"


class SeatVote(models.Model):
    """How one voting seat voted on an outcome, by show of hands."""

    class Choice(models.TextChoices):
        FOR = "for", _("in favour")
        AGAINST = "against", _("against")
        ABSTAIN = "abstain", _("abstains")

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="votes")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    choice = models.CharField(_("vote"), max_length=8, choices=Choice)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("vote of a seat")
        verbose_name_plural = _("votes of seats")
        constraints = [models.UniqueConstraint(fields=["outcome", "organization"], name="seat_votes_once")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.choice}"


class Turn(models.Model):
    """Somebody had the floor. Counted by sector; the open one has no end yet."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="turns")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organization")
    )
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", verbose_name=_("sector"))
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("turn to speak")
        verbose_name_plural = _("turns to speak")
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(ended_at=None), name="turn_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="turn_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.sector_id}"


class RoundVoter(models.Model):
    """That a delegate answered the closing round: once each, and never what."""

    delegate = models.OneToOneField(Delegate, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.delegate_id)


class RoundAnswer(models.Model):
    """One answer to the closing round. It is tied to nobody."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="round_answers")
    worked = models.TextField(_("what worked"), blank=True, max_length=1000)
    change = models.TextField(_("what to change"), blank=True, max_length=1000)
    # From 1 (not useful) to 5 (very useful).
    score = models.PositiveSmallIntegerField(
        _("how useful it was"), null=True, blank=True, validators=[MaxValueValidator(5)]
    )

    class Meta:
        verbose_name = _("answer to the closing round")
        verbose_name_plural = _("answers to the closing round")
        constraints = [
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=1, score__lte=5), name="round_score_one_to_five"
            )
        ]

    def __str__(self) -> str:
        return str(self.session_id)
