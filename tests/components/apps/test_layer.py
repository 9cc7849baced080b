"""The layer of the applications."""

from __future__ import annotations

from typing import ClassVar

import pulumi

from components.apps import APPS, Applications, ApplicationsArgs
from components.kit import App, AppPlatform
from tests.support.parts import app_platform
from tests.support.recorder import record


class Deployed(App):
    name: ClassVar = "deployed"
    title: ClassVar = "Deployed"

    place: str

    def deploy(self, platform: AppPlatform, *, opts: pulumi.ResourceOptions) -> None:
        pulumi.ComponentResource("test:kit:Deployed", f"{self.place}-in-{platform.base.site.pod_cidrs[0]}", None, opts)


def test_what_is_on_is_deployed_below_the_layer_and_nothing_else() -> None:
    apps = [Deployed(place="first"), Deployed(place="off", enabled=False, data="removed"), Deployed(place="second")]
    recording = record(lambda: Applications("apps", ApplicationsArgs(apps=apps, platform=app_platform())))
    layer = recording.one(":Applications", "apps")
    names = ["first-in-10.42.0.0/16", "second-in-10.42.0.0/16"]
    assert [item.name for item in recording.of(":Deployed")] == names
    assert {item.parent for item in recording.of(":Deployed")} == {layer.urn}


def test_each_application_has_a_name_and_a_title_of_its_own() -> None:
    assert len({app.name for app in APPS}) == len({app.title for app in APPS}) == len(APPS)


def test_what_an_application_needs_is_an_application_too_and_it_says_why() -> None:
    names = {app.name for app in APPS}
    for app in APPS:
        assert set(app.needs) <= names - {app.name}
        assert all(app.needs.values())
