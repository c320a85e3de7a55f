# A whole environment. staging and prod are this with other sizes.

data "aws_caller_identity" "this" {}
data "aws_region" "this" {}

locals {
  versions = yamldecode(file("${path.module}/../../versions.yaml"))
}

module "timeouts" {
  source = "../timeouts"
}

module "names" {
  source      = "../names"
  environment = var.environment
  account_id  = data.aws_caller_identity.this.account_id
}

module "encryption" {
  source = "../encryption"
  prefix = module.names.prefix
  cdn    = length(var.cdn_public_keys) > 0
}

module "network" {
  source       = "../network"
  prefix       = module.names.prefix
  cidr         = var.vpc_cidr
  zones        = var.zones
  nat_per_zone = var.highly_available
  kms_key_arn  = module.encryption.key_arn
}

module "registry" {
  source              = "../registry"
  prefix              = module.names.prefix
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

module "edge" {
  source = "../edge"
  prefix = module.names.prefix
}

module "dns" {
  source = "../dns"
  zone   = var.zone
  host   = var.host
}

module "storage" {
  source              = "../storage"
  media_bucket        = module.names.media_bucket
  log_bucket          = module.names.log_bucket
  kms_key_arn         = module.encryption.key_arn
  site_root           = "https://${var.host}"
  retention_days      = var.retention_days
  cdn_arns            = module.cdn[*].arn
  deletion_protection = var.deletion_protection
}

# Only where the operator has given it keys.
module "cdn" {
  source        = "../cdn"
  count         = length(var.cdn_public_keys) > 0 ? 1 : 0
  prefix        = module.names.prefix
  bucket_domain = module.storage.media_bucket_domain
  site_root     = "https://${var.host}"
  public_keys   = var.cdn_public_keys
}

module "observability" {
  source            = "../observability"
  prefix            = module.names.prefix
  region            = data.aws_region.this.region
  kms_key_arn       = module.encryption.key_arn
  emails            = var.alarm_emails
  queue             = module.names.queue
  dead_letter_queue = module.names.dead_letter_queue
  database          = module.names.prefix
  max_connections   = var.database.max_connections
  media_bucket      = module.names.media_bucket
}

module "queue" {
  source             = "../queue"
  queue              = module.names.queue
  dead_letter_queue  = module.names.dead_letter_queue
  visibility_seconds = module.timeouts.visibility
  kms_key_arn        = module.encryption.key_arn
  alarm_topic_arn    = module.observability.alarm_topic_arn
}

module "database" {
  source              = "../database"
  prefix              = module.names.prefix
  vpc_id              = module.network.vpc_id
  vpc_cidr            = module.network.cidr
  subnet_ids          = module.network.database_subnet_ids
  kms_key_arn         = module.encryption.key_arn
  secret_name         = module.names.database_secret
  password_version    = var.password_version
  major_version       = local.versions.others.postgres.version
  instance_class      = var.database.instance_class
  backup_days         = var.database.backup_days
  multi_az            = var.highly_available
  deletion_protection = var.deletion_protection
}

module "cluster" {
  source                = "../cluster"
  prefix                = module.names.prefix
  kubernetes_version    = coalesce(var.kubernetes_version, local.versions.kubernetes.version)
  addon_versions        = var.addon_versions
  subnet_ids            = module.network.private_subnet_ids
  kms_key_arn           = module.encryption.key_arn
  api_cidrs             = var.api_cidrs
  admin_role_arns       = var.admin_role_arns
  system_instance_types = var.system.instance_types
  system_nodes          = { min = var.system.min, max = var.system.max }
  deletion_protection   = var.deletion_protection
}

module "identity" {
  source           = "../identity"
  prefix           = module.names.prefix
  cluster_name     = module.names.prefix
  cluster_arn      = module.cluster.arn
  namespace        = module.names.namespace
  service_accounts = module.names.service_accounts
  media_bucket_arn = module.storage.media_bucket_arn
  kms_key_arn      = module.encryption.key_arn
  queue_arn        = module.queue.arn
  dead_letter_arn  = module.queue.dead_letter_arn
  secret_arns = [
    module.database.owner_secret_arn,
    module.database.secret_arn,
    aws_secretsmanager_secret.django.arn,
    aws_secretsmanager_secret.google.arn,
    aws_secretsmanager_secret.cdn.arn,
  ]
  log_group_arn          = module.observability.pod_log_group_arn
  zone_arn               = module.dns.zone_arn
  alarm_topic_arn        = module.observability.alarm_topic_arn
  worker_node_role_arn   = module.cluster.worker_node_role_arn
  interruption_queue_arn = module.cluster.interruption_queue_arn
}

module "addons" {
  source             = "../addons"
  cluster_name       = module.cluster.name
  region             = data.aws_region.this.region
  vpc_id             = module.network.vpc_id
  zone               = var.zone
  namespace          = module.names.namespace
  interruption_queue = module.cluster.interruption_queue
  worker_node_role   = module.cluster.worker_node_role_name
  security_group_id  = module.cluster.security_group_id
  log_group          = module.observability.pod_log_group
  alarm_topic_arn    = module.observability.alarm_topic_arn
  pools              = var.pools
  ami                = var.ami

  # Controllers look for their credentials when they start. What a load balancer uses, which they take
  # down with the site, can go only after it.
  depends_on = [module.identity, module.edge, module.dns]
}

module "budget" {
  source      = "../budget"
  prefix      = module.names.prefix
  environment = var.environment
  monthly_usd = var.monthly_usd
  emails      = var.alarm_emails
}

# --- Django's own secret ----------------------------------------------------------------------

ephemeral "random_password" "secret_key" {
  length  = 64
  special = false
}

# Django does not start without a key, but workers sign nothing: theirs opens nothing.
ephemeral "random_password" "worker_key" {
  length  = 64
  special = false
}

# What Prometheus shows to read /metrics.
ephemeral "random_password" "metrics_token" {
  length  = 43
  special = false
}

resource "aws_secretsmanager_secret" "django" {
  #checkov:skip=CKV2_AWS_57:A new key signs everybody out, so it is changed on purpose alone, by raising secret_key_version
  name        = module.names.django_secret
  description = "Django's signing key"
  kms_key_id  = module.encryption.key_arn
  # A name whose secret waits for its end cannot be given again.
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "django" {
  secret_id = aws_secretsmanager_secret.django.id
  secret_string_wo = jsonencode({
    secret_key    = ephemeral.random_password.secret_key.result
    worker_key    = ephemeral.random_password.worker_key.result
    metrics_token = ephemeral.random_password.metrics_token.result
  })
  secret_string_wo_version = var.secret_key_version
}

# --- The client for sign-in with Google -------------------------------------------------------

# Google gives it to a person, who puts it in: docs/deploy.md.
resource "aws_secretsmanager_secret" "google" {
  #checkov:skip=CKV2_AWS_57:Google offers no way to change it but its console
  name        = module.names.google_secret
  description = "OAuth client for sign-in with Google"
  kms_key_id  = module.encryption.key_arn

  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

# --- The key that signs links by way of the CDN -----------------------------------------------

# Empty unless a person puts it in, with its id, so that both change at once: docs/deploy.md.
resource "aws_secretsmanager_secret" "cdn" {
  #checkov:skip=CKV2_AWS_57:Its public half is in Terraform's variables, where a person changes both
  name        = module.names.cdn_secret
  description = "Private key of links to files"
  kms_key_id  = module.encryption.key_arn

  recovery_window_in_days = var.deletion_protection ? 30 : 0
}
