module homelab/tools/crds-argo-cd

go 1.25

require github.com/argoproj/argo-cd/v3 v3.2.0
