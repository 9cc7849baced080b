"""A slow way to a server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from drills.chaos.slow import slow

LATE = 0.2


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says what it hears."""

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            while data := client.recv(1024):
                client.sendall(data)
            client.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_answers_arrive_late_and_whole(echo: int) -> None:
    with slow(echo, LATE) as port, socket.create_connection(("127.0.0.1", port)) as client:
        start = time.monotonic()
        client.sendall(b"hello")
        assert client.recv(1024) == b"hello"
        assert time.monotonic() - start >= LATE
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1024) == b""


def test_what_follows_is_not_held_up_again(echo: int) -> None:
    """Latency, and no narrow pipe: ten answers at once take as long as one."""
    with slow(echo, LATE) as port, socket.create_connection(("127.0.0.1", port)) as client:
        start = time.monotonic()
        heard = b""
        for _ in range(10):
            client.sendall(b"x")
            time.sleep(0.01)
        while len(heard) < 10:
            heard += client.recv(1024)
        assert time.monotonic() - start < 5 * LATE


def test_nobody_is_let_in_afterwards(echo: int) -> None:
    with slow(echo, LATE) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
