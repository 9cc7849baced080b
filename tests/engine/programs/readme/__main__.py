"""The platform with the application that the README shows."""

from components import configuration, platform
from components.apps import APPS
from tests.support import examples

with examples.readme_app() as memos:
    platform.build(configuration.load([*APPS, memos])).export()
