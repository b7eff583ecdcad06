"use client";

/** Reads a QR code with the camera where the browser can (BarcodeDetector); everywhere else people type. */

import { useCallback, useEffect, useRef, useState } from "react";

import { useInBrowser } from "./use-hydrated";

/** Not in the types of the DOM yet (W3C Shape Detection, draft). */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: readonly string[] }) => Detector;

const lookMs = 250;

export interface CodeCamera {
  readonly state: "absent" | "off" | "on" | "refused";
  readonly start: () => void;
  readonly stop: () => void;
  /** For the video element that shows what the camera sees. */
  readonly attach: (video: HTMLVideoElement | null) => void;
}

export function useCodeCamera(onFound: (text: string) => void): CodeCamera {
  const canDetect = useInBrowser(() => "BarcodeDetector" in window && "mediaDevices" in navigator) === true;
  const [stream, setStream] = useState<MediaStream>();
  const [isRefused, setRefused] = useState(false);
  const video = useRef<HTMLVideoElement | null>(null);
  const found = useRef(onFound);
  useEffect(() => {
    found.current = onFound;
  });

  const stop = useCallback(() => {
    setStream(undefined);
  }, []);
  const start = useCallback(() => {
    setRefused(false);
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(setStream, () => {
      setRefused(true);
    });
  }, []);
  const attach = useCallback(
    (element: HTMLVideoElement | null) => {
      video.current = element;
      if (element === null || stream === undefined) return;
      element.srcObject = stream;
      void element.play().catch(() => undefined);
    },
    [stream],
  );

  useEffect(() => {
    if (stream === undefined) return;
    const detector = new (Reflect.get(window, "BarcodeDetector") as DetectorClass)({ formats: ["qr_code"] });
    const timer = setInterval(() => {
      const seen = video.current;
      if (seen === null || seen.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      detector.detect(seen).then(
        ([first]) => {
          if (first === undefined) return;
          setStream(undefined);
          found.current(first.rawValue);
        },
        () => undefined,
      );
    }, lookMs);
    return () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);

  const state = !canDetect ? "absent" : stream !== undefined ? "on" : isRefused ? "refused" : "off";
  return { state, start, stop, attach };
}
