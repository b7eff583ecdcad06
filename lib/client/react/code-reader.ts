/**
 * What reads a QR code from the camera's picture: the browser's own BarcodeDetector, or where there is none (Firefox, Safari) or it
 * gives up the package `qr`, from the pixels of a canvas. The package is loaded when somebody scans, and not before.
 */

/** `undefined`: no code is in sight. */
export type ReadCode = (video: HTMLVideoElement) => Promise<string | undefined>;

/** Not in the types of the DOM yet (W3C Shape Detection, draft). */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

const format = "qr_code";
/** Longest side of the picture that is looked through, pixels: a code that fills a third of it is read, in some 30 ms. */
const sideMax = 1000;

export async function codeReader(): Promise<ReadCode> {
  const detector = await ownDetector();
  if (detector === undefined) return await pixelReader();
  let read: ReadCode = async (video) => (await detector.detect(video))[0]?.rawValue;
  return (video) =>
    read(video).catch(async () => {
      read = await pixelReader();
      return await read(video);
    });
}

/** Some browsers have the class, and behind it nothing that reads. */
async function ownDetector(): Promise<Detector | undefined> {
  const found: unknown = Reflect.get(globalThis, "BarcodeDetector");
  if (typeof found !== "function") return undefined;
  const detectorClass = found as unknown as DetectorClass;
  try {
    const formats = await detectorClass.getSupportedFormats();
    return formats.includes(format) ? new detectorClass({ formats: [format] }) : undefined;
  } catch {
    return undefined;
  }
}

async function pixelReader(): Promise<ReadCode> {
  const { decodeQR } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas to read from");
  const read = (video: HTMLVideoElement) => {
    const scale = Math.min(1, sideMax / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
    try {
      return decodeQR({ width, height, data });
    } catch {
      return undefined;
    }
  };
  return (video) => Promise.resolve(video.videoWidth === 0 ? undefined : read(video));
}
