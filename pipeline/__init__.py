"""What pull requests, the nightly check and Renovate need; all of it runs on a workstation too."""
