"""The platform with an echo server that is reached through Traefik, as if its exposure had been changed."""

from dataclasses import replace

from components import configuration, platform
from components.apps import APPS
from components.apps.echoserver import EchoServer
from components.kit import Public, Site, TraefikRoute, WebApp


class ByTraefik(EchoServer):
    """The echo server behind Traefik."""

    def describe(self, site: Site) -> WebApp:
        route = TraefikRoute(host=self.host, sign_in=Public(reason="it shows callers nothing but their own request"))
        return replace(super().describe(site), exposure=route)


platform.build(configuration.load([ByTraefik if app is EchoServer else app for app in APPS])).export()
