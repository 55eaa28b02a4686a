"""Who is signed in, with what every page asks about them: one query where there were three."""

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone

from accounts.models import User
from coordination.notifications.frame import with_frame
from coordination.organizations.queries import with_standing


class Backend(AuthenticationBackend):
    """allauth's ways in; the user comes with the person, the posts held today and the new notices."""

    def get_user(self, user_id: int) -> User | None:
        users = with_standing(User.objects.filter(pk=user_id), timezone.localdate())
        user = with_frame(users, timezone.now()).first()
        return user if user and self.user_can_authenticate(user) else None
