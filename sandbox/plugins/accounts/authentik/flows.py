"""Flows: the pages that a user passes through, and the few stages that the sandbox knows."""

from __future__ import annotations

import uuid
from typing import Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.authentik.api import SLUG, STAGES, Resource, validity
from sandbox.plugins.accounts.authentik.applications import drop_bindings
from sandbox.plugins.accounts.schema import Schema, flag, integer, text
from sandbox.plugins.wire import Properties

DESIGNATIONS: Final = (
    "authentication", "authorization", "invalidation", "enrollment", "unenrollment", "recovery", "stage_configuration",
)  # fmt: skip
AUTHENTICATIONS: Final = (
    "none",
    *(f"require_{what}" for what in ("authenticated", "unauthenticated", "superuser", "redirect", "outpost")),
)


class Flow(Resource):
    """A flow."""

    id_property = "flowId"
    unique = ("slug",)
    schema = Schema(
        token="authentik:index/flow:Flow",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "slug": text(required=True, rule=SLUG),
            "title": text(required=True, rule=formats.filled),
            "designation": text(required=True, choices=DESIGNATIONS),
            "authentication": text(default="none", choices=AUTHENTICATIONS),
            "background": text(),
            "compatibilityMode": flag(default=True),
            "deniedAction": text(default="message_continue", choices=("message_continue", "message", "continue")),
            "layout": text(
                default="stacked", choices=("stacked", "content_left", "content_right", "sidebar_left", "sidebar_right")
            ),
            "policyEngineMode": text(default="any", choices=("all", "any")),
        },
        outputs={"flowId": text(), "uuid": text()},
    )

    def new_id(self, data: Data, given: Properties) -> str:
        """Its slug; a later change of the slug leaves the id."""
        del data
        return str(given["slug"])

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The UUID that everything else refers to."""
        return {**super().computed(data, given, own, old), "uuid": old.get("uuid") or str(uuid.uuid4())}

    def release(self, data: Data, own: str, live: Data) -> None:
        """Its bindings go with it, and so does every provider that needs it, as on a real server."""
        del own
        drop_bindings(data, live["uuid"])
        for kind in ("ProviderProxy", "ProviderOauth2"):
            held = objects(data, kind)
            for key in [key for key, value in held.items() if value["authorizationFlow"] == live["uuid"]]:
                del held[key]


class FlowStageBinding(Resource):
    """The place of a stage in a flow."""

    id_property = "flowStageBindingId"
    unique = ()
    schema = Schema(
        token="authentik:index/flowStageBinding:FlowStageBinding",  # noqa: S106 a type token
        inputs={
            "target": text(required=True),
            "stage": text(required=True),
            "order": integer(required=True),
            "evaluateOnPlan": flag(default=True),
            "reEvaluatePolicies": flag(default=False),
            "invalidResponseAction": text(default="retry", choices=("retry", "restart", "restart_with_context")),
            "policyEngineMode": text(default="any", choices=("all", "any")),
        },
        outputs={"flowStageBindingId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse dangling references."""
        super().admit(data, given, own)
        self.needed(data, "Flow", given["target"], "target")
        if not any(given["stage"] in objects(data, kind) for kind in STAGES):
            raise self.dangling("stage", given["stage"], "stage")


class StageUserLogin(Resource):
    """Signs the user in."""

    id_property = "stageUserLoginId"
    schema = Schema(
        token="authentik:index/stageUserLogin:StageUserLogin",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "sessionDuration": text(default="seconds=0", rule=validity),
            "rememberMeOffset": text(default="seconds=0", rule=validity),
            "rememberDevice": text(default="days=30", rule=validity),
            "terminateOtherSessions": flag(default=False),
            "geoipBinding": text(
                default="no_binding",
                choices=("no_binding", "bind_continent", "bind_continent_country", "bind_continent_country_city"),
            ),
            "networkBinding": text(
                default="no_binding", choices=("no_binding", "bind_asn", "bind_asn_network", "bind_asn_network_ip")
            ),
        },
        outputs={"stageUserLoginId": text()},
    )


class StageUserLogout(Resource):
    """Signs the user out."""

    id_property = "stageUserLogoutId"
    schema = Schema(
        token="authentik:index/stageUserLogout:StageUserLogout",  # noqa: S106 a type token
        autoname=True,
        inputs={"name": text(rule=formats.filled)},
        outputs={"stageUserLogoutId": text()},
    )


class StageConsent(Resource):
    """Asks the user whether the application may know them."""

    id_property = "stageConsentId"
    schema = Schema(
        token="authentik:index/stageConsent:StageConsent",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "mode": text(default="always_require", choices=("always_require", "permanent", "expiring")),
            "consentExpireIn": text(default="weeks=4", rule=validity),
        },
        outputs={"stageConsentId": text()},
    )
