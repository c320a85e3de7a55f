// How a device is held: as WebXR tells it, whose pose is steadier, else by the event deviceorientation.

const PATIENCE = 1000; // ms in which a pose has to come
const DEGREE = 180 / Math.PI;

// Calls `told` with the degrees, right and down, by which the device has been turned since it was last held
// still, until `signal` is aborted. Gives whether the device can tell.
export async function follow(signal, told) {
  let level = null;
  const turned = (right, down) => {
    level ??= [right, down];
    told(right - level[0], down - level[1]);
    // How the device is held changes: what it is held at slowly becomes level.
    level = [level[0] + (right - level[0]) * 0.005, level[1] + (down - level[1]) * 0.005];
  };
  if (await byPose(signal, turned)) return true;
  if (signal.aborted || typeof DeviceOrientationEvent === "undefined") return false;
  addEventListener("deviceorientation", ({ beta, gamma }) => {
    if (beta !== null && gamma !== null) turned(...onScreen(-gamma, -beta));
  }, { signal });
  return true;
}

// From the device's axes to the screen's, which turns with it.
function onScreen(x, y) {
  const turned = { 90: [-y, x], 180: [-x, -y], 270: [y, -x] };
  return turned[screen.orientation?.angle] ?? [x, y];
}

// A magic window (a session `inline`), of which no more than the pose is used: the view draws itself.
async function byPose(signal, turned) {
  let session = null;
  try {
    if (!(await navigator.xr?.isSessionSupported("inline"))) return false;
    session = await navigator.xr.requestSession("inline", { requiredFeatures: ["local"] });
    signal.addEventListener("abort", () => session.end().catch(() => {}));
    const gl = document.createElement("canvas").getContext("webgl"); // without one there are no frames
    session.updateRenderState({ baseLayer: new XRWebGLLayer(session, gl) });
    const space = await session.requestReferenceSpace("local");
    const found = await new Promise((resolve) => {
      setTimeout(() => resolve(false), PATIENCE);
      const step = (_, frame) => {
        if (signal.aborted) return;
        session.requestAnimationFrame(step);
        const pose = frame.getViewerPose(space);
        if (!pose) return;
        resolve(true);
        turned(...held(pose.transform.matrix));
      };
      session.requestAnimationFrame(step);
    });
    if (found) return true;
  } catch {
    // There is no such session, or it may not know how the device is held.
  }
  await session?.end().catch(() => {});
  return false;
}

// A device whose back points to the left is seen from its left. Degrees, right and down.
function held(matrix) {
  const [x, y, z] = [-matrix[8], -matrix[9], -matrix[10]];
  return [Math.atan2(x, -z) * DEGREE, -Math.asin(Math.max(-1, Math.min(1, y))) * DEGREE];
}
