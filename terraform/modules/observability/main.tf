# Where alarms go, what the database's alarms are, and one dashboard for the whole way of a photo.

resource "aws_sns_topic" "alarms" {
  name              = "${var.prefix}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  alarms = {
    cpu = {
      metric      = "CPUUtilization"
      statistic   = "Average"
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      minutes     = 15
      description = "The database computes at its limit: look for slow queries before buying a larger one."
    }
    storage = {
      metric      = "FreeStorageSpace"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 4 * 1024 * 1024 * 1024
      minutes     = 5
      description = "The database's disk is nearly full; it grows by itself up to max_allocated_storage."
    }
    connections = {
      metric      = "DatabaseConnections"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = var.max_connections * 0.8
      minutes     = 5
      description = "Connections run out: put a pooler (RDS Proxy) in front or lower web.concurrency."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "database" {
  for_each            = local.alarms
  alarm_name          = "${var.prefix}-database-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = var.database }
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Fluent Bit writes the pods' logs here; it may make no group itself, so that all are kept for a
# known time.
resource "aws_cloudwatch_log_group" "pods" {
  #checkov:skip=CKV_AWS_338:Logs of requests and jobs are kept no longer than they help, as the privacy page says
  name              = "/aws/eks/${var.prefix}/pods"
  retention_in_days = 30
  kms_key_id        = var.kms_key_arn
}

locals {
  widgets = [
    {
      title = "Photos waiting and in work"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", var.queue],
      ]
    },
    {
      title   = "Age of the oldest photo (s)"
      metrics = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queue]]
    },
    {
      title   = "Dead letters"
      metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.dead_letter_queue]]
    },
    {
      title = "Database"
      metrics = [
        ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database],
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database, { yAxis = "right" }],
      ]
    },
    {
      title   = "Files kept (bytes)"
      metrics = [["AWS/S3", "BucketSizeBytes", "BucketName", var.media_bucket, "StorageType", "StandardStorage"]]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({
    widgets = [for i, widget in local.widgets : {
      type   = "metric"
      x      = i % 2 * 12
      y      = floor(i / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = widget.title
        region  = var.region
        stat    = "Maximum"
        period  = 60
        view    = "timeSeries"
        metrics = widget.metrics
      }
    }]
  })
}
