"""What counts as trouble with the notifications: all errors but that the controller cannot begin yet."""

from __future__ import annotations

from pathlib import Path

from drills.gitops.argocd import ArgoCd
from drills.gitops.backends import Real
from sandbox.paths import Sandbox

EARLY = [
    '{"level":"error","msg":"error getting api from namespace: argocd error: could not parse private key"}',
    '{"level":"error","msg":"Failed to get api: errors getting apis: []","resource":"argocd/traefik"}',
]
TROUBLE = '{"level":"error","msg":"failed to execute when condition: cannot fetch health from <nil>"}'


def test_a_controller_that_has_no_secret_yet_has_no_trouble_with_an_application(tmp_path: Path) -> None:
    argocd = ArgoCd(sandbox=Sandbox(root=tmp_path / ".sandbox"), tools={})
    log = argocd.process("notifications-controller").log
    log.parent.mkdir(parents=True)
    log.write_text("\n".join([*EARLY, TROUBLE, '{"level":"info","msg":"Processing completed"}', ""]))
    assert Real(tools={}, argocd=argocd).errors_of_notifications() == [TROUBLE]
