"""CloudNativePG with its Barman Cloud plugin: databases as far as the rest of the platform can see them.

A Cluster gets what the operator makes of it (Services, Secrets, account, rights, budgets, claims, pods with their
labels and the plugin's sidecar) and a status that says what is missing. Backups, schedules, databases and roles get
theirs.

Not covered: PostgreSQL. Nothing is stored, no SQL is run, no parameter and no extension is tried; what lies in a bucket
is simulated nowhere. So a backup is completed when everything that it needs is there, a recovery ends when its archive
could be asked, whatever is in it, and retention removes nothing. Not covered either: Jobs (an instance starts without
one), failover and switchover (the first instance stays the primary), hibernation, fencing, replica clusters, poolers,
tablespaces, image catalogs, major upgrades, volume snapshots, publications and subscriptions, and archives elsewhere
than at S3 or without the plugin. Reasons that the real operator only logs stand in the status here.
"""
