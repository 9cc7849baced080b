"""The real programs of the drills: built from Go modules like the sandbox's own, when a drill asks for them."""

from __future__ import annotations

from typing import Final

from sandbox import pins
from sandbox.tools import Program

ARGO_CD_MODULE: Final = "github.com/argoproj/argo-cd/v3"
ARGO_CD_VERSION: Final = pins.go_module("argo-cd", ARGO_CD_MODULE)

ARGO_CD: Final = Program(
    name="argocd",
    module="argo-cd",
    package=f"{ARGO_CD_MODULE}/cmd",
    first_time="3 min",
    ldflags=f"-X {ARGO_CD_MODULE}/common.version={ARGO_CD_VERSION.removeprefix('v')}",
)
"""Every part of Argo CD is this one program, under another name."""
KUSTOMIZE: Final = Program(
    name="kustomize", module="kustomize", package="sigs.k8s.io/kustomize/kustomize/v5", first_time="10 s"
)
VERSITYGW: Final = Program(
    name="versitygw",
    module="versitygw",
    package="github.com/versity/versitygw/cmd/versitygw",
    first_time="1 min",
)
"""An S3 gateway over a folder."""
RESTIC: Final = Program(
    name="restic", module="restic", package="github.com/restic/restic/cmd/restic", first_time="2 min"
)
VOLSYNC_MODULE: Final = "github.com/backube/volsync"
"""Its mover for restic is a script, which lies in the module."""
