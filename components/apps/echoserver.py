"""An echo server: it answers with the request it got, which shows what the tunnel makes of one."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from components import versions
from components.kit import HostedApp, Public, Site, TunnelIngress, WebApp

PORT: Final = 8080


class EchoServer(HostedApp):
    """The echo server behind the tunnel."""

    name, title = "echoserver", "Echo server"

    replicas: int = Field(default=1, strict=True, ge=1, le=10)
    """Number of pods."""

    def describe(self, site: Site) -> WebApp:
        public = Public(reason="it shows callers nothing but their own request")
        return WebApp(
            image=versions.ECHO_SERVER,
            port=PORT,
            health_path="/",
            exposure=TunnelIngress(host=self.host, sign_in=public),
            # Its answer would otherwise hold the pod's environment.
            environment={"PORT": str(PORT), "ENABLE__ENVIRONMENT": "false", "ENABLE__HOST": "false"},
            replicas=self.replicas,
        )
