"""A mail server in a process of its own that writes down each message whose final dot has passed, then says yes."""

import asyncio
import json
import os
import re
import sys
import time

from aiosmtpd.smtp import SMTP, Envelope, Session


class Recorder:
    def __init__(self, log: str, latency: float) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.latency = latency

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        head = (envelope.content or b"").split(b"\r\n\r\n", 1)[0].decode()
        found = dict(re.findall(r"^(Message-ID|Subject): *(.*(?:\r\n[ \t].*)*)", head, re.MULTILINE))
        line = {
            "id": found["Message-ID"].strip(),
            "to": envelope.rcpt_tos,
            "subject": found["Subject"],
            "at": time.time(),
        }
        os.write(self.log, json.dumps(line).encode() + b"\n")
        await asyncio.sleep(self.latency)
        return "250 OK"


async def serve(port: int, log: str, latency: float) -> None:
    recorder = Recorder(log, latency)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(recorder, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
