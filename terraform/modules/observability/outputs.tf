output "pod_log_group" {
  description = "Log group of the pods' logs."
  value       = aws_cloudwatch_log_group.pods.name
}

output "pod_log_group_arn" {
  description = "That log group."
  value       = aws_cloudwatch_log_group.pods.arn
}

output "alarm_topic_arn" {
  description = "Where alarms go."
  value       = aws_sns_topic.alarms.arn
}
