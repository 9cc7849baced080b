"""Base backups of the drill's server."""

from __future__ import annotations

from drills.databases.scene import Scene


def whole(scene: Scene) -> set[str]:
    """The backups that the archive lists as done."""
    return {backup.id for backup in scene.archive.backups(scene.server.name) if backup.done}


def backed_up(scene: Scene, name: str) -> str:
    """Take a base backup; whether the archive lists it as whole."""
    before = whole(scene)
    scene.archive.run(scene.archive.backup(scene.server.name, name), scene.server.environment)
    return "whole" if len(whole(scene) - before) == 1 else "not whole"
