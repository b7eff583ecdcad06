/** The peer: ts-mls as it comes, with its own crypto, basic credentials and none of our checks. */

import { createGroup, joinGroup, joinGroupExternal, encodeGroupState, decodeGroupState } from "ts-mls";
import {
  createApplicationMessage,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  defaultCapabilities,
  defaultCryptoProvider,
  defaultLifetime,
  emptyPskIndex,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  processPrivateMessage,
  processPublicMessage,
  type CiphersuiteImpl,
  type ClientState,
} from "ts-mls";

import { suiteName } from "../../lib/crypto/mls/provider";

const addsAtOnce = 90;

/** The same operations, each from the same state every time. */
export interface PlainRoom {
  encrypt(): Promise<unknown>;
  decrypt(): Promise<unknown>;
  add(): Promise<unknown>;
  processCommit(): Promise<unknown>;
  joinWelcome(): Promise<unknown>;
  joinExternal(): Promise<unknown>;
  processJoin(): Promise<unknown>;
  store(): unknown;
  load(): unknown;
}

async function packageOf(name: string, cs: CiphersuiteImpl) {
  const credential = { credentialType: "basic", identity: new TextEncoder().encode(name) } as const;
  return await generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], cs);
}

export async function plainRoom(size: number): Promise<PlainRoom> {
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName(suiteName), defaultCryptoProvider);
  const owner = await packageOf("owner", cs);
  const groupId = crypto.getRandomValues(new Uint8Array(16));
  let state = await createGroup(groupId, owner.publicPackage, owner.privatePackage, [], cs);
  let reader: ClientState | undefined;
  for (let made = 1; made < size;) {
    const count = Math.min(addsAtOnce, size - made);
    const packages = await Promise.all(Array.from({ length: count }, (_, index) => packageOf(`m${made + index}`, cs)));
    made += count;
    const extraProposals = packages.map(
      ({ publicPackage }) => ({ proposalType: "add", add: { keyPackage: publicPackage } }) as const,
    );
    const committed = await createCommit({ state, cipherSuite: cs }, { extraProposals, ratchetTreeExtension: true });
    state = committed.newState;
    const last = packages.at(-1);
    if (made < size || last === undefined || committed.welcome === undefined) continue;
    reader = await joinGroup(committed.welcome, last.publicPackage, last.privatePackage, emptyPskIndex, cs);
  }
  if (reader === undefined) throw new Error("a room has two members at least");
  const [ownerState, readerState] = [state, reader];
  const text = new Uint8Array(256);
  const { privateMessage } = await createApplicationMessage(ownerState, text, cs);
  const invited = await packageOf("invited", cs);
  const add = () =>
    createCommit(
      { state: ownerState, cipherSuite: cs },
      {
        extraProposals: [{ proposalType: "add", add: { keyPackage: invited.publicPackage } }],
        ratchetTreeExtension: true,
      },
    );
  const added = await add();
  const { welcome, commit } = added;
  if (welcome === undefined || commit.wireformat !== "mls_private_message") throw new Error("no welcome");
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(ownerState, [], cs);
  const outside = await packageOf("outside", cs);
  const joinExternal = () => joinGroupExternal(groupInfo, outside.publicPackage, outside.privatePackage, false, cs);
  const joined = await joinExternal();
  const stored = encodeGroupState(readerState);
  return {
    encrypt: () => createApplicationMessage(ownerState, text, cs),
    decrypt: () => processPrivateMessage(readerState, privateMessage, emptyPskIndex, cs),
    add,
    processCommit: () => processPrivateMessage(readerState, commit.privateMessage, emptyPskIndex, cs),
    joinWelcome: () => joinGroup(welcome, invited.publicPackage, invited.privatePackage, emptyPskIndex, cs),
    joinExternal,
    processJoin: () => processPublicMessage(readerState, joined.publicMessage, emptyPskIndex, cs),
    store: () => encodeGroupState(readerState),
    load: () => decodeGroupState(stored, 0),
  };
}
