// Reads a JSON list of Kubernetes objects from standard input and prints one line for each fault.
// Only the kinds below are known; others end with an error, so that none passes unchecked.
import { readFileSync } from "node:fs";

const PACKAGES = {
  "external-secrets.io": "@kubernetes-models/external-secrets",
  "karpenter.k8s.aws": "@kubernetes-models/karpenter",
  "karpenter.sh": "@kubernetes-models/karpenter",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  const [group, version] = object.apiVersion.split("/");
  try {
    const module = await import(`${PACKAGES[group]}/${group}/${version}/${object.kind}`);
    new module[object.kind](object).validate();
  } catch (error) {
    console.log(`${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}
