"""A disk of a folder's own, small enough to be filled: a file system in memory, where the drill may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills import space

CHUNK: Final = b"\0" * (1 << 16)


@dataclass(kw_only=True)
class Disk:
    """The disk below a folder."""

    folder: Path
    size: str = "128m"
    own: bool = False
    """Whether the folder has one of its own; otherwise it is whichever it lies on."""

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Mount one while the block runs, in the drill's own namespaces only: with them it is gone in any case."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self.size},mode=0755"
        mount = ["mount", "-t", "tmpfs", "-o", options, "drill", str(self.folder)]
        if not space.inside() or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            yield
            return
        try:
            self.own = self._has_attributes()
            if not self.own:
                self._unmount()
            yield
        finally:
            if self.own:
                self._unmount()

    def _unmount(self) -> None:
        # Whoever still has files open there keeps them.
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True, capture_output=True)

    def fill(self) -> None:
        """Take all the space that there is left."""
        try:
            with self._filler.open("ab", buffering=0) as file:
                while True:
                    file.write(CHUNK)
        except OSError:
            return

    def free(self) -> None:
        """Give it back."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def _has_attributes(self) -> bool:
        """Whether files keep extended attributes of users', as kernels before 6.6 cannot in memory."""
        try:
            os.setxattr(self.folder, "user.drill", b"1")
        except OSError:
            return False
        os.removexattr(self.folder, "user.drill")
        return True
