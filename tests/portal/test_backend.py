"""Who somebody is today, from compiled queries: the same as from plain ones, at the edges of every term too."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actor import Actor
from accounts.models import User
from coordination.mesas.models import Seat, SecretariatMandate
from coordination.mesas.permissions import INSIDER, Role, resolve
from coordination.notifications.frame import frame_of
from coordination.notifications.inbox import FRESH
from coordination.notifications.models import Hold, Notification
from coordination.organizations.models import SPEAKING_POSTS, Post, Tenure
from coordination.organizations.queries import actor_of
from coordination.portal.backend import Backend, signed_in
from tests.cast import Cast

TODAY = date(2026, 3, 2)
NOON = timezone.make_aware(datetime.combine(TODAY, time(12)))


class Term(NamedTuple):
    starts_on: date
    ends_on: date | None

    @property
    def holds(self) -> bool:
        return self.starts_on <= TODAY and (self.ends_on is None or self.ends_on >= TODAY)


DAYS = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
ENDED = st.tuples(DAYS, DAYS).map(lambda days: Term(*sorted(days)))
TERMS = ENDED | DAYS.map(lambda day: Term(day, None))
WORLDS = st.fixed_dictionaries(
    {
        "tenures": st.lists(st.tuples(st.integers(0, 5), TERMS), max_size=5),
        "seats": st.lists(st.tuples(st.integers(0, 1), st.sampled_from(Seat.Role.values), ENDED), max_size=4),
        "mandates": st.lists(
            st.tuples(st.sets(st.integers(0, 1)), st.sets(st.integers(0, 5)), TERMS), max_size=3
        ),
    }
)


def _posts(cast: Cast) -> list[Post]:
    """Two organizations with a head, a focal point and somebody who does not speak for them each."""
    kinds = [Post.Kind.HEAD, Post.Kind.FOCAL_POINT, next(k for k in Post.Kind if k not in SPEAKING_POSTS)]
    return Post.objects.bulk_create(
        Post(organization=one, kind=kind, title_es="Puesto", title_en="Post")
        for one in (cast.ngo, cast.outsider)
        for kind in kinds
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLDS)
def test_what_the_terms_say_is_what_the_actor_may(cast: Cast, world: dict) -> None:
    with transaction.atomic():
        Tenure.objects.filter(person=cast.elena).delete()
        Seat.objects.all().delete()
        posts, organizations = _posts(cast), (cast.ngo, cast.outsider)
        Tenure.objects.bulk_create(
            Tenure(person=cast.elena, post=posts[post], starts_on=term.starts_on, ends_on=term.ends_on)
            for post, term in world["tenures"]
        )
        Seat.objects.bulk_create(
            Seat(mesa=cast.mesa, organization=organizations[one], role=role, voting="voice", **term._asdict())
            for one, role, term in world["seats"]
        )
        for keepers, through, term in world["mandates"]:
            mandate = SecretariatMandate.objects.create(
                mesa=cast.mesa, instrument="Acuerdo", **term._asdict()
            )
            mandate.organizations.set(organizations[one] for one in keepers)
            mandate.posts.set(posts[one] for one in through)
        actor = actor_of(user=_signed_in(cast.elena.user), on=TODAY)
        plain = actor_of(user=User.objects.get(pk=cast.elena.user.pk), on=TODAY)
        reached = resolve(actor, on=TODAY).mesa_roles
        transaction.set_rollback(True)
    held = {post for post, term in world["tenures"] if term.holds}
    assert actor == plain == _expected(cast, actor, [posts[one] for one in held])
    assert set(reached) == {(cast.mesa.pk, role) for role in _roles(world, held)}


def _signed_in(user: User) -> User:
    (found,) = signed_in.rows(user_id=user.pk, on=TODAY, now=NOON)
    return found


def _expected(cast: Cast, actor: Actor, held: list[Post]) -> Actor:
    return Actor(
        user_id=cast.elena.user.pk,
        person_id=cast.elena.pk,
        name=cast.elena.name,
        post_ids=tuple(sorted(post.pk for post in held)),
        organization_ids=tuple(sorted({post.organization_id for post in held})),
    )


def _roles(world: dict, held: set[int]) -> set[str]:
    """The rule once more, in words of its own: posts 0 to 2 are of the first organization, the third does not speak."""
    mine, speaks = {post // 3 for post in held}, {post // 3 for post in held if post % 3 != 2}
    found = set()
    for one, role, term in world["seats"]:
        if term.holds and one in mine:
            found.add(Role.MEMBER if role == Role.CHAIR and one not in speaks else role)
    for keepers, through, term in world["mandates"]:
        if term.holds:
            found |= {Role.SECRETARIAT} if through & held else set()
            found |= {INSIDER} if keepers & mine else set()
    return found


def test_the_frame_counts_what_is_new_to_the_second_and_tells_of_a_hold(cast: Cast) -> None:
    for number, age in enumerate((FRESH, FRESH - timedelta(seconds=1), timedelta(days=1))):
        Notification.objects.create(
            recipient=cast.luis, kind="session_changed", subject_type="session", subject_id=1, root_type="session",
            root_id=1, version=number, due_at=NOON - age, not_after=NOON, next_try_at=NOON, state="sent", sent_at=NOON,
        )  # fmt: skip
    frames = {frame_of(_signed_in(cast.luis.user), NOON), frame_of(cast.luis.user, NOON)}
    assert [(frame.unread, frame.hold) for frame in frames] == [(2, "")]
    Hold.objects.create(reason="El correo del ministerio no responde.", since=NOON)
    assert frame_of(_signed_in(cast.luis.user), NOON).hold.startswith("El correo")


def test_who_may_not_sign_in_any_more_is_nobody(cast: Cast) -> None:
    user = cast.luis.user
    assert Backend().get_user(user.pk) == user
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Backend().get_user(user.pk) is None
    assert Backend().get_user(0) is None
