# A CDN before the photos' bucket: files come from near by, and cost about half. It hands out what a link
# asks for that the site has signed, for as long as the link is good, and nothing else.

locals {
  # As long as a link is good (amena/base_settings.py: PRESIGNED_SECONDS): what was deleted is no longer there either.
  most_seconds = 900
  keys         = { for key in var.public_keys : substr(sha256(trimspace(key)), 0, 12) => trimspace(key) }
}

resource "aws_cloudfront_public_key" "this" {
  for_each    = local.keys
  name        = "${var.prefix}-${each.key}"
  comment     = "Signs links to files"
  encoded_key = "${each.value}\n"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudfront_key_group" "this" {
  name    = var.prefix
  comment = "Keys whose links are good; more than one while the site changes from one to the next"
  items   = [for key in aws_cloudfront_public_key.this : key.id]
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = var.prefix
  description                       = "Lets the CDN read the bucket, which nobody else may without the site"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_cache_policy" "this" {
  name        = var.prefix
  comment     = "A file under one name is the same for everybody who may have it"
  min_ttl     = 0
  default_ttl = local.most_seconds
  max_ttl     = local.most_seconds

  parameters_in_cache_key_and_forwarded_to_origin {
    # Everything here is compressed already.
    enable_accept_encoding_brotli = false
    enable_accept_encoding_gzip   = false

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "whitelist"
      query_strings {
        items = ["response-content-disposition", "response-content-type"]
      }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  #checkov:skip=CKV_AWS_259:Browsers' built-in lists are for domains of one's own, which cloudfront.net is not
  name    = var.prefix
  comment = "As the site itself answers"

  # The 3D view reads its files with fetch(), from the site alone.
  cors_config {
    access_control_allow_credentials = false
    origin_override                  = true
    access_control_max_age_sec       = 3600
    access_control_allow_origins {
      items = [var.site_root]
    }
    access_control_allow_methods {
      items = ["GET", "HEAD"]
    }
    access_control_allow_headers {
      items = ["Range"]
    }
    access_control_expose_headers {
      items = ["Content-Length", "Content-Range", "ETag"]
    }
  }
  custom_headers_config {
    items {
      header   = "Cache-Control"
      value    = "private, no-store"
      override = true
    }
  }
  security_headers_config {
    content_type_options {
      override = true
    }
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      override                   = true
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:It answers nobody without a signed link, and the firewall before the site counts who asks for those
  #checkov:skip=CKV2_AWS_47:There is no Java behind it, so no Log4j to guard
  #checkov:skip=CKV_AWS_86:Who saw whose photo is nobody's business; what goes wrong is in CloudFront's metrics
  #checkov:skip=CKV_AWS_174:CloudFront's own name allows no other choice; its certificate is AWS's
  #checkov:skip=CKV2_AWS_42:CloudFront's own name comes with its own certificate
  #checkov:skip=CKV_AWS_305:A bucket of photos has no front page
  #checkov:skip=CKV_AWS_310:There is one bucket, so none to turn to
  #checkov:skip=CKV_AWS_374:Photos are for whoever their owner gives a link
  comment         = "${var.prefix}: files"
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  # Europe and North America; elsewhere a little farther, not dearer.
  price_class = "PriceClass_100"

  origin {
    origin_id                = "media"
    domain_name              = var.bucket_domain
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id           = "media"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "https-only"
    compress                   = false
    cache_policy_id            = aws_cloudfront_cache_policy.this.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    trusted_key_groups         = [aws_cloudfront_key_group.this.id]
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "bucket_domain" {
  description = "The photos' bucket as a host of its region."
  type        = string
}

variable "site_root" {
  description = "Origin that may read files from a page, such as https://amena.example.com."
  type        = string
}

variable "public_keys" {
  description = "Public keys in PEM whose links are good."
  type        = list(string)
}

output "arn" {
  description = "For the policies of bucket and key."
  value       = aws_cloudfront_distribution.this.arn
}

output "host" {
  description = "Where its links lead."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "key_ids" {
  description = "CloudFront's ids of the public keys, in their order."
  value       = [for key in var.public_keys : aws_cloudfront_public_key.this[substr(sha256(trimspace(key)), 0, 12)].id]
}
