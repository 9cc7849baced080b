"""The objects that the environment names, each `[type, properties]` by the resource's name."""

import json
import os

import pulumi
import pulumi_kubernetes as kubernetes

provider = kubernetes.Provider("cluster", enable_server_side_apply=True, **json.loads(os.environ["PROVIDER"]))
for name, (kind, properties) in json.loads(os.environ["OBJECTS"]).items():
    pulumi.CustomResource(kind, name, properties, pulumi.ResourceOptions(provider=provider))
