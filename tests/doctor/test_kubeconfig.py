"""Who asks, by the ways that a kubeconfig has to say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from doctor import kubeconfig


def parsed(user: dict[str, Any], folder: Path) -> kubeconfig.Connection:
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": "https://127.0.0.1:1/"}}],
        "users": [{"name": "me", "user": user}],
    }
    return kubeconfig.parse(yaml.safe_dump(config), None, folder)


def script(folder: Path, text: str) -> dict[str, Any]:
    """A user whose credentials a shell script gives."""
    (folder / "login").write_text(text)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": [f"{folder}/login"]}}


def answer(status: dict[str, str]) -> str:
    return f"cat <<'END'\n{json.dumps({'kind': 'ExecCredential', 'status': status})}\nEND\n"


def test_a_token_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    assert parsed({"tokenFile": "token"}, tmp_path).headers == {"Authorization": "Bearer from-file"}


def test_nobody(tmp_path: Path) -> None:
    assert parsed({}, tmp_path).headers == {}


def test_a_command_gives_a_token(tmp_path: Path) -> None:
    user = script(tmp_path, answer({"token": "from-command"}))
    assert parsed(user, tmp_path).headers == {"Authorization": "Bearer from-command"}


def test_a_command_is_told_its_version_and_its_variables(tmp_path: Path) -> None:
    user = script(tmp_path, f'echo "$KUBERNETES_EXEC_INFO" >{tmp_path}/info\n[ "$WHO" = me ] || exit 1\n{answer({})}')
    user["exec"]["env"] = [{"name": "WHO", "value": "me"}]
    parsed(user, tmp_path)
    assert json.loads((tmp_path / "info").read_text())["apiVersion"] == "client.authentication.k8s.io/v1"


def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sh gives no credentials: log in first"):
        parsed(script(tmp_path, "echo log in first >&2; exit 1"), tmp_path)


@pytest.mark.parametrize("user", [{"auth-provider": {"name": "oidc"}}, {"username": "me", "password": "x"}])
def test_what_is_not_understood_is_refused_rather_than_left_out(tmp_path: Path, user: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"user 'me' has {next(iter(user))}: expected a token"):
        parsed(user, tmp_path)
