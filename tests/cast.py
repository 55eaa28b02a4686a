"""A small cast of named people, made once per test by the ``cast`` fixture.

Rosa keeps the secretariat of the mesa at the ministry (user). Tomás is the chair organization's head (user).
Carmen is the focal point of an NGO (no user). Luis is the focal point of a university (user). Elena belongs
to an organization without a seat (user). Ana administers. Olga audits.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from accounts.actor import Actor
from accounts.models import User
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.organizations.models import Organization, Person, Post, Tenure
from coordination.organizations.queries import actor_of
from coordination.taxonomies.models import Sector, SectorType

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # lunes 2 de marzo de 2026, 10:00 in Quito
SINCE = date(2025, 1, 1)
_counter = itertools.count(1)


def sector_type(code: str = "national_ngo", sector: str = "civil_society") -> SectorType:
    group, _ = Sector.objects.get_or_create(code=sector, defaults={"name_es": sector, "name_en": sector})
    found, _ = SectorType.objects.get_or_create(
        code=code, defaults={"name_es": code, "name_en": code, "sector": group}
    )
    return found


def organization(name: str, *, kind: str = "national_ngo", sector: str = "civil_society") -> Organization:
    return Organization.objects.create(
        slug=f"org-{next(_counter)}",
        name_es=name,
        name_en=name,
        sector_type=sector_type(kind, sector),
        state=Organization.State.ACTIVE,
    )


def person(
    name: str,
    *,
    at: Organization | None = None,
    kind: str = Post.Kind.FOCAL_POINT,
    user: bool = False,
    email: str | None = None,
    **user_fields: bool,
) -> Person:
    """Somebody, in a post when ``at`` is given, with an account when ``user``."""
    address = email or f"{name.split()[0].lower()}.{next(_counter)}@cast.example"
    account = User.objects.create_user(address, "una clave larga", name=name, **user_fields) if user else None
    someone = Person.objects.create(name=name, email=address, user=account)
    if at:
        post = Post.objects.create(organization=at, title_es="Punto focal", title_en="Focal point", kind=kind)
        Tenure.objects.create(post=post, person=someone, starts_on=SINCE)
    return someone


def many_organizations(names: Sequence[str]) -> list[Organization]:
    """For lists of hundreds: one statement."""
    kind, active = sector_type(), Organization.State.ACTIVE
    return Organization.objects.bulk_create(
        Organization(slug=f"org-{next(_counter)}", name_es=name, name_en=name, sector_type=kind, state=active)
        for name in names
    )


def many_seated(mesa: Mesa, names: Sequence[str]) -> list[tuple[Organization, Person]]:
    """New organizations at the mesa, each with its focal point, for lists of hundreds: a statement a table."""
    orgs = many_organizations(names)
    posts = Post.objects.bulk_create(
        Post(organization=org, title_es="Punto focal", title_en="Focal point", kind=Post.Kind.FOCAL_POINT)
        for org in orgs
    )
    people = Person.objects.bulk_create(
        Person(name=f"Persona de {org.name}", email=f"{org.slug}@cast.example") for org in orgs
    )
    Tenure.objects.bulk_create(
        Tenure(post=post, person=someone, starts_on=SINCE)
        for post, someone in zip(posts, people, strict=True)
    )
    Seat.objects.bulk_create(Seat(mesa=mesa, organization=org, starts_on=SINCE) for org in orgs)
    return list(zip(orgs, people, strict=True))


def seat(mesa: Mesa, org: Organization, role: str = Seat.Role.MEMBER) -> Seat:
    voting = Seat.Voting.VOICE if role == Seat.Role.OBSERVER else Seat.Voting.VOICE_VOTE
    return Seat.objects.create(mesa=mesa, organization=org, role=role, voting=voting, starts_on=SINCE)


def acting(someone: Person) -> Actor:
    """The actor a person is, with the posts held on the cast's day."""
    return (
        actor_of(user=someone.user, on=NOW.date())
        if someone.user
        else Actor(person_id=someone.pk, name=someone.name)
    )


def signed_in(user: User) -> Client:
    """A client with a session as signing in leaves it, in a third of ``force_login``'s statements."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@dataclass
class Cast:
    """The people, their organizations and one active, public mesa. ``now`` is the cast's instant."""

    now: datetime = NOW
    ministry: Organization = field(
        default_factory=lambda: organization(
            "Ministerio Central", kind="national_government", sector="central_government"
        )
    )
    ngo: Organization = field(default_factory=lambda: organization("Fundación Puente Sur"))
    university: Organization = field(
        default_factory=lambda: organization("Universidad del Páramo", kind="academia", sector="academia")
    )
    outsider: Organization = field(
        default_factory=lambda: organization(
            "Cámara Boreal", kind="private_sector_economic", sector="private_sector"
        )
    )

    def __post_init__(self) -> None:
        self.rosa = person("Rosa Tandazo", at=self.ministry, user=True)
        self.tomas = person("Tomás Vera", at=self.ministry, kind=Post.Kind.HEAD, user=True)
        self.carmen = person("Carmen Loja", at=self.ngo)
        self.luis = person("Luis Aguirre", at=self.university, user=True)
        self.elena = person("Elena Mora", at=self.outsider, user=True)
        self.ana = person("Ana Ríos", user=True, is_superuser=True, is_staff=True)
        self.olga = person("Olga Paz", user=True, is_auditor=True)
        self.mesa = Mesa.objects.create(
            slug="frontera-sur",
            name_es="Mesa Zonal Frontera Sur",
            name_en="Southern Border Zonal Mesa",
            code_prefix="FS",
            quorum_organizations=2,
            quorum_sectors=2,
            convener=self.ministry,
        )
        self.seats = {
            "ministry": seat(self.mesa, self.ministry, Seat.Role.CHAIR),
            "ngo": seat(self.mesa, self.ngo),
            "university": seat(self.mesa, self.university),
        }
        mandate = SecretariatMandate.objects.create(mesa=self.mesa, instrument="Acuerdo 12", starts_on=SINCE)
        mandate.organizations.add(self.ministry)
        mandate.posts.add(self.rosa.tenures.get().post)
        self.secretariat = acting(self.rosa)

    def in_days(self, days: float, hour: int | None = None) -> datetime:
        """An instant so many days from the cast's now."""
        when = self.now + timedelta(days=days)
        return when.replace(hour=hour, minute=0) if hour is not None else when
