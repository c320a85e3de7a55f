output "cluster" {
  description = "Name of the EKS cluster."
  value       = module.stack.cluster.name
}

output "repositories" {
  description = "Where images are pushed."
  value       = module.stack.repositories
}

output "helm_values" {
  description = "`terraform output -raw helm_values > account.yaml`, for `helm upgrade -f`."
  value       = module.stack.helm_values
}

output "cdn_key_ids" {
  description = "CloudFront's ids of `cdn_public_keys`, in their order."
  value       = module.stack.cdn_key_ids
}
