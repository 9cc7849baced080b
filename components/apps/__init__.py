"""The applications that people use."""

from components.apps.echoserver import EchoServer, EchoServerArgs
from components.apps.filebrowser import FileBrowser, FileBrowserArgs
from components.apps.navidrome import Navidrome, NavidromeArgs

__all__ = [
    "EchoServer",
    "EchoServerArgs",
    "FileBrowser",
    "FileBrowserArgs",
    "Navidrome",
    "NavidromeArgs",
]
