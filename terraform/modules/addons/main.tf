# What the chart needs around it, by Helm, each at one version. ServiceAccounts carry the names
# that modules/identity binds roles to.

locals {
  releases = {
    aws-load-balancer-controller = {
      namespace  = "kube-system"
      repository = "https://aws.github.io/eks-charts"
      version    = "1.14.0"
      values = {
        clusterName    = var.cluster_name
        region         = var.region
        vpcId          = var.vpc_id
        serviceAccount = { name = "aws-load-balancer-controller" }
      }
    }
    external-dns = {
      namespace  = "external-dns"
      repository = "https://kubernetes-sigs.github.io/external-dns"
      version    = "1.19.0"
      values = {
        provider       = { name = "aws" }
        policy         = "sync"
        sources        = ["ingress"]
        domainFilters  = [var.zone]
        txtOwnerId     = var.cluster_name
        serviceAccount = { name = "external-dns" }
      }
    }
    external-secrets = {
      namespace  = "external-secrets"
      repository = "https://charts.external-secrets.io"
      version    = "0.20.4"
      values     = { serviceAccount = { name = "external-secrets" } }
    }
    keda = {
      namespace  = "keda"
      repository = "https://kedacore.github.io/charts"
      version    = "2.18.0"
      values = {
        serviceAccount = { operator = { name = "keda-operator" } }
        # The alert rules read the queue's length and the scaler's errors from here.
        prometheus = {
          operator = {
            enabled        = true
            serviceMonitor = { enabled = true, additionalLabels = { release = "kube-prometheus-stack" } }
          }
        }
      }
    }
    nvidia-device-plugin = {
      namespace  = "nvidia-device-plugin"
      repository = "https://nvidia.github.io/k8s-device-plugin"
      version    = "0.17.4"
      values = {
        nodeSelector = { "amena.io/pool" = "gpu" }
        tolerations  = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
        # The default asks for labels of Node Feature Discovery, which is not installed.
        affinity = { nodeAffinity = null }
      }
    }
    karpenter = {
      namespace  = "kube-system"
      repository = "oci://public.ecr.aws/karpenter"
      version    = "1.8.1"
      values = {
        serviceAccount = { name = "karpenter" }
        settings = {
          clusterName       = var.cluster_name
          interruptionQueue = var.interruption_queue
        }
        # Never on the nodes that it manages itself.
        nodeSelector = { "amena.io/pool" = "system" }
      }
    }
  }

  # The operator's custom resources must be there before anyone makes a ServiceMonitor.
  prometheus = {
    version = "79.5.0"
    values = {
      grafana = { enabled = false }
      prometheus = {
        prometheusSpec = {
          retention = "7d"
          resources = { requests = { cpu = "200m", memory = "1Gi" }, limits = { memory = "2Gi" } }
        }
      }
      alertmanager = {
        serviceAccount = { create = true, name = "alertmanager" }
        config = {
          route = {
            receiver        = "mail"
            group_by        = ["alertname"]
            repeat_interval = "12h"
            routes          = [{ receiver = "none", matchers = ["alertname=~\"Watchdog|InfoInhibitor\""] }]
          }
          receivers = [
            { name = "none" },
            {
              name = "mail"
              sns_configs = [{
                topic_arn = var.alarm_topic_arn
                sigv4     = { region = var.region }
                subject   = "{{ .CommonLabels.alertname }} ({{ .Status }})"
              }]
            },
          ]
        }
      }
    }
  }
}

resource "helm_release" "prometheus" {
  name             = "kube-prometheus-stack"
  namespace        = "monitoring"
  create_namespace = true
  repository       = "https://prometheus-community.github.io/helm-charts"
  chart            = "kube-prometheus-stack"
  version          = local.prometheus.version
  values           = [yamlencode(local.prometheus.values)]
  atomic           = true
  timeout          = 900
}

resource "helm_release" "this" {
  for_each         = local.releases
  name             = each.key
  namespace        = each.value.namespace
  create_namespace = true
  repository       = each.value.repository
  chart            = each.key
  version          = each.value.version
  values           = [yamlencode(each.value.values)]
  atomic           = true
  timeout          = 600
  depends_on       = [helm_release.prometheus]
}

# Our own objects of the add-ons' kinds: the worker pools and the way to the secrets.
resource "helm_release" "cluster" {
  name      = "amena-cluster"
  namespace = "kube-system"
  chart     = "${path.module}/../../charts/cluster"
  values = [yamlencode({
    cluster       = var.cluster_name
    region        = var.region
    nodeRole      = var.worker_node_role
    securityGroup = var.security_group_id
    ami           = var.ami
    pools         = var.pools
  })]
  depends_on = [helm_release.this]
}

# Made here rather than by `helm --create-namespace`, for the labels.
resource "kubernetes_namespace_v1" "amena" {
  metadata {
    name = var.namespace
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
      # A new pod counts as ready only once the load balancer sends to it.
      "elbv2.k8s.aws/pod-readiness-gate-inject" = "enabled"
    }
  }
}
