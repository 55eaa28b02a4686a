"""A mailbox for everybody: takes every mail by SMTP and keeps it as a file, sends nothing on.

Runs inside the environment (it needs aiosmtpd), as a child of the supervisor or in a container.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Stores each mail whole or not at all; the sender hears OK only when the file has its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(
                f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n".encode()
            )
            file.write(envelope.original_content or b"")
        unique = Path(temporary).name.removeprefix(".new-")
        os.replace(temporary, self.folder / f"{stamp}-{unique}.eml")
        return "250 OK"


async def serve(host: str, port: int, folder: Path) -> None:
    """Listens until it is told to stop."""
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), host, port)
    async with server:
        await end.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1025)
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("MINGA_MAIL_DIR", "var/mail")))
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.host, options.port, options.folder))


if __name__ == "__main__":
    main()
