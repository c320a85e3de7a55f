#!/bin/sh
# Run once by the machine itself, as root, when it first starts: Debian 12 has neither the agent by which
# one gets in nor Docker's Compose.
set -eux
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends ca-certificates curl git

agent=https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/debian_amd64/amazon-ssm-agent.deb
curl --fail --silent --show-error --location --retry 5 --output /tmp/agent.deb "$agent"
dpkg --install /tmp/agent.deb
systemctl enable --now amazon-ssm-agent

docker=https://download.docker.com/linux/debian
curl --fail --silent --show-error --location --retry 5 --output /etc/apt/keyrings/docker.asc "$docker/gpg"
echo "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] $docker bookworm stable" \
  >/etc/apt/sources.list.d/docker.list
apt-get update
apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
