{{- /* Every helper takes a dict; `root` in it is the chart's own context. */ -}}

{{- /* The release's name, with the chart's unless that is in it; root, name. */ -}}
{{- define "common.fullname" -}}
{{- $values := .root.Values -}}
{{- $name := $values.nameOverride | default .name -}}
{{- $full := ternary .root.Release.Name (printf "%s-%s" .root.Release.Name $name) (contains $name .root.Release.Name) -}}
{{- $values.fullnameOverride | default ($values.global).fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* By what pods are selected; root, name, [instance], [component]. */ -}}
{{- define "common.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .instance | default .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- /* What everything is labelled with; as before, and [partOf], [version]. */ -}}
{{- define "common.labels" -}}
{{ include "common.selector" . }}
{{- with .partOf }}
app.kubernetes.io/part-of: {{ . }}
{{- end }}
app.kubernetes.io/version: {{ .version | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* A CRD by its name, which is filled in by whoever renders; name, [annotations]. */ -}}
{{- define "common.crd" }}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: {{ .name }}, annotations: {{ .annotations | default dict | toJson }}}
{{- end -}}

{{- /* Rules of rights; each is "<group>,...: <resource>,...: <verb>,...[: <name>,...]", and Kubernetes' own group is
`core`. */ -}}
{{- define "common.rules" -}}
{{- range . }}
{{- $parts := splitList ": " . }}
{{- if eq (index $parts 0) "url" }}
- {nonResourceURLs: {{ splitList "," (index $parts 1) | toJson }}, verbs: {{ splitList "," (index $parts 2) | toJson }}}
{{- else }}
- apiGroups: {{ splitList "," (index $parts 0 | replace "core" "") | toJson }}
  resources: {{ splitList "," (index $parts 1) | toJson }}
  verbs: {{ splitList "," (index $parts 2) | toJson }}
  {{- if gt (len $parts) 3 }}
  resourceNames: {{ splitList "," (index $parts 3) | toJson }}
  {{- end }}
{{- end }}
{{- else }}
[]
{{- end }}
{{- end -}}

{{- /* A role and its binding to an account; root, kind, name, labels (text), rules, account, [namespace],
[annotations], [bound], [subjectNamespace]. */ -}}
{{- define "common.role" }}
{{- $namespace := .namespace | default .root.Release.Namespace }}
{{- $meta := dict "name" .name "labels" (fromYaml .labels) }}
{{- if eq .kind "Role" }}{{ $_ := set $meta "namespace" $namespace }}{{ end }}
{{- with .annotations }}{{ $_ := set $meta "annotations" . }}{{ end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata: {{ toJson $meta }}
rules: {{- include "common.rules" .rules | nindent 2 }}
{{- with .account }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $.kind }}Binding
metadata: {{ toJson $meta }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ $.kind }}, name: {{ $.name | quote }}}
subjects:
  - kind: ServiceAccount
    name: {{ . }}
    {{- if not $.withoutSubjectNamespace }}
    namespace: {{ $.root.Release.Namespace }}
    {{- end }}
{{- end }}
{{- end -}}

{{- /* root, name, labels (text), [annotations], [automount]. */ -}}
{{- define "common.account" }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- .labels | nindent 4 }}
  {{- with .annotations }}
  annotations: {{ toJson . }}
  {{- end }}
{{- if not (kindIs "invalid" .automount) }}
automountServiceAccountToken: {{ .automount }}
{{- end }}
{{- end -}}

{{- /* A disruption budget; root, name, labels (text), selector (text), limits: a map with minAvailable or
maxUnavailable, of which empty ones do not count. */ -}}
{{- define "common.budget" }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- .labels | nindent 4 }}
spec:
  selector:
    matchLabels: {{- .selector | nindent 6 }}
  {{- $limits := .limits }}
  {{- $given := list }}
  {{- range list "minAvailable" "maxUnavailable" }}
  {{- $value := get $limits . }}
  {{- if and (not (kindIs "invalid" $value)) (ne (toString $value) "") }}
  {{ . }}: {{ $value }}
  {{- $given = append $given . }}
  {{- end }}
  {{- end }}
  {{- if gt (len $given) 1 }}
  {{- fail (printf "%s: a disruption budget takes minAvailable or maxUnavailable, not both" .name) }}
  {{- end }}
  {{- if not $given }}
  minAvailable: 0
  {{- end }}
{{- end -}}

{{- /* Constraints on the spread of pods, each over the pods themselves unless it says otherwise; selector (text),
constraints. */ -}}
{{- define "common.spread" -}}
{{- $default := dict "labelSelector" (dict "matchLabels" (fromYaml .selector)) }}
{{- range .constraints }}
- {{ toJson (merge (deepCopy .) $default) }}
{{- end }}
{{- end -}}

{{- /* A map without its empty values, as JSON. */ -}}
{{- define "common.filled" -}}
{{- $kept := dict }}
{{- range $key, $value := . }}{{ if $value }}{{ $_ := set $kept $key $value }}{{ end }}{{ end }}
{{- toJson $kept }}
{{- end -}}
