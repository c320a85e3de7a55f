variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "host" {
  description = "Public name of the site; its record is yours to make, wherever the domain is."
  type        = string
}

variable "machine_ami" {
  description = "Image of the machine: Debian 12 for x86-64, such as ami-0123456789abcdef0."
  type        = string
}

variable "instance_type" {
  description = "Two processors and 8 GiB of memory are enough for some thousand photos a day."
  type        = string
  default     = "t3.large"
}

variable "alarm_emails" {
  description = "Who gets alarms and the budget's warnings."
  type        = list(string)
}

variable "cdn_public_keys" {
  description = "Public keys in PEM whose links to files by way of a CDN are good; none: no CDN."
  type        = list(string)
  default     = []
}
