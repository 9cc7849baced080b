{{- /* A map of settings as variables, one `<variable>: <value>` a line; root, prefix, values. Empty ones are left out. */ -}}
{{- define "authentik.variables" -}}
{{- range $key, $value := .values }}
{{- $name := printf "%s%s" $.prefix (upper $key) }}
{{- if kindIs "map" $value }}
{{- include "authentik.variables" (dict "root" $.root "prefix" (printf "%s__" $name) "values" $value) }}
{{- else if and (not (kindIs "invalid" $value)) (ne (toString $value) "") }}
{{ $name }}: {{ tpl (toString $value) $.root | toJson }}
{{- end }}
{{- end }}
{{- end -}}
{{- /* root, component. */ -}}
{{- define "authentik.labels" -}}
{{- include "common.labels" (dict "root" .root "name" "authentik" "component" .component "partOf" "authentik") -}}
{{- end -}}
