"""The provider's door: nobody's where none is configured; what opens it is in tests/notifications/test_webhooks."""

from tests.security.matrix.base import Row, everybody

ROWS = [
    Row(
        "mail_webhook",
        kwargs=lambda w: {"provider": "postmark"},
        get=everybody(404),
        post=everybody(404),
        why="the suite sends by SMTP",
    ),
    Row(
        "mail_inbound",
        kwargs=lambda w: {"provider": "postmark"},
        get=everybody(404),
        post=everybody(404),
        why="the suite sends by SMTP",
    ),
]
