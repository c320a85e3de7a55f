# Once in an account, by a person, with the state on their own disk: the bucket for the state of
# everything else, and the roles that GitHub's workflows take on without any stored key.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { Project = "amena", Environment = "shared" }
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "github_repository" {
  description = "owner/name of the repository whose workflows may take on the roles."
  type        = string

  validation {
    condition     = can(regex("^[^/*]+/[^/*]+$", var.github_repository))
    error_message = "The repository is written owner/name, without wildcards."
  }
}

variable "github_provider_exists" {
  description = "True where the account trusts GitHub's workflows already: there can be one such provider only."
  type        = bool
  default     = false
}

variable "spot_role_exists" {
  description = "True where somebody has used spot instances in this account: AWS has then made their role."
  type        = bool
  default     = false
}

data "aws_caller_identity" "this" {}

# --- State ------------------------------------------------------------------------------------

resource "aws_kms_key" "state" {
  #checkov:skip=CKV2_AWS_64:The default policy leaves the key to the account's IAM, which is what is wanted
  description         = "amena: Terraform's state"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "state" {
  #checkov:skip=CKV_AWS_18:CloudTrail already says who touches the state
  #checkov:skip=CKV_AWS_144:The state can be rebuilt by import; versions guard against accidents
  #checkov:skip=CKV2_AWS_62:Nothing listens to the state
  bucket = "amena-terraform-${data.aws_caller_identity.this.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# --- GitHub -----------------------------------------------------------------------------------

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.github_provider_exists ? 0 : 1
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  github_provider = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:oidc-provider/token.actions.githubusercontent.com"

  # Pull requests may only read; what runs in the environment `production` may change.
  roles = {
    plan   = { subject = "pull_request", policy = "ReadOnlyAccess" }
    deploy = { subject = "environment:production", policy = "AdministratorAccess" }
  }
}

data "aws_iam_policy_document" "trust" {
  #checkov:skip=CKV_AWS_358:The claim is compared whole, and names the repository by a variable that takes no wildcards, which checkov does not see
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.github_provider]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.github_repository}:${each.value.subject}"]
    }
  }
}

resource "aws_iam_role" "github" {
  for_each             = local.roles
  name                 = "amena-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
  depends_on           = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy_attachment" "github" {
  #checkov:skip=CKV_AWS_274:Terraform makes roles, networks and clusters, so the deployment's role may do anything; only workflows that a reviewer released in GitHub's environment get it
  for_each   = local.roles
  role       = aws_iam_role.github[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value.policy}"
}

# A plan reads the state and what it points to; secrets stay closed to it.
data "aws_iam_policy_document" "plan" {
  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }
  statement {
    effect        = "Deny"
    actions       = ["secretsmanager:GetSecretValue", "s3:GetObject"]
    not_resources = ["${aws_s3_bucket.state.arn}/*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "state-and-no-secrets"
  role   = aws_iam_role.github["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# --- Spot -------------------------------------------------------------------------------------

# A new account has none, and Karpenter may not make it: its first spot node would be refused.
resource "aws_iam_service_linked_role" "spot" {
  count            = var.spot_role_exists ? 0 : 1
  aws_service_name = "spot.amazonaws.com"
}

output "state_bucket" {
  description = "For `terraform init -backend-config=bucket=…`."
  value       = aws_s3_bucket.state.id
}

output "roles" {
  description = "For the repository's variables AWS_PLAN_ROLE and AWS_DEPLOY_ROLE."
  value       = { for name, role in aws_iam_role.github : name => role.arn }
}
