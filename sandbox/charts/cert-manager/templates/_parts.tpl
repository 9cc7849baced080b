{{- /* Helpers take root and part; the controller is called as the chart is. */ -}}
{{- define "part.selector" -}}
{{- include "common.selector" (dict "root" .root "name" .part "component" (ternary "controller" .part (eq .part "cert-manager"))) -}}
{{- end -}}
{{- define "part.labels" -}}
app: {{ .part }}
{{ include "common.labels" (dict "root" .root "name" .part "component" (ternary "controller" .part (eq .part "cert-manager"))) }}
{{- end -}}
{{- define "part.name" -}}
{{- $full := include "common.fullname" (dict "root" .root "name" "cert-manager") -}}
{{- ternary $full (printf "%s-%s" $full .part) (eq .part "cert-manager") -}}
{{- end -}}
{{- define "part.values" -}}
{{- ternary .root.Values (get .root.Values .part) (eq .part "cert-manager") | toJson -}}
{{- end -}}
{{- /* What a pod is made of; root, part, args, ports, [probes]. */ -}}
{{- define "part.pod" -}}
{{- $values := include "part.values" . | fromJson -}}
{{- $image := $values.image -}}
metadata:
  labels: {{- include "part.labels" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if .ports }}
  annotations:
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    prometheus.io/scrape: "true"
    prometheus.io/path: /metrics
    prometheus.io/port: "9402"
  {{- end }}
spec:
  serviceAccountName: {{ include "part.name" . }}
  enableServiceLinks: false
  {{- if not .ports }}
  restartPolicy: OnFailure
  {{- end }}
  securityContext: {{ toJson $values.securityContext }}
  nodeSelector: {kubernetes.io/os: linux}
  {{- with $values.topologySpreadConstraints }}
  topologySpreadConstraints: {{- include "common.spread" (dict "selector" (include "part.selector" $) "constraints" .) | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ ternary "cert-manager-controller" (printf "cert-manager-%s" .part) (eq .part "cert-manager") }}
      image: {{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
      imagePullPolicy: {{ $image.pullPolicy }}
      args: {{ concat .args $values.extraArgs | toJson }}
      {{- with .ports }}
      ports:
        {{- range $name, $port := . }}
        - {name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP}
        {{- end }}
      {{- end }}
      {{- with .probes }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      env:
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      resources: {{ toJson $values.resources }}
      securityContext: {{ toJson $values.containerSecurityContext }}
{{- end -}}
