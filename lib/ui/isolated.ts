/** First-strong isolate around a name or a text of others, as `bdi` does where an element is possible. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
