# AWS warns two minutes before it takes a spot node back; Karpenter hears it from this queue and
# drains the node, so that the worker gives its photo back instead of losing it.

resource "aws_sqs_queue" "interruptions" {
  name                      = "${var.prefix}-interruptions"
  message_retention_seconds = 300
  kms_master_key_id         = var.kms_key_arn
}

data "aws_iam_policy_document" "interruptions" {
  statement {
    sid       = "Events"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.interruptions.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for rule in aws_cloudwatch_event_rule.interruption : rule.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "interruptions" {
  queue_url = aws_sqs_queue.interruptions.id
  policy    = data.aws_iam_policy_document.interruptions.json
}

resource "aws_cloudwatch_event_rule" "interruption" {
  for_each = {
    spot      = { source = "aws.ec2", detail = "EC2 Spot Instance Interruption Warning" }
    rebalance = { source = "aws.ec2", detail = "EC2 Instance Rebalance Recommendation" }
    state     = { source = "aws.ec2", detail = "EC2 Instance State-change Notification" }
    health    = { source = "aws.health", detail = "AWS Health Event" }
  }
  name        = "${var.prefix}-${each.key}"
  description = each.value.detail
  event_pattern = jsonencode({
    source        = [each.value.source]
    "detail-type" = [each.value.detail]
  })
}

resource "aws_cloudwatch_event_target" "interruption" {
  for_each = aws_cloudwatch_event_rule.interruption
  rule     = each.value.name
  arn      = aws_sqs_queue.interruptions.arn
}
