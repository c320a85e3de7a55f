terraform {
  required_version = ">= 1.11"

  # Made by terraform/bootstrap; the bucket's name comes with `terraform init -backend-config`.
  backend "s3" {
    key          = "small/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}
