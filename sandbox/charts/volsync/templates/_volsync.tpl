{{- /* The image of a part: whole, or by repository and tag; root, part (a name of the values). */ -}}
{{- define "volsync.image" -}}
{{- $given := get .root.Values .part -}}
{{- $given.image | default (printf "%s:%s" $given.repository ($given.tag | default .root.Chart.AppVersion)) -}}
{{- end -}}
