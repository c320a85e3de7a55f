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

variable "worker_node_role" {
  description = "Role of the worker nodes."
  type        = string
}

variable "security_group_id" {
  description = "Security group of the nodes."
  type        = string
}

variable "log_group" {
  description = "CloudWatch's log group of the pods' logs."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic that Alertmanager publishes to."
  type        = string
}

variable "pools" {
  description = "Pools of nodes gpu, cpu (workers) and general (web): instance types, spot or on demand, and the most GPUs or cores at once."
  type = map(object({
    instance_types = list(string)
    spot           = bool
    limit          = number
  }))
}

variable "ami" {
  description = "Alias of the worker nodes' AMI."
  type        = string
}
