{{- define "driver.labels" -}}
{{ include "common.labels" (dict "root" . "name" .Chart.Name) }}
{{- with .Values.customLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
{{- /* What a pod pulls; root, of: the name of the image's values. A repository that begins with "/" is in baseRepo. */ -}}
{{- define "driver.image" -}}
{{- $image := get .root.Values.image .of -}}
{{- ternary .root.Values.image.baseRepo "" (hasPrefix "/" $image.repository) }}{{ $image.repository }}:{{ $image.tag }}
{{- end -}}
{{- /* A container; root, part, of, name, args, [env], [probe], [context], mounts. */ -}}
{{- define "driver.container" -}}
name: {{ .name }}
image: {{ include "driver.image" . }}
imagePullPolicy: {{ (get .root.Values.image .of).pullPolicy }}
args: {{ toJson .args }}
{{- with .env }}
env: {{ toJson . }}
{{- end }}
{{- with .probe }}
livenessProbe:
  httpGet: {host: localhost, path: /healthz, port: {{ . }}}
  initialDelaySeconds: 30
  timeoutSeconds: 10
  periodSeconds: 30
  failureThreshold: 5
{{- end }}
securityContext: {{ toJson .context }}
resources: {{ get .part.resources .of | toJson }}
volumeMounts:
  {{- range $path, $volume := .mounts }}
  - {name: {{ $volume }}, mountPath: {{ $path }}{{ if eq $path "/var/lib/kubelet/pods" }}, mountPropagation: Bidirectional{{ end }}}
  {{- end }}
{{- end -}}
{{- /* The container that mounts, the same in both pods but for its arguments; root, part, more, socket, pods. */ -}}
{{- define "driver.mounting" -}}
{{- $driver := .root.Values.driver }}
{{- $args := list (printf "--v=%v" .part.logLevel) "--nodeid=$(NODE_ID)" "--endpoint=$(CSI_ENDPOINT)" (printf "--drivername=%s" $driver.name) (printf "--mount-permissions=%v" $driver.mountPermissions) }}
{{- $env := list (dict "name" "NODE_ID" "valueFrom" (dict "fieldRef" (dict "fieldPath" "spec.nodeName"))) (dict "name" "CSI_ENDPOINT" "value" "unix:///csi/csi.sock") }}
{{- $context := dict "privileged" true "capabilities" (dict "add" (list "SYS_ADMIN") "drop" (list "ALL")) "allowPrivilegeEscalation" true }}
{{- include "driver.container" (dict "root" .root "part" .part "of" "nfs" "name" "nfs" "args" (concat $args .more) "env" $env "probe" .part.livenessProbe.healthPort "context" $context "mounts" (dict "/csi" "socket-dir" (printf "%s/pods" .root.Values.kubeletDir) "pods-mount-dir")) }}
{{- end -}}
{{- /* The one that asks whether it lives; root, part. */ -}}
{{- define "driver.probing" -}}
{{- $context := dict "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
{{- $args := list "--csi-address=/csi/csi.sock" "--probe-timeout=3s" (printf "--http-endpoint=localhost:%v" .part.livenessProbe.healthPort) "--v=2" }}
{{- include "driver.container" (dict "root" .root "part" .part "of" "livenessProbe" "name" "liveness-probe" "args" $args "context" $context "mounts" (dict "/csi" "socket-dir")) }}
{{- end -}}
{{- /* What both pods are beside their volumes and containers; root, part, account. */ -}}
{{- define "driver.pod" -}}
hostNetwork: true
dnsPolicy: {{ .part.dnsPolicy }}
serviceAccountName: {{ .account }}
priorityClassName: {{ .part.priorityClassName }}
securityContext: {seccompProfile: {type: RuntimeDefault}}
nodeSelector: {{ merge (dict "kubernetes.io/os" "linux") .part.nodeSelector | toJson }}
tolerations: {{ toJson .part.tolerations }}
{{- with .part.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- end -}}
