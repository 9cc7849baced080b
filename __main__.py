"""The homelab: load the settings, build the platform, export its outputs."""

import gc
import os

# Nothing that an import makes is garbage: looking for some takes a seventh of the time of all imports.
gc.disable()

from components import configuration, platform  # noqa: E402
from components.kit import sdk  # noqa: E402

gc.freeze()
gc.enable()

# For `pulumi --debug`: docs/troubleshooting.md.
if not os.environ.get("HOMELAB_WHOLE_SDK"):
    sdk.hasten()

platform.build(configuration.load()).export()
