/** Calls of governed rooms by name: arguments parsed, then one engine method. */

import type { Engine } from "../engine/engine";
import type { Result, RoomsApi } from "./api";
import { callSchemas } from "./messages";

const badInput: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };

export interface RoomsCall {
  readonly name: keyof RoomsApi;
  readonly args: readonly unknown[];
}

export async function callRooms({ govern }: Engine, { name, args }: RoomsCall): Promise<Result<unknown>> {
  switch (name) {
    case "createPrivateRoom": {
      const parsed = callSchemas.createPrivateRoom.safeParse(args);
      return parsed.success ? await govern.createPrivateRoom(...parsed.data) : badInput;
    }
    case "openDirect": {
      const parsed = callSchemas.openDirect.safeParse(args);
      return parsed.success ? await govern.openDirect(...parsed.data) : badInput;
    }
    case "invite": {
      const parsed = callSchemas.invite.safeParse(args);
      return parsed.success ? await govern.invite(...parsed.data) : badInput;
    }
    case "acceptInvite": {
      const parsed = callSchemas.acceptInvite.safeParse(args);
      return parsed.success ? await govern.acceptInvite(...parsed.data) : badInput;
    }
    case "declineInvite": {
      const parsed = callSchemas.declineInvite.safeParse(args);
      return parsed.success ? await govern.declineInvite(...parsed.data) : badInput;
    }
    case "createLink": {
      const parsed = callSchemas.createLink.safeParse(args);
      return parsed.success ? await govern.createLink(...parsed.data) : badInput;
    }
    case "revokeLink": {
      const parsed = callSchemas.revokeLink.safeParse(args);
      return parsed.success ? await govern.revokeLink(...parsed.data) : badInput;
    }
    case "joinByLink": {
      const parsed = callSchemas.joinByLink.safeParse(args);
      return parsed.success ? await govern.joinByLink(...parsed.data) : badInput;
    }
    case "changeRoom": {
      const parsed = callSchemas.changeRoom.safeParse(args);
      return parsed.success ? await govern.changeRoom(...parsed.data) : badInput;
    }
    case "setRole": {
      const parsed = callSchemas.setRole.safeParse(args);
      return parsed.success ? await govern.setRole(...parsed.data) : badInput;
    }
    case "removeMember": {
      const parsed = callSchemas.removeMember.safeParse(args);
      return parsed.success ? await govern.removeMember(...parsed.data) : badInput;
    }
    case "unban": {
      const parsed = callSchemas.unban.safeParse(args);
      return parsed.success ? await govern.unban(...parsed.data) : badInput;
    }
    case "closeRoom": {
      const parsed = callSchemas.closeRoom.safeParse(args);
      return parsed.success ? await govern.closeRoom(...parsed.data) : badInput;
    }
    case "setBlocked": {
      const parsed = callSchemas.setBlocked.safeParse(args);
      return parsed.success ? await govern.setBlocked(...parsed.data) : badInput;
    }
    case "blocked":
      return callSchemas.blocked.safeParse(args).success ? govern.blocked() : badInput;
    case "setMuted": {
      const parsed = callSchemas.setMuted.safeParse(args);
      return parsed.success ? await govern.setMuted(...parsed.data) : badInput;
    }
    case "setFavourite": {
      const parsed = callSchemas.setFavourite.safeParse(args);
      return parsed.success ? await govern.setFavourite(...parsed.data) : badInput;
    }
    case "report": {
      const parsed = callSchemas.report.safeParse(args);
      if (!parsed.success) return badInput;
      const [roomId, messageIds, reason] = parsed.data;
      return await govern.report(roomId, messageIds, reason);
    }
  }
}
