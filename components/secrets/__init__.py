"""Flow 5: secrets, from the 1Password vault to the pods."""

from components.secrets.onepassword import OnePassword, OnePasswordArgs

__all__ = [
    "OnePassword",
    "OnePasswordArgs",
]
