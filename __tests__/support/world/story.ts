/** A story with a fixed course: each step is asked for, again when whoever was asked has died, until it has come about. */

import type { Engine } from "@/lib/client/engine/engine";
import type { EngineResult } from "@/lib/client/engine/results";
import { members } from "@/lib/crypto/mls/roster";
import { toHex } from "@/lib/protocol/bytes";
import { messageIdSchema, type RoomId } from "@/lib/protocol/ids";

import { describe } from "./describe";
import type { SimulatedDevice } from "./device";
import { ask } from "./governed-script";
import { promise } from "./promises";
import { marker } from "./witness";
import type { Asked, World } from "./world";

export interface Step {
  readonly what: string;
  readonly who: SimulatedDevice;
  /** Devices whose tabs are closed meanwhile. */
  readonly asleep?: readonly SimulatedDevice[];
  readonly act: (engine: Engine) => Promise<EngineResult<unknown>>;
  readonly isDone: () => boolean;
}

const attemptsMax = 60;
const waitMs = 30_000;

export async function tell(world: World, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await comeAbout(world, step);
}

async function comeAbout(world: World, { what, who, asleep = [], act, isDone }: Step): Promise<void> {
  let asked: Asked | undefined;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    for (const device of world.devices) {
      if (asleep.includes(device)) device.crash();
      else {
        device.open();
        device.connect();
      }
    }
    await world.run(10_000);
    if (asked !== undefined && isDone()) return;
    const isWaiting = asked?.isAnswered === false && asked.life === who.lives && who.isOpen;
    if (!isWaiting && who.engine !== undefined) {
      asked = ask(world, who, what, act(who.engine));
      await world.run(10_000);
      if (isDone()) return;
    }
    await world.wait(waitMs);
  }
  throw new Error(
    `never came about: ${what}\n${describe(world)}\n${world.log
      .filter((l) => !l.includes("accepts"))
      .slice(-80)
      .join("\n")}`,
  );
}

/** One private room, and the steps that people can take in it. */
export class Plot {
  readonly roomId: RoomId;

  constructor(private readonly world: World) {
    this.roomId = world.newRoomId();
  }

  founds(host: SimulatedDevice, asleep: readonly SimulatedDevice[] = []): Step {
    return {
      what: "founds",
      who: host,
      asleep,
      act: ({ govern }) => govern.createPrivateRoom({ name: "Cellar", topic: "" }, this.roomId),
      isDone: () => this.isIn(host),
    };
  }

  invites(host: SimulatedDevice, guest: SimulatedDevice, asleep: readonly SimulatedDevice[] = []): Step {
    const { accountId, username } = guest.identity;
    this.world.witness.invites(this.roomId, host.identity.accountId, accountId, 0);
    return {
      what: `invites ${username}`,
      who: host,
      asleep,
      act: ({ govern }) => govern.invite(this.roomId, username),
      isDone: () => this.metaOf(guest)?.membership === "joined",
    };
  }

  accepts(guest: SimulatedDevice): Step {
    return {
      what: "accepts",
      who: guest,
      act: ({ govern }) => govern.acceptInvite(this.roomId),
      isDone: () => this.isIn(guest) && this.metaOf(guest)?.accepted === true,
    };
  }

  declines(guest: SimulatedDevice, host: SimulatedDevice): Step {
    return {
      what: "declines",
      who: guest,
      act: ({ govern }) => govern.declineInvite(this.roomId),
      isDone: () => this.metaOf(guest) === undefined && this.countOf(host) === 1,
    };
  }

  removes(host: SimulatedDevice, guest: SimulatedDevice, asleep: readonly SimulatedDevice[] = []): Step {
    const { accountId, username } = guest.identity;
    return {
      what: `removes ${username}`,
      who: host,
      asleep,
      act: ({ govern }) => govern.removeMember(this.roomId, accountId, { ban: false }),
      isDone: () => this.countOf(host) === 1,
    };
  }

  #fragment = "";

  makesLink(host: SimulatedDevice): Step {
    return {
      what: "makes a link",
      who: host,
      act: async ({ govern }) => {
        const made = await govern.createLink(this.roomId, { uses: null, expiresInMs: null });
        if (made.ok) this.#fragment = made.value.fragment;
        return made;
      },
      isDone: () => this.#fragment !== "",
    };
  }

  comesByLink(guest: SimulatedDevice): Step {
    return {
      what: "comes by the link",
      who: guest,
      act: ({ govern }) => govern.joinByLink(this.#fragment),
      isDone: () => this.metaOf(guest)?.membership === "joined",
    };
  }

  /** Asked again it is the same message. */
  says(who: SimulatedDevice, text: string, readers: readonly SimulatedDevice[]): Step {
    const messageId = messageIdSchema.parse(toHex(this.world.dice.bytes(16)));
    const said = { device: who, roomId: this.roomId, messageId, text: `${marker}${text}` };
    return {
      what: `says ${text}`,
      who,
      act: (engine) => promise(this.world, said, engine),
      isDone: () => readers.every((reader) => this.metaOf(reader)?.lastText === said.text),
    };
  }

  metaOf(device: SimulatedDevice) {
    return device.engine?.inspect(this.roomId)?.meta;
  }

  isIn(device: SimulatedDevice): boolean {
    const meta = this.metaOf(device);
    return meta?.membership === "joined" && meta.confirmed;
  }

  /** Accounts in the room, as this device sees it. */
  countOf(device: SimulatedDevice): number {
    const group = device.engine?.inspect(this.roomId)?.group;
    return group === undefined ? 0 : new Set(members(group).map(({ accountId }) => accountId)).size;
  }
}

/** Two people meet in a private room and talk; then one removes the other and goes on talking. */
export function expulsion(world: World): Step[] {
  const [host, guest] = world.devices;
  if (host === undefined || guest === undefined) throw new Error("a story of two");
  const plot = new Plot(world);
  return [
    plot.founds(host),
    plot.invites(host, guest),
    plot.accepts(guest),
    plot.says(host, "welcome", [host, guest]),
    plot.says(guest, "thank you", [host, guest]),
    plot.removes(host, guest),
    plot.says(host, "alone at last", [host]),
  ];
}
