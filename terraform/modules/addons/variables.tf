variable "cluster_name" {
  description = "The EKS cluster."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "zone" {
  description = "Zone in which external-dns writes."
  type        = string
}

variable "namespace" {
  description = "Namespace of the chart."
  type        = string
}

variable "interruption_queue" {
  description = "Name of the queue with spot and maintenance notices."
  type        = string
}

variable "gpu_node_role_name" {
  description = "Role of the GPU nodes."
  type        = string
}

variable "security_group_id" {
  description = "Security group of the nodes."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic that Alertmanager publishes to."
  type        = string
}

variable "gpu" {
  description = "The GPU pool: instance types, spot or on demand, the most GPUs at once, and the AMI's alias."
  type = object({
    instance_types = list(string)
    spot           = bool
    max_gpus       = number
    ami            = string
  })
}
