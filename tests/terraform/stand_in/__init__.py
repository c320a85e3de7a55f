"""Stand-ins for Terraform's providers, so that Terraform itself can be run where no cloud is."""
