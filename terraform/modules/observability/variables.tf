variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "region" {
  description = "Region of the dashboard."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of topic and logs."
  type        = string
}

variable "emails" {
  description = "Who gets the alarms."
  type        = list(string)
}

variable "queue" {
  description = "Name of the jobs' queue."
  type        = string
}

variable "dead_letter_queue" {
  description = "Name of the queue of what failed."
  type        = string
}

variable "database" {
  description = "The database instance."
  type        = string
}

variable "max_connections" {
  description = "Connections that the database takes: its memory in bytes over 9531392."
  type        = number
}

variable "media_bucket" {
  description = "Bucket of the photos."
  type        = string
}
