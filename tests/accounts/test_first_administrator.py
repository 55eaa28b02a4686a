import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_first_administrator_gets_an_account_without_a_password_and_a_letter() -> None:
    call_command("first_administrator", "Ana@Institucion.example")
    user = User.objects.get()
    assert (user.email, user.is_superuser, user.is_staff) == ("ana@institucion.example", True, True)
    assert not user.has_usable_password()
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).exists()
    [letter] = mail.outbox
    assert letter.to == ["ana@institucion.example"]
    assert "/es/cuenta/login/code/" in letter.body


def test_the_letter_speaks_english_when_asked() -> None:
    call_command("first_administrator", "ana@institucion.example", language="en")
    assert "/en/cuenta/login/code/" in mail.outbox[0].body
    assert mail.outbox[0].subject == "Your administrator account of Minga is ready"


def test_a_second_run_does_nothing() -> None:
    call_command("first_administrator", "ana@institucion.example")
    call_command("first_administrator", "otra@institucion.example")
    assert User.objects.count() == 1
    assert len(mail.outbox) == 1


def test_somebody_who_already_signs_in_becomes_the_administrator() -> None:
    User.objects.create_user("ana@institucion.example", "una clave larga")
    call_command("first_administrator", "ana@institucion.example")
    user = User.objects.get()
    assert user.is_superuser
    assert user.check_password("una clave larga")


def test_without_a_mail_server_nobody_is_created(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(CommandError, match="nobody was created"):
        call_command("first_administrator", "ana@institucion.example")
    assert not User.objects.exists()


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(CommandError, match="is not an e-mail address"):
        call_command("first_administrator", "ana")
