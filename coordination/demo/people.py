"""The fictitious people of the demo world, who hold posts in real organizations, and those of them who sign in."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from accounts.actor import Actor
from accounts.models import User
from coordination.demo.facts import address_name, organizations_by_id
from coordination.demo.files import pick, read
from coordination.organizations.models import Person, Post, Tenure

POSTS_SINCE = timedelta(days=400)  # before anything the living mesas do


@dataclass(frozen=True)
class Login:
    """A line of what the demo tells: who signs in, with which password, as what."""

    email: str
    password: str
    role: str


def address_of(name: str, organization_id: str) -> str:
    """carmen.loja@cisp.example: the reserved domain, so that nothing can reach a real institution."""
    words = slugify(name).split("-")
    return f"{words[0]}.{words[-1]}@{address_name(organization_id)}.example"


def load(*, folder: Path, on: date) -> dict[str, Actor]:
    """Adds people, posts, tenures and users; returns whoever acts in the living mesas, by their id in the file."""
    file = read(folder, "people.json")
    organizations = organizations_by_id()
    password = make_password(file["password"])
    actors = {}
    for row in file["people"]:
        organization = pick(organizations, row["organization"], f"people.json, {row['id']}")
        person = Person.objects.create(
            name=row["name"],
            email=address_of(row["name"], row["organization"]),
            language=row["language"],
            is_fictitious=True,
            user=_user(row, password) if "account" in row else None,
        )
        post = Post.objects.create(
            organization=organization, kind=row["kind"], title_es=row["title_es"], title_en=row["title_en"]
        )
        Tenure.objects.create(post=post, person=person, starts_on=on - POSTS_SINCE)
        actors[row["id"]] = Actor(
            user_id=person.user_id,
            person_id=person.pk,
            name=person.name,
            post_ids=(post.pk,),
            organization_ids=(organization.pk,),
        )
    for row in file["users"]:
        _add_user(
            row["email"],
            row["name"],
            password,
            is_superuser=row.get("superuser", False),
            is_staff=row.get("superuser", False),
            is_auditor=row.get("auditor", False),
        )
    return actors


def logins(*, folder: Path, language: str) -> list[Login]:
    """Everybody who can sign in, the secretariat first."""
    file = read(folder, "people.json")
    people = [
        Login(address_of(row["name"], row["organization"]), file["password"], row["account"][language])
        for row in file["people"]
        if "account" in row
    ]
    return people + [Login(row["email"], file["password"], row[language]) for row in file["users"]]


def _user(row: dict[str, Any], password: str) -> User:
    return _add_user(address_of(row["name"], row["organization"]), row["name"], password)


def _add_user(email: str, name: str, password: str, **roles: bool) -> User:
    user = User.objects.create(email=email, name=name, password=password, **roles)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
