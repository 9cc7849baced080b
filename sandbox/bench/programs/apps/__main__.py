"""The platform with more applications than anybody has."""

import os

from components import configuration, platform
from components.apps import APPS, EchoServer


def copy(index: int) -> type[EchoServer]:
    """Another echo server, of another name."""

    class Copy(EchoServer):
        name = f"echo-{index}"

    return Copy


apps = [*APPS, *(copy(index) for index in range(int(os.environ["BENCH_APPS"])))]
platform.build(configuration.load(apps)).export()
