# One machine with everything on it but files and queue: docs/deploy-small.md.

provider "aws" {
  region = var.region
  default_tags {
    tags = {
      Project     = "amena"
      Environment = "small"
    }
  }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

module "timeouts" {
  source = "../../modules/timeouts"
}

module "names" {
  source      = "../../modules/names"
  environment = "small"
  account_id  = data.aws_caller_identity.this.account_id
}

module "encryption" {
  source = "../../modules/encryption"
  prefix = module.names.prefix
  cdn    = length(var.cdn_public_keys) > 0
}

module "storage" {
  source              = "../../modules/storage"
  media_bucket        = module.names.media_bucket
  log_bucket          = module.names.log_bucket
  kms_key_arn         = module.encryption.key_arn
  site_root           = "https://${var.host}"
  retention_days      = 35
  cdn_arns            = module.cdn[*].arn
  deletion_protection = true
}

# Only where the operator has given it keys.
module "cdn" {
  source        = "../../modules/cdn"
  count         = length(var.cdn_public_keys) > 0 ? 1 : 0
  prefix        = module.names.prefix
  bucket_domain = module.storage.media_bucket_domain
  site_root     = "https://${var.host}"
  public_keys   = var.cdn_public_keys
}

module "queue" {
  source             = "../../modules/queue"
  queue              = module.names.queue
  dead_letter_queue  = module.names.dead_letter_queue
  visibility_seconds = module.timeouts.visibility
  kms_key_arn        = module.encryption.key_arn
  alarm_topic_arn    = aws_sns_topic.alarms.arn
}

module "budget" {
  source      = "../../modules/budget"
  prefix      = module.names.prefix
  environment = "small"
  monthly_usd = 120
  emails      = var.alarm_emails
}

resource "aws_sns_topic" "alarms" {
  name              = "${module.names.prefix}-alarms"
  kms_master_key_id = module.encryption.key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# --- Network: one public subnet, one machine --------------------------------------------------

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:One machine, whose own log says what reached it; flow logs would cost more than they tell
  cidr_block           = "10.30.0.0/24"
  enable_dns_hostnames = true
  tags                 = { Name = module.names.prefix }
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = aws_vpc.this.cidr_block
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.this.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "this" {
  subnet_id      = aws_subnet.this.id
  route_table_id = aws_route_table.this.id
}

# Nobody comes in but to the site; you come by Systems Manager, without an open port or a key.
resource "aws_security_group" "this" {
  name        = module.names.prefix
  description = "The site"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  #checkov:skip=CKV_AWS_260:Port 80 answers with the way to HTTPS, and to the certificate's maker
  for_each          = { http = ["tcp", 80], https = ["tcp", 443], http3 = ["udp", 443] }
  security_group_id = aws_security_group.this.id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = each.value[0]
  from_port         = each.value[1]
  to_port           = each.value[1]
}

resource "aws_vpc_security_group_egress_rule" "this" {
  security_group_id = aws_security_group.this.id
  description       = "AWS, Google, registries, webhooks"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# --- Machine ----------------------------------------------------------------------------------

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Files"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${module.storage.media_bucket_arn}/*"]
  }
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [module.storage.media_bucket_arn]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [module.encryption.key_arn]
  }
  statement {
    sid = "Queues"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
    resources = [module.queue.arn, module.queue.dead_letter_arn]
  }
}

resource "aws_iam_role" "this" {
  name               = "${module.names.prefix}-machine"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  name   = "files-and-queues"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "session" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "this" {
  name = "${module.names.prefix}-machine"
  role = aws_iam_role.this.name
}

resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_88:The site is on this machine, so it has a public address
  #checkov:skip=CKV_AWS_126:The site's own answers are what is watched; minutes are fine enough
  ami                    = var.machine_ami
  instance_type          = var.instance_type
  subnet_id              = aws_subnet.this.id
  vpc_security_group_ids = [aws_security_group.this.id]
  iam_instance_profile   = aws_iam_instance_profile.this.name
  ebs_optimized          = true
  user_data              = file("${path.module}/setup.sh")

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # Containers are one hop further away, and have no other way to the machine's role.
    http_put_response_hop_limit = 2
  }

  root_block_device {
    volume_size = 40
    volume_type = "gp3"
    encrypted   = true
  }

  # A newer image or set-up must not take the database's disk along: a new machine is a restore.
  disable_api_termination = true
  lifecycle {
    ignore_changes = [ami, user_data]
  }
  tags = { Name = module.names.prefix }
  depends_on = [
    aws_iam_role_policy.this,
    aws_iam_role_policy_attachment.session,
    aws_route.internet,
    aws_route_table_association.this,
  ]
}

resource "aws_eip" "this" {
  domain     = "vpc"
  instance   = aws_instance.this.id
  depends_on = [aws_internet_gateway.this]
}
