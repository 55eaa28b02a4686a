"""The public side of what was said casa adentro: drafted from chosen outcomes, cleared by who took part."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.models import PublicIdModel
from coordination.mesas.models import mesa_shown
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import CircleMember, Outcome, Session


class SharingSheetQuerySet(models.QuerySet["SharingSheet"]):
    def visible_to(self, actor: Actor) -> "SharingSheetQuerySet":
        """Published ones to whoever sees the mesa; before that the circle of the record, and who holds a link to clear it."""
        shown = Q(state=SharingSheet.State.PUBLISHED) & mesa_shown(actor, "session__mesa__")
        if actor.person_id is not None:
            circle = CircleMember.objects.current().filter(
                person_id=actor.person_id, level=CircleMember.Level.RECORD
            )
            shown |= Q(session__in=circle.values("session"))
        if actor.link and actor.link.purpose == Clearance.LINK_PURPOSE:
            shown |= Q(clearances=actor.link.subject_id)
        return self.filter(shown)


class SharingSheet(PublicIdModel):
    """What may be told outside of a session, or of the closed part of one. It says nothing of who said what."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("sheet", "draft")
        CLEARING = "clearing", pgettext_lazy("sheet", "being cleared")
        PUBLISHED = "published", pgettext_lazy("sheet", "published")
        WITHDRAWN = "withdrawn", pgettext_lazy("sheet", "withdrawn")

    session = models.ForeignKey(Session, models.CASCADE, related_name="sharing_sheets")
    title = models.CharField(_("title"), max_length=250)
    introduction = models.TextField(_("introduction"), blank=True, max_length=4000)
    # Told as it may be told: "28 y 29 de febrero de 2024", "Puembo". Empty where it may not.
    when_told = models.CharField(_("when, as it may be told"), max_length=200, blank=True)
    where_told = models.CharField(_("where, as it may be told"), max_length=200, blank=True)
    names_organizations = models.BooleanField(_("names the organizations that took part"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    clear_until = models.DateTimeField(_("answers until"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = SharingSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sharing sheet")
        verbose_name_plural = _("sharing sheets")
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=~Q(state="withdrawn"), name="sharing_sheet_one_a_session"
            ),
            models.CheckConstraint(
                condition=~Q(state="clearing") | Q(clear_until__isnull=False), name="sharing_clears_until"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="sharing_published_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SharedPoint(models.Model):
    """One point of the sheet: an outcome in words that may leave the room."""

    sheet = models.ForeignKey(SharingSheet, models.CASCADE, related_name="points")
    outcome = models.ForeignKey(Outcome, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=15, choices=Outcome.Kind)
    text = models.TextField(_("text"), max_length=4000)
    order = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("point of a sharing sheet")
        verbose_name_plural = _("points of sharing sheets")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class Clearance(PublicIdModel):
    """One organization that took part says whether the sheet may go out as it stands."""

    LINK_PURPOSE = "clearance"

    class Answer(models.TextChoices):
        PENDING = "pending", _("no answer yet")
        AGREED = "agreed", _("agrees")
        OBJECTED = "objected", _("objects")

    sheet = models.ForeignKey(SharingSheet, models.CASCADE, related_name="clearances")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    # Who answers for it: a person of the circle.
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, default=Answer.PENDING)
    text = models.TextField(_("what should change"), blank=True, max_length=3000)
    answered_at = models.DateTimeField(null=True, blank=True)
    # The sheet's version that the answer is about.
    about_version = models.PositiveIntegerField(null=True, blank=True)
    link_generation = models.PositiveIntegerField(default=1, editable=False)
    link_expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("clearance")
        verbose_name_plural = _("clearances")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "organization"], name="clearance_once"),
            models.CheckConstraint(
                condition=Q(answer="pending", answered_at=None)
                | Q(answer__in=["agreed", "objected"], answered_at__isnull=False),
                name="clearance_answer_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(answer="objected") | ~Q(text=""),
                name="clearance_objection_says_what",
                violation_error_message=_("Write what should change."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.answer}"

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)
