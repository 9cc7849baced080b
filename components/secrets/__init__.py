"""Flow 5: secrets, from the 1Password vault to the pods.

`onepassword` is what carries them, `login` what is kept for the day on which Authentik is down. Items and the Secrets
made of them are declared where they are used: `components/kit/secret.py`.
"""

from components.secrets.layer import Secrets, SecretsArgs

__all__ = ["Secrets", "SecretsArgs"]
