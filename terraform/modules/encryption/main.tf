# One key for everything at rest in an environment. Whoever may read the data still needs this
# key, so that a copied snapshot or a bucket opened by mistake stays unreadable.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:A key's policy names the key itself as "*"; the account's root keeps it manageable
  #checkov:skip=CKV_AWS_111:A key's policy names the key itself as "*"
  #checkov:skip=CKV_AWS_356:A key's policy names the key itself as "*"
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${data.aws_region.this.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${data.aws_partition.this.partition}:logs:${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}:*"]
    }
  }

  # Alarms and budgets publish to the encrypted topic; EventBridge writes to Karpenter's queue.
  statement {
    sid       = "Events"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }

  # The bucket's own policy says which CDN, and which files.
  dynamic "statement" {
    for_each = var.cdn ? [1] : []
    content {
      sid       = "Cdn"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = ["arn:${data.aws_partition.this.partition}:cloudfront::${data.aws_caller_identity.this.account_id}:distribution/*"]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "${var.prefix}: data at rest"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.prefix}"
  target_key_id = aws_kms_key.this.key_id
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "cdn" {
  description = "A CDN reads files that the key encrypts."
  type        = bool
}

output "key_arn" {
  description = "The key."
  value       = aws_kms_key.this.arn
}
