# The certificate, proved through the zone. The records of the site itself are external-dns's.

data "aws_route53_zone" "this" {
  name = var.zone
}

resource "aws_acm_certificate" "this" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option
  }
  zone_id         = data.aws_route53_zone.this.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

# Only Amazon may issue certificates for this name.
resource "aws_route53_record" "caa" {
  zone_id = data.aws_route53_zone.this.zone_id
  name    = var.host
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"amazon.com\"", "0 issuewild \";\""]
}

variable "zone" {
  description = "Hosted zone in Route 53, such as example.com; made when the domain was registered."
  type        = string
}

variable "host" {
  description = "Public name of the site, in that zone."
  type        = string
}

output "zone_arn" {
  description = "The zone."
  value       = data.aws_route53_zone.this.arn
}

output "certificate_arn" {
  description = "The certificate, once it is valid."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
