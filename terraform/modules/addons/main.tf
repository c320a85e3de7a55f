# What the chart needs around it, by Helm, each at the version that terraform/versions.yaml names.
# ServiceAccounts carry the names that modules/identity binds roles to. What a pod asks for stands
# here too: tests/terraform/test_room.py adds it up for every kind of node.

locals {
  charts = yamldecode(file("${path.module}/../../versions.yaml")).charts

  # As [processor, memory, most memory].
  resources = {
    for name, room in {
      load_balancer      = ["50m", "128Mi", "256Mi"]
      external_dns       = ["20m", "64Mi", "128Mi"]
      external_secrets   = ["20m", "96Mi", "192Mi"]
      keda               = ["50m", "128Mi", "384Mi"]
      device_plugin      = ["20m", "64Mi", "128Mi"]
      karpenter          = ["200m", "384Mi", "768Mi"]
      fluent_bit         = ["50m", "64Mi", "192Mi"]
      node_exporter      = ["20m", "32Mi", "64Mi"]
      prometheus         = ["200m", "1Gi", "2Gi"]
      alertmanager       = ["20m", "64Mi", "128Mi"]
      operator           = ["50m", "96Mi", "256Mi"]
      kube_state_metrics = ["20m", "64Mi", "192Mi"]
      reloader           = ["20m", "96Mi", "256Mi"]
    } : name => { requests = { cpu = room[0], memory = room[1] }, limits = { memory = room[2] } }
  }
  on_system_nodes = { "amena.io/pool" = "system" }

  # First of all, since its webhooks look at objects of everybody else's; the last to go, since it
  # takes the load balancer down.
  load_balancer = {
    clusterName    = var.cluster_name
    region         = var.region
    vpcId          = var.vpc_id
    serviceAccount = { name = "aws-load-balancer-controller" }
    resources      = local.resources.load_balancer
    # Refuses every Service of the cluster while it does not answer, and we have none of the kind
    # that it is for (type LoadBalancer).
    enableServiceMutatorWebhook = false
  }

  # The operator's custom resources must be there before anyone makes a ServiceMonitor.
  prometheus = {
    # Helm installs custom resources and never upgrades them; this does.
    crds    = { upgradeJob = { enabled = true } }
    grafana = { enabled = false }
    # EKS shows nobody its scheduler, controller manager and etcd, and kube-proxy answers on the
    # node alone: their alarms would ring from the first hour.
    kubeControllerManager = { enabled = false }
    kubeEtcd              = { enabled = false }
    kubeProxy             = { enabled = false }
    kubeScheduler         = { enabled = false }
    defaultRules = {
      rules = {
        etcd                   = false
        kubeControllerManager  = false
        kubeProxy              = false
        kubeSchedulerAlerting  = false
        kubeSchedulerRecording = false
        windows                = false
      }
    }
    prometheusOperator         = { resources = local.resources.operator }
    "kube-state-metrics"       = { resources = local.resources.kube_state_metrics }
    "prometheus-node-exporter" = { resources = local.resources.node_exporter }
    prometheus = {
      prometheusSpec = {
        retention    = "7d"
        nodeSelector = local.on_system_nodes
        resources    = local.resources.prometheus
      }
    }
    alertmanager = {
      serviceAccount   = { create = true, name = "alertmanager" }
      alertmanagerSpec = { resources = local.resources.alertmanager }
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

  releases = {
    external-dns = {
      namespace = "external-dns"
      values = {
        provider       = { name = "aws" }
        policy         = "sync"
        sources        = ["ingress"]
        domainFilters  = [var.zone]
        txtOwnerId     = var.cluster_name
        serviceAccount = { name = "external-dns" }
        resources      = local.resources.external_dns
        # A site that is taken down takes its name along at once.
        triggerLoopOnEvent = true
      }
    }
    external-secrets = {
      namespace = "external-secrets"
      values = {
        serviceAccount = { name = "external-secrets" }
        resources      = local.resources.external_secrets
        webhook        = { resources = local.resources.external_secrets }
        certController = { resources = local.resources.external_secrets }
      }
    }
    keda = {
      namespace = "keda"
      values = {
        serviceAccount = { operator = { name = "keda-operator" } }
        resources = {
          operator     = local.resources.keda
          metricServer = local.resources.keda
          webhooks     = local.resources.keda
        }
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
      namespace = "nvidia-device-plugin"
      values = {
        nodeSelector = { "amena.io/pool" = "gpu" }
        tolerations  = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
        resources    = local.resources.device_plugin
        # The default asks for labels of Node Feature Discovery, which is not installed.
        affinity = { nodeAffinity = null }
      }
    }
    karpenter = {
      namespace = "kube-system"
      values = {
        serviceAccount = { name = "karpenter" }
        controller     = { resources = local.resources.karpenter }
        settings = {
          clusterName       = var.cluster_name
          interruptionQueue = var.interruption_queue
        }
        # Never on the nodes that it manages itself.
        nodeSelector = local.on_system_nodes
      }
    }
    # Logs of pods to CloudWatch; numbers are Prometheus' alone.
    aws-for-fluent-bit = {
      namespace = "logging"
      values = {
        serviceAccount = { name = "aws-for-fluent-bit" }
        resources      = local.resources.fluent_bit
        tolerations    = [{ operator = "Exists" }]
        cloudWatchLogs = {
          region          = var.region
          logGroupName    = var.log_group
          autoCreateGroup = false
        }
      }
    }
    # Starts pods anew whose Secret has changed, a new database password for instance.
    reloader = {
      namespace = "reloader"
      values = {
        reloader = {
          # Annotated Deployments alone, and no trace in their manifests for Helm to stumble over.
          reloadStrategy         = "annotations"
          readOnlyRootFileSystem = true
          deployment             = { resources = local.resources.reloader }
        }
      }
    }
  }
}

resource "helm_release" "load_balancer" {
  name       = "aws-load-balancer-controller"
  namespace  = "kube-system"
  repository = local.charts["aws-load-balancer-controller"].repository
  chart      = "aws-load-balancer-controller"
  version    = local.charts["aws-load-balancer-controller"].version
  values     = [yamlencode(local.load_balancer)]
  atomic     = true
  timeout    = 600
}

resource "helm_release" "prometheus" {
  name             = "kube-prometheus-stack"
  namespace        = "monitoring"
  create_namespace = true
  repository       = local.charts["kube-prometheus-stack"].repository
  chart            = "kube-prometheus-stack"
  version          = local.charts["kube-prometheus-stack"].version
  values           = [yamlencode(local.prometheus)]
  atomic           = true
  timeout          = 900
  depends_on       = [helm_release.load_balancer]
}

# As a chart of their own these are upgraded too, which Helm does not do with a chart's own.
resource "helm_release" "karpenter_crd" {
  name       = "karpenter-crd"
  namespace  = "kube-system"
  repository = local.charts["karpenter-crd"].repository
  chart      = "karpenter-crd"
  version    = local.charts["karpenter-crd"].version
  depends_on = [helm_release.load_balancer]
}

resource "helm_release" "this" {
  for_each         = local.releases
  name             = each.key
  namespace        = each.value.namespace
  create_namespace = true
  repository       = local.charts[each.key].repository
  chart            = each.key
  version          = local.charts[each.key].version
  values           = [yamlencode(each.value.values)]
  skip_crds        = each.key == "karpenter"
  atomic           = true
  timeout          = 600
  depends_on       = [helm_release.prometheus, helm_release.karpenter_crd]
}

# Our own objects of the add-ons' kinds: the worker pools and the way to the secrets. On the way down
# Helm waits for them to be gone, and they wait for their nodes.
resource "helm_release" "cluster" {
  name      = "amena-cluster"
  namespace = "kube-system"
  chart     = local.cluster_chart
  timeout   = 1800
  values = [yamlencode({
    cluster       = var.cluster_name
    region        = var.region
    nodeRole      = var.worker_node_role
    securityGroup = var.security_group_id
    ami           = var.ami
    pools         = var.pools
    # Of a chart on disk Terraform sees the values alone: a changed template must change these.
    templates = sha256(join("", [for file in local.cluster_files : filesha256("${local.cluster_chart}/${file}")]))
  })]
  depends_on = [helm_release.this]
}

locals {
  cluster_chart = "${path.module}/../../charts/cluster"
  cluster_files = sort(fileset(local.cluster_chart, "**"))
}

# `terraform destroy` goes backwards from here: the namespace with the site in it first, while every
# controller still runs that has to clear up after it: the load balancer, the site's name, the nodes.
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
  timeouts {
    # A worker may end its photo first.
    delete = "20m"
  }
  depends_on = [helm_release.cluster, terraform_data.name_goes]
}

# external-dns removes a site's name some seconds after the site; until then it must not be removed
# itself.
resource "terraform_data" "name_goes" {
  provisioner "local-exec" {
    when    = destroy
    command = "sleep 90"
  }
  depends_on = [helm_release.this]
}
