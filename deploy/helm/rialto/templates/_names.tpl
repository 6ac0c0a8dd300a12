{{- define "rialto.name" -}}
{{- if contains "rialto" .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-rialto" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- define "rialto.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "rialto.secret" -}}
{{ .Values.secret.existing | default (printf "%s-secret" (include "rialto.name" .)) }}
{{- end -}}

{{- define "rialto.scheme" -}}
{{ if .Values.tls.secretName }}https{{ else }}http{{ end }}
{{- end -}}

{{- /* What every object bears; what selects pods is a part of it that never changes. */ -}}
{{- define "rialto.labels" -}}
{{ include "rialto.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "rialto.selector" -}}
app.kubernetes.io/name: rialto
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Addresses of all services at this port. */ -}}
{{- define "rialto.addresses" -}}
{{- $root := .root -}}
{{- $found := list -}}
{{- range $service := .services -}}
{{- $found = append $found (printf "%s=%s://%s-%s:%d" $service (include "rialto.scheme" $root) (include "rialto.name" $root) $service (int $.port)) -}}
{{- end -}}
{{ join "," $found }}
{{- end -}}

{{- define "rialto.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "rialto.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Whom the services talk to outside, where that is played: its credentials are the sandbox's own and no secrets. */ -}}
{{- define "rialto.sandboxSettings" -}}
{{- if .Values.sandbox.enabled -}}
YOOKASSA_URL: http://{{ include "rialto.name" . }}-sandbox:4501
YOOKASSA_SHOP_ID: "100500"
YOOKASSA_SECRET_KEY: test_sandbox_only
ATOL_URL: http://{{ include "rialto.name" . }}-sandbox:4502
ATOL_LOGIN: sandbox
ATOL_PASSWORD: sandbox_only
ATOL_GROUP: sandbox_group
COMPANY_EMAIL: receipts@rialto.example
COMPANY_INN: "0000000000"
COMPANY_SITE: https://rialto.example
SMTP_URL: smtp://{{ include "rialto.name" . }}-sandbox:4504
{{- end -}}
{{- end -}}
