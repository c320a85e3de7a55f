// A line of text to hang in the room.

const HIGH = 64; // pixels
const METRES = 0.0011; // of a pixel

// Text → a mesh of that painter, which fills −1…1, and its half sides in metres.
export async function caption(painter, text) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const font = `${HIGH * 0.5}px system-ui, sans-serif`;
  context.font = font;
  canvas.width = Math.ceil(context.measureText(text).width) + HIGH;
  canvas.height = HIGH;
  context.font = font; // a canvas of another size has forgotten it
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = "#d5dbe1";
  context.fillText(text, canvas.width / 2, HIGH / 2);
  const mesh = painter.mesh({
    points: new Float32Array([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0]),
    texels: new Uint16Array([0, 0, 65535, 0, 65535, 65535, 0, 65535]),
    indices: new Uint16Array([0, 1, 2, 0, 2, 3]),
    picture: await createImageBitmap(canvas, { premultiplyAlpha: "premultiply" }),
  });
  return { painter, mesh, halfWidth: (canvas.width * METRES) / 2, halfHeight: (HIGH * METRES) / 2 };
}
