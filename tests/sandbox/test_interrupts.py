"""An interrupt is lost to nobody, and it comes at no moment at which it would leave something behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from sandbox import interrupts
from sandbox.interrupts import INTERRUPTS

pytestmark = pytest.mark.usefixtures("interruptible")


def interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", INTERRUPTS)
def test_what_is_held_back_comes_at_the_end_of_the_block(number: signal.Signals) -> None:
    interrupts.answer(interrupted)
    reached: list[bool] = []

    def start() -> None:
        with interrupts.held_back():
            signal.raise_signal(number)
            reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert reached == [True]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_a_program_that_is_started_meanwhile_can_be_interrupted() -> None:
    interrupts.answer(interrupted)
    with interrupts.held_back():
        program = subprocess.Popen(["/bin/sleep", "300"])
    with program:
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=20.0) == -signal.SIGINT


def test_another_thread_has_none_to_hold_back() -> None:
    seen: list[bool] = []

    def work() -> None:
        with interrupts.held_back():
            seen.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_what_is_ignored_has_no_effect_until_the_block_ends() -> None:
    interrupts.answer(interrupted)
    with interrupts.ignored():
        for number in INTERRUPTS:
            signal.raise_signal(number)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


CLOSED = """
import signal
from sandbox import interrupts
interrupts.answer(signal.default_int_handler)
with interrupts.held_back():
    signal.raise_signal(signal.SIGHUP)
signal.raise_signal(signal.SIGHUP)
print("runs on")
"""


def test_under_nohup_a_command_outlives_its_terminal() -> None:
    command = ["nohup", sys.executable, "-c", CLOSED]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.stdout == "runs on\n", done.stderr
