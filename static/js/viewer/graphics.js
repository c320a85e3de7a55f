// A worker that tells whether a graphics card draws here, or the processor in its place. The question alone may
// take a tenth of a second, for which a page would stand still.

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

const gl = typeof OffscreenCanvas === "function" && new OffscreenCanvas(1, 1).getContext("webgl2");
if (gl) {
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  postMessage(Boolean(renderer) && !SOFTWARE.test(renderer)); // of a context that is lost nothing is known
} else {
  postMessage(false);
}
