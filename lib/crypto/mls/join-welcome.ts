/**
 * Coming in by Welcome (RFC 9420 section 12.4.3.1). The GroupInfo inside is opened and judged first, then ts-mls joins:
 * no tree reaches it that was not checked.
 */
import { joinGroup } from "ts-mls/clientState.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { welcomeMaxBytes } from "@/lib/protocol/limits";
import { groupIdBytes } from "@/lib/protocol/mls/profile";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { AnchorSource, DeviceIdentity, Group, IgnoredReason, MadeKeyPackage, Member } from "./door";
import { judgeWelcomeGroupInfo } from "./group-info";
import { decodeKeyPackageMessage, decodePrivatePackage } from "./key-package";
import { withOwnAnchor } from "./own";
import { suite, suiteName } from "./provider";
import { checkedOf } from "./people";
import { settle } from "./settle";
import { decodeWire } from "./wire";

export interface WelcomeJoin {
  readonly welcome: Uint8Array;
  readonly keyPackage: Pick<MadeKeyPackage, "publicPackage" | "privatePackage">;
  readonly identity: DeviceIdentity;
  readonly anchors: AnchorSource;
  /** The room that the invitation names; any group id is taken when it is left out. */
  readonly groupId?: Uint8Array;
}

export async function joinWelcome(options: WelcomeJoin): Promise<
  | {
      readonly ok: true;
      readonly group: Group;
      /** Who added us: the signer of the GroupInfo inside. */
      readonly inviter: Member;
    }
  | { readonly ok: false; readonly reason: IgnoredReason }
> {
  const { identity } = options;
  const message = decodeWire(options.welcome, welcomeMaxBytes);
  const keyPackage = decodeKeyPackageMessage(options.keyPackage.publicPackage);
  const privatePackage = decodePrivatePackage(options.keyPackage.privatePackage, identity);
  if (message?.wireformat !== "mls_welcome") return { ok: false, reason: "malformed" };
  if (keyPackage === undefined || privatePackage === undefined) throw new RangeError("not a KeyPackage of this device");
  const { welcome } = message;
  if (welcome.cipherSuite !== suiteName) return { ok: false, reason: "malformed" };

  const cs = await suite();
  const opened = await attempt(async () => {
    const initKey = await cs.hpke.importPrivateKey(privatePackage.initPrivateKey);
    const secrets = await decryptGroupSecrets(initKey, await makeKeyPackageRef(keyPackage, cs.hash), welcome, cs.hpke);
    if (secrets === undefined || secrets.psks.length > 0) return undefined;
    return await decryptGroupInfo(welcome, secrets.joinerSecret, new Uint8Array(cs.kdf.size), cs);
  }, "undecryptable");
  if (!opened.ok) return opened;
  const groupInfo = opened.value;
  if (groupInfo === undefined) return { ok: false, reason: "malformed" };

  const groupId = options.groupId ?? groupInfo.groupContext.groupId;
  if (groupId.length !== groupIdBytes) return { ok: false, reason: "malformed" };
  const judged = await judgeWelcomeGroupInfo(groupInfo, groupId, withOwnAnchor(options.anchors, identity));
  if (!judged.ok) return judged;
  const checked = checkedOf(judged.roster);
  const config = clientConfig(checked);
  const joined = await attempt(
    () => joinGroup(welcome, keyPackage, privatePackage, emptyPskIndex, cs, undefined, undefined, config),
    "bad-tree",
  );
  if (!joined.ok) return joined;
  const settled = await settle(joined.value, checked, judged.anchors, new Map());
  const inviter = judged.roster.get(groupInfo.signer)?.member;
  if (inviter === undefined) return { ok: false, reason: "bad-tree" };
  return settled.ok ? { ok: true, group: settled.group, inviter } : settled;
}

/** KeyPackageRefs (RFC 9420 section 5.2) of those a Welcome is for; none when it is no Welcome of ours. */
export function welcomeRefs(welcome: Uint8Array): Uint8Array[] {
  const message = decodeWire(welcome, welcomeMaxBytes);
  return message?.wireformat === "mls_welcome" ? message.welcome.secrets.map(({ newMember }) => newMember) : [];
}
