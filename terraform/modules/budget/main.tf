# Tells by mail when the month's bill is on its way past the limit.

resource "aws_budgets_budget" "this" {
  name         = var.prefix
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.monthly_usd)
  limit_unit   = "USD"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Environment$%s", var.environment)]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      notification_type          = notification.key
      subscriber_email_addresses = var.emails
    }
  }
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "environment" {
  description = "Value of the cost allocation tag Environment."
  type        = string
}

variable "monthly_usd" {
  description = "Limit in dollars a month."
  type        = number
}

variable "emails" {
  description = "Who is told."
  type        = list(string)
}
