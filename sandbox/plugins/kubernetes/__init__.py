"""A provider of Kubernetes objects, which the sandbox runs unless the published one is asked for.

It serves what a typed program needs of that plugin: server-side apply with one field manager per resource, previews by
dry run, refresh against the live object, replacement where the API server would refuse an update, and waiting until an
object is ready or gone. Everything is decided by a real API server; nothing about a kind is made up here but the few
tables that also exist in the published plugin (which fields force a replacement, what "ready" means). How the two
compare, line by line, is in `docs/kubernetes-plugin.md`.

Not covered: client-side apply, generated names, rendering of charts, kustomizations and YAML files
(`helm.sh/v3:Release` is served as a record only, see `release`), rendering to a folder, lists of objects, and lookups.
"""
