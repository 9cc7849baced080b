"""The platform with more applications than anybody has."""

import os

from components import configuration, platform
from components.apps import APPS, EchoServer
from components.kit import sdk


def copy(index: int) -> type[EchoServer]:
    """Another echo server, of another name."""

    class Copy(EchoServer):
        name = f"echo-{index}"

    return Copy


sdk.hasten()
apps = [*APPS, *(copy(index) for index in range(int(os.environ["BENCH_APPS"])))]
platform.build(configuration.load(apps)).export()
