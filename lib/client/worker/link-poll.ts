/** How often both sides of a link look into its mailbox: people wait for it, and it is over after ten minutes. */

const pollMs = 1000;

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs));
}
