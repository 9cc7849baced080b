from __future__ import annotations

from functools import partial

from tests.support.breaking import Break, policy
from tests.support.healthy import Healthy

NAME = "tunnel-ingress-to-api-server-egress"


def permit_more(live: Healthy, cidr: str) -> None:
    policy(live, NAME, "tunnel-ingress")["egress"][0]["to"].append({"ipBlock": {"cidr": cidr}})


def outside(live: Healthy) -> None:
    """A pod outside the range that one policy names; the others that name it would be named too."""
    for item in live.all("NetworkPolicy"):
        if item["metadata"]["namespace"] != "cert-manager" and "10.42.0.0/16" in str(item["spec"].get("ingress")):
            live.objects.remove(item)
    live.all("Pod")[0]["status"].update(podIP="10.244.1.7")


BREAKS = (
    Break(
        check="permit by address -> node or API server",
        subject=f"NetworkPolicy tunnel-ingress/{NAME}",
        target="192.168.1.99",
        problem="set cluster.nodeAddresses to the addresses",
        change=partial(permit_more, cidr="192.168.1.99/32"),
    ),
    Break(
        check="permit by address -> none of a Service",
        subject=f"NetworkPolicy tunnel-ingress/{NAME}",
        target="10.43.0.1/32",
        problem="so it permits nothing: permit the pods behind the Service",
        change=partial(permit_more, cidr="10.43.0.1/32"),
    ),
    Break(
        check="permitted pod range -> pods",
        subject="NetworkPolicy cert-manager/cert-manager-webhook-ingress",
        target="10.42.0.0/16",
        problem="set cluster.podCidr to the range",
        change=outside,
    ),
)
