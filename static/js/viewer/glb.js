// Reads the GLB files that Amena writes (amena/engine/scene/glb.py): one unlit mesh per layer, farthest
// first, each with a texture of its own, and the photo's camera.

import { Q_FAR } from "./camera.js";

const GLTF = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const NUMBERS = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
const LENGTHS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };
// By so much each layer is moved towards the camera, for viewers that sort by depth.
const LAYER_GAP = 1e-3;

// ArrayBuffer → { halfU, halfV, edge, layers }. `points` of a layer are (u, v, q).
export async function readScene(buffer) {
  const { json, binary } = chunks(buffer);
  const aspect = json.cameras[0].perspective.aspectRatio;
  const meshes = json.nodes.filter((node) => node.mesh !== undefined);
  const units = json.scenes[0].extras;
  const layers = await Promise.all(meshes.map((node) => readLayer(json, binary, node, units)));
  return {
    halfU: Math.min(aspect, 1) / 2,
    halfV: Math.min(1 / aspect, 1) / 2,
    edge: rim(layers[0].points),
    layers,
  };
}

function chunks(buffer) {
  const view = new DataView(buffer);
  const size = buffer.byteLength > 28 ? view.getUint32(12, true) : 0;
  if (!size || view.getUint32(0, true) !== GLTF || view.getUint32(16, true) !== JSON_CHUNK) {
    throw new Error("This is no GLB file.");
  }
  const json = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, size)));
  return { json, binary: new Uint8Array(buffer, 28 + size) };
}

async function readLayer(json, binary, node, units) {
  const [part] = json.meshes[node.mesh].primitives;
  const positions = numbers(json, binary, part.attributes.POSITION);
  const gap = 1 - LAYER_GAP * Number(node.name.split("-")[1]);
  return {
    points: unprojected(positions, gap, units),
    texels: numbers(json, binary, part.attributes.TEXCOORD_0),
    indices: numbers(json, binary, part.indices),
    picture: await picture(json, binary, part.material),
  };
}

function numbers(json, binary, index) {
  const { bufferView, byteOffset = 0, componentType, count, type } = json.accessors[index];
  const start = (json.bufferViews[bufferView].byteOffset ?? 0) + byteOffset;
  const Numbers = NUMBERS[componentType];
  const bytes = binary.slice(start, start + count * LENGTHS[type] * Numbers.BYTES_PER_ELEMENT);
  return new Numbers(bytes.buffer);
}

// In `units` of { near, far } metres where the file has true distances, else in the engine's own.
function unprojected(positions, gap, units) {
  const points = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const depth = -positions[i + 2];
    points[i] = positions[i] / depth;
    points[i + 1] = -positions[i + 1] / depth;
    points[i + 2] = units?.near ? fromMetres(gap / depth, units) : gap / depth;
  }
  return points;
}

function fromMetres(perMetre, { near, far }) {
  return Q_FAR + ((1 - Q_FAR) * (perMetre - 1 / far)) / (1 / near - 1 / far);
}

async function picture(json, binary, material) {
  const { index } = json.materials[material].pbrMetallicRoughness.baseColorTexture;
  const { bufferView, mimeType } = json.images[json.textures[index].source];
  const { byteOffset = 0, byteLength } = json.bufferViews[bufferView];
  const bytes = binary.subarray(byteOffset, byteOffset + byteLength);
  return createImageBitmap(new Blob([bytes], { type: mimeType }), {
    premultiplyAlpha: "premultiply",
    colorSpaceConversion: "none",
  });
}

// How far the farthest layer reaches, and between which inverse depths its rim lies.
function rim(points) {
  const edge = { u: 0, v: 0, near: 0, far: 1 };
  for (let i = 0; i < points.length; i += 3) {
    edge.u = Math.max(edge.u, points[i]);
    edge.v = Math.max(edge.v, points[i + 1]);
  }
  for (let i = 0; i < points.length; i += 3) {
    if (Math.abs(points[i]) < edge.u - 1e-5 && Math.abs(points[i + 1]) < edge.v - 1e-5) continue;
    edge.near = Math.max(edge.near, points[i + 2]);
    edge.far = Math.min(edge.far, points[i + 2]);
  }
  return edge;
}
