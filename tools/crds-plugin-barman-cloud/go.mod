module homelab/tools/crds-plugin-barman-cloud

go 1.25

require github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
