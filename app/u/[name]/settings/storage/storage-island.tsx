"use client";

/** Reads the browser's word on its storage and the engine's counts, and asks for storage that stays. */

import { EngineProvider } from "@/lib/client/react/engine-context";
import { useHealth } from "@/lib/client/react/use-health";
import { usePersistence } from "@/lib/client/react/use-persistence";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { HealthTable } from "@/lib/ui/health-table";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";
import { StorageFacts } from "@/lib/ui/storage-facts";

export function StorageIsland({ username }: { readonly username: string }) {
  return (
    <EngineProvider username={username}>
      <Persistence />
      <Health />
    </EngineProvider>
  );
}

function Persistence() {
  const { state, usage, quota, ask } = usePersistence();
  return <StorageFacts state={state} usage={usage} quota={quota} onAsk={ask} />;
}

function Health() {
  const health = useHealth();
  if (health === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={text.storage.loading} />
      </div>
    );
  }
  if (!health.ok) {
    return (
      <Notice tone="error">
        <p>{problemSentence(health.error)}</p>
      </Notice>
    );
  }
  return <HealthTable {...health.value} />;
}
