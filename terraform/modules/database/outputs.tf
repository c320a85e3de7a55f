output "identifier" {
  description = "Name of the instance, for alarms."
  value       = aws_db_instance.this.identifier
}

output "secret_arn" {
  description = "Secret with host, database name, and users and passwords of web and worker."
  value       = aws_secretsmanager_secret.this.arn
}

output "owner_secret_arn" {
  description = "RDS's own secret with the owner's user and password."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}
