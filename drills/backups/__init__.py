"""Flow 10: files come back, by the real restic and the script of VolSync's mover."""
