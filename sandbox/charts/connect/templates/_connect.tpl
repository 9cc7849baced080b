{{- /* root, component. */ -}}
{{- define "connect.labels" -}}
{{ include "common.labels" (dict "root" .root "name" "connect" "component" .component) }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
{{- /* A Secret with one key; root, name, key, value (base64), component. */ -}}
{{- define "connect.secret" }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "connect.labels" . | nindent 4 }}
type: Opaque
data: { {{ .key }}: {{ .value }} }
{{- end -}}
{{- /* What pods of both kinds may be given; the values of the part. */ -}}
{{- define "connect.placing" -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with get $ $field }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end -}}
