module homelab/tools/crds-cert-manager

go 1.25

require github.com/cert-manager/cert-manager v1.19.1
