/** The English catalogue, one part per page. */

import { about } from "./en/about";
import { code } from "./en/code";
import { devices } from "./en/devices";
import { errors, localErrors, waits } from "./en/errors";
import { history } from "./en/history";
import { join } from "./en/join";
import { keys } from "./en/keys";
import { log, ownLog } from "./en/log";
import { linking } from "./en/linking";
import { recovery } from "./en/recovery";
import { room, timeline } from "./en/room";
import { report, roomInfo } from "./en/room-info";
import { newRoom, rooms } from "./en/rooms";
import { signIn } from "./en/sign-in";
import { site } from "./en/site";
import { storage } from "./en/storage";
import { verify } from "./en/verify";
import { transcript } from "./en/transcript";

export const en = {
  about,
  code,
  devices,
  errors,
  history,
  join,
  keys,
  linking,
  localErrors,
  log,
  ownLog,
  newRoom,
  recovery,
  report,
  room,
  roomInfo,
  rooms,
  signIn,
  site,
  storage,
  timeline,
  verify,
  transcript,
  waits,
};
