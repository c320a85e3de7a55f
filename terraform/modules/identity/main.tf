# One IAM role for each workload, bound to its ServiceAccount by EKS Pod Identity. A role may do
# what its workload does and nothing else: the web cannot take jobs, KEDA can only count them.

locals {
  objects = "${var.media_bucket_arn}/*"

  # Workload → namespace, ServiceAccount and policy.
  workloads = {
    web = {
      namespace = var.namespace
      account   = var.service_accounts.web
      policy    = data.aws_iam_policy_document.web.json
    }
    worker = {
      namespace = var.namespace
      account   = var.service_accounts.worker
      policy    = data.aws_iam_policy_document.worker.json
    }
    jobs = {
      namespace = var.namespace
      account   = var.service_accounts.jobs
      policy    = data.aws_iam_policy_document.jobs.json
    }
    keda = {
      namespace = "keda"
      account   = "keda-operator"
      policy    = data.aws_iam_policy_document.keda.json
    }
    external-secrets = {
      namespace = "external-secrets"
      account   = "external-secrets"
      policy    = data.aws_iam_policy_document.external_secrets.json
    }
    external-dns = {
      namespace = "external-dns"
      account   = "external-dns"
      policy    = data.aws_iam_policy_document.external_dns.json
    }
    alertmanager = {
      namespace = "monitoring"
      account   = "alertmanager"
      policy    = data.aws_iam_policy_document.alertmanager.json
    }
    logs = {
      namespace = "logging"
      account   = "aws-for-fluent-bit"
      policy    = data.aws_iam_policy_document.logs.json
    }
    load-balancer = {
      namespace = "kube-system"
      account   = "aws-load-balancer-controller"
      policy    = data.aws_iam_policy_document.load_balancer.json
    }
    karpenter = {
      namespace = "kube-system"
      account   = "karpenter"
      policy    = data.aws_iam_policy_document.karpenter.json
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each           = local.workloads
  name               = "${var.prefix}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.workloads
  name     = "workload"
  role     = aws_iam_role.this[each.key].id
  policy   = each.value.policy
}

resource "aws_eks_pod_identity_association" "this" {
  for_each        = local.workloads
  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.account
  role_arn        = aws_iam_role.this[each.key].arn
}
