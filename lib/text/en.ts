/** The English catalogue, one part per page. */

import { about } from "./en/about";
import { errors, localErrors, waits } from "./en/errors";
import { keys } from "./en/keys";
import { room, timeline } from "./en/room";
import { rooms } from "./en/rooms";
import { signIn } from "./en/sign-in";
import { site } from "./en/site";
import { storage } from "./en/storage";

export const en = { about, errors, keys, localErrors, room, rooms, signIn, site, storage, timeline, waits };
