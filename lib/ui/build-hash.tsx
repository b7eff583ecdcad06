/** A build hash in groups, inside a list of terms; copied, it reads the same as in a terminal but for the spaces. */

import { buildHashGroups } from "../text/build-hash";

export function BuildHash({ term, hash }: { readonly term: string; readonly hash: string }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <code>{buildHashGroups(hash)}</code>
      </dd>
    </>
  );
}
