output "address" {
  description = "For the site's A record."
  value       = aws_eip.this.public_ip
}

output "instance" {
  description = "For `aws ssm start-session --target …`."
  value       = aws_instance.this.id
}

output "environment" {
  description = "`terraform output -raw environment`: the machine's part of docker/small/.env."
  value       = <<-EOT
    HOST=${var.host}
    AWS_REGION=${var.region}
    S3_BUCKET=${module.storage.media_bucket}
    SQS_QUEUE_URL=${module.queue.url}
    SQS_DEAD_LETTER_URL=${module.queue.dead_letter_url}
    %{~for cdn in module.cdn}
    CDN_HOST=${cdn.host}
    CDN_KEY_ID=${cdn.key_ids[0]}
    %{~endfor}
  EOT
}
