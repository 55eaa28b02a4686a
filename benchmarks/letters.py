"""Messages a second: what is due in the database against a bare loop that sends the same mails over one connection.

    DJANGO_SETTINGS_MODULE=coordination.settings.test python benchmarks/letters.py [messages] [drains]

Makes a test database of its own beside the one of DATABASE_URL and drops it again; the mail server is a process of
its own that says yes to everything. Half of the messages are confirmations with a calendar, half are reminders.
Processor time is what counts on a busy machine; both are printed.
"""

import asyncio
import os
import resource
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
MOST = 20_000


class Yes(asyncio.Protocol):
    """As little of a mail server as SMTP allows: what it costs is not what is measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.out, self.rest, self.in_data = transport, b"", False
        self.out.write(b"220 yes\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while True:
            end, skip = (b"\r\n.\r\n", 5) if self.in_data else (b"\r\n", 2)
            head, found, rest = self.rest.partition(end)
            if not found:
                return
            self.rest = rest
            assert skip
            if self.in_data:
                self.in_data = False
                self.out.write(b"250 OK\r\n")
            elif head[:4].upper() == b"DATA":
                self.in_data = True
                self.out.write(b"354 go on\r\n")
            elif head[:4].upper() == b"QUIT":
                self.out.write(b"221 bye\r\n")
                self.out.close()
            else:
                self.out.write(b"250 OK\r\n")


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Yes, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def mail_server() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def crowd(messages: int) -> None:
    """Delegations whose confirmation and last reminder are due."""
    from django.utils import timezone

    from coordination.attendees.models import Delegate, Invitation
    from coordination.mesas.models import Mesa
    from coordination.notifications.planning import Root, replan
    from coordination.organizations.models import Person
    from coordination.sessions.models import AgendaItem, Session
    from tests.cast import organization

    now = timezone.now()
    mesa = Mesa.objects.create(slug="banco", name_es="Mesa de Medición", name_en="Bench", code_prefix="BM")
    for number in range(1, 41):
        session = Session.objects.create(
            mesa=mesa, number=number, state=Session.State.CONVENED, starts_at=now + timedelta(hours=1, minutes=50),
            ends_at=now + timedelta(hours=4), venue="Auditorio municipal", address="Calle de los Ceibos y Primera",
            topic="Registro en frontera y acogida", convened_at=now - timedelta(days=9),
        )  # fmt: skip
        for order, title in enumerate(
            ("Revisión de compromisos", "Situación en frontera", "Varios"), start=1
        ):
            AgendaItem.objects.create(session=session, order=order, title=title, minutes=30)
        people = Person.objects.bulk_create(
            Person(name=f"Persona Núñez {number}-{n}", email=f"p{number}.{n}@banco.example", language="en" if n % 5 == 0 else "es")
            for n in range(messages // 80)
        )  # fmt: skip
        for first in range(0, len(people), 10):
            invitation = Invitation.objects.create(
                session=session, organization=organization(f"Organización {number}-{first}"), state="accepted",
                answered_at=now, created_at=now - timedelta(days=9), link_expires_at=now + timedelta(days=1),
            )  # fmt: skip
            Delegate.objects.bulk_create(
                Delegate(
                    invitation=invitation, person=one, role="companion", registered_at=now - timedelta(days=8)
                )
                for one in people[first : first + 10]
            )
        replan(Root("session", session.pk), now)


def drain_all() -> float:
    """Until nothing is due. Returns the seconds of processor this process's own part of PostgreSQL used, if it is here."""
    from django.db import connection

    from coordination.notifications import clock
    from coordination.notifications.deliver import drain

    while drain(clock.now).claimed:
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists() or "postgres" not in stat.read_text():
        return 0.0
    ticks = stat.read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def bare_loop(port: int, messages: int) -> float:
    """The same mails, written beforehand, over one connection."""
    from django.utils import timezone

    from coordination.notifications import letters, subjects
    from coordination.notifications.models import Notification

    rows = Notification.objects.select_related("recipient", "organization").order_by("kind", "id")
    sample = [*rows[:100], *rows.reverse()[:100]]
    mails = [letters.write(row, subjects.locked(row), timezone.now()) for row in sample]
    begun = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port) as line:
        for place in range(messages):
            mail = mails[place % len(mails)]
            line.sendmail(mail.sender, mail.recipient, mail.content)
    return messages / (time.monotonic() - begun)


def main(messages: int, drains: int) -> None:
    with mail_server() as port:
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.db import connection, connections, transaction
        from django.db.models import Count
        from django.test.utils import setup_databases, teardown_databases

        from coordination.notifications.models import Notification

        made = setup_databases(verbosity=0, interactive=False)
        try:
            crowd(messages)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            with transaction.atomic():
                alone = bare_loop(port, min(messages, 2000))
            given = urlsplit(os.environ["DATABASE_URL"])
            url = urlunsplit(given._replace(path=f"/{connection.settings_dict['NAME']}"))
            due = Notification.objects.filter(
                state="planned", next_try_at__lte=django.utils.timezone.now()
            ).count()
            connections.close_all()
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            if drains:
                children = [
                    subprocess.Popen(
                        [sys.executable, __file__, "--drain"], env=os.environ | {"DATABASE_URL": url}
                    )
                    for _ in range(drains)
                ]
                for child in children:
                    child.wait()
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            else:
                cpu = time.process_time()
                there = drain_all()
                print(f"its part of PostgreSQL     {there / due * 1000:7.2f} ms of processor each")
                spent = time.process_time() - cpu
            took = time.monotonic() - begun
            states = dict(Notification.objects.values_list("state").annotate(Count("id")))
            sent = states.get("sent", 0)
            print(f"{due} due, {states}")
            print(f"bare loop, one connection {alone:7.0f} messages a second")
            print(
                f"{drains or 1} drain(s)               {sent / took:7.0f} messages a second, {spent / sent * 1000:.2f} ms of processor each"
            )
        finally:
            connections.close_all()
            teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordination.settings.test")
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
    elif sys.argv[1:] == ["--drain"]:
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        drain_all()
    else:
        numbers = [int(word) for word in sys.argv[1:]]
        main(min(numbers[0] if numbers else 2000, MOST), numbers[1] if len(numbers) > 1 else 2)
