/** Codes that we draw are read from their pixels where the browser has no detector, and the camera is never left on. */

import { renderToStaticMarkup } from "react-dom/server";

import { CodeCamera } from "@/lib/client/react/code-camera";
import { codeReader } from "@/lib/client/react/code-reader";
import { useCodeCamera } from "@/lib/client/react/use-code-camera";
import { encodeVerificationCode } from "@/lib/protocol/verification-code";
import { QrCode } from "@/lib/ui/qr-code";

let mockInBrowser = true;
jest.mock("@/lib/client/react/use-hydrated", () => ({
  useInBrowser: (read: () => unknown) => (mockInBrowser ? read() : undefined),
}));

const code = encodeVerificationCode({ shownBy: "a1".repeat(32), shownFor: "b2".repeat(32) });

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What a camera of `side` pixels sees of a code as it is drawn on the page: grey, unevenly lit, and a little turned. */
function photograph(value: string, side = 640, turned = 0.12): Picture {
  const svg = renderToStaticMarkup(<QrCode value={value} label="code" />);
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const dark = new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => Number(y) * size + Number(x)));
  const data = new Uint8ClampedArray(side * side * 4);
  const [cos, sin, scale] = [Math.cos(turned), Math.sin(turned), (side * 0.6) / size];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [(x - side / 2) / scale, (y - side / 2) / scale];
      const [u, v] = [Math.floor(cos * dx + sin * dy + size / 2), Math.floor(cos * dy - sin * dx + size / 2)];
      const isOnCode = u >= 0 && v >= 0 && u < size && v < size;
      const ink = !isOnCode ? 120 : dark.has(v * size + u) ? 40 : 200;
      const shade = ink + (30 * x) / side;
      data.fill(shade, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return { width: side, height: side, data };
}

const blank: Picture = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(200) };
const videoOf = ({ width, height }: Picture) =>
  ({ videoWidth: width, videoHeight: height, readyState: 4, play: () => Promise.resolve() }) as HTMLVideoElement;

const kept = new Map<string, PropertyDescriptor | undefined>();
function stub(name: "navigator" | "document" | "BarcodeDetector", value: unknown): void {
  if (!kept.has(name)) kept.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
afterEach(() => {
  jest.useRealTimers();
  for (const [name, was] of kept) {
    Reflect.deleteProperty(globalThis, name);
    if (was !== undefined) Object.defineProperty(globalThis, name, was);
  }
  kept.clear();
});

/** A canvas onto which whatever is drawn is `sees`. */
function stubCanvas(sees: Picture): { readonly drawn: number[][] } {
  const drawn: number[][] = [];
  const context = {
    drawImage: (_: unknown, ...place: number[]) => drawn.push(place),
    getImageData: () => sees,
  };
  stub("document", { createElement: () => ({ getContext: () => context }) });
  return { drawn };
}

/** The browser's own detector, which sees what `looks` says. */
function stubDetector(looks: () => Promise<string[]>, formats: string[] = ["qr_code"]): void {
  class BarcodeDetector {
    static getSupportedFormats = () => Promise.resolve(formats);
    detect = async () => (await looks()).map((rawValue) => ({ rawValue }));
  }
  stub("BarcodeDetector", BarcodeDetector);
}

/** A camera that is granted when `grant` is called; counts the streams that are on. */
function stubCamera() {
  const nothing = (): void => undefined;
  const camera = { on: 0, asked: 0, grant: nothing, refuse: nothing };
  const getUserMedia = () =>
    new Promise((resolve, reject) => {
      camera.asked += 1;
      camera.refuse = () => {
        reject(new Error("NotAllowedError"));
      };
      camera.grant = () => {
        camera.on += 1;
        const stop = () => {
          camera.on -= 1;
        };
        resolve({ getTracks: () => [{ stop }] });
      };
    });
  stub("navigator", { mediaDevices: { getUserMedia } });
  return camera;
}

const settle = () => jest.advanceTimersByTimeAsync(1);
const look = () => jest.advanceTimersByTimeAsync(300);

/** A camera that has been granted and shows `sees`. */
async function scanning(sees: Picture) {
  jest.useFakeTimers();
  const hardware = stubCamera();
  const found: string[] = [];
  const camera = new CodeCamera();
  camera.hear((text) => found.push(text));
  camera.start();
  hardware.grant();
  await settle();
  expect([camera.state(), hardware.on]).toEqual(["on", 1]);
  camera.attach(videoOf(sees));
  return { camera, hardware, found };
}

test.each([640, 1000])("VER-03 a code as we draw it is read from its pixels, %i wide", async (side) => {
  stubCanvas(photograph(code, side));
  const read = await codeReader();
  expect(await read(videoOf(blank))).toBe(code);
});

test("LINK-02 a linking code is read from its pixels too", async () => {
  stubCanvas(photograph("7K3M-9QXT-2VHB-5RDN-8WPC"));
  const read = await codeReader();
  expect(await read(videoOf(blank))).toBe("7K3M-9QXT-2VHB-5RDN-8WPC");
});

test("VER-03 where there is no code none is read, and a large picture is looked through smaller", async () => {
  const { drawn } = stubCanvas(blank);
  const read = await codeReader();
  expect(await read(videoOf(blank))).toBeUndefined();
  await read(videoOf({ ...blank, width: 4000, height: 2000 }));
  // Before the first picture there is nothing to draw.
  await read(videoOf({ ...blank, width: 0, height: 0 }));
  expect(drawn).toEqual([
    [0, 0, 64, 64],
    [0, 0, 1000, 500],
  ]);
});

test("VER-03 the browser's own detector is asked where it reads such codes, and the pixels where it does not", async () => {
  const { drawn } = stubCanvas(photograph(code));
  stubDetector(() => Promise.resolve(["from the browser"]));
  expect(await (await codeReader())(videoOf(blank))).toBe("from the browser");
  expect(drawn).toHaveLength(0);
  stubDetector(() => Promise.resolve(["from the browser"]), ["ean_13"]);
  expect(await (await codeReader())(videoOf(blank))).toBe(code);
  let asked = 0;
  stubDetector(() => {
    asked += 1;
    return Promise.reject(new Error("service unavailable"));
  });
  const read = await codeReader();
  expect([await read(videoOf(blank)), await read(videoOf(blank))]).toEqual([code, code]);
  expect(asked).toBe(1);
});

test.each([true, false])(
  "VER-03 what is found is told once, and the camera is off (own detector: %s)",
  async (isOwn) => {
    const sees = photograph(code);
    stubCanvas(sees);
    if (isOwn) stubDetector(() => Promise.resolve([code]));
    const { camera, hardware, found } = await scanning(sees);
    await look();
    await look();
    expect(found).toEqual([code]);
    expect([camera.state(), hardware.on]).toEqual(["off", 0]);
  },
);

test("VER-03 the camera looks on until there is a code, and stops when it is told to", async () => {
  stubCanvas(blank);
  let sight: string[] = [];
  stubDetector(() => Promise.resolve(sight));
  const { camera, hardware, found } = await scanning(blank);
  await look();
  expect([found, hardware.on]).toEqual([[], 1]);
  camera.stop();
  sight = [code];
  await look();
  expect([camera.state(), hardware.on, found]).toEqual(["off", 0, []]);
});

test("VER-03 a camera that is granted after the page was left, or twice, is not left on", async () => {
  jest.useFakeTimers();
  stubCanvas(blank);
  const hardware = stubCamera();
  const camera = new CodeCamera();
  camera.start();
  const first = hardware.grant;
  camera.start();
  first();
  await settle();
  expect([camera.state(), hardware.on]).toEqual(["off", 0]);
  camera.stop();
  hardware.grant();
  await settle();
  expect([camera.state(), hardware.on, hardware.asked]).toEqual(["off", 0, 2]);
});

test("VER-03 a refused camera, or a reader that cannot be had, is told, and another try may succeed", async () => {
  jest.useFakeTimers();
  stubCanvas(blank);
  const hardware = stubCamera();
  const camera = new CodeCamera();
  const told: string[] = [];
  camera.subscribe(() => told.push(camera.state()));
  camera.start();
  hardware.refuse();
  await settle();
  stub("document", { createElement: () => ({ getContext: () => null }) });
  camera.start();
  hardware.grant();
  await settle();
  expect(hardware.on).toBe(0);
  stubCanvas(blank);
  camera.start();
  hardware.grant();
  await settle();
  expect(told).toEqual(["refused", "off", "refused", "off", "on"]);
  camera.stop();
});

test.each([
  ["a camera and no detector of the browser's", { mediaDevices: {} }, true, "off"],
  ["no camera", {}, true, "absent"],
  // What the server renders offers nothing that takes the script.
  ["not known yet what there is", { mediaDevices: {} }, false, "absent"],
] as const)("VER-03 whether scanning is offered: %s", (_, navigator, isInBrowser, state) => {
  stub("navigator", navigator);
  mockInBrowser = isInBrowser;
  const seen: string[] = [];
  function Probe() {
    seen.push(useCodeCamera(() => undefined).state);
    return null;
  }
  renderToStaticMarkup(<Probe />);
  expect(seen).toEqual([state]);
});
