"""Who is signed in, with what every page asks about them: one query where there were three."""

from datetime import date, datetime

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from coordination.common.compiled import compiled
from coordination.notifications.frame import with_frame
from coordination.organizations.queries import with_standing


@compiled
def signed_in(user_id: int, on: date, now: datetime) -> "QuerySet[User]":
    return with_frame(with_standing(User.objects.filter(pk=user_id), on), now)


class Backend(AuthenticationBackend):
    """allauth's ways in; the user comes with the person, the posts held today and the new notices."""

    def get_user(self, user_id: int) -> User | None:
        for user in signed_in.rows(user_id=user_id, on=timezone.localdate(), now=timezone.now()):
            if self.user_can_authenticate(user):
                return user
        return None
