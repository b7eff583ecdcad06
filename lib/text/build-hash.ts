/** A build hash as people read and compare it: eight groups of eight digits. */
export function buildHashGroups(hash: string): string {
  return hash.replace(/.{8}(?=.)/g, "$& ");
}
