"""The platform with more applications than anybody has."""

import os

from components import platform, settings
from components.apps import EchoServer, EchoServerArgs
from components.kit import Public, TunnelIngress

built = platform.build(settings.load())
for index in range(int(os.environ["BENCH_APPS"])):
    name = f"echo-{index}"
    echo = EchoServer(name, EchoServerArgs(), opts=built.publisher.providers.opts())
    host = TunnelIngress(host=f"{name}.harvestasya.org", sign_in=Public(reason="a benchmark"))
    built.publisher.expose(name, echo.endpoint, host)
built.outputs.export()
