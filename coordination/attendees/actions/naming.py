"""Who an organization names: what is refused, and the rows of those who come, stay and go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.attendees.models import Delegate, Invitation
from coordination.common.errors import DomainError
from coordination.mesas.models import Rank
from coordination.organizations.models import Person
from coordination.sessions.models import Session

NAMED_A_DAY = 100  # by one invitation: whoever is named is written to, and a link can lie in anybody's hands


class DelegationRefused(DomainError):
    """The delegation as written cannot stand."""


@dataclass(frozen=True)
class DelegateData:
    """One person as the focal point wrote them. An empty ``modality`` is the delegation's own."""

    role: str
    name: str
    email: str = ""
    phone: str = ""
    post_title: str = ""
    needs: str = ""
    rank: str = ""
    modality: str = ""
    need_kinds: tuple[str, ...] = ()
    is_listed: bool = False
    # The language the page was filled in: a new person is written to in it. It makes no other delegation.
    language: str = field(default="es", compare=False)

    def cleaned(self) -> "DelegateData":
        """Without stray spaces or lines; an address in lower case; needs in the order of the list."""
        return replace(
            self,
            name=" ".join(self.name.split()),
            email=self.email.strip().lower(),
            phone=" ".join(self.phone.split()),
            post_title=" ".join(self.post_title.split()),
            needs=" ".join(self.needs.split()),
            need_kinds=tuple(kind for kind in Delegate.Need.values if kind in self.need_kinds),
        )

    @property
    def told(self) -> dict[str, object]:
        """The columns of the delegate's own row."""
        return {
            "role": self.role,
            "post_title": self.post_title,
            "needs": self.needs,
            "rank": self.rank,
            "modality": self.modality,
            "need_kinds": list(self.need_kinds),
            "is_listed": self.is_listed,
        }


def size_of(session: Session) -> int:
    """People per delegation: the session's own number, else its mesa's."""
    return session.delegation_size or session.mesa.delegation_size


def offered(session: Session) -> tuple[str, ...]:
    """The ways in which one can take part."""
    if session.modality == Session.Modality.HYBRID:
        return (Session.Modality.IN_PERSON, Session.Modality.ONLINE)
    return (session.modality,)


def says_the_same(
    invitation: Invitation, before: Mapping[int, Delegate], modality: str, people: Sequence[DelegateData]
) -> bool:
    """The same people, told the same way: nothing to write. A telephone left out says nothing."""
    stands = sorted(map(_essence, before.values()))
    asked = sorted((one.name.lower(), one.email, _plain(one.told)) for one in people)
    phones = {
        (one.person.name.lower(), one.person.email.lower()): one.person.phone for one in before.values()
    }
    same_phones = all(
        not one.phone or phones.get((one.name.lower(), one.email)) == one.phone for one in people
    )
    return invitation.modality == modality and stands == asked and same_phones


def _essence(row: Delegate) -> tuple[str, str, str]:
    told = DelegateData(
        row.role,
        row.person.name,
        row.person.email,
        "",
        row.post_title,
        row.needs,
        row.rank,
        row.modality,
        tuple(row.need_kinds),
        row.is_listed,
    ).cleaned()
    return (told.name.lower(), told.email, _plain(told.told))


def _plain(told: dict[str, object]) -> str:
    return repr([str(value) for value in told.values()])


def refuse_bad_delegation(session: Session, modality: str, people: Sequence[DelegateData]) -> None:
    """Raises DelegationRefused."""
    ways = offered(session)
    if modality not in ways:
        raise DelegationRefused(
            _("Say how your organization will take part in this session."), field="modality"
        )
    roles = [one.role for one in people]
    if roles.count(Delegate.Role.PRINCIPAL) != 1 or roles.count(Delegate.Role.ALTERNATE) > 1:
        raise DelegationRefused(_("Name one principal and at most one alternate."))
    if any(not one.name or (not one.email and one.role != Delegate.Role.COMPANION) for one in people):
        raise DelegationRefused(
            _("Each person needs a name and an e-mail address; several may share one address.")
        )
    if len({(one.name.lower(), one.email) for one in people}) < len(people):
        raise DelegationRefused(
            _("The same person is named twice. Name somebody else or leave the place empty.")
        )
    if any(one.modality not in ("", *ways) or one.rank not in ("", *Rank.values) for one in people):
        raise DelegationRefused(_("Choose rank and way of taking part from their lists."))
    size = size_of(session)
    if len(people) > size:
        raise DelegationRefused(
            ngettext(
                "At this mesa a delegation is %(size)s person.",
                "At this mesa a delegation is up to %(size)s people.",
                size,
            )
            % {"size": size}
        )


def replace_delegates(
    invitation: Invitation, before: Mapping[int, Delegate], people: Sequence[DelegateData], now: datetime
) -> tuple[list[int], list[int]]:
    """Withdraws who goes, keeps who stays, adds who comes. Returns the ids of the persons added and removed.

    Raises DelegationRefused when the invitation has named too many people within a day.
    """
    named = [(person_of(invitation.organization_id, one), one) for one in people]
    lately = invitation.delegates.filter(registered_at__gt=now - timedelta(days=1)).count()
    if lately + sum(person.pk not in before for person, _data in named) > NAMED_A_DAY:
        raise DelegationRefused(
            _(
                "Many people were named with this invitation today. Nothing was saved; tomorrow it takes more names, "
                "and the secretariat can help before."
            )
        )
    staying = {person.pk for person, _data in named}
    removed = [person_id for person_id in before if person_id not in staying]
    invitation.delegates.current().filter(person_id__in=removed).update(withdrawn_at=now)
    # Two people may trade principal and alternate: for an instant neither of them is one.
    invitation.delegates.current().update(role=Delegate.Role.COMPANION)
    added = []
    for person, data in named:
        if person.pk in before:
            Delegate.objects.filter(pk=before[person.pk].pk).update(**data.told)
        else:
            Delegate.objects.create(invitation=invitation, person=person, registered_at=now, **data.told)
            added.append(person.pk)
    return added, removed


def person_of(organization_id: int, data: DelegateData) -> Person:
    """The organization's own person of that name and address, or a new one. Never another organization's."""
    known = (
        Person.objects.filter(name__iexact=data.name, email__iexact=data.email)
        .filter(
            Q(tenures__post__organization_id=organization_id)
            | Q(delegations__invitation__organization_id=organization_id)
            | Q(standing__seat__organization_id=organization_id)
        )
        .order_by("id")
        .first()
    )
    if known is None:
        return Person.objects.create(
            name=data.name, email=data.email, phone=data.phone, language=data.language
        )
    # Whoever signs in keeps their own telephone; the focal point speaks for the others.
    if data.phone and known.phone != data.phone and (known.user_id is None or not known.phone):
        known.phone = data.phone
        known.save(update_fields=["phone"])
    return known
