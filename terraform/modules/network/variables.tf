variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "cidr" {
  description = "Address range of the VPC, a /16."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "The address range must be a /16, since the subnets are cut from it."
  }
}

variable "zones" {
  description = "Three availability zones, named rather than asked for: AWS adds new ones."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "Name three different availability zones."
  }
}

variable "nat_per_zone" {
  description = "One NAT gateway in each zone outlives the loss of a zone; a single one costs a third."
  type        = bool
}

variable "kms_key_arn" {
  description = "Key of the flow logs."
  type        = string
}
