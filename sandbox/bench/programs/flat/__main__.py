"""The floor: as many plain objects as the environment says, registered by a loop."""

import os

import pulumi
import pulumi_kubernetes as kubernetes

provider = kubernetes.Provider("cluster", context="homelab", enable_server_side_apply=True)
for index in range(int(os.environ["BENCH_OBJECTS"])):
    name = f"{pulumi.get_project()}-{index}"
    kubernetes.core.v1.ConfigMap(
        name,
        metadata={"name": name, "namespace": "default"},
        data={"text": "x" * 200},
        opts=pulumi.ResourceOptions(provider=provider),
    )
