# The jobs' queue and the one for what failed too often, each with an alarm.

resource "aws_sqs_queue" "dead" {
  name                              = var.dead_letter_queue
  message_retention_seconds         = 14 * 24 * 3600
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600
}

resource "aws_sqs_queue" "jobs" {
  name                       = var.queue
  visibility_timeout_seconds = var.visibility_seconds
  # A message holds a job's id alone, and the sweeper sends a lost one again.
  message_retention_seconds         = 4 * 24 * 3600
  receive_wait_time_seconds         = 20
  max_message_size                  = 16 * 1024
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.max_attempts
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.jobs.arn]
  })
}

data "aws_iam_policy_document" "tls" {
  for_each = { jobs = aws_sqs_queue.jobs.arn, dead = aws_sqs_queue.dead.arn }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "tls" {
  for_each  = { jobs = aws_sqs_queue.jobs.id, dead = aws_sqs_queue.dead.id }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.tls[each.key].json
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${var.queue}-waits"
  alarm_description   = "A photo has waited for a quarter of an hour: too few workers, or none starts."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.jobs.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name          = "${var.dead_letter_queue}-not-empty"
  alarm_description   = "A photo failed for good in a way that the application did not see."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
