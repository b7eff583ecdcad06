/** The camera while it looks for a code. It is never left on: whatever is stopped, found, refused or overtaken ends its stream. */

import { codeReader, type ReadCode } from "./code-reader";

export type CameraState = "off" | "on" | "refused";

const lookMs = 250;
/** HTMLMediaElement.HAVE_CURRENT_DATA */
const hasPicture = 2;

export class CodeCamera {
  readonly #listeners = new Set<() => void>();
  #state: CameraState = "off";
  #onFound: (text: string) => void = () => undefined;
  #stream: MediaStream | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #video: HTMLVideoElement | null = null;
  /** Which start counts: it may have been stopped while the person was asked for the camera. */
  #start = 0;
  #isLooking = false;

  readonly state = (): CameraState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  hear(onFound: (text: string) => void): void {
    this.#onFound = onFound;
  }

  readonly start = (): void => {
    this.stop();
    void this.#open(this.#start);
  };

  readonly stop = (): void => {
    this.#start += 1;
    clearInterval(this.#timer);
    end(this.#stream);
    this.#stream = undefined;
    this.#set("off");
  };

  /** For the video element that shows what the camera sees. */
  readonly attach = (video: HTMLVideoElement | null): void => {
    this.#video = video;
    if (video === null || this.#stream === undefined) return;
    video.srcObject = this.#stream;
    void video.play().catch(() => undefined);
  };

  async #open(start: number): Promise<void> {
    const asked = askForCamera();
    try {
      const [stream, read] = await Promise.all([asked, codeReader()]);
      if (start !== this.#start) {
        end(stream);
        return;
      }
      this.#stream = stream;
      this.#timer = setInterval(() => void this.#look(read, start), lookMs);
      this.#set("on");
    } catch {
      void asked.then(end, () => undefined);
      if (start === this.#start) this.#set("refused");
    }
  }

  async #look(read: ReadCode, start: number): Promise<void> {
    const video = this.#video;
    if (this.#isLooking || video === null || video.readyState < hasPicture) return;
    this.#isLooking = true;
    const text = await read(video).catch(() => undefined);
    this.#isLooking = false;
    if (text === undefined || start !== this.#start) return;
    this.stop();
    this.#onFound(text);
  }

  #set(state: CameraState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function askForCamera(): Promise<MediaStream> {
  return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
}

function end(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
