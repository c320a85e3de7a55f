variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "zone" {
  description = "Hosted zone in Route 53, such as example.com."
  type        = string
}

variable "host" {
  description = "Public name of the site, in that zone."
  type        = string
}

variable "worker_ami" {
  description = "Alias of the worker nodes' AMI, such as al2023@v20251103: a fixed one changes only when you say so."
  type        = string
}

variable "api_cidrs" {
  description = "Addresses that may reach the Kubernetes API, such as your office's."
  type        = list(string)
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster; the deployment's role (terraform/bootstrap) is one."
  type        = list(string)
}

variable "alarm_emails" {
  description = "Who gets alarms and the budget's warnings."
  type        = list(string)
}
