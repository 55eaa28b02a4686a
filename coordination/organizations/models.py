"""Organizations, the posts in them and the people who hold those posts for a time."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import make_token, proves
from coordination.common.models import Plain, PublicIdModel
from coordination.common.search import HasWords, words_index
from coordination.taxonomies.models import Canton, Province, Sector, SectorType


class Level(models.TextChoices):
    """How far an organization or a mesa reaches."""

    INTERNATIONAL = "international", _("international")
    REGIONAL = "regional", _("regional")
    NATIONAL = "national", _("national")
    INTERSECTORAL = "intersectoral", _("intersectoral")
    ZONAL = "zonal", _("zonal")
    PROVINCIAL = "provincial", _("provincial")
    CANTONAL = "cantonal", _("cantonal")
    LOCAL = "local", _("local")


def effective_sector(prefix: str = "") -> Coalesce:
    """The sector of an organization reached through ``prefix``: its own, else its type's."""
    return Coalesce(F(f"{prefix}sector_override_id"), F(f"{prefix}sector_type__sector_id"))


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def active(self) -> "OrganizationQuerySet":
        return self.filter(state=Organization.State.ACTIVE)

    def visible_to(self, actor: Actor) -> "OrganizationQuerySet":
        """Active ones are public, and inactive ones, of whom the record speaks; proposed ones show to administrators,
        auditors and their own people."""
        if actor.is_admin or actor.is_auditor:
            return self
        return self.filter(~Q(state=Organization.State.PROPOSED) | Q(id__in=actor.organization_ids))

    def named_like(self, text: str) -> "OrganizationQuerySet":
        """By the words of names, acronyms and former names (``common.search``)."""
        formerly = FormerName.objects.filter(HasWords("plain_name", text)).values("organization")
        return self.filter(Q(HasWords("plain_name", text)) | Q(pk__in=formerly))

    def called(self, name: str) -> "OrganizationQuerySet":
        """Exactly this name, whatever its accents and capitals: now or formerly."""
        plain = Plain(Value(" ".join(name.split())))
        rows = self.annotate(
            plain_es=Plain(Coalesce("name_es", Value(""))), plain_en=Plain(Coalesce("name_en", Value("")))
        )
        return rows.filter(
            Q(plain_es=plain) | Q(plain_en=plain) | Q(former_names__plain_name=plain)
        ).distinct()

    def with_sector(self) -> "OrganizationQuerySet":
        """Adds ``sector_id_effective``: the organization's own sector, else its type's."""
        return self.annotate(sector_id_effective=effective_sector())


class Organization(PublicIdModel):
    """An institution, body, network or association that can hold a seat."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")

    slug = models.SlugField(_("address name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=250)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)
    sector_type = models.ForeignKey(SectorType, models.PROTECT, verbose_name=_("sector type"))
    sector_override = models.ForeignKey(
        Sector,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("sector, when it differs from its type"),
    )
    level = models.CharField(_("level"), max_length=20, choices=Level, default=Level.NATIONAL)
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, verbose_name=_("province"))
    canton = models.ForeignKey(Canton, models.PROTECT, null=True, blank=True, verbose_name=_("canton"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    mission = models.TextField(_("mission"), blank=True)
    mandate = models.TextField(_("mandate"), blank=True)
    website = models.URLField(_("website"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    note = models.TextField(_("note on its history"), blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    plain_name = models.GeneratedField(
        expression=Plain(
            Concat("name_es", Value(" "), "name_en", Value(" "), "acronym_es", Value(" "), "acronym_en")
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        indexes = [
            models.Index(OpClass("plain_name", name="text_pattern_ops"), name="organization_plain"),
            words_index("plain_name", "organization_words"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        return self.acronym or self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:organization", args=[self.slug])


class FormerName(models.Model):
    """A name the organization had; search finds it."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="former_names")
    name = models.CharField(_("name"), max_length=250)
    until = models.CharField(_("until"), max_length=40, blank=True)
    plain_name = models.GeneratedField(
        expression=Plain(F("name")), output_field=models.TextField(), db_persist=True
    )

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")

    def __str__(self) -> str:
        return self.name


class Milestone(models.Model):
    """A dated fact of the organization's history."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="milestones")
    happened_on = models.DateField(_("date"))
    text = models.CharField(_("what happened"), max_length=250)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["-happened_on"]

    def __str__(self) -> str:
        return self.text


class PersonQuerySet(models.QuerySet["Person"]):
    def holding(self, kind: str, organization_id: int, on: date) -> "PersonQuerySet":
        """Who holds a post of this kind in the organization on that day, longest first."""
        return self.filter(
            tenures__in=Tenure.objects.current(on).filter(
                post__organization_id=organization_id, post__kind=kind
            )
        ).order_by("tenures__starts_on", "id")


class Person(PublicIdModel):
    """Somebody who takes part, with or without an account. Several people may share one mailbox."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="es", choices=settings.LANGUAGES)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person"
    )
    is_fictitious = models.BooleanField(_("fictitious"), default=False)
    # Of the link to their preferences (accounts.links); one more revokes every copy.
    link_generation = models.PositiveIntegerField(default=1, editable=False)
    bounces = models.PositiveSmallIntegerField(_("refused mails in a row"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [models.Index(models.functions.Lower("email"), name="person_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


class Post(models.Model):
    """A position that outlives people: invitations, commitments and rights follow the post."""

    class Kind(models.TextChoices):
        HEAD = "head", _("head of the institution")
        FOCAL_POINT = "focal_point", _("focal point")
        TECHNICAL = "technical", _("technical staff")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="posts")
    title = models.CharField(_("post"), max_length=160)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        return self.title


# An organization speaks through its head and its focal point: it answers, reports, verifies, takes the chair.
SPEAKING_POSTS = (Post.Kind.HEAD, Post.Kind.FOCAL_POINT)


class TenureQuerySet(models.QuerySet["Tenure"]):
    def current(self, on: date) -> "TenureQuerySet":
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class Tenure(models.Model):
    """A person holds a post from a day, until a day when known. The person who left keeps nothing."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="tenures")
    person = models.ForeignKey(Person, models.CASCADE, related_name="tenures")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = TenureQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="tenure_ends_after_it_starts",
                violation_error_message=_("The last day cannot come before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.post}"


class JoinRequest(PublicIdModel):
    """An organization asks to join by the public form. Its mail is verified before anybody reads it."""

    LINK_PURPOSE = "join"

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("mail not yet confirmed")
        WAITING = "waiting", _("waiting for review")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")

    name = models.CharField(_("name of the organization"), max_length=250)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)
    sector_type = models.ForeignKey(SectorType, models.PROTECT, verbose_name=_("kind of organization"))
    level = models.CharField(_("level"), max_length=20, choices=Level, default=Level.NATIONAL)
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, verbose_name=_("province"))
    website = models.URLField(_("website"), blank=True)
    contact_name = models.CharField(_("your name"), max_length=200)
    contact_post = models.CharField(_("your post"), max_length=160)
    contact_email = models.EmailField(_("your e-mail"))
    contact_phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="es", choices=settings.LANGUAGES)
    reason = models.TextField(_("why your organization wants to join"), max_length=2000)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UNCONFIRMED)
    link_generation = models.PositiveIntegerField(default=1)
    link_expires_at = models.DateTimeField()
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="join_requests")
    organization = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, verbose_name=_("organization")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_note = models.TextField(_("note to the organization"), blank=True)
    created_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["unconfirmed", "waiting"], decided_at=None)
                | Q(state__in=["approved", "declined"], decided_at__isnull=False),
                name="join_request_decided_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decision_note=""),
                name="join_request_declined_says_why",
                violation_error_message=_("Say why, so that the organization can mend it or ask again."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)

    def get_link(self) -> str:
        """The path in the mail that verifies it."""
        return reverse("organizations:join_confirm", args=[self.token])

    def was_proven_by(self, token: str) -> bool:
        """True for the link of any generation: an old one may still ask for a new one."""
        generations = range(1, self.link_generation + 1)
        return any(proves(token, self.LINK_PURPOSE, self.public_id, generation) for generation in generations)

    def link_is_dead(self, token: str, now: datetime) -> bool:
        return token != self.token or now >= self.link_expires_at
