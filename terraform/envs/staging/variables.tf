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

variable "kubernetes_version" {
  description = "Another minor version than terraform/versions.yaml names, for trying the next one here first."
  type        = string
  default     = null
}

variable "addon_versions" {
  description = "EKS add-ons at another version than EKS recommends, such as { coredns = \"v1.12.1-eksbuild.2\" }."
  type        = map(string)
  default     = {}
}

variable "password_version" {
  description = "Raise it for new database roles with new passwords; the old ones go at the next raise."
  type        = number
  default     = 1
}

variable "secret_key_version" {
  description = "Raise it for a new signing key; everybody is signed out."
  type        = number
  default     = 1
}

variable "cdn_public_keys" {
  description = "Public keys in PEM whose links to files by way of a CDN are good; none: no CDN."
  type        = list(string)
  default     = []
}
