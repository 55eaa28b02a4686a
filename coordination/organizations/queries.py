"""Reads that join people and posts."""

from datetime import date

from django.contrib.auth.models import AnonymousUser

from accounts.actor import ANONYMOUS, Actor, LinkScope
from accounts.models import User
from coordination.organizations.models import Person, Tenure


def actor_of(*, user: User | AnonymousUser, on: date, link: LinkScope | None = None) -> Actor:
    """The actor a signed-in user is on that day: the person tied to the user and the posts held.

    Two queries at most; none for the anonymous.
    """
    if not isinstance(user, User):
        return Actor(link=link) if link else ANONYMOUS
    person = Person.objects.filter(user_id=user.pk).only("id", "name").first()
    tenures = (
        list(Tenure.objects.current(on).filter(person=person).values_list("post_id", "post__organization_id"))
        if person
        else []
    )
    return Actor(
        user_id=user.pk,
        person_id=person.pk if person else None,
        name=user.name or (person.name if person else user.email),
        post_ids=tuple(sorted({post for post, _ in tenures})),
        organization_ids=tuple(sorted({organization for _, organization in tenures})),
        is_admin=user.is_superuser,
        is_auditor=user.is_auditor,
        link=link,
    )
