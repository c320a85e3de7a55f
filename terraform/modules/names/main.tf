# Names that more than one place must agree on: Terraform, the chart and the code. No provider.

variable "environment" {
  description = "staging or prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "The environment's name is 2 to 12 small letters or digits, since bucket names are built from it."
  }
}

variable "account_id" {
  description = "AWS account; bucket names are unique in the whole world."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An AWS account id has twelve digits."
  }
}

locals {
  prefix = "amena-${var.environment}"
}

output "prefix" {
  description = "Start of every name in this environment, and the cluster's name."
  value       = local.prefix
}

output "media_bucket" {
  description = "Bucket of the photos and what is made of them."
  value       = "${local.prefix}-media-${var.account_id}"
}

output "log_bucket" {
  description = "Bucket of the access logs."
  value       = "${local.prefix}-logs-${var.account_id}"
}

output "queue" {
  description = "Queue of the jobs."
  value       = "${local.prefix}-jobs"
}

output "dead_letter_queue" {
  description = "Queue of the messages that failed too often."
  value       = "${local.prefix}-jobs-dead"
}

output "django_secret" {
  description = "Secret with `secret_key`."
  value       = "${local.prefix}/django"
}

output "google_secret" {
  description = "Secret with `client_id` and `client_secret`; a person fills it."
  value       = "${local.prefix}/google"
}

output "cdn_secret" {
  description = "Secret with `cdn_private_key` and `cdn_key_id`, where there is a CDN; a person fills it."
  value       = "${local.prefix}/cdn"
}

output "database_secret" {
  description = "Secret with `host`, `dbname`, and users and passwords of web and worker."
  value       = "${local.prefix}/database"
}

output "namespace" {
  description = "Kubernetes namespace of the chart."
  value       = "amena"
}

output "service_accounts" {
  description = "ServiceAccounts of the chart, by workload."
  value       = { for workload in ["web", "worker", "jobs"] : workload => "amena-${workload}" }
}
