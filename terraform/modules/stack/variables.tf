variable "environment" {
  description = "staging or prod."
  type        = string
}

variable "zone" {
  description = "Hosted zone in Route 53."
  type        = string
}

variable "host" {
  description = "Public name of the site, in that zone."
  type        = string
}

variable "vpc_cidr" {
  description = "Address range of the VPC, a /16; the chart's networkPolicy.vpcCidr."
  type        = string
}

variable "zones" {
  description = "Three availability zones."
  type        = list(string)
}

variable "highly_available" {
  description = "Outlive the loss of a zone: a NAT gateway in each and a standby database."
  type        = bool
}

variable "deletion_protection" {
  description = "Refuse to delete cluster, database, images and files. Without it `terraform destroy` leaves nothing."
  type        = bool
}

variable "retention_days" {
  description = "Days after which S3 deletes every file."
  type        = number
}

variable "system" {
  description = "System nodes."
  type        = object({ instance_types = list(string), min = number, max = number })
}

variable "pools" {
  description = "Pools of nodes gpu, cpu (workers) and general (web): instance types, spot or on demand, and the most GPUs or cores at once."
  type = map(object({
    instance_types = list(string)
    spot           = bool
    limit          = number
  }))

  validation {
    condition     = toset(keys(var.pools)) == toset(["gpu", "cpu", "general"])
    error_message = "The pools are gpu, cpu and general."
  }
}

variable "ami" {
  description = "Alias of the worker nodes' AMI."
  type        = string
}

variable "database" {
  description = "Size of the database, the connections it takes and the days of backups."
  type = object({
    instance_class  = string
    max_connections = number
    backup_days     = number
  })
}

variable "api_cidrs" {
  description = "Addresses that may reach the Kubernetes API."
  type        = list(string)
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster: yours and the deployment's."
  type        = list(string)
}

variable "alarm_emails" {
  description = "Who gets alarms and the budget's warnings."
  type        = list(string)
}

variable "monthly_usd" {
  description = "The month's budget."
  type        = number
}

variable "kubernetes_version" {
  description = "Another minor version than terraform/versions.yaml names, or null."
  type        = string
}

variable "addon_versions" {
  description = "EKS add-ons at another version than EKS recommends."
  type        = map(string)
}

variable "password_version" {
  description = "Raise it for new database roles with new passwords."
  type        = number
}

variable "secret_key_version" {
  description = "Raise it for a new signing key; everybody is signed out."
  type        = number
}

variable "cdn_public_keys" {
  description = "Public keys in PEM whose links to files by way of a CDN are good; none: no CDN."
  type        = list(string)
}
