/** Asks the directory whether a name is free. */

export type NameCheck = "free" | "taken" | "unknown";

export async function checkName(username: string): Promise<NameCheck> {
  try {
    const response = await fetch(`/api/v1/users/${username}`, { cache: "no-store", credentials: "omit" });
    if (response.status === 404) return "free";
    return response.ok ? "taken" : "unknown";
  } catch {
    return "unknown";
  }
}
