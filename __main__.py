"""The homelab: load the settings, build the platform, export its outputs."""

from components import platform, settings

platform.build(settings.load()).outputs.export()
