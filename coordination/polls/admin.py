"""Polls and who answered them: shown, not written. Links are left out: who holds one answers for the organization."""

from django.contrib import admin

from coordination.common.admin import ReadOnlyAdmin, ReadOnlyInline
from coordination.polls.models import Ballot, DatePoll


class BallotInline(ReadOnlyInline):
    model = Ballot
    fields = ["organization", "votes", "seen_at", "answered_at"]


@admin.register(DatePoll)
class DatePollAdmin(ReadOnlyAdmin):
    list_display = ["topic", "mesa", "state", "closes_at"]
    list_filter = ["state", "mesa"]
    list_select_related = ["mesa"]
    search_fields = ["topic", "mesa__plain_name"]
    inlines = [BallotInline]
