# Staging: like production, smaller, and gone with one command.

provider "aws" {
  region = var.region
  default_tags {
    tags = {
      Project     = "amena"
      Environment = "staging"
    }
  }
}

locals {
  # A short-lived token at every call, rather than one that is stored.
  cluster_login = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", var.region, "--cluster-name", "amena-staging"]
  }
}

provider "kubernetes" {
  host                   = module.stack.cluster.endpoint
  cluster_ca_certificate = base64decode(module.stack.cluster.certificate_authority)
  exec {
    api_version = local.cluster_login.api_version
    command     = local.cluster_login.command
    args        = local.cluster_login.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = module.stack.cluster.endpoint
    cluster_ca_certificate = base64decode(module.stack.cluster.certificate_authority)
    exec                   = local.cluster_login
  }
}

module "stack" {
  source      = "../../modules/stack"
  environment = "staging"
  zone        = var.zone
  host        = var.host

  vpc_cidr            = "10.20.0.0/16"
  zones               = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  highly_available    = false
  deletion_protection = false
  retention_days      = 35

  system = {
    instance_types = ["t3.large"]
    min            = 2
    max            = 4
  }
  pools = {
    gpu = {
      instance_types = ["g6.xlarge", "g5.xlarge", "g4dn.xlarge"]
      spot           = true
      limit          = 2
    }
    cpu = {
      instance_types = ["c7i.large", "c7a.large", "m7i-flex.large", "c6i.large"]
      spot           = true
      limit          = 8
    }
    # For web pods beyond the system nodes' room.
    general = {
      instance_types = ["m7i-flex.large", "m7a.large", "m6i.large", "c7i.xlarge"]
      spot           = false
      limit          = 4
    }
  }
  ami = var.worker_ami

  kubernetes_version = var.kubernetes_version
  addon_versions     = var.addon_versions
  password_version   = var.password_version
  secret_key_version = var.secret_key_version
  cdn_public_keys    = var.cdn_public_keys

  database = {
    instance_class  = "db.t4g.small"
    max_connections = 225
    backup_days     = 3
  }

  api_cidrs       = var.api_cidrs
  admin_role_arns = var.admin_role_arns
  alarm_emails    = var.alarm_emails
  monthly_usd     = 400
}
