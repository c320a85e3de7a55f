# The photos and what is made of them, and a second bucket for the access logs.

resource "aws_s3_bucket" "media" {
  #checkov:skip=CKV_AWS_21:A person's deleted photo must be gone; old versions would keep it
  #checkov:skip=CKV_AWS_144:Results can be made again from the photo, and people keep their photos; a second region doubles the cost
  #checkov:skip=CKV2_AWS_62:Nothing listens to the bucket's events; the job row says what was stored
  bucket        = var.media_bucket
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket" "logs" {
  #checkov:skip=CKV_AWS_18:This is the bucket that the access logs go to
  #checkov:skip=CKV_AWS_145:S3 delivers access logs only to buckets with its own AES-256 keys
  #checkov:skip=CKV_AWS_21:Logs are only ever added
  #checkov:skip=CKV_AWS_144:Access logs are not worth a second region
  #checkov:skip=CKV2_AWS_62:Nothing listens to the logs
  bucket        = var.log_bucket
  force_destroy = !var.deletion_protection
}

locals {
  buckets = { media = aws_s3_bucket.media, logs = aws_s3_bucket.logs }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.buckets
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets
  bucket   = each.value.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "media" {
  bucket = aws_s3_bucket.media.id
  rule {
    # One data key for many objects: a hundredth of the calls to KMS.
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "media" {
  bucket = aws_s3_bucket.media.id

  # Behind the application's own retention: what it should have deleted goes a little later.
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.retention_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_logging" "media" {
  bucket        = aws_s3_bucket.media.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/"
}

# The result page reads the 3D model with fetch(), so the browser asks for CORS.
resource "aws_s3_bucket_cors_configuration" "media" {
  bucket = aws_s3_bucket.media.id
  cors_rule {
    allowed_origins = [var.site_root]
    allowed_methods = ["GET", "HEAD"]
    allowed_headers = ["Range"]
    expose_headers  = ["Content-Length", "Content-Range", "ETag"]
    max_age_seconds = 3600
  }
}

data "aws_iam_policy_document" "tls" {
  for_each = local.buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]

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

  dynamic "statement" {
    for_each = each.key == "logs" ? [1] : []
    content {
      sid       = "AccessLogs"
      actions   = ["s3:PutObject"]
      resources = ["${each.value.arn}/s3/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [aws_s3_bucket.media.arn]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "media" ? var.cdn_arns : []
    content {
      sid       = "Cdn"
      actions   = ["s3:GetObject"]
      resources = ["${each.value.arn}/photos/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each   = local.buckets
  bucket     = each.value.id
  policy     = data.aws_iam_policy_document.tls[each.key].json
  depends_on = [aws_s3_bucket_public_access_block.this]
}

variable "media_bucket" {
  description = "Name of the photos' bucket."
  type        = string
}

variable "log_bucket" {
  description = "Name of the access logs' bucket."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the photos."
  type        = string
}

variable "deletion_protection" {
  description = "Refuses to delete a bucket that still holds files."
  type        = bool
}

variable "site_root" {
  description = "Origin that may read files from a page, such as https://amena.example.com."
  type        = string
}

variable "retention_days" {
  description = "Days after which every file goes, whatever the application did; above its own retention."
  type        = number
}

variable "cdn_arns" {
  description = "CDNs that may read files; none or one."
  type        = list(string)
}

output "media_bucket_domain" {
  description = "The photos' bucket as a host of its region."
  value       = aws_s3_bucket.media.bucket_regional_domain_name
}

output "media_bucket" {
  description = "Name of the photos' bucket."
  value       = aws_s3_bucket.media.id
}

output "media_bucket_arn" {
  description = "The photos' bucket."
  value       = aws_s3_bucket.media.arn
}
