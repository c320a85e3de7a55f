variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "cluster_name" {
  description = "The EKS cluster."
  type        = string
}

variable "cluster_arn" {
  description = "The EKS cluster."
  type        = string
}

variable "namespace" {
  description = "Namespace of the chart."
  type        = string
}

variable "service_accounts" {
  description = "The chart's ServiceAccounts by workload."
  type        = object({ web = string, worker = string, jobs = string })
}

variable "media_bucket_arn" {
  description = "Bucket of the photos."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of files, messages and secrets."
  type        = string
}

variable "queue_arn" {
  description = "Queue of the jobs."
  type        = string
}

variable "dead_letter_arn" {
  description = "Queue of what failed."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that External Secrets may read."
  type        = list(string)
}

variable "log_group_arn" {
  description = "Log group of the pods' logs."
  type        = string
}

variable "zone_arn" {
  description = "Zone in which external-dns writes."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic that Alertmanager publishes to."
  type        = string
}

variable "worker_node_role_arn" {
  description = "Role that Karpenter gives its nodes."
  type        = string
}

variable "interruption_queue_arn" {
  description = "Queue of spot and maintenance notices."
  type        = string
}
