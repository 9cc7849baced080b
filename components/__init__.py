"""The homelab platform: one folder per data flow, wired to each other in `platform`."""
