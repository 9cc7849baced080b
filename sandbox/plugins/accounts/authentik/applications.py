"""Applications, and who may use them."""

from __future__ import annotations

import uuid

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.authentik.api import INT32, SLUG, Resource, provider
from sandbox.plugins.accounts.kind import others
from sandbox.plugins.accounts.schema import Schema, flag, integer, integers, text
from sandbox.plugins.wire import Properties


class Application(Resource):
    """A tile on the user's page."""

    id_property = "applicationId"
    unique = ("slug",)
    schema = Schema(
        token="authentik:index/application:Application",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "slug": text(required=True, rule=SLUG),
            "uuid": text(computed=True),
            "group": text(),
            "protocolProvider": integer(),
            "backchannelProviders": integers(),
            "metaLaunchUrl": text(rule=formats.url),
            "metaIcon": text(),
            "metaDescription": text(),
            "metaPublisher": text(),
            "openInNewTab": flag(default=False),
            "policyEngineMode": text(default="any", choices=("all", "any")),
        },
        outputs={"applicationId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a slug that is taken, a provider that does not exist, and one that has an application."""
        super().admit(data, given, own)
        for name in ("protocolProvider", "backchannelProviders"):
            asked = given.get(name, [])
            for number in asked if isinstance(asked, list) else [asked]:
                if provider(data, number) is None:
                    raise self.dangling(name, number, "provider")
        for other, value in others(data, "Application", own):
            if given.get("protocolProvider") and value.get("protocolProvider") == given["protocolProvider"]:
                raise self.refuse({"provider": f"application {value['slug']} ({other}) has this provider already"})

    def new_id(self, data: Data, given: Properties) -> str:
        """Its slug; a later change of the slug leaves the id."""
        del data
        return str(given["slug"])

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The UUID that bindings refer to."""
        return {**super().computed(data, given, own, old), "uuid": old.get("uuid") or str(uuid.uuid4())}

    def release(self, data: Data, own: str, live: Data) -> None:
        """Its bindings go with it."""
        del own
        drop_bindings(data, live["uuid"])


class PolicyBinding(Resource):
    """Lets a group or a user through, or asks a policy."""

    id_property = "policyBindingId"
    unique = ()
    schema = Schema(
        token="authentik:index/policyBinding:PolicyBinding",  # noqa: S106 a type token
        inputs={
            "target": text(required=True),
            "order": integer(required=True, rule=formats.between(-INT32, INT32 - 1)),
            "group": text(),
            "user": integer(),
            "policy": text(),
            "enabled": flag(default=True),
            "negate": flag(default=False),
            "failureResult": flag(default=False),
            "timeout": integer(default=30, rule=formats.between(0, INT32 - 1)),
        },
        outputs={"policyBindingId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a binding of nothing or of several things, and dangling references."""
        del own
        bound = [name for name in ("group", "user", "policy") if given.get(name) is not None]
        if len(bound) != 1:
            raise self.refuse({"non_field_errors": f"One of 'policy', 'group', 'user' must be set; set are: {bound}"})
        if given["target"] not in _targets(data):
            raise self.dangling("target", given["target"], "application or flow; give its uuid")
        if bound == ["group"]:
            self.needed(data, "Group", given["group"], "group")
        else:
            raise self.refuse({bound[0]: f"the sandbox has no {bound[0]} of that id; it knows groups only"})


def _targets(data: Data) -> set[str]:
    applications = {value["uuid"] for value in objects(data, "Application").values()}
    flows = {value["uuid"] for value in objects(data, "Flow").values()}
    return applications | flows | set(objects(data, "FlowStageBinding"))


def drop_bindings(data: Data, target: str) -> None:
    """Remove what is bound to something that goes away."""
    held = objects(data, "PolicyBinding")
    for own in [key for key, value in held.items() if value["target"] == target]:
        del held[own]
