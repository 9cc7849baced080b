"""Flow 9: HTTP from outside. Cloudflare in front, then Traefik or a tunnel, then the Service."""

from components.edge.access_tunnel import AccessRoute, AccessTunnel, AccessTunnelArgs
from components.edge.gateway import Gateway
from components.edge.middlewares import ForwardAuthChain, ForwardAuthChainArgs
from components.edge.routes import TraefikRouted, TraefikRoutedArgs, Tunnelled, TunnelledArgs
from components.edge.tls import DefaultTls, DefaultTlsArgs
from components.edge.traefik import Traefik, TraefikArgs
from components.edge.tunnel import TunnelGateway, TunnelIngressController, TunnelIngressControllerArgs

__all__ = [
    "AccessRoute",
    "AccessTunnel",
    "AccessTunnelArgs",
    "DefaultTls",
    "DefaultTlsArgs",
    "ForwardAuthChain",
    "ForwardAuthChainArgs",
    "Gateway",
    "Traefik",
    "TraefikArgs",
    "TraefikRouted",
    "TraefikRoutedArgs",
    "TunnelGateway",
    "TunnelIngressController",
    "TunnelIngressControllerArgs",
    "Tunnelled",
    "TunnelledArgs",
]
