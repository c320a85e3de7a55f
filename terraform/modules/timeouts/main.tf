# The timeouts of a photo's way through queue and worker, read from the chart's values so that
# queue, pods and code can never disagree unseen. No provider: checked offline by `terraform test`.

variable "values_file" {
  description = "The Helm chart's values.yaml with the key `timeouts`."
  type        = string
  default     = "../../../helm/amena/values.yaml"
}

locals {
  path     = startswith(var.values_file, "/") ? var.values_file : "${path.module}/${var.values_file}"
  timeouts = yamldecode(file(local.path)).timeouts
}

output "soft" {
  description = "Seconds after which a job is asked to end."
  value       = local.timeouts.soft

  precondition {
    condition     = local.timeouts.soft < local.timeouts.hard
    error_message = "The soft limit must be below the hard limit, or a job is killed before it is asked to end."
  }
}

output "hard" {
  description = "Seconds after which a job is killed."
  value       = local.timeouts.hard

  precondition {
    condition     = local.timeouts.hard < local.timeouts.grace
    error_message = "The hard limit must be below the pod's grace, or Kubernetes kills a job that is still within its time."
  }
}

output "grace" {
  description = "Seconds that Kubernetes gives a worker pod to end."
  value       = local.timeouts.grace

  precondition {
    condition     = local.timeouts.grace < local.timeouts.visibility
    error_message = "The pod's grace must be below the visibility timeout, or SQS hands a job to a second worker too early."
  }
}

output "visibility" {
  description = "Seconds for which SQS hides a message that a worker has taken."
  value       = local.timeouts.visibility

  precondition {
    condition     = local.timeouts.visibility <= 43200
    error_message = "SQS hides a message for twelve hours at most."
  }
}
