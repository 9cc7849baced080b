{{- define "traefik.name" -}}
{{- include "common.fullname" (dict "root" . "name" "traefik") -}}
{{- end -}}
{{- define "traefik.selector" -}}
{{- include "common.selector" (dict "root" . "name" "traefik" "instance" (printf "%s-%s" .Release.Name .Release.Namespace)) -}}
{{- end -}}
{{- /* The chart labels nothing with the version of its program. */ -}}
{{- define "traefik.labels" -}}
{{- $instance := printf "%s-%s" .Release.Name .Release.Namespace -}}
{{- $labels := include "common.labels" (dict "root" . "name" "traefik" "instance" $instance) | fromYaml -}}
{{- merge (omit $labels "app.kubernetes.io/version") .Values.commonLabels | toYaml -}}
{{- end -}}
{{- /* The static configuration that the values come to, one argument a line. */ -}}
{{- define "traefik.arguments" -}}
{{- $values := .Values -}}
{{- if not $values.global.checkNewVersion }}
--global.checkNewVersion=false
{{- end }}
{{- if $values.global.sendAnonymousUsage }}
--global.sendAnonymousUsage
{{- end }}
{{- range $name, $port := $values.ports }}{{ if $port }}
--entryPoints.{{ $name }}.address=:{{ $port.port }}/{{ $port.protocol | default "TCP" | lower }}
{{- end }}{{ end }}
{{- if $values.api.dashboard }}
--api.dashboard=true
{{- end }}
--ping=true
{{- with $values.metrics.prometheus }}
--metrics.prometheus=true
--metrics.prometheus.entrypoint={{ .entryPoint }}
{{- end }}
{{- range $name, $provider := $values.providers }}{{ if $provider.enabled }}
{{- $flag := printf "--providers.%s" (lower $name) }}
{{ $flag }}
{{- range list "allowCrossNamespace" "allowExternalNameServices" "allowEmptyServices" "nativeLBByDefault" }}
{{- if get $provider . }}
{{ $flag }}.{{ . }}=true
{{- end }}
{{- end }}
{{- with $provider.ingressClass }}
{{ $flag }}.ingressClass={{ . }}
{{- end }}
{{- with $provider.namespaces }}
{{ $flag }}.namespaces={{ join "," . }}
{{- end }}
{{- if ($provider.publishedService).enabled }}
{{ $flag }}.ingressendpoint.publishedservice={{ $.Release.Namespace }}/{{ include "traefik.name" $ }}
{{- end }}
{{- end }}{{ end }}
{{- range $name, $port := $values.ports }}{{ if $port }}
{{- $flag := printf "--entryPoints.%s" $name }}
{{- with ($port.redirections).entryPoint }}
{{- if not (hasKey $values.ports .to) }}{{ fail (printf "ports.%s redirects to the entry point %s, which there is not" $name .to) }}{{ end }}
{{ $flag }}.http.redirections.entryPoint.to=:{{ (get $values.ports .to).exposedPort }}
{{- with .scheme }}
{{ $flag }}.http.redirections.entryPoint.scheme={{ . }}
{{- end }}
{{- if hasKey . "permanent" }}
{{ $flag }}.http.redirections.entryPoint.permanent={{ .permanent }}
{{- end }}
{{- end }}
{{- with $port.middlewares }}
{{ $flag }}.http.middlewares={{ join "," . }}
{{- end }}
{{- if ($port.tls).enabled }}
{{ $flag }}.http.tls=true
{{- with $port.tls.options }}
{{ $flag }}.http.tls.options={{ . }}
{{- end }}
{{- end }}
{{- range list "forwardedHeaders" "proxyProtocol" }}
{{- $trusted := get $port . | default dict }}
{{- if $trusted.trustedIPs }}
{{ $flag }}.{{ . }}.trustedIPs={{ join "," $trusted.trustedIPs }}
{{- end }}
{{- if $trusted.insecure }}
{{ $flag }}.{{ . }}.insecure
{{- end }}
{{- end }}
{{- range $timeout, $length := ($port.transport).respondingTimeouts }}
{{- if $length }}
{{ $flag }}.transport.respondingTimeouts.{{ $timeout }}={{ $length }}
{{- end }}
{{- end }}
{{- end }}{{ end }}
{{- with $values.logs.general.format }}
--log.format={{ . }}
{{- end }}
{{- with $values.logs.general.level }}
--log.level={{ upper . }}
{{- end }}
{{- if $values.logs.access.enabled }}
--accesslog=true
{{- with $values.logs.access.format }}
--accesslog.format={{ . }}
{{- end }}
{{- end }}
{{- range $values.additionalArguments }}
{{ . }}
{{- end }}
{{- end -}}
