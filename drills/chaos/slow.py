"""A slow way to a server: whatever it answers arrives late."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

CHUNK: Final = 65536


@contextmanager
def slow(port: int, seconds: float) -> Iterator[int]:
    """A port of this machine that leads to `port` and holds each answer up for so many seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_listen, args=(listener, port, seconds), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # whoever waits for the next caller is woken


def _listen(listener: socket.socket, port: int, seconds: float) -> None:
    with suppress(OSError):  # it is closed: nobody is let in any more
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_connect, args=(client, port, seconds), daemon=True).start()


def _connect(client: socket.socket, port: int, seconds: float) -> None:
    """Carry both ways until both have come to their end."""
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        ways = [
            threading.Thread(target=_carry, args=way, daemon=True)
            for way in ((client, server, 0.0), (server, client, seconds))
        ]
        for way in ways:
            way.start()
        for way in ways:
            way.join()


def _carry(one: socket.socket, other: socket.socket, late: float) -> None:
    """Carry what comes; what comes while something is held up is held up from its own arrival on, and no longer."""
    held: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    delivery = threading.Thread(target=_deliver, args=(held, other), daemon=True)
    delivery.start()
    with suppress(OSError):
        while data := one.recv(CHUNK):
            held.put((time.monotonic() + late, data))
    held.put((0.0, b""))
    delivery.join()


def _deliver(held: queue.SimpleQueue[tuple[float, bytes]], other: socket.socket) -> None:
    with suppress(OSError):
        while (item := held.get())[1]:
            due, data = item
            time.sleep(max(0.0, due - time.monotonic()))
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
