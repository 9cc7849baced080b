"""The homelab: load the settings, build the platform, export its outputs."""

from components import configuration, platform

platform.build(configuration.load()).export()
