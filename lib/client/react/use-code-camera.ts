"use client";

/** Reads a QR code with the camera, in every browser that gives this page one; elsewhere people type. */

import { useEffect, useState, useSyncExternalStore } from "react";

import { CodeCamera, type CameraState } from "./code-camera";
import { useInBrowser } from "./use-hydrated";

export interface CodeCameraControl extends Pick<CodeCamera, "start" | "stop" | "attach"> {
  /** `absent`: this browser gives the page no camera. */
  readonly state: CameraState | "absent";
}

export function useCodeCamera(onFound: (text: string) => void): CodeCameraControl {
  const hasCamera = useInBrowser(() => "mediaDevices" in navigator) === true;
  const [camera] = useState(() => new CodeCamera());
  useEffect(() => {
    camera.hear(onFound);
  });
  useEffect(() => camera.stop, [camera]);
  const state = useSyncExternalStore(camera.subscribe, camera.state, () => "off" as const);
  return { state: hasCamera ? state : "absent", start: camera.start, stop: camera.stop, attach: camera.attach };
}
