# EKS with a small managed group for what always runs; Karpenter brings GPU nodes when photos wait.

data "aws_partition" "this" {}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/eks/${var.prefix}/cluster"
  retention_in_days = 365
  kms_key_id        = var.kms_key_arn
}

resource "aws_eks_cluster" "this" {
  #checkov:skip=CKV_AWS_38:The variable api_cidrs refuses 0.0.0.0/0
  #checkov:skip=CKV_AWS_39:The API is public for the addresses in api_cidrs alone, which must be named, so that deployment needs no machine inside the VPC
  name                          = var.prefix
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.control_plane.arn
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.api_cidrs) > 0
    public_access_cidrs     = var.api_cidrs
  }

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = var.kms_key_arn
    }
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.control_plane,
  ]
}

resource "aws_eks_access_entry" "admin" {
  for_each      = toset(var.admin_role_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
}

resource "aws_eks_access_policy_association" "admin" {
  for_each      = toset(var.admin_role_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
  policy_arn    = "arn:${data.aws_partition.this.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope {
    type = "cluster"
  }
  depends_on = [aws_eks_access_entry.admin]
}

# --- System nodes -----------------------------------------------------------------------------

resource "aws_launch_template" "system" {
  name        = "${var.prefix}-system"
  description = "System nodes"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # Pods are one hop further away, and shall not borrow the node's role.
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 30
      volume_type = "gp3"
      encrypted   = true
      # With the account's EBS key: the autoscaling service would need a grant on ours.
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.prefix}-system" }
  }
}

resource "aws_eks_node_group" "system" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "system"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  version         = aws_eks_cluster.this.version
  ami_type        = "AL2023_x86_64_STANDARD"
  instance_types  = var.system_instance_types
  labels          = { "amena.io/pool" = "system" }

  launch_template {
    id      = aws_launch_template.system.id
    version = aws_launch_template.system.latest_version
  }

  scaling_config {
    min_size     = var.system_nodes.min
    max_size     = var.system_nodes.max
    desired_size = var.system_nodes.min
  }

  update_config {
    max_unavailable = 1
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.network]
}

# --- Add-ons of EKS ---------------------------------------------------------------------------

# The version that EKS recommends for this Kubernetes, so that an upgrade of the cluster brings them
# along, unless the environment names one.
data "aws_eks_addon_version" "this" {
  for_each           = toset(["vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "metrics-server"])
  addon_name         = each.key
  kubernetes_version = aws_eks_cluster.this.version
}

locals {
  addon_versions = merge(
    { for name, addon in data.aws_eks_addon_version.this : name => addon.version },
    var.addon_versions,
  )
}

resource "aws_eks_addon" "network" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "vpc-cni"
  addon_version               = local.addon_versions["vpc-cni"]
  resolve_conflicts_on_update = "OVERWRITE"
  # The chart's NetworkPolicies are only words without this.
  configuration_values = jsonencode({ enableNetworkPolicy = "true" })
}

resource "aws_eks_addon" "this" {
  # metrics-server feeds the web autoscaler; the agent hands credentials to pods.
  for_each                    = toset(["coredns", "kube-proxy", "eks-pod-identity-agent", "metrics-server"])
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = local.addon_versions[each.key]
  resolve_conflicts_on_update = "OVERWRITE"
  depends_on                  = [aws_eks_node_group.system]
}
