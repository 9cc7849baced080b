module homelab/tools/crds-volsync

go 1.25

require github.com/backube/volsync v0.14.0
