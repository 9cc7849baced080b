module homelab/tools/crds-cloudnative-pg

go 1.25

require github.com/cloudnative-pg/cloudnative-pg v1.28.0
