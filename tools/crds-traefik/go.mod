module homelab/tools/crds-traefik

go 1.25

require github.com/traefik/traefik/v3 v3.6.3
