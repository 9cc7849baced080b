"""What counts as trouble with the notifications: all errors but those of a beginning, and of who has gone."""

from __future__ import annotations

from pathlib import Path

from drills.gitops.argocd import ArgoCd
from drills.gitops.backends import Real
from sandbox.paths import Sandbox

EARLY = [
    '{"level":"error","msg":"error getting api from namespace: argocd error: could not parse private key"}',
    '{"level":"error","msg":"Failed to get api: errors getting apis: []","resource":"argocd/traefik"}',
]
GONE = [
    r'{"level":"error","msg":"Failed to patch resource: applications.argoproj.io \"apps-other\" not found"}',
    'time="2026-11-27T09:23:25Z" level=error msg="Failed to patch resource: applications.argoproj.io apps-x not found"',
]
REFUSED = r'{"level":"error","msg":"Failed to patch resource: applications.argoproj.io \"apps-other\" is forbidden"}'
TROUBLE = '{"level":"error","msg":"failed to execute when condition: cannot fetch health from <nil>"}'


def test_a_controller_that_has_no_secret_yet_has_no_trouble_with_an_application(tmp_path: Path) -> None:
    argocd = ArgoCd(sandbox=Sandbox(root=tmp_path / ".sandbox"), tools={})
    log = argocd.process("notifications-controller").log
    log.parent.mkdir(parents=True)
    log.write_text("\n".join([*EARLY, *GONE, TROUBLE, REFUSED, '{"level":"info","msg":"Processing completed"}', ""]))
    assert Real(tools={}, argocd=argocd).errors_of_notifications() == [TROUBLE, REFUSED]
