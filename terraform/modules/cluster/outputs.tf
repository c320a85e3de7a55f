output "name" {
  description = "The cluster."
  value       = aws_eks_cluster.this.name
  # Whoever installs into the cluster waits for nodes, network and the right to do so; on the way
  # down these go last, or nobody could take anything out of the cluster any more.
  depends_on = [
    aws_eks_node_group.system,
    aws_eks_addon.this,
    aws_eks_access_entry.node,
    aws_eks_access_policy_association.admin,
    aws_iam_role_policy_attachment.karpenter_node,
  ]
}

output "endpoint" {
  description = "Its API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Its certificate authority, base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "security_group_id" {
  description = "Security group of control plane and nodes."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "worker_node_role_arn" {
  description = "Role of the nodes that Karpenter starts."
  value       = aws_iam_role.karpenter_node.arn
}

output "worker_node_role_name" {
  description = "Name of that role."
  value       = aws_iam_role.karpenter_node.name
}

output "arn" {
  description = "The cluster."
  value       = aws_eks_cluster.this.arn
}

output "interruption_queue" {
  description = "Name of the queue with spot and maintenance notices."
  value       = aws_sqs_queue.interruptions.name
}

output "interruption_queue_arn" {
  description = "That queue."
  value       = aws_sqs_queue.interruptions.arn
}
