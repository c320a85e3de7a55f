output "cluster" {
  description = "For the providers and for `aws eks update-kubeconfig`."
  value = {
    name                  = module.cluster.name
    endpoint              = module.cluster.endpoint
    certificate_authority = module.cluster.certificate_authority
  }
}

output "repositories" {
  description = "Where images are pushed."
  value       = module.registry.repositories
}

output "helm_values" {
  description = "What the chart must know of this account; laid over values-<environment>.yaml."
  value = yamlencode({
    site = { host = var.host }
    images = {
      web    = { repository = module.registry.repositories["web"] }
      worker = { repository = module.registry.repositories["worker"] }
    }
    config = merge({
      AWS_REGION          = data.aws_region.this.region
      S3_BUCKET           = module.storage.media_bucket
      SQS_QUEUE_URL       = module.queue.url
      SQS_DEAD_LETTER_URL = module.queue.dead_letter_url
      # The page on privacy says how long the database's backups hold what was deleted.
      BACKUP_DAYS = var.database.backup_days
    }, [for host in module.cdn[*].host : { CDN_HOST = host }]...)
    ingress = { certificateArn = module.dns.certificate_arn, webAclArn = module.edge.web_acl_arn }
    networkPolicy = {
      vpcCidr       = module.network.cidr
      databaseCidrs = module.network.database_cidrs
      endpointCidrs = module.network.endpoint_cidrs
      s3Cidrs       = module.network.s3_cidrs
    }
    secrets = { external = {
      ownerKey = module.database.owner_secret_arn
      cdnKey   = length(var.cdn_public_keys) > 0 ? module.names.cdn_secret : ""
    } }
  })
}

output "cdn_key_ids" {
  description = "CloudFront's ids of `cdn_public_keys`, in their order."
  value       = flatten(module.cdn[*].key_ids)
}
