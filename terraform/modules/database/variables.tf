variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses that may reach the database."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a way out."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key of disks, backups and the secret."
  type        = string
}

variable "secret_name" {
  description = "Secret that gets host, database name, and users and passwords of web and worker."
  type        = string
}

variable "password_version" {
  description = "Raise it for new roles with new passwords."
  type        = number
}

variable "major_version" {
  description = "Postgres."
  type        = string
}

variable "instance_class" {
  description = "Size."
  type        = string
}

variable "multi_az" {
  description = "A standby in a second zone, which takes over within about a minute."
  type        = bool
}

variable "backup_days" {
  description = "Days for which any second can be restored."
  type        = number
}

variable "deletion_protection" {
  description = "Refuses to delete the database, and keeps a last snapshot and the secret for a while. Without it all is gone at once."
  type        = bool
}
