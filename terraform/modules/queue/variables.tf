variable "queue" {
  description = "Name of the jobs' queue."
  type        = string
}

variable "dead_letter_queue" {
  description = "Name of the queue for what failed too often."
  type        = string
}

variable "visibility_seconds" {
  description = "How long SQS hides a message that a worker has taken; from the timeouts module."
  type        = number
}

variable "max_attempts" {
  description = "Deliveries of a message before it is put aside; equals Django's JOB_MAX_ATTEMPTS."
  type        = number
  default     = 3
}

variable "kms_key_arn" {
  description = "Key of the messages."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
