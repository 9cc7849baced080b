"""A certificate authority of a drill's own, for the hosts that it stands in for."""

from __future__ import annotations

import shutil
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.cluster import openssl


@dataclass(kw_only=True)
class Authority:
    """Whoever trusts `certificate` believes every host of the drill."""

    folder: Path
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def make(cls, folder: Path) -> Authority:
        """A new one, in a folder of its own."""
        folder.mkdir(parents=True)
        new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=drill")
        openssl(folder, *new, "-keyout", "ca.key", "-out", "ca.crt")
        openssl(folder, "genrsa", "-out", "hosts.key", "2048")
        return cls(folder=folder)

    @classmethod
    def of(cls, folder: Path, given: Path) -> Authority:
        """One that is there already, with a `ca.crt` and a `ca.key` in a given folder; what it signs is in its own."""
        folder.mkdir(mode=0o700, parents=True)
        for name in ("ca.crt", "ca.key"):
            shutil.copy(given / name, folder / name)
        openssl(folder, "genrsa", "-out", "hosts.key", "2048")
        return cls(folder=folder)

    @property
    def certificate(self) -> Path:
        """What to trust."""
        return self.folder / "ca.crt"

    def context(self, host: str) -> ssl.SSLContext:
        """A server's side of TLS for a host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._made(host)
            return self._contexts[host]

    def files(self, host: str) -> tuple[Path, Path]:
        """The certificate of a host and its key, for a server that reads them itself."""
        with self._lock:
            return self._signed(host), self.folder / "hosts.key"

    def _made(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._signed(host), self.folder / "hosts.key")
        return context

    def _signed(self, host: str) -> Path:
        (self.folder / f"{host}.cnf").write_text(f"subjectAltName=DNS:{host}")
        openssl(self.folder, "req", "-new", "-key", "hosts.key", "-subj", f"/CN={host}"[:60], "-out", f"{host}.csr")
        sign = ("x509", "-req", "-days", "2", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial")
        openssl(self.folder, *sign, "-in", f"{host}.csr", "-extfile", f"{host}.cnf", "-out", f"{host}.crt")
        return self.folder / f"{host}.crt"
