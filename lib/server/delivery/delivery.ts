/** The delivery service: the server orders, the members decide. SPEC DS. */

import type { Answer, Request, RoomEvent } from "../../protocol/schemas/socket";
import type { Database } from "../db/database";
import { Refused } from "../refused";
import { EventStore, type Stored, type Submission } from "./event-store";
import { GroupInfos } from "./group-infos";
import { Inbox, type Letter } from "./inbox";
import { inspectEvent, inspectGroupInfo, inspectWelcome, madeEpoch } from "./inspect";
import { Rooms } from "./rooms";
import { Roster } from "./roster";
import { WriteQueue } from "./write-queue";

/** Must not throw. */
type OnStored = (roomId: string, event: RoomEvent) => void;
/** Must not throw. */
type OnLetter = (letter: Letter) => void;

export class Delivery {
  readonly rooms: Rooms;
  readonly roster: Roster;
  readonly inbox: Inbox;
  readonly #events: EventStore;
  readonly #groupInfos: GroupInfos;
  readonly #queue: WriteQueue<Submission, Stored>;
  readonly #listeners = new Set<OnStored>();
  readonly #letterListeners = new Set<OnLetter>();

  constructor(database: Database) {
    this.rooms = new Rooms(database);
    this.roster = new Roster(database);
    this.inbox = new Inbox(database);
    this.#events = new EventStore(database);
    this.#groupInfos = new GroupInfos(database);
    this.#queue = new WriteQueue((batch) => this.#append(batch));
  }

  /** Called for each event once it is on disk, in the order of the log. */
  onStored(listener: OnStored): void {
    this.#listeners.add(listener);
  }

  /** Called for each device that a stored Welcome waits for, once it is on disk; not for a retry. */
  onLetter(listener: OnLetter): void {
    this.#letterListeners.add(listener);
  }

  async submit({ roomId, id, payload, groupInfo, welcome }: Request<"event:submit">): Promise<Answer<"event:submit">> {
    const inspected = inspectEvent(roomId, payload);
    const epoch = madeEpoch(inspected);
    const isGenesis = inspected.kind === "group-info";
    let { onlyIn } = inspected;
    if (groupInfo !== undefined) {
      // A genesis is its own GroupInfo; a message makes no epoch.
      if (epoch === undefined || isGenesis) throw new Refused("BAD_EVENT");
      onlyIn = inspectGroupInfo(roomId, groupInfo, epoch);
    }
    if (welcome !== undefined) {
      // Who comes in by itself welcomes nobody.
      if (inspected.kind !== "commit") throw new Refused("BAD_EVENT");
      inspectWelcome(welcome.bytes);
    }
    const bytes = isGenesis ? payload : groupInfo;
    const ofEpoch = bytes === undefined || epoch === undefined ? undefined : { epoch, bytes };
    const size = payload.length + (groupInfo?.length ?? 0) + (welcome?.bytes.length ?? 0);
    const submission = { roomId, id, payload, ...inspected, onlyIn, groupInfo: ofEpoch, welcome };
    const stored = await this.#queue.submit(submission, size);
    if (!stored.ok) throw new Refused(stored.code);
    return { seq: stored.event.seq, at: stored.event.at };
  }

  async fetch({ roomId, after, limit }: Request<"events:fetch">): Promise<Answer<"events:fetch">> {
    const events = await this.#events.page(roomId, after, limit);
    // Read last: it may be ahead of the page, never behind it.
    return { head: await this.#events.head(roomId), events };
  }

  async groupInfo({ roomId, limit }: Request<"room:group-info">): Promise<Answer<"room:group-info">> {
    return {
      head: await this.#events.head(roomId),
      candidates: await this.#groupInfos.candidates(roomId, limit),
      goodbyes: await this.rooms.goodbyes(roomId),
    };
  }

  async attest(accountId: string, request: Request<"room:attest">): Promise<Answer<"room:attest">> {
    const { roomId, seq, epoch, groupInfo } = request;
    const event = await this.#events.kindAt(roomId, seq);
    if (event === undefined || madeEpoch(event) !== epoch) throw new Refused("BAD_EVENT");
    if (groupInfo !== undefined) {
      const onlyIn = inspectGroupInfo(roomId, groupInfo, epoch);
      if (onlyIn !== (await this.rooms.kindOf(roomId))) throw new Refused("BAD_EVENT");
    }
    return await this.#groupInfos.attest(roomId, accountId, seq, groupInfo && { epoch, bytes: groupInfo });
  }

  async head(roomId: string): Promise<number> {
    return await this.#events.head(roomId);
  }

  /** Deletes what is of no use to anybody any more. */
  async sweep(): Promise<void> {
    await this.inbox.sweep();
    await this.roster.sweep();
  }

  /** Takes no more submissions and waits for those under way. */
  async close(): Promise<void> {
    await this.#queue.close();
  }

  /** Tells the listeners before anybody's acknowledgement: nobody waits a round trip more. */
  async #append(batch: readonly Submission[]): Promise<readonly Stored[]> {
    const { answers, letters } = await this.#events.append(batch);
    answers.forEach((answer, index) => {
      const roomId = batch[index]?.roomId;
      if (!answer.ok || !answer.isNew || roomId === undefined) return;
      for (const listener of this.#listeners) listener(roomId, answer.event);
    });
    for (const letter of letters) for (const listener of this.#letterListeners) listener(letter);
    return answers;
  }
}
