{{- /* Ends the rendering if anything is switched on that only the real chart has. */ -}}
{{- define "stack.onlyOperator" -}}
{{- $others := list "alertmanager" "grafana" "kubernetesServiceMonitors" "kubeStateMetrics" "nodeExporter" "prometheus" "thanosRuler" "windowsMonitoring" }}
{{- range $others }}
{{- if (get $.Values .).enabled }}{{ fail (printf "%s.enabled: the sandbox's stand-in has the operator only" .) }}{{ end }}
{{- end }}
{{- if .Values.defaultRules.create }}{{ fail "defaultRules.create: the sandbox's stand-in has the operator only" }}{{ end }}
{{- range list "admissionWebhooks" "tls" "networkPolicy" }}
{{- if (get $.Values.prometheusOperator .).enabled }}
{{- fail (printf "prometheusOperator.%s.enabled: the sandbox's stand-in has none" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What everything of the chart is called after. */ -}}
{{- define "stack.fullname" -}}
{{- include "common.fullname" (dict "root" . "name" .Chart.Name) | trunc 26 | trimSuffix "-" -}}
{{- end -}}

{{- /* An image of its values, by the registry that is given for all; root, image. */ -}}
{{- define "stack.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- printf "%s/%s:%s" $registry .image.repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}

{{- define "stack.selector" -}}
app: {{ .Chart.Name }}-operator
release: {{ .Release.Name }}
{{- end -}}

{{- define "stack.labels" -}}
{{- $version := .Chart.Version | replace "+" "_" -}}
{{ include "stack.selector" . }}
app.kubernetes.io/name: {{ .Chart.Name }}-prometheus-operator
app.kubernetes.io/component: prometheus-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/version: {{ $version | quote }}
chart: {{ .Chart.Name }}-{{ $version }}
heritage: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
