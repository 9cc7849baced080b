"""An account that answers nobody for a while."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from drills.chaos.held import holding
from sandbox.paths import REPOSITORY
from sandbox.plugins.accounts.account import Account

CHANGE = """
import sys
from pathlib import Path
from sandbox.plugins.accounts.account import Account
with Account(Path(sys.argv[1])).edit() as data:
    data["changed"] = True
"""


def test_who_wants_to_change_something_waits_and_is_seen(tmp_path: Path) -> None:
    account = Account(tmp_path / "cloudflare.json")
    account.create({"objects": {}})
    command = [sys.executable, "-c", CHANGE, str(account.path)]
    with holding(account) as asked:
        assert not asked()
        process = subprocess.Popen(command, env={"PYTHONPATH": str(REPOSITORY)})
        end = time.monotonic() + 30
        while not asked() and time.monotonic() < end:
            time.sleep(0.02)
        assert asked()
        assert "changed" not in account.read()
    assert process.wait(30) == 0
    assert account.read()["changed"]
