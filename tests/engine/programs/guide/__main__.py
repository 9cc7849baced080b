"""The platform with the application that docs/add-an-application.md shows."""

from components import configuration, platform
from components.apps import APPS
from tests.support import examples

with examples.guide_app() as memos:
    platform.build(configuration.load([*APPS, memos])).export()
