from argparse import ArgumentParser
from smtplib import SMTPException
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import User


class Command(BaseCommand):
    help = "Makes the first administrator and mails how to sign in. Does nothing where there is one already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="es")

    def handle(self, *, email: str, language: str, **options: Any) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address. Nothing was created.") from error
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write("There is an administrator already. Nothing was changed.")
            return
        try:
            with transaction.atomic():
                _make(email, language)
                _write_to(email, language)
        except (SMTPException, OSError) as error:
            raise CommandError(
                f"The letter to {email} could not be sent, so nobody was created: {error}"
            ) from error
        self.stdout.write(f"{email} is the administrator. A letter says how to sign in.")


def _make(email: str, language: str) -> None:
    """No password: the first sign-in is by a code sent to the address."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_superuser(email, language=language)
    else:
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True, is_active=True)
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )


def _write_to(email: str, language: str) -> None:
    with translation.override(language):
        url = settings.BASE_URL + reverse("account_request_login_code")
    letter = f"emails/{language}/first_administrator"
    context = {"url": url, "email": email, "base_url": settings.BASE_URL}
    send_mail(
        subject=render_to_string(f"{letter}.subject.txt", context).strip(),
        message=render_to_string(f"{letter}.txt", context),
        from_email=None,
        recipient_list=[email],
    )
