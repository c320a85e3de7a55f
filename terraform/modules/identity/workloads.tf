# What the chart's own pods may do.

data "aws_iam_policy_document" "files" {
  statement {
    sid       = "Files"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [local.objects]
  }
  # Without it S3 answers 403 for a missing file, where the code expects 404.
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [var.media_bucket_arn]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

data "aws_iam_policy_document" "send" {
  statement {
    sid       = "Send"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [var.queue_arn]
  }
}

# Who gives a job up reports it among the dead letters.
data "aws_iam_policy_document" "report" {
  statement {
    sid       = "Report"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letter_arn]
  }
}

data "aws_iam_policy_document" "web" {
  source_policy_documents = [
    data.aws_iam_policy_document.files.json,
    data.aws_iam_policy_document.send.json,
  ]
}

data "aws_iam_policy_document" "worker" {
  source_policy_documents = [
    data.aws_iam_policy_document.files.json,
    data.aws_iam_policy_document.send.json,
    data.aws_iam_policy_document.report.json,
  ]
  statement {
    sid = "Take"
    actions = [
      "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
    ]
    resources = [var.queue_arn]
  }
}

# Housekeeping sends lost messages again, deletes old files and looks into the dead letters.
data "aws_iam_policy_document" "jobs" {
  source_policy_documents = [
    data.aws_iam_policy_document.files.json,
    data.aws_iam_policy_document.send.json,
    data.aws_iam_policy_document.report.json,
  ]
  statement {
    sid = "DeadLetters"
    actions = [
      "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
    ]
    resources = [var.dead_letter_arn]
  }
}
