# Postgres that only the nodes reach. RDS makes and rotates its master's password, which only the
# chart's migrations use. Web and worker have roles of their own, whose passwords are made during apply
# and kept in one place, the secret below: never in Terraform's state, and nowhere else to differ from.
# The chart's first job gives the roles these passwords (amena/…/database_roles).

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.prefix}-rds-monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_subnet_group" "this" {
  name       = var.prefix
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.prefix}-database"
  description = "Postgres, from inside the VPC"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "postgres" {
  security_group_id = aws_security_group.this.id
  description       = "Pods and nodes"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.prefix}-postgres${var.major_version}"
  family = "postgres${var.major_version}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
  # Of a statement that is logged, never its values: they hold people's data.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }
  parameter {
    name  = "log_statement"
    value = "ddl"
  }
}

ephemeral "random_password" "this" {
  for_each = toset(["web", "worker"])
  length   = 40
  # It goes into a URL.
  special = false
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Rotated by raising password_version; a rotating function would need a network of its own
  name        = var.secret_name
  description = "How web and worker reach the database"
  kms_key_id  = var.kms_key_arn
  # A name whose secret waits for its end cannot be given again.
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string_wo = jsonencode({
    host   = aws_db_instance.this.address
    dbname = "amena"
    # A new password comes with a new role, so that pods with the old one go on until they are gone.
    web_username    = "amena_web_${var.password_version}"
    web_password    = ephemeral.random_password.this["web"].result
    worker_username = "amena_worker_${var.password_version}"
    worker_password = ephemeral.random_password.this["worker"].result
  })
  secret_string_wo_version = var.password_version
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_293:Production protects it; staging is taken down on purpose
  #checkov:skip=CKV_AWS_157:Production has a standby; staging can be without a database for an hour
  identifier     = var.prefix
  engine         = "postgres"
  engine_version = var.major_version
  instance_class = var.instance_class
  db_name        = "amena"
  username       = "amena_owner"

  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  allocated_storage     = 20
  max_allocated_storage = 200
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period   = var.backup_days
  backup_window             = "02:00-03:00"
  maintenance_window        = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = "${var.prefix}-final"

  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.kms_key_arn
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}
