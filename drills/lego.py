"""Traefik without the DNS providers of its own ACME client, which are a third of the packages to compile.

lego, that client, speaks to some 180 DNS providers, each by its own library, and Traefik's configuration refers to all
of them. The platform's certificates come from cert-manager: no argument of the live Traefik names a resolver, and one
that did would find no provider, and say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox import golang
from sandbox.paths import cache
from sandbox.pins import TOOLS
from sandbox.steps import Steps
from sandbox.tools import Program

LEGO: Final = "github.com/go-acme/lego/v4"
PROVIDERS: Final = "providers/dns"
LEFT_OUT: Final = ("cmd", "e2e")
"""Programs and tests of lego's own."""
NONE: Final = """\
package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("%s: built without DNS providers", name)
}
"""
"""All that Traefik calls of the folder."""


class WithoutDnsProviders(Program):
    """A program that is built with a lego that knows no DNS provider; everything else of it is as published."""

    def environment(self, steps: Steps) -> Mapping[str, str]:
        """Where Go finds that lego.

        Raises:
            SandboxError: lego cannot be downloaded.
        """
        del steps
        folder = cache() / f"{self.name}-source-{self._key()}"
        with golang.locked(folder):
            modules = folder / "go.mod"
            if not modules.exists():
                _copy(golang.module_folder(self.module, LEGO), folder / "lego")
                shutil.copyfile(TOOLS / self.module / "go.sum", folder / "go.sum")
                given = (TOOLS / self.module / "go.mod").read_text()
                half = folder / "go.mod.half"
                half.write_text(f'{given}\nreplace {LEGO} => "{folder / "lego"}"\n')
                half.rename(modules)
        return {"GOFLAGS": f"-mod=readonly '-modfile={modules}'"}

    def _key(self) -> str:
        return golang.key(self.module, self.package, self.ldflags, NONE)


def _copy(source: Path, target: Path) -> None:
    """A module from Go's cache, but for its DNS providers; in the cache, everything is read-only."""
    shutil.rmtree(target, ignore_errors=True)
    for file in source.rglob("*.go"):
        path = file.relative_to(source)
        if path.parts[0] not in LEFT_OUT and not path.is_relative_to(PROVIDERS):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / path)
    shutil.copyfile(source / "go.mod", target / "go.mod")
    (target / PROVIDERS).mkdir(parents=True)
    (target / PROVIDERS / "none.go").write_text(NONE)
