// Reads a JSON list of Kubernetes objects from standard input and prints one line for each fault.
// Values are looked at by the kinds' own schemas; fields that the kind does not know, which these
// let pass and an API server in strict mode does not, by TypeScript, whose literals may have no more
// than their type. Only the kinds below are known; others end with an error, so that none passes
// unchecked.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const PACKAGES = {
  "external-secrets.io": "@kubernetes-models/external-secrets",
  "karpenter.k8s.aws": "@kubernetes-models/karpenter",
  "karpenter.sh": "@kubernetes-models/karpenter",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};
const FILE = join(dirname(fileURLToPath(import.meta.url)), "objects.ts");

const objects = JSON.parse(readFileSync(0, "utf8"));
const name = (object) => `${object.kind} ${object.metadata.name}`;
const lines = [];
const sources = [];
for (const [index, object] of objects.entries()) {
  const [group, version] = object.apiVersion.split("/");
  const module = `${PACKAGES[group]}/${group}/${version}/${object.kind}`;
  try {
    const kinds = await import(module);
    new kinds[object.kind](object).validate();
    sources.push(
      // One line each, so that a fault's line tells whose it is.
      `import type { I${object.kind} as T${index} } from "${module}"; ` +
        `export const o${index}: T${index} = ${JSON.stringify(object)};`,
    );
  } catch (error) {
    lines.push(`${name(object)}: ${error.message}`);
    sources.push("");
  }
}

const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: [],
};
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists } = host;
host.fileExists = (file) => file === FILE || fileExists(file);
host.getSourceFile = (file, ...more) =>
  file === FILE
    ? ts.createSourceFile(file, sources.join("\n"), ts.ScriptTarget.ES2022)
    : getSourceFile(file, ...more);
const program = ts.createProgram([FILE], options, host);
for (const fault of ts.getPreEmitDiagnostics(program)) {
  const where = fault.file?.getLineAndCharacterOfPosition(fault.start).line;
  const whose = fault.file?.fileName === FILE ? name(objects[where]) : fault.file?.fileName;
  lines.push(`${whose}: ${ts.flattenDiagnosticMessageText(fault.messageText, " ")}`);
}
for (const line of lines) console.log(line);
