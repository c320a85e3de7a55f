// Draws a scene with WebGL 2: layers far to near, blended by their soft alpha, no depth buffer.

import { Q_FAR } from "./camera.js";

const VERTEX = `#version 300 es
in vec3 point;
in vec2 texel;
uniform vec4 pose[3];
uniform vec2 scale;
uniform mat4 screen;
out vec2 place;
out vec3 spot;
out float disparity;
void main() {
  vec4 p = vec4(point.xy, 1.0, point.z);
  spot = vec3(dot(pose[0], p) * scale.x, -dot(pose[1], p) * scale.y, dot(pose[2], p));
  gl_Position = screen * vec4(spot.xy, 0.0, spot.z);
  place = texel;
  disparity = (point.z - ${Q_FAR}) / ${1 - Q_FAR};
}`;

// Colours are multiplied by alpha already. The plane in focus can be tinted, and the colour be
// exchanged for depth. Blur and vignette are those of amena/engine/output/effects.py, the blur as near as
// a few samples of smaller copies of the picture come to it.
const FRAGMENT = `#version 300 es
precision highp float;
in vec2 place;
in vec3 spot;
in float disparity;
uniform sampler2D picture;
uniform float depth, focus, mark, blur, vignette, rim;
out vec4 colour;
vec4 blurred(float wide) {
  vec2 size = vec2(textureSize(picture, 0));
  float sigma = wide * max(size.x, size.y);
  if (sigma < 0.5) return texture(picture, place);
  vec4 sum = vec4(0.0);
  for (int i = 0; i < 16; i += 1) {
    float reach = 2.0 * sigma * sqrt((float(i) + 0.5) / 16.0);
    float angle = 2.39996 * float(i);
    vec2 at = place + reach * vec2(cos(angle), sin(angle)) / size;
    sum += textureLod(picture, at, log2(max(1.0, sigma)));
  }
  return sum / 16.0;
}
void main() {
  float away = clamp((abs(disparity - focus) - 0.06) / 0.94, 0.0, 1.0);
  colour = blur > 0.0 ? blurred(blur * 0.012 * away) : texture(picture, place);
  colour.rgb = mix(colour.rgb, vec3(disparity) * colour.a, depth);
  float plane = 1.0 - smoothstep(0.015, 0.07, abs(disparity - focus));
  colour.rgb = mix(colour.rgb, vec3(0.4, 0.424, 0.863) * colour.a, 0.6 * mark * plane);
  vec2 at = spot.xy / spot.z;
  float fall = inversesqrt(1.0 - 0.65 * vignette) - 1.0;
  float light = 1.0 + 0.5 * dot(at, at) * fall;
  colour.rgb /= light * light;
  vec2 inside = clamp((1.0 - abs(at)) / rim, 0.0, 1.0);
  colour *= inside.x * inside.y;
}`;

// What the frame fills, from its −1…1 to the canvas's, column by column: all of it.
const ALL = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export class Painter {
  // Throws where there is no WebGL 2.
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (!gl) throw new Error("There is no WebGL 2 here.");
    this.gl = gl;
    this.meshes = [];
    this.program = link(gl);
    this.uniforms = {};
    for (const name of ["pose", "scale", "screen", "depth", "focus", "mark", "blur", "vignette", "rim"]) {
      this.uniforms[name] = gl.getUniformLocation(this.program, name);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  // Takes the scene's pictures over and closes them.
  load(scene) {
    const meshes = scene.layers.map((layer) => this.mesh(layer));
    this.clear();
    this.meshes = meshes;
  }

  // Moves the vertices of each mesh from where they were at first: `change` takes points (u, v, q).
  reshape(change) {
    for (const { points, buffers } of this.meshes) {
      this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffers[0]);
      this.gl.bufferSubData(this.gl.ARRAY_BUFFER, 0, change(points));
    }
  }

  clear() {
    for (const { array, buffers, texture } of this.meshes) {
      this.gl.deleteVertexArray(array);
      buffers.forEach((buffer) => this.gl.deleteBuffer(buffer));
      this.gl.deleteTexture(texture);
    }
    this.meshes = [];
  }

  // rows: a pose; scale: from units of the long side to the frame's −1…1, across and up; screen: a matrix
  // from there to where it is shown; rim: how wide the frame fades, as a share of its half sides; view: of a
  // headset's eye, its framebuffer and its part of it.
  draw({
    rows, scale, screen = ALL, depth = 0, focus = 0, mark = 0, blur = 0, vignette = 0, rim = 1e-6, view,
    meshes = this.meshes,
  }) {
    const { gl, uniforms } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, view?.framebuffer ?? null);
    if (view) gl.viewport(view.x, view.y, view.width, view.height);
    else gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.useProgram(this.program);
    gl.uniform4fv(uniforms.pose, rows.flat());
    gl.uniform2fv(uniforms.scale, scale);
    gl.uniformMatrix4fv(uniforms.screen, false, screen);
    const shares = { depth, focus, mark, blur, vignette, rim };
    for (const [name, value] of Object.entries(shares)) gl.uniform1f(uniforms[name], value);
    for (const { array, count, kind, texture } of meshes) {
      gl.bindVertexArray(array);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.drawElements(gl.TRIANGLES, count, kind, 0);
    }
  }

  // RGBA of what has just been drawn at (x, y), shares of the canvas from its lower left corner.
  pixel(x, y) {
    const { gl } = this;
    const found = new Uint8Array(4);
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    const [column, row] = [Math.floor(x * (width - 1)), Math.floor(y * (height - 1))];
    gl.readPixels(column, row, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, found);
    return found;
  }

  mesh({ points, texels, indices, picture }) {
    const { gl } = this;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    const buffers = [
      this.#attribute("point", points, 3, gl.FLOAT, false),
      this.#attribute("texel", texels, 2, gl.UNSIGNED_SHORT, true),
      gl.createBuffer(),
    ];
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers[2]);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    const kind = indices instanceof Uint16Array ? gl.UNSIGNED_SHORT : gl.UNSIGNED_INT;
    return { array, buffers, points, count: indices.length, kind, texture: this.#texture(picture) };
  }

  #attribute(name, values, size, type, normalised) {
    const { gl } = this;
    const buffer = gl.createBuffer();
    const place = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, type, normalised, 0, 0);
    return buffer;
  }

  #texture(picture) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    picture.close();
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }
}

function link(gl) {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(program));
  }
  return program;
}
