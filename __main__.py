"""The homelab: load the settings, build the platform, export its outputs."""

import gc

# Nothing that an import makes is garbage: looking for some takes a seventh of the time of all imports.
gc.disable()

from components import configuration, platform  # noqa: E402

gc.freeze()
gc.enable()

platform.build(configuration.load()).export()
