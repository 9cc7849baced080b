"""Simulated Cloudflare, Authentik and 1Password accounts, served to the engine as provider plugins.

Each account is one JSON file; what it holds is what "the cloud" holds. Every resource type has a table of its
properties (`schema.Schema`) and a class (`kind.Kind`) with the rules of the real service; `provider.AccountProvider`
does the rest. A property that a table lacks is refused, and so is a type without a table: the sandbox never agrees to
what it has not looked at. Previews judge values only, as the real providers do; everything else is judged when the
account is called. What comes of an account in trouble is in `faults`.

Not covered: quotas, permissions of tokens, environment variables as provider arguments.
"""
