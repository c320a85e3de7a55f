# What stands before the load balancer: nobody may ask so often that others wait. The site's own limits
# (docs/security.md) are finer, by person and by what is asked; this one spares the pods a flood.

locals {
  # Requests from one address in five minutes: a page that looks each second asks 300 times.
  most = 5000
}

resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_175:Its rule stands in rule_json, where checkov does not look
  #checkov:skip=CKV_AWS_192:There is no Java behind it, so no Log4j to guard
  #checkov:skip=CKV2_AWS_31:What is blocked is counted and sampled; a log of every request would cost more than it tells
  name        = var.prefix
  description = "Floods"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule_json = jsonencode([{
    Name     = "floods"
    Priority = 1
    Action   = { Block = { CustomResponse = { ResponseCode = 429 } } }
    Statement = {
      RateBasedStatement = {
        Limit               = local.most
        EvaluationWindowSec = 300
        AggregateKeyType    = "IP"
      }
    }
    VisibilityConfig = {
      SampledRequestsEnabled   = true
      CloudWatchMetricsEnabled = true
      MetricName               = "floods"
    }
  }])

  visibility_config {
    sampled_requests_enabled   = true
    cloudwatch_metrics_enabled = true
    metric_name                = var.prefix
  }
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

output "web_acl_arn" {
  description = "For the load balancer."
  value       = aws_wafv2_web_acl.this.arn
}
