"""Flat scripts that do ever more of what the platform's program does: what each step costs is a part of its preview."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sandbox.bench.measure import Sample, pulumi
from sandbox.cluster import CONTEXT
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, Sandbox
from sandbox.plugins.accounts.seeding import Tokens, seed

PROGRAMS: Final = Path(__file__).parent / "programs"
UP: Final = ("up", "--yes", "--skip-preview", "--suppress-outputs")
NO_CHANGES: Final = ("preview", "--expect-no-changes", "--suppress-outputs", "--non-interactive")
VAULT: Final = "benchbenchbenchbenchbenchb"
TOKEN: Final = "bench-service-account"  # noqa: S105 - of an account that is simulated
MODULES: Final = """
import json, sys
import components.platform
from components.kit.cloudflare import USED
ours = ("components", "__main__")
found = [name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]
modules = [name for name in found if name.partition(".")[0] not in ours]
print(json.dumps({"modules": modules, "used": USED}))
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much the platform's program registers."""

    objects: int
    """In the cluster."""
    items: int
    """In accounts."""
    components: int

    @classmethod
    def of(cls, state: dict[str, Any]) -> Size:
        """As the state has it, without the stack and the providers."""
        found = [item for item in state["deployment"]["resources"] if not item["type"].startswith("pulumi:")]
        real = [item for item in found if item.get("custom")]
        objects = [item for item in real if item["type"].startswith("kubernetes:")]
        return cls(objects=len(objects), items=len(real) - len(objects), components=len(found) - len(real))

    def __str__(self) -> str:
        """As a table has it."""
        return f"{self.objects + self.items} resources in {self.components} components"


@dataclass(frozen=True)
class Floors:
    """The scripts, each with a state of its own, on the platform's cluster."""

    engine: Engine
    """The platform's."""
    size: Size

    @cached_property
    def imports(self) -> dict[str, list[str]]:
        """Every module of a package that the platform's program loads, in that order; of Cloudflare's, which part."""
        command = [sys.executable, "-c", MODULES]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SandboxError(f"python: the program cannot be imported: {done.stderr.strip().splitlines()[-1]}")
        found: dict[str, list[str]] = json.loads(done.stdout)
        return found

    def steps(self) -> dict[str, Engine]:
        """From a script that does nothing to the whole floor; what each adds is a part of a preview."""
        nothing: dict[str, Any] = {"modules": [], "providers": False, "objects": 0, "items": 0, "components": 0}
        imports = {**nothing, **self.imports}
        providers = {**imports, "providers": True}
        whole = {
            **providers,
            "objects": self.size.objects,
            "items": self.size.items,
            "components": self.size.components,
        }
        wanted = {"start": nothing, "imports": imports, "providers": providers, "floor": whole}
        return {name: self._made(name, what) for name, what in wanted.items()}

    def preview(self, name: str, engine: Engine) -> Sample:
        """One preview without changes."""
        return pulumi(engine, *NO_CHANGES, environment=self._environment(name))

    def _made(self, name: str, wanted: dict[str, Any]) -> Engine:
        engine = self._engine(name)
        root = engine.sandbox.root
        if not root.exists():
            root.mkdir(parents=True)
            shutil.copyfile(self.engine.sandbox.kubeconfig, engine.sandbox.kubeconfig)
            seed(root, tokens=Tokens(cloudflare={}, service_account=[TOKEN]), zones={}, account_id="", vault=VAULT)
            given = {"partial": str(REPOSITORY / "components" / "kit" / "partial.py"), "context": CONTEXT}
            self._file(name).write_text(json.dumps({**wanted, **given, "token": TOKEN, "vault": VAULT}))
            engine.install()
            engine.configure([])
            pulumi(engine, *UP, environment=self._environment(name))
        return engine

    def _engine(self, name: str) -> Engine:
        sandbox = Sandbox(root=self.engine.sandbox.root / "bench" / name)
        return Engine(sandbox=sandbox, program=PROGRAMS / "flat", pulumi=self.engine.pulumi, checkpoints=False)

    def _file(self, name: str) -> Path:
        return self._engine(name).sandbox.root / "wanted.json"

    def _environment(self, name: str) -> dict[str, str]:
        return {"BENCH_FLOOR": str(self._file(name))}
