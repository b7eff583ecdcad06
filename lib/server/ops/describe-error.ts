/** Name and place of a failure, for logs. Never its message: that may quote what was sent (HTTP-11). */
export function describeError(error: unknown): { name: string; code: string | undefined; at: string | undefined } {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, at: undefined };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    name: error.name,
    code,
    at: error.stack
      ?.split("\n")
      .find((line) => line.trim().startsWith("at "))
      ?.trim(),
  };
}
