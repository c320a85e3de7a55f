output "identifier" {
  description = "Name of the instance, for alarms."
  value       = aws_db_instance.this.identifier
}

output "secret_arn" {
  description = "Secret with user, password, host and database name."
  value       = aws_secretsmanager_secret.this.arn
}
