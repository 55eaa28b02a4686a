"""The embedded Redis: a doorbell by a private socket; what must not be lost is in PostgreSQL."""

import contextlib
import socket
from urllib.parse import quote

from launcher.engine import Engine
from launcher.home import Home


class Redis:
    """One Redis in a home; it has no port."""

    def __init__(self, home: Home, engine: Engine, throwaway: bool = False) -> None:
        self.home = home
        self.throwaway = throwaway
        self._program = engine.redis_server

    def command(self) -> list[str]:
        return [
            str(self._program), "--port", "0", "--unixsocket", str(self.home.redis_socket), "--unixsocketperm", "700",
            "--dir", str(self.home.redis), "--save", "", "--appendonly", "no" if self.throwaway else "yes",
            "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Says whether it answers PING; while it loads its file it answers LOADING."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(self.home.redis_socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    def url(self) -> str:
        return f"unix://{quote(str(self.home.redis_socket))}?db=0"
