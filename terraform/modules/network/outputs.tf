output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "Its address range."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Subnets of the nodes."
  value       = [for subnet in aws_subnet.private : subnet.id]
  # A node without a way out never joins: whoever puts one here waits for the routes, also where
  # only a part is applied (-target), and nodes go before the routes do.
  depends_on = [
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.sqs,
    aws_vpc_security_group_ingress_rule.endpoint,
  ]
}

output "database_cidrs" {
  description = "Addresses of the database."
  value       = values(local.database)
}

output "endpoint_cidrs" {
  description = "Addresses of the endpoint of SQS."
  value       = values(local.endpoint)
}

output "s3_cidrs" {
  description = "Addresses of S3 in this region."
  value       = sort([for entry in data.aws_ec2_managed_prefix_list.s3.entries : entry.cidr])
}

output "database_subnet_ids" {
  description = "Subnets without a way out."
  value       = [for subnet in aws_subnet.database : subnet.id]
}
