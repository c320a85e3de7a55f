{{/* Name of the release's objects: always the chart's name, so that pod identities, which are
     bound to ServiceAccount names in Terraform, hold whatever the release is called. */}}
{{- define "amena.name" -}}
{{- .Chart.Name -}}
{{- end }}

{{- define "amena.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/part-of: amena
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Call with (list . "web"). */}}
{{- define "amena.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "amena.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Call with (list . "web"); the reference is repository:tag, with the digest where there is one. */}}
{{- define "amena.image" -}}
{{- $root := index . 0 -}}
{{- $image := index $root.Values.images (index . 1) -}}
{{- $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Everything of the configuration that is no secret, as a map in YAML. */}}
{{- define "amena.config" -}}
{{- $site := .Values.site -}}
{{- $derived := dict "SITE_ROOT" (printf "%s://%s" (ternary "https" "http" $site.https) $site.host) -}}
{{- with .Values.timeouts -}}
{{- $_ := set $derived "JOB_SOFT_LIMIT" (toString .soft) -}}
{{- $_ := set $derived "JOB_HARD_LIMIT" (toString .hard) -}}
{{- $_ := set $derived "WORKER_GRACE_SECONDS" (toString .grace) -}}
{{- $_ := set $derived "SQS_VISIBILITY_SECONDS" (toString .visibility) -}}
{{- end -}}
{{- range $name, $value := .Values.config -}}
{{- /* Numbers of a file of values are floats to Helm, which it writes as 1e+06 from a million on. */}}
{{- if not (hasKey $derived $name) -}}
{{- $_ := set $derived $name (kindIs "float64" $value | ternary (printf "%.0f" $value) (toString $value)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $derived -}}
{{- end }}

{{/* Secrets of a process: those of its component and no others. Call with (list . "web"). */}}
{{- define "amena.secretEnv" -}}
- secretRef:
    name: {{ include "amena.secretName" . }}
{{- end }}

{{- define "amena.secretName" -}}
{{- $root := index . 0 -}}
{{- index $root.Values.secrets.names (index . 1) -}}
{{- end }}

{{/* Lets Reloader start pods anew when their Secret changes. Call with (list . "web"). */}}
{{- define "amena.reload" -}}
secret.reloader.stakater.com/reload: {{ include "amena.secretName" . }}
{{- end }}

{{/* Holds a pod back until the database is as the code expects: on the first install, and where
     somebody brings new code without its migration. Call with (list . "web" "web"): image, secrets. */}}
{{- define "amena.awaitMigrations" -}}
{{- $root := index . 0 -}}
- name: migrations
  image: {{ include "amena.image" (list $root (index . 1)) }}
  imagePullPolicy: {{ $root.Values.images.pullPolicy }}
  command: [python, manage.py, migrate, --check]
  securityContext: {{- include "amena.containerSecurity" $root | nindent 4 }}
  envFrom:
    - configMapRef:
        name: {{ include "amena.name" $root }}-{{ index . 2 }}
    {{- include "amena.secretEnv" (list $root (index . 2)) | nindent 4 }}
  resources:
    requests: {cpu: 50m, memory: 128Mi, ephemeral-storage: 16Mi}
    limits: {memory: 512Mi, ephemeral-storage: 64Mi}
  volumeMounts: {{- include "amena.tmpMount" $root | nindent 4 }}
{{- end }}

{{/* Django accepts the site's name and, for kubelet and load balancer probes, the pod's own address. */}}
{{- define "amena.hostEnv" -}}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: ALLOWED_HOSTS
  value: "{{ .Values.site.host }},$(POD_IP)"
{{- end }}

{{- define "amena.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "amena.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The only writable place of a container. */}}
{{- define "amena.tmpMount" -}}
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "amena.tmpVolume" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ . }}
{{- end }}
