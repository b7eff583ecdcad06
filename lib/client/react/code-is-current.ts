/**
 * Whether the server still has the build that this page runs. Data for another build makes Next load the page anew, which
 * would take it away from who is writing in it; so what a page fetches by itself asks here first (CODE-09).
 */

import { askState, isWatchState } from "../service-worker/messages";

const answerMs = 5000;

/** True when nobody knows: without a service worker, offline, or before anything was accepted. */
export async function codeIsCurrent(): Promise<boolean> {
  const worker = "serviceWorker" in navigator ? navigator.serviceWorker.controller : null;
  if (worker === null) return true;
  const { port1, port2 } = new MessageChannel();
  const answer = await new Promise<unknown>((resolve) => {
    const timer = setTimeout(resolve, answerMs);
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.postMessage(askState, [port2]);
  });
  port1.close();
  if (!isWatchState(answer)) return true;
  const { accepted, served } = answer;
  return accepted === undefined || served === undefined || accepted === served;
}
