/** The first epoch of a room: one leaf, the creator's, and the policy. */
import { createGroup as createMlsGroup } from "ts-mls/clientState.js";
import { groupIdBytes } from "@/lib/protocol/mls/profile";
import type { RoomPolicy } from "@/lib/protocol/policy";
import { clientConfig } from "./config";
import type { DeviceIdentity, Group } from "./door";
import { makeGroupInfo } from "./group-info";
import { generateOwnLeaf } from "./key-package";
import { ownChecked } from "./own";
import { policyExtension } from "./policy";
import { suite } from "./provider";
import { settle } from "./settle";

export async function createGroup(options: {
  readonly groupId: Uint8Array;
  readonly identity: DeviceIdentity;
  readonly policy: RoomPolicy;
}): Promise<{ readonly group: Group; readonly groupInfo: Uint8Array }> {
  const { groupId, identity, policy } = options;
  if (groupId.length !== groupIdBytes) throw new RangeError("a group id has 16 bytes");
  const { publicPackage, privatePackage } = await generateOwnLeaf(identity);
  const checked = new Map([ownChecked(identity)]);
  const extensions = [policyExtension(policy)];
  const config = clientConfig(checked);
  const state = await createMlsGroup(groupId.slice(), publicPackage, privatePackage, extensions, await suite(), config);
  const anchors = new Map([[identity.accountId, identity.accountCertificate]]);
  const settled = await settle(state, checked, anchors, new Map());
  if (!settled.ok) throw new Error(`the new group is not one of ours: ${settled.reason}`);
  return { group: settled.group, groupInfo: await makeGroupInfo(state) };
}
