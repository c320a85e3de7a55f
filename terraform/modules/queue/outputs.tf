output "url" {
  description = "The jobs' queue, for SQS_QUEUE_URL."
  value       = aws_sqs_queue.jobs.url
}

output "arn" {
  description = "The jobs' queue."
  value       = aws_sqs_queue.jobs.arn
}

output "dead_letter_url" {
  description = "The queue of what failed, for SQS_DEAD_LETTER_URL."
  value       = aws_sqs_queue.dead.url
}

output "dead_letter_arn" {
  description = "The queue of what failed."
  value       = aws_sqs_queue.dead.arn
}
