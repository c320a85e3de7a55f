# Production.

provider "aws" {
  region = var.region
  default_tags {
    tags = {
      Project     = "amena"
      Environment = "prod"
    }
  }
}

locals {
  # A short-lived token at every call, rather than one that is stored.
  cluster_login = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", var.region, "--cluster-name", "amena-prod"]
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
  environment = "prod"
  zone        = var.zone
  host        = var.host

  vpc_cidr            = "10.10.0.0/16"
  zones               = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  highly_available    = true
  deletion_protection = true
  retention_days      = 35

  system = {
    instance_types = ["m7i-flex.large"]
    min            = 3
    max            = 8
  }
  pools = {
    gpu = {
      instance_types = ["g6.xlarge", "g5.xlarge", "g4dn.xlarge"]
      spot           = false
      limit          = 20
    }
    cpu = {
      instance_types = ["c7i.large", "c7a.large", "m7i-flex.large", "c6i.large"]
      spot           = true
      limit          = 160
    }
    # For web pods beyond the system nodes' room.
    general = {
      instance_types = ["m7i-flex.large", "m7a.large", "m6i.large", "c7i.xlarge"]
      spot           = false
      limit          = 16
    }
  }
  ami = var.worker_ami

  kubernetes_version = var.kubernetes_version
  addon_versions     = var.addon_versions
  password_version   = var.password_version
  secret_key_version = var.secret_key_version
  cdn_public_keys    = var.cdn_public_keys

  database = {
    instance_class  = "db.m7g.large"
    max_connections = 900
    backup_days     = 14
  }

  api_cidrs       = var.api_cidrs
  admin_role_arns = var.admin_role_arns
  alarm_emails    = var.alarm_emails
  monthly_usd     = 1500
}
