variable "prefix" {
  description = "Start of every name, and the cluster's."
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version; EKS supports each for fourteen months."
  type        = string
}

variable "addon_versions" {
  description = "Versions of EKS's add-ons by name, where not the recommended one is wanted."
  type        = map(string)
}

variable "subnet_ids" {
  description = "Private subnets of the nodes."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key of Kubernetes' Secrets and the control plane's logs."
  type        = string
}

variable "api_cidrs" {
  description = "Addresses that may reach the Kubernetes API; empty closes it to the internet."
  type        = list(string)

  validation {
    condition     = !contains(var.api_cidrs, "0.0.0.0/0")
    error_message = "The Kubernetes API must not be open to the whole internet: name your office's or VPN's addresses."
  }
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster."
  type        = list(string)
}

variable "system_instance_types" {
  description = "For controllers, Prometheus and the first web pods."
  type        = list(string)
}

variable "system_nodes" {
  description = "Fewest and most system nodes."
  type        = object({ min = number, max = number })
}

variable "deletion_protection" {
  description = "Refuses to delete the cluster."
  type        = bool
}
