"""A home that differs from the committed stack's in whatever may differ: one node, no public address, two families."""

from __future__ import annotations

import copy
from typing import Any

NODE = "192.168.1.11"
API_SERVER, API_SERVER_PORT = "192.168.1.5", 16443
PODS = "10.42.0.0/16,fd42::/56"
DNS_CACHE = "169.254.20.10"
NFS_VERSION, NFS_OPTIONS = "3", ["hard", "nolock"]
SHARED_CLASS = "nfs-client"
VERIFIED, UNVERIFIED = "nas.harvestasya.org", "printer.harvestasya.org"
CA = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----\n"


def other_home_values(values: dict[str, Any]) -> dict[str, Any]:
    """The keys of that home's stack file, made of the committed one's."""
    changed = copy.deepcopy(values)
    del changed["cluster"]["publicAddress"]
    changed["availability"] = "single"
    changed["cluster"] |= {
        "nodeAddresses": [NODE],
        "apiServerAddresses": [API_SERVER],
        "apiServerPort": API_SERVER_PORT,
        "podCidr": PODS,
        "serviceCidr": "10.43.0.0/16,fd43::/112",
        "dnsCacheAddress": DNS_CACHE,
    }
    changed["cluster"]["nfs"] |= {"version": NFS_VERSION, "mountOptions": NFS_OPTIONS}
    changed["cluster"]["storageClasses"]["shared"] = SHARED_CLASS
    changed["access"] |= {
        VERIFIED: {"target": "https://192.168.1.20:8006", "ca": CA},
        UNVERIFIED: {"target": "https://[fd00::21]", "verifyTls": False, "reason": "its certificate has run out"},
    }
    return changed
