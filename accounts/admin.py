"""Users. What somebody may do at a mesa never hangs here: it comes from posts, seats and mandates."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


class NewUserForm(forms.ModelForm):
    """No password: the person signs in with a code by e-mail and chooses one, or a passkey, later."""

    class Meta:
        model = User
        fields = ["email", "name", "language"]

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.email = user.email.lower()
        user.set_unusable_password()
        if commit:
            user.save()
        return user

    def save_m2m(self) -> None:
        """Nothing: a new user has no groups."""


class EmailInline(admin.StackedInline):
    model = EmailAddress
    extra = 0
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = NewUserForm
    list_display = ["email", "name", "is_staff", "is_auditor", "is_active", "second_factor", "last_login"]
    list_filter = ["is_active", "is_staff", "is_auditor", "language"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    inlines = [EmailInline]
    readonly_fields = ["last_login", "date_joined", "second_factor"]
    add_fieldsets = [
        (
            None,
            {
                "fields": ["email", "name", "language"],
                "description": _("Without a password: the person signs in with a code sent to this address."),
            },
        )
    ]
    fieldsets = [
        (None, {"fields": ["email", "name", "language", "password"]}),
        (
            _("What it opens"),
            {
                "fields": ["is_active", "is_staff", "is_superuser", "is_auditor"],
                "description": _(
                    "Rights over a mesa are not given here: they come from the post a person holds and from the seat or "
                    "the secretariat of its organization. The administration needs both marks, staff and superuser."
                ),
            },
        ),
        (_("Sign-in"), {"fields": ["second_factor", "last_login", "date_joined"]}),
    ]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return self.inlines if obj else []

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("authenticator_set")

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        kinds = sorted({str(each.get_type_display()) for each in user.authenticator_set.all()})
        return ", ".join(kinds) or str(_("none: the person adds one under Second factor in their own menu"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Somebody who leaves is made inactive: the history keeps who did what."""
        return False

    @admin.action(description=_("Make inactive: they cannot sign in any more"))
    def make_inactive(self, request: HttpRequest, users: Any) -> None:
        count = users.exclude(pk=request.user.pk).update(is_active=False)
        text = ngettext("%(count)s user is inactive now.", "%(count)s users are inactive now.", count)
        self.message_user(request, text % {"count": count})

    actions = ["make_inactive"]
