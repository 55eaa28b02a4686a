"""allauth asks here: nobody signs up alone; an account is opened for a person who holds a post."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Organizations ask to join by their own form; accounts follow the approval."""
        return False
