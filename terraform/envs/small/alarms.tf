# AWS mends hardware under a machine by moving it, and starts one that hangs.

locals {
  alarms = {
    system = {
      metric = "StatusCheckFailed_System"
      action = "recover"
    }
    instance = {
      metric = "StatusCheckFailed_Instance"
      action = "reboot"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "machine" {
  for_each            = local.alarms
  alarm_name          = "${module.names.prefix}-machine-${each.key}"
  alarm_description   = "The machine does not answer."
  namespace           = "AWS/EC2"
  metric_name         = each.value.metric
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  alarm_actions = [
    "arn:${data.aws_partition.this.partition}:automate:${var.region}:ec2:${each.value.action}",
    aws_sns_topic.alarms.arn,
  ]
}
