"""What charts bring with the program's values: rendered by Helm, from the sandbox's stand-ins."""

from __future__ import annotations

from typing import Any

from sandbox.rendering import uses as charts
from sandbox.rendering.crds import Definitions
from sandbox.rendering.uses import Use
from tests.support.recorder import Recording

NO_DEFINITIONS = Definitions()
"""CRDs that are only named are left out: no test that asks for none has to fetch the modules that define them."""


def uses(recording: Recording[Any]) -> dict[str, list[Use]]:
    """The charts of each release and Application, by its name."""
    found = [(item.name, list(charts.of_resource(item.type, item.inputs))) for item in recording.objects()]
    return {name: used for name, used in found if used}


def rendered(recording: Recording[Any]) -> dict[str, list[dict[str, Any]]]:
    """The objects that each release and Application brings, hooks included, by its name."""
    found = {name: [use.rendered(NO_DEFINITIONS) for use in used] for name, used in uses(recording).items()}
    return {name: [obj for part in parts for obj in (*part.objects, *part.hooks)] for name, parts in found.items()}
