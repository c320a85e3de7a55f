# Private image repositories. Tags never move, so a tag names the same image for ever.

resource "aws_ecr_repository" "this" {
  for_each             = toset(["web", "worker"])
  name                 = "${var.prefix}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.deletion_protection

  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each   = aws_ecr_repository.this
  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What a broken push left; parts of a tagged image go with their image alone"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
        action       = { type = "expire" }
      },
      {
        # Of tags, since an image is several manifests: index, platform, provenance, bill of
        # materials. A release has two tags at most in a repository.
        rulePriority = 2
        description  = "The last twenty releases: far more than Kubernetes can roll back to"
        selection    = { tagStatus = "tagged", tagPatternList = ["*"], countType = "imageCountMoreThan", countNumber = 40 }
        action       = { type = "expire" }
      },
    ]
  })
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the images."
  type        = string
}

variable "deletion_protection" {
  description = "Refuses to delete a repository that still holds images."
  type        = bool
}

output "repositories" {
  description = "Repository URLs by image."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
