from __future__ import annotations

import itertools
import threading

import pytest
import urllib3

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log
from tests.sandbox.controllers.world import World


@pytest.fixture
def hub() -> Hub:
    """A hub that is filled by `put`; nothing answers behind it."""
    client = kube.Client(server="https://127.0.0.1:1", headers={}, pool=urllib3.PoolManager())
    hub = Hub(client=client, log=Log(), stopping=threading.Event())
    for kind in ("Secret", "ConfigMap", "Pod"):
        hub.on("v1", kind)
    return hub


@pytest.fixture
def world() -> World:
    made = World(server="https://127.0.0.1:1", headers={}, pool=urllib3.PoolManager())
    made.objects, made.versions = {}, itertools.count(1)
    made.hub = Hub(client=made, log=Log(), stopping=threading.Event())
    return made
