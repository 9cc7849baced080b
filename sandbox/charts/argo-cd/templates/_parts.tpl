{{- /* Helpers take root and part. */ -}}
{{- define "part.name" -}}
{{- printf "%s-%s" (include "common.fullname" (dict "root" .root "name" "argocd")) .part -}}
{{- end -}}
{{- define "part.labels" -}}
{{- include "common.labels" (dict "root" .root "name" (printf "argocd-%s" .part) "component" .part "partOf" "argocd") -}}
{{- end -}}
{{- /* By what the part's Services and its budget select its pods. */ -}}
{{- define "part.selector" -}}
{{- include "common.selector" (dict "root" .root "name" (printf "argocd-%s" .part)) -}}
{{- end -}}
{{- define "part.image" -}}
{{- $shared := .root.Values.global.image -}}
{{- printf "%s:%s" (.image.repository | default $shared.repository) (.image.tag | default $shared.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- /* The parts that the values ask for, as JSON. */ -}}
{{- define "parts" -}}
{{- $parts := .Files.Get "parts.yaml" | fromYaml -}}
{{- range $part, $given := $parts -}}
{{- $values := get $.Values $given.key -}}
{{- if and (hasKey $values "enabled") (not $values.enabled) }}{{ $parts = omit $parts $part }}{{ end -}}
{{- end -}}
{{- toJson $parts -}}
{{- end -}}
{{- /* A ConfigMap or Secret that Argo CD looks up by its own name; root, name, data, [kind], [notes], [labels]. */ -}}
{{- define "config" }}
---
apiVersion: v1
kind: {{ .kind | default "ConfigMap" }}
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "common.labels" (dict "root" .root "name" .name "component" "server" "partOf" "argocd") | nindent 4 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .notes }}
  annotations: {{ toJson . }}
  {{- end }}
{{- if eq (.kind | default "") "Secret" }}
type: Opaque
{{- end }}
{{- with .data }}
{{ ternary "stringData" "data" (eq ($.kind | default "") "Secret") }}:
  {{- range $key, $value := . }}
  {{ $key }}: {{ toString $value | toJson }}
  {{- end }}
{{- end }}
{{- end -}}
