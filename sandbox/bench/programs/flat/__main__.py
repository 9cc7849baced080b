"""A floor: as much of what the platform's program does as the environment says, in one flat script.

It imports the packages that the platform imports, has providers of the same four kinds, and registers as many plain
resources and empty components, in a loop.
"""

import gc
import importlib
import importlib.util
import json
import os
import runpy
import sys
from pathlib import Path

gc.disable()
wanted = json.loads(Path(os.environ["BENCH_FLOOR"]).read_text())
if wanted["modules"]:
    # As the platform has it, without the parts of the package that it does not use.
    package = importlib.util.find_spec("pulumi_cloudflare")
    sys.modules["pulumi_cloudflare"] = importlib.util.module_from_spec(package)
    load = runpy.run_path(wanted["partial"])["load"]
    for part in ("_inputs", "outputs"):
        load(f"pulumi_cloudflare.{part}", *wanted["used"])
    for module in wanted["modules"]:
        importlib.import_module(module)

import pulumi  # noqa: E402

gc.freeze()
gc.enable()
components = [
    pulumi.ComponentResource("homelab:bench:Empty", f"empty-{index}") for index in range(wanted["components"])
]
if wanted["providers"]:
    import pulumi_authentik
    import pulumi_kubernetes
    import pulumi_onepassword

    cluster = pulumi_kubernetes.Provider("cluster", context=wanted["context"], enable_server_side_apply=True)
    vault = pulumi_onepassword.Provider("onepassword", service_account_token=wanted["token"])
    importlib.import_module("pulumi_cloudflare.provider").Provider("cloudflare", api_token="x" * 40)
    pulumi_authentik.Provider("authentik", url="https://authentik.invalid", token=wanted["token"])

    def parent(index: int) -> pulumi.Resource | None:
        """Each component has its share."""
        return components[index % len(components)] if components else None

    for index in range(wanted["objects"]):
        name = f"bench-{index}"
        pulumi_kubernetes.core.v1.ConfigMap(
            name,
            metadata={"name": name, "namespace": "default"},
            data={"text": "x" * 200},
            opts=pulumi.ResourceOptions(provider=cluster, parent=parent(index)),
        )
    for index in range(wanted["items"]):
        pulumi_onepassword.Item(
            f"item-{index}",
            vault=wanted["vault"],
            title=f"item-{index}",
            category="secure_note",
            opts=pulumi.ResourceOptions(provider=vault, parent=parent(index)),
        )
